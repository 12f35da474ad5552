import { ContentRule } from "./content.ts";
import { GrownMedia, GrownSteered, GrownText, GrownTool, type Grown } from "./parts.ts";
import { codePoints } from "./text.ts";
import type { Event, Message, Part } from "./types.ts";

/**
 * Told of each change of a text or reasoning part as it is applied: `added` came to its end, after `taken` UTF-16
 * units were taken from there. `part` is a number that the part keeps, and that no other has in this fold. A part that
 * a retry withdraws is not told of: it is no longer in the message.
 */
export type TextListener = (part: number, added: string, taken: number) => void;

/**
 * Folds a run's events into its assistant message, each at a constant cost; the fold of any prefix is a valid message.
 *
 * `value()` shares what has not changed: the same `Message`, `parts` and `Part` objects mean the same values.
 */
export class MessageFold {
  lastSeq = 0;
  ended = false;
  onText: TextListener | undefined;
  private base: Message;
  private now: Message | undefined;
  private readonly parts: Grown[] = [];
  private stepParts = 0;
  private step = 0;
  private readonly texts: GrownText[] = []; // those of `parts` that are text and may have some, in order
  private readonly tools = new Map<string, GrownTool>(); // the newest of each call's id
  private readonly media = new Map<number, GrownMedia>();
  private readonly content = new ContentRule();
  private keys = 0;
  private partsNow: readonly Part[] = [];
  private partsFresh = true;

  constructor(message?: Message) {
    this.base = message ?? { id: "", role: "assistant", status: "queued" };
  }

  /** The length of the text so far, in code points. */
  get contentLength(): number {
    return this.content.length;
  }

  applyAll(events: Iterable<Event>): this {
    for (const event of events) this.apply(event);
    return this;
  }

  /** The message as it now stands. */
  value(): Message {
    if (!this.partsFresh) {
      this.partsFresh = true;
      const parts = this.parts.map((grown) => grown.value()).filter((part) => part !== undefined);
      if (parts.length !== this.partsNow.length || parts.some((part, place) => part !== this.partsNow[place])) {
        this.partsNow = parts;
        this.now = undefined;
      }
    }
    if (this.now === undefined) {
      const { parts: _parts, ...rest } = this.base;
      this.now = this.partsNow.length ? { ...rest, parts: this.partsNow } : rest;
    }
    return this.now;
  }

  /** Take the next event. */
  apply(event: Event): void {
    this.lastSeq = event.seq ?? this.lastSeq;
    switch (event.type) {
      case "text.delta":
        if (event.text) {
          this.say(codePoints(event.text));
          this.grow("text", event.text);
        }
        break;
      case "reasoning.delta":
        if (event.text || event.signature) {
          this.say(0);
          const thought = this.grow("reasoning", event.text);
          if (event.signature) thought.sign(event.signature);
        }
        break;
      case "part.delta":
        this.say(0);
        this.growMedia(event.part, () => new GrownMedia(event)).append(event);
        break;
      case "text.retracted":
        this.takeBack(this.content.retract(event.count));
        break;
      case "attempt.started":
        this.content.attempt();
        if (event.model !== undefined) this.change({ model: event.model });
        break;
      case "step.started":
        this.step = event.step;
        this.hold();
        if (event.model !== undefined) this.change({ model: event.model });
        break;
      case "steered":
        this.add(new GrownSteered(event.text));
        this.hold();
        break;
      case "run.started":
        if (event.message) this.change(event.message, {});
        break;
      case "state.changed":
        this.change({ status: event.status });
        break;
      case "query.rewritten":
        this.change({ rewritten_question: event.question });
        break;
      case "sources.found": {
        const { sources: _sources, ...rest } = this.base;
        this.change(event.sources.length ? { sources: event.sources } : {}, rest);
        break;
      }
      case "run.ended": {
        this.ended = true;
        const { finish_reason: _reason, error: _error, usage: _usage, ...rest } = this.base;
        const { status, finish_reason, error, usage } = event;
        const given = {
          ...(finish_reason != null && { finish_reason }),
          ...(error && { error }),
          ...(usage && { usage }),
        };
        this.change({ status, ...given }, rest);
        break;
      }
      default:
        this.applyToTools(event);
    }
  }

