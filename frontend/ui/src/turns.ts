/** What the view of a chat is given, as values. They know nothing of where they come from. */
import {
  ENDED,
  RequestsFold,
  type AttemptStarted,
  type Event,
  type Message,
  type Part,
  type Request,
  type StatusLine,
} from "@runnel/client";

/** A message and what stands beside it in a chat. A turn is another object where anything in it is another. */
export interface Turn {
  readonly message: Message;
  /** What the run does and asks, beyond what the message says of it. */
  readonly activity?: Activity;
  /** The place of the message among those that stand where it does, from 1. */
  readonly branch?: { readonly at: number; readonly of: number };
  /** Whether the answer can be gone on from where it was cut. */
  readonly continues?: boolean;
  /** What the user said meanwhile, and the answer has not heard yet. */
  readonly unheard?: readonly string[];
  /** The question is on its way, or waits behind an answer that is being made, for a `run` of its own. */
  readonly queued?: { readonly run?: string };
}

/** What a run did that is no part of its message. */
export interface Activity {
  /** Lines for people, in order; one line where only its count went on. */
  readonly lines: readonly StatusLine[];
  /** What is asked of people now. */
  readonly requests: readonly Request[];
  /** The last retry, until it says something. */
  readonly attempt?: AttemptStarted;
  /** All retries and fallbacks. */
  readonly attempts?: readonly AttemptStarted[];
  /** The documents were searched, whatever was found. */
  readonly searched?: boolean;
  /** When it began to run, said its first word and ended: milliseconds since it was asked for. */
  readonly times?: { readonly running?: number; readonly first?: number; readonly ended?: number };
}

export const NO_ACTIVITY: Activity = { lines: [], requests: [] };

/** Whether nothing can follow. */
export function ended(message: Message): boolean {
  return ENDED.includes(message.status);
}

/** Whether `now` is what `before` was but for the text of its last part, to which more may come. */
export function onlyGrew(before: Turn | undefined, now: Turn): boolean {
  if (before === undefined || ended(now.message)) return false;
  const [had, has] = [before.message.parts ?? [], now.message.parts ?? []];
  const last = has.length - 1;
  return (
    had.length === has.length &&
    had[last]?.kind === "text" &&
    has[last]?.kind === "text" &&
    has.every((part, at) => at === last || part === had[at]) &&
    alike(before, now, "message") &&
    alike(before.message, now.message, "parts")
  );
}

/** Whether two values have the same members, but for one. */
function alike<T extends object>(one: T, other: T, but: keyof T): boolean {
  const names = Object.keys(other) as (keyof T)[];
  return names.length === Object.keys(one).length && names.every((name) => name === but || other[name] === one[name]);
}

/** The text parts of a message, joined. */
export function contentOf(message: Message): string {
  return (message.parts ?? []).map((part) => (part.kind === "text" ? part.text : "")).join("");
}

/** The text that begins with part `at`, and the place after its last part. */
export function textFrom(parts: readonly Part[], at: number): { readonly text: string; readonly end: number } {
  let text = "";
  let end = at;
  for (let part = parts[end]; part?.kind === "text"; part = parts[++end]) text += part.text;
  return { text, end };
}

/** A stretch of a message's parts that is shown as one thing, from part `at` on. */
export interface Stretch {
  readonly kind: "activity" | "media" | "steered" | "text";
  readonly at: number;
  readonly parts: readonly Part[];
}

/** `parts` as stretches: thoughts and calls in a row are one, and so are texts (one that was cut, and what went on from
 * it); all others stand for themselves. */
export function stretches(parts: readonly Part[]): Stretch[] {
  const found: { kind: Stretch["kind"]; at: number; parts: Part[] }[] = [];
  parts.forEach((part, at) => {
    const kind = part.kind === "reasoning" || part.kind === "tool" ? "activity" : part.kind;
    const last = found.at(-1);
    if (last?.kind === kind && (kind === "activity" || kind === "text")) last.parts.push(part);
    else found.push({ kind, at, parts: [part] });
  });
  return found;
}

/** Folds a run's events into its activity, each at a constant cost; another object where something changed. */
export class ActivityFold {
  readonly #requests = new RequestsFold();
  readonly #lines: StatusLine[] = [];
  readonly #attempts: AttemptStarted[] = [];
  #attempt: AttemptStarted | undefined;
  #searched = false;
  #times: NonNullable<Activity["times"]> = {};
  #value: Activity | undefined = NO_ACTIVITY;

  value(): Activity {
    return (this.#value ??= {
      lines: [...this.#lines],
      requests: this.#requests.value(),
      times: this.#times,
      ...(this.#attempt === undefined ? {} : { attempt: this.#attempt }),
      ...(this.#attempts.length === 0 ? {} : { attempts: [...this.#attempts] }),
      ...(this.#searched ? { searched: true } : {}),
    });
  }

  applyAll(events: Iterable<Event>): this {
    for (const event of events) this.apply(event);
    return this;
  }

  apply(event: Event): void {
    if (event.type === "text.delta" || event.type === "reasoning.delta" || event.type === "tool.call.delta") {
      if (this.#attempt !== undefined) this.#value = this.#attempt = undefined;
      if (event.type === "text.delta" && this.#times.first === undefined) this.#time({ first: event.at ?? 0 });
      return;
    }
    if (event.type === "status") {
      const last = this.#lines.at(-1);
      if (last?.text === event.text && last.call === event.call) this.#lines.pop();
      this.#lines.push(event);
      this.#value = undefined;
    } else if (event.type === "attempt.started") {
      this.#attempts.push(event);
      this.#attempt = event;
      this.#value = undefined;
    } else if (event.type === "sources.found") {
      this.#searched = true;
      this.#value = undefined;
    } else if (event.type === "state.changed" && event.status === "running" && this.#times.running === undefined)
      this.#time({ running: event.at ?? 0 });
    else if (event.type === "run.ended") this.#time({ ended: event.at ?? 0 });
    const asked = this.#requests.value();
    this.#requests.apply(event);
    if (this.#requests.value() !== asked) this.#value = undefined;
  }

  #time(times: NonNullable<Activity["times"]>): void {
    this.#times = { ...this.#times, ...times };
    this.#value = undefined;
  }
}
