import { follow, followChat, type FollowOptions, teller } from "./follow.ts";
import { type Frame, type Numbered, Place } from "./place.ts";
import { isProblem, ProblemError } from "./problems.ts";
import { Backoff, type Connection, offline, onWake, pause } from "./reconnecting.ts";
import type { Ask, ChatChange } from "./types.ts";

export interface LiveOptions {
  readonly onState?: (state: Connection) => void;
  readonly WebSocket?: typeof WebSocket;
  readonly fetch?: typeof fetch;
}

type LiveFollowing = Pick<FollowOptions, "after" | "signal">;
type Kind = "run" | "chat";

/** What comes over the socket: an answer to what was asked, a frame of a run, a change of a chat, or why none come. */
interface Told {
  readonly id?: number;
  readonly ok?: boolean;
  readonly ended?: boolean;
  readonly problem?: unknown;
  readonly run?: string;
  readonly chat?: string;
  readonly change?: ChatChange;
  readonly type?: string;
}

// So often in a row a socket is not to be had before streams are tried.
const MOST_REFUSED = 2;
// Milliseconds: a socket that says nothing for so long is asked, and given up where it does not answer.
const SILENCE = 25_000;
const ANSWER = 5_000;

/**
 * Many runs and chats over one socket, with the same promises as `follow`; where there is no socket to be had, over a
 * stream each. The socket is there while something is followed.
 */
export class Live {
  private readonly base: URL;
  private readonly options: LiveOptions;
  private readonly tell: (state: Connection) => void;
  private readonly followed = new Map<string, Followed>();
  private readonly backoff = new Backoff();
  private readonly closing = new AbortController();
  private readonly unwatch: () => void;
  private socket: WebSocket | undefined;
  private asked = 0;
  private refused = 0;
  private possible = false; // a socket was open here once: it will be again
  private connecting = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private heardAt: number | undefined; // nothing since the socket was asked for a sign of life

  constructor(base: string | URL, options: LiveOptions = {}) {
    this.base = new URL(base);
    this.options = options;
    this.tell = teller(options.onState);
    this.unwatch = onWake(() => this.probe());
  }

  /** A run's frames after `after`, to its end. One reader a run: a second one takes the first one's place. */
  run(run: string, options: LiveFollowing = {}): AsyncGenerator<readonly Frame[], void, undefined> {
    return this.follow<Frame>("run", run, options);
  }

  /** A chat's changes after `after`, without an end. One reader a chat. */
  chat(chat: string, options: LiveFollowing = {}): AsyncGenerator<readonly ChatChange[], void, undefined> {
    return this.follow<ChatChange>("chat", chat, options);
  }

  /** Follow nothing any more: all readers are at their end. */
  close(): void {
    this.unwatch();
    this.closing.abort();
    for (const followed of this.followed.values()) followed.finish();
    this.disconnect();
  }

  private async *follow<T extends Numbered>(
    kind: Kind,
    id: string,
    { after = 0, signal }: LiveFollowing,
  ): AsyncGenerator<readonly T[], void, undefined> {
    const key = `${kind} ${id}`;
    const followed = new Followed(kind, id, after);
    const leave = (): void => followed.finish();
    this.followed.get(key)?.finish();
    this.followed.set(key, followed);
    signal?.addEventListener("abort", leave);
    if (signal?.aborted || this.closing.signal.aborted) leave();
    try {
      if (this.socket?.readyState === 1) this.subscribe(followed);
      else void this.connect();
      yield* followed.read() as AsyncGenerator<readonly T[], void, undefined>;
      if (followed.alone) yield* this.stream(followed, signal) as AsyncGenerator<readonly T[], void, undefined>;
    } finally {
      signal?.removeEventListener("abort", leave);
      if (this.followed.get(key) === followed) {
        this.followed.delete(key);
        if (!followed.over)
          this.say(kind === "run" ? { do: "unsubscribe", run: id } : { do: "unfollow_chat", chat: id });
        if (!this.followed.size) this.disconnect();
      }
    }
  }