  private applyToTools(event: Event): void {
    this.partsFresh = false;
    switch (event.type) {
      case "tool.call.delta": {
        this.say(0);
        const tool = this.callOfStep(event.call);
        tool.append(event.arguments ?? "");
        if (event.name !== undefined) tool.change({ name: event.name });
        break;
      }
      case "tool.called": {
        this.say(0);
        const tool = this.callOfStep(event.call);
        tool.change({ name: event.name, called: true, status: event.client ? "pending" : "running" });
        if (!tool.hasArguments) tool.append(JSON.stringify(event.arguments ?? {}));
        break;
      }
      case "tool.approval.requested":
        this.newestCall(event.call).change({ name: event.name, approval: "requested" });
        break;
      case "tool.approval.given": {
        const tool = this.newestCall(event.call);
        tool.change({ approval: event.approve ? "approved" : "denied" });
        if (event.arguments !== undefined) tool.replace(JSON.stringify(event.arguments));
        break;
      }
      case "tool.returned":
        this.newestCall(event.call).change({ status: event.status ?? "ok", result: event.result ?? "" });
        break;
      // Status lines, captures and metrics are not part of the message.
    }
  }

  private change(fields: Partial<Message>, rest: Partial<Message> = this.base): void {
    this.base = { ...rest, ...fields } as Message;
    this.now = undefined;
  }

  /** What was said until now stays, whatever attempts follow. */
  private hold(): void {
    this.content.step();
    this.stepParts = this.parts.length;
  }

  /** The present attempt says something: what the attempt before it said in this step is withdrawn. */
  private say(length: number): void {
    if (!this.content.say(length)) return;
    this.partsFresh = false;
    while (this.parts.length > this.stepParts) {
      const part = this.parts.pop();
      if (part instanceof GrownText) {
        if (this.texts.at(-1) === part) this.texts.pop();
      } else if (part instanceof GrownTool) {
        if (this.tools.get(part.call) === part) this.tools.delete(part.call);
      } else if (part instanceof GrownMedia) this.media.delete(part.number);
    }
  }

  private add<P extends Grown>(part: P): P {
    this.parts.push(part);
    this.partsFresh = false;
    return part;
  }

  private grow(kind: "text" | "reasoning", text: string): GrownText {
    let last = this.parts.length > this.stepParts ? this.parts.at(-1) : undefined;
    if (!(last instanceof GrownText) || last.kind !== kind || last.signature !== undefined)
      last = this.add(new GrownText(this.keys++, kind));
    if (kind === "text" && this.texts.at(-1) !== last) this.texts.push(last);
    last.append(text);
    this.partsFresh = false;
    if (text) this.onText?.(last.key, text, 0);
    return last;
  }

  private growMedia(number: number, make: () => GrownMedia): GrownMedia {
    let media = this.media.get(number);
    if (!media) this.media.set(number, (media = this.add(make())));
    this.partsFresh = false;
    return media;
  }

  /** The newest call of that id, whatever step it is of. */
  private newestCall(call: string): GrownTool {
    return this.tools.get(call) ?? this.callOfStep(call);
  }

  /** The present step's call of that id: some vendors number the calls of each step anew. */
  private callOfStep(call: string): GrownTool {
    let tool = this.tools.get(call);
    if (!tool || tool.place < this.stepParts) {
      tool = this.add(new GrownTool(this.parts.length, call, this.step));
      this.tools.set(call, tool);
    }
    return tool;
  }

  private takeBack(count: number): void {
    while (count > 0) {
      const last = this.texts.at(-1);
      if (!last) return;
      const { missing, taken } = last.takeBack(count);
      this.partsFresh = false;
      this.onText?.(last.key, "", taken);
      if (missing) this.texts.pop();
      count = missing;
    }
  }
}

/** The message that a run's events, from its first, make. */
export function foldMessage(events: Iterable<Event>): Message {
  return new MessageFold().applyAll(events).value();
}
