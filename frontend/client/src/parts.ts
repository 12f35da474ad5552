import { GrowingText } from "./text.ts";
import type { MediaPart, Part, PartDelta, ReasoningPart, SteeredPart, TextPart, ToolPart } from "./types.ts";

/** A part that still grows. `value` gives the same object until it changes, and undefined while there is nothing. */
export type Grown = GrownText | GrownTool | GrownMedia | GrownSteered;

/** How a text or reasoning part came from the one before it: keep so many UTF-16 units of that, then add `added`. */
export interface Growth {
  readonly kept: number;
  readonly added: string;
}

interface Origin extends Growth {
  readonly of: GrownText;
  readonly revision: number;
}

const origins = new WeakMap<object, Origin>();

/**
 * What to do to the text of `before` to have that of `now`. For two values of the same part that a fold gave one after
 * the other it costs no more than what is new; for any others it compares them.
 */
export function growth(before: TextPart | ReasoningPart | undefined, now: TextPart | ReasoningPart): Growth {
  if (before === undefined) return { kept: 0, added: now.text };
  if (before === now) return { kept: now.text.length, added: "" };
  const [old, origin] = [origins.get(before), origins.get(now)];
  if (old && origin && old.of === origin.of && old.revision + 1 === origin.revision) return origin;
  let kept = 0;
  if (now.text.startsWith(before.text)) kept = before.text.length;
  else while (kept < before.text.length && before.text.charCodeAt(kept) === now.text.charCodeAt(kept)) kept++;
  return { kept, added: now.text.slice(kept) };
}

export class GrownText {
  readonly key: number;
  readonly kind: "text" | "reasoning";
  signature: string | undefined;
  private readonly text = new GrowingText();
  private now: TextPart | ReasoningPart | undefined;
  private fresh = true;
  // What happened since `now` was made, in UTF-16 units: its first `kept` stand, and `added` came after them.
  private kept = 0;
  private added = "";
  private revision = 0;

  constructor(key: number, kind: "text" | "reasoning") {
    this.key = key;
    this.kind = kind;
  }

  append(text: string): void {
    this.text.append(text);
    this.added += text;
    this.fresh = false;
  }

  sign(signature: string): void {
    this.signature = signature;
    this.fresh = false;
  }

  /** Returns how many of `count` code points there were not, and how many UTF-16 units are gone. */
  takeBack(count: number): { missing: number; taken: number } {
    const length = this.text.length;
    const missing = this.text.takeBack(count);
    const taken = length - this.text.length;
    if (taken <= this.added.length) this.added = this.added.slice(0, this.added.length - taken);
    else {
      this.kept -= taken - this.added.length;
      this.added = "";
    }
    this.fresh = false;
    return { missing, taken };
  }

  value(): TextPart | ReasoningPart | undefined {
    if (this.fresh) return this.now;
    this.fresh = true;
    const text = this.text.toString();
    if (this.signature !== undefined) this.now = { kind: "reasoning", text, signature: this.signature };
    else if (this.text.length) this.now = { kind: this.kind, text };
    else this.now = undefined;
    this.revision++;
    if (this.now) origins.set(this.now, { of: this, revision: this.revision, kept: this.kept, added: this.added });
    this.kept = this.text.length;
    this.added = "";
    return this.now;
  }
}

export class GrownTool {
  readonly place: number;
  readonly call: string;
  name = "";
  called = false;
  status: NonNullable<ToolPart["status"]> = "pending";
  approval: ToolPart["approval"];
  result: string | undefined;
  private readonly step: number;
  private args = new GrowingText();
  private now: ToolPart | undefined;

  constructor(place: number, call: string, step: number) {
    this.place = place;
    this.call = call;
    this.step = step;
  }

  get hasArguments(): boolean {
    return this.args.length > 0;
  }

  change(fields: Partial<Pick<GrownTool, "name" | "called" | "status" | "approval" | "result">>): void {
    Object.assign(this, fields);
    this.now = undefined;
  }

  append(args: string): void {
    this.args.append(args);
    this.now = undefined;
  }

  replace(args: string): void {
    this.args = new GrowingText();
    this.append(args);
  }

  value(): Part {
    return (this.now ??= {
      kind: "tool",
      call: this.call,
      ...(this.name && { name: this.name }),
      ...(this.args.length && { arguments: this.args.toString() }),
      ...(this.called && { called: true }),
      ...(this.status !== "pending" && { status: this.status }),
      ...(this.result !== undefined && { result: this.result }),
      ...(this.step && { step: this.step }),
      ...(this.approval && { approval: this.approval }),
    });
  }
}

export class GrownMedia {
  readonly number: number;
  private readonly mediaType: string;
  private readonly data = new GrowingText();
  private url: string | undefined;
  private now: MediaPart | undefined;

  constructor(event: PartDelta) {
    this.number = event.part;
    this.mediaType = event.media_type;
  }

  append(event: PartDelta): void {
    this.data.append(event.data ?? "");
    this.url = event.url ?? this.url;
    this.now = undefined;
  }

  value(): Part {
    return (this.now ??= {
      kind: "media",
      media_type: this.mediaType,
      ...(this.data.length && { data: this.data.toString() }),
      ...(this.url !== undefined && { url: this.url }),
    });
  }
}

export class GrownSteered {
  private readonly now: SteeredPart;

  constructor(text: string) {
    this.now = { kind: "steered", text };
  }

  value(): Part {
    return this.now;
  }
}
