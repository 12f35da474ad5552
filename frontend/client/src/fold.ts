import type { Event, Message } from "./types.ts";

/** `part` is the place of the text or reasoning part in the message's `parts`; `text` is what was added to its end;
 * where `taken` is not 0, so many UTF-16 units were first taken from its end. */
export type TextListener = (part: number, text: string, taken: number) => void;

export declare function codePoints(text: string): number;

export declare class MessageFold {
  lastSeq: number;
  ended: boolean;
  onText: TextListener | undefined;
  constructor(message?: Message);
  apply(event: Event): void;
  applyAll(events: Iterable<Event>): this;
  value(): Message;
}
