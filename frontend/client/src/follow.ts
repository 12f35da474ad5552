import { type Frame, type Numbered, Place } from "./place.ts";
import { isProblem, ProblemError } from "./problems.ts";
import { Backoff, type Connection, offline, onWake, pause } from "./reconnecting.ts";
import { type Said, SseParser } from "./sse.ts";
import type { ChatChange } from "./types.ts";

export type { Connection } from "./reconnecting.ts";

export type { Frame } from "./place.ts";

export interface FollowOptions {
  /** The last `seq` that is there already. */
  readonly after?: number;
  /** Aborted, it ends as if there were nothing more. The run goes on. */
  readonly signal?: AbortSignal | undefined;
  readonly onState?: ((state: Connection) => void) | undefined;
  readonly fetch?: typeof fetch;
  /** Milliseconds of silence after which a connection is taken for dead; the server says something every 15 s. */
  readonly silence?: number;
}

// A page that wakes does not wait for the end of a connection that has been silent for longer.
const SLEPT = 20_000;
const SILENCE = 40_000;
// Answers that another attempt may change.
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * A run's frames after `after`, to its end, each once and in order, as they come: over drops, sleep and restarts of the
 * server. Leaving the loop leaves the run. Throws ProblemError where the server refuses for good.
 */
export function follow(
  base: string | URL,
  run: string,
  options: FollowOptions = {},
): AsyncGenerator<readonly Frame[], void, undefined> {
  return stream<Frame>(base, `api/runs/${encodeURIComponent(run)}/events`, options);
}

/** A chat's changes after `after`, without an end, like `follow`. */
export function followChat(
  base: string | URL,
  chat: string,
  options: FollowOptions = {},
): AsyncGenerator<readonly ChatChange[], void, undefined> {
  return stream<ChatChange>(base, `api/chats/${encodeURIComponent(chat)}/events`, options);
}

async function* stream<T extends Numbered>(
  base: string | URL,
  path: string,
  options: FollowOptions,
): AsyncGenerator<readonly T[], void, undefined> {
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  options.signal?.addEventListener("abort", leave);
  if (options.signal?.aborted) leave();
  const left = (): boolean => leaving.signal.aborted;
  const tell = teller(options.onState);
  const backoff = new Backoff();
  const place = new Place<T>(options.after);
  tell("connecting");
  try {
    while (!left()) {
      const url = new URL(path, base);
      if (place.after) url.searchParams.set("after", String(place.after));
      const connection = new Streaming(url, options, leaving.signal);
      let least: number | undefined;
      try {
        if (!(await connection.open())) {
          tell("ended");
          return;
        }
        tell("live");
        for (let said = await connection.read(); said; said = await connection.read()) {
          const found = place.take(said.filter((one) => one.event !== "error").map((one) => value(one) as T));
          if (found.length) {
            backoff.reset();
            yield found;
          }
          const refused = said.find((one) => one.event === "error");
          if (refused) throw refusal(refused.data);
          if (place.ended) {
            tell("ended");
            return;
          }
          if (place.gap) break;
        }
      } catch (error) {
        if (left()) return;
        if (error instanceof ProblemError) {
          if (!PASSING.has(error.status)) throw error;
          least = (error.retryAfter ?? 0) * 1000;
        } else if (!connection.lost(error)) throw error;
      } finally {
        connection.close();
      }
      if (left()) return;
      tell(offline() ? "offline" : "reconnecting");
      await pause(backoff.next(least ?? connection.retry), leaving.signal);
    }
  } finally {
    options.signal?.removeEventListener("abort", leave);
    leave();
  }
}

/** One connection: opened, read to its end, closed. It ends by itself where it has been silent for too long. */
class Streaming {
  private readonly parser = new SseParser();
  private readonly decoder = new TextDecoder();
  private readonly ending = new AbortController();
  private readonly silence: number;
  private readonly fetch: typeof fetch;
  private readonly url: URL;
  private readonly unwatch: () => void;
  private readonly leaving: AbortSignal;
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  private heard = Date.now();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failure: unknown;
  private opening: number | undefined; // what `retry` each stream begins with

  constructor(url: URL, options: FollowOptions, leaving: AbortSignal) {
    this.url = url;
    this.silence = options.silence ?? SILENCE;
    this.fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.leaving = leaving;
    leaving.addEventListener("abort", this.end);
    this.unwatch = onWake(() => {
      if (Date.now() - this.heard > Math.min(SLEPT, this.silence)) this.end();
    });
  }

  /** What the server asked for with its last word, where it sent its readers away; 0 for a connection that broke. */
  get retry(): number {
    const { retry } = this.parser;
    return retry === undefined || retry === this.opening ? 0 : retry;
  }

  /** Whether there is anything to read. Throws ProblemError. */
  async open(): Promise<boolean> {
    this.listen();
    const response = await this.guarded(
      this.fetch(this.url, {
        headers: { Accept: "text/event-stream" },
        cache: "no-store",
        credentials: "same-origin",
        signal: this.ending.signal,
      }),
    );
    if (response.status === 204) return false;
    if (!response.ok || !response.body) throw await this.guarded(ProblemError.of(response));
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream"))
      throw new TypeError(`${this.url.pathname} is no stream: something between here and the server answers for it`);
    this.reader = response.body.getReader();
    return true;
  }

  /** What is said next, all that has come together; undefined at the end. */
  async read(): Promise<Said[] | undefined> {
    while (this.reader) {
      this.listen();
      const { done, value } = await this.guarded(this.reader.read());
      clearTimeout(this.timer); // the reader may take its time
      if (done) return undefined;
      this.heard = Date.now();
      const said = this.parser.take(this.decoder.decode(value, { stream: true }));
      this.opening ??= this.parser.retry;
      if (said.length) return said;
    }
    return undefined;
  }

  /** Whether an error is that of the connection, which another one may not have. */
  lost(error: unknown): boolean {
    return this.failure !== undefined && error === this.failure;
  }

  close(): void {
    clearTimeout(this.timer);
    this.unwatch();
    this.leaving.removeEventListener("abort", this.end);
    this.end();
  }

  private readonly end = (): void => this.ending.abort();

  private listen(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.end, this.silence);
  }

  private async guarded<R>(waited: Promise<R>): Promise<R> {
    try {
      return await waited;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

/** Tells of a state where it is another than the last. */
export function teller(onState: ((state: Connection) => void) | undefined): (state: Connection) => void {
  let last: Connection | undefined;
  return (state) => {
    if (state !== last) onState?.((last = state));
  };
}

function value(said: Said): Numbered {
  return { type: said.event, ...(JSON.parse(said.data) as object), seq: Number(said.id) } as Numbered;
}

function refusal(data: string): Error {
  const problem: unknown = JSON.parse(data);
  return isProblem(problem) ? new ProblemError(problem) : new TypeError("the server sent an error that is none");
}