  /** What is followed by a stream of its own from here on. */
  private stream(
    followed: Followed,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly Numbered[], void, undefined> {
    const leaving = AbortSignal.any([this.closing.signal, ...(signal ? [signal] : [])]);
    const more = this.options.fetch ? { fetch: this.options.fetch } : {};
    const options = { after: followed.place.after, signal: leaving, onState: this.tell, ...more };
    return followed.kind === "run"
      ? follow(this.base, followed.id, options)
      : followChat(this.base, followed.id, options);
  }

  private async connect(): Promise<void> {
    if (this.connecting) return;
    this.connecting = true;
    this.tell("connecting");
    while (this.followed.size && !this.closing.signal.aborted) {
      if (await this.open()) break;
      if (!this.possible && ++this.refused >= MOST_REFUSED) {
        for (const followed of this.followed.values()) followed.finish({ alone: true });
        break;
      }
      this.tell(offline() ? "offline" : "reconnecting");
      await pause(this.backoff.next(), this.closing.signal);
    }
    this.connecting = false;
  }

  /** Whether the socket opened. */
  private open(): Promise<boolean> {
    const url = new URL("api/live", this.base);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new Promise((resolve) => {
      const socket = new (this.options.WebSocket ?? WebSocket)(url);
      this.socket = socket;
      const timer = setTimeout(() => socket.close(), SILENCE);
      socket.onopen = () => {
        clearTimeout(timer);
        this.possible = true;
        this.tell("live");
        this.heardAt = Date.now();
        this.listen();
        for (const followed of this.followed.values()) this.subscribe(followed);
        if (!this.followed.size) this.disconnect();
        resolve(true);
      };
      socket.onmessage = (message: MessageEvent<string>) => {
        if (this.socket !== socket) return;
        this.heardAt = Date.now();
        this.heard(JSON.parse(message.data) as Told);
      };
      const lost = (): void => {
        clearTimeout(timer);
        resolve(false);
        this.lost(socket);
      };
      socket.onclose = lost;
      socket.onerror = () => {
        if (socket.readyState !== 1) lost(); // not every implementation says `close` of what never opened
      };
    });
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    const wasOpen = !this.connecting;
    this.socket = undefined;
    clearTimeout(this.timer);
    if (!wasOpen || !this.followed.size) return;
    this.tell(offline() ? "offline" : "reconnecting");
    void pause(this.backoff.next(), this.closing.signal).then(() => this.connect());
  }

  /** Leave the socket, whatever becomes of it. One that is being opened is left then: browsers warn of it before. */
  private disconnect(): void {
    const socket = this.socket;
    if (socket?.readyState === 0) return;
    this.socket = undefined;
    clearTimeout(this.timer);
    socket?.close();
  }

  private heard(told: Told): void {
    if (told.run === undefined && told.chat === undefined) {
      // An answer to what was asked. What comes for a run may have an id too, of another kind.
      const asked = [...this.followed.values()].filter((one) => one.asked !== undefined && one.asked === told.id);
      for (const followed of asked) this.answered(followed, told);
      return;
    }
    const followed = this.followed.get(told.run === undefined ? `chat ${told.chat ?? ""}` : `run ${told.run}`);
    if (!followed || followed.asked !== undefined) return; // what was sent before it was asked for anew
    if (told.problem !== undefined) {
      this.failed(followed, told.problem);
      return;
    }
    this.backoff.reset();
    followed.take(told.change ?? (told as unknown as Frame));
    if (followed.place.gap) this.subscribe(followed);
  }

  private answered(followed: Followed, told: Told): void {
    followed.asked = undefined;
    if (told.problem !== undefined) this.failed(followed, told.problem);
    else if (told.ended) followed.finish();
  }

  /** What another connection may do goes on by a stream, which knows how to wait. */
  private failed(followed: Followed, problem: unknown): void {
    const error = isProblem(problem)
      ? new ProblemError(problem)
      : new TypeError("the server sent an error that is none");
    if (error instanceof ProblemError && (error.status >= 500 || error.status === 429))
      followed.finish({ alone: true });
    else followed.finish({ error });
  }

  private subscribe(followed: Followed): void {
    if (followed.over) return;
    followed.asked = ++this.asked;
    const { id, asked } = followed;
    const { after } = followed.place;
    this.say(
      followed.kind === "run"
        ? { do: "subscribe", id: asked, run: id, after }
        : { do: "follow_chat", id: asked, chat: id, after },
    );
  }

  private say(ask: Ask): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(ask));
  }

  /** Ask where nothing has been heard for too long. */
  private listen(): void {
    clearTimeout(this.timer);
    const silent = Date.now() - (this.heardAt ?? 0);
    if (silent >= SILENCE) this.probe();
    else this.timer = setTimeout(() => this.listen(), Math.min(SILENCE, SILENCE - silent));
  }

  /** Ask the socket for a sign of life. */
  private probe(): void {
    const socket = this.socket;
    if (socket?.readyState !== 1) return;
    this.say({ do: "unsubscribe", id: ++this.asked, run: "-" });
    this.heardAt = undefined;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.heardAt !== undefined) {
        this.listen();
        return;
      }
      socket.close(); // a dead peer never answers that: it is left at once
      this.lost(socket);
    }, ANSWER);
  }
}

/** A reader's place, and what has come for it. */
class Followed {
  readonly kind: Kind;
  readonly id: string;
  readonly place: Place<Numbered>;
  /** The number of the ask that has no answer yet: what comes before that answer is of an earlier one. */
  asked: number | undefined;
  over = false;
  /** A stream of its own goes on from here. */
  alone = false;
  private error: Error | undefined;
  private waiting: Numbered[] = [];
  private wake: (() => void) | undefined;

  constructor(kind: Kind, id: string, after: number) {
    this.kind = kind;
    this.id = id;
    this.place = new Place(after);
  }

  take(value: Numbered): void {
    try {
      this.waiting.push(...this.place.take([value]));
    } catch (error) {
      this.finish({ error: error as Error });
    }
    if (this.place.ended) this.over = true;
    this.wake?.();
  }

  finish({ error, alone = false }: { error?: Error; alone?: boolean } = {}): void {
    if (this.over) return;
    this.over = true;
    this.error = error;
    this.alone = alone;
    this.wake?.();
  }

  /** All that has come, at once, each time; throws the error that it ended with. */
  async *read(): AsyncGenerator<readonly Numbered[], void, undefined> {
    for (;;) {
      if (this.waiting.length) {
        const found = this.waiting;
        this.waiting = [];
        yield found;
      } else if (this.over) {
        if (this.error) throw this.error;
        return;
      } else {
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    }
  }
}
