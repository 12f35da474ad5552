import type { ChatChange, Event } from "./types.ts";

/** An event of a log, or several deltas of text (or of reasoning) in a row, joined: `first_seq` is the first one's. */
export type Frame = Event & { readonly seq: number; readonly first_seq?: number };

/** What is followed: frames of a run, or changes of a chat. */
export type Numbered = Frame | ChatChange;

// A place that is answered wrongly each time is not asked for again and again.
const MOST_GAPS = 3;

/** Where a reader is: lets each thing through once and in order, whatever comes. */
export class Place<T extends Numbered> {
  after: number;
  /** Nothing comes any more. */
  ended = false;
  /** Something between is missing: it is to be asked for again, after `after`. */
  gap = false;
  private gaps = 0;

  constructor(after = 0) {
    this.after = after;
  }

  /** What of `values` goes on from here. */
  take(values: Iterable<T>): T[] {
    const found: T[] = [];
    this.gap = false;
    for (const value of values) {
      if (value.seq <= this.after) continue;
      const first = "first_seq" in value ? value.first_seq : value.seq;
      if (first !== this.after + 1) {
        this.gap = true;
        break;
      }
      this.after = value.seq;
      this.ended = value.type === "run.ended";
      found.push(value);
    }
    if (found.length) this.gaps = 0;
    else if (this.gap && ++this.gaps > MOST_GAPS) throw new Error(`what comes after number ${this.after} is missing`);
    return found;
  }
}
