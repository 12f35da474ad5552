import {
  ProblemError,
  type Api,
  type BranchPage,
  type Chat,
  type ChatChange,
  type ChatChanges,
  type ChatSettings,
  type Live,
  type Medium,
  type Message,
} from "@runnel/client";
import { ended, type Activity, type Turn } from "@runnel/ui";

import { Continuing } from "./continuing.ts";
import { Made } from "./made.ts";
import type { Notices } from "./notices.ts";
import { Observable } from "./observable.ts";
import { persistently } from "./persistently.ts";
import { onItsWay, queuedIn, unheard, type Asked, type Queued } from "./queue.ts";
import { activityOf, Running } from "./running.ts";
import { changedBy, Settling } from "./settling.ts";

const PAGE = 40;
// What a model is asked that does not take up a partial answer.
const GO_ON = "Go on where you stopped.";

/** What a conversation needs of the page. */
export interface Around {
  readonly api: Api;
  readonly live: Live;
  readonly notices: Notices;
  /** The chat was read, or has changed. */
  readonly onChat: (chat: Chat) => void;
}

/** The open chat: its branch as it stands, followed live. */
export class Conversation extends Observable {
  state: "loading" | "ready" | "gone" | "failed" = "loading";
  problem: unknown;
  turns: readonly Turn[] = [];
  hasEarlier = false;
  /** Called where nothing has changed but that more of an answer's text is there. */
  onGrown: (() => void) | undefined;
  /** The question that is on its way to the server. */
  asking: Asked | undefined;
  private stored: readonly Message[] = [];
  private queued: readonly Queued[] = [];
  private readonly running = new Map<string, Running>();
  private readonly activities = new Map<string, Activity>();
  private readonly continuing: Continuing;
  /** What runs were told, and may not have heard yet. */
  private readonly told = new Map<string, readonly string[]>();
  /** Of each message that is shown: the ids of all that could stand in its place, where there are others. */
  readonly alternatives = new Map<string, readonly string[]>();
  private readonly made = new Made();
  private readonly leaving = new AbortController();
  private refreshing: Promise<void> | undefined;
  private again = false;
  private lastChange: number | undefined;
  private readonly settling: Settling;

  constructor(
    readonly id: string,
    private readonly around: Around,
    public chat?: Chat,
  ) {
    super();
    this.settling = new Settling(around.api, id);
    this.continuing = new Continuing(around.api, id, () => this.show());
    void this.open();
  }

  get settings(): ChatSettings {
    return this.chat?.settings ?? {};
  }

  /** The run that is making an answer now. */
  get going(): string | undefined {
    for (const turn of this.turns) if (turn.message.run && !ended(turn.message)) return turn.message.run;
    return this.chat?.going;
  }

  leave(): void {
    this.leaving.abort();
    for (const running of this.running.values()) running.leave();
    this.running.clear();
  }

  /** Read what is there anew; asked for while that goes on, once more after it. */
  refresh(): Promise<void> {
    if (this.refreshing) this.again = true;
    else
      this.refreshing = this.read().finally(() => {
        this.refreshing = undefined;
        if (this.again) {
          this.again = false;
          void this.refresh();
        }
      });
    return this.refreshing;
  }

  /** Read messages before the first that is shown. */
  async earlier(): Promise<void> {
    const first = this.stored[0];
    if (!this.hasEarlier || !first) return;
    this.hasEarlier = false;
    try {
      const page = await this.around.api.messages(this.id, { before: first.id, limit: PAGE });
      this.stored = [...page.messages, ...this.stored];
      this.hasEarlier = page.messages.length === PAGE;
      this.place(page);
    } catch (error) {
      this.hasEarlier = true;
      this.around.notices.problem(error, "Earlier messages cannot be read");
    }
    this.show();
  }

  /** Read on until the message is among those that are shown, on its own branch; says whether it is. */
  async reach(message: string): Promise<boolean> {
    await this.refreshing;
    while (!this.stored.some((one) => one.id === message)) {
      if (this.hasEarlier) await this.earlier();
      else return this.turnTo(message);
    }
    return true;
  }

  /** Ask, once what comes with it is `ready`; says whether the server has taken the question. Nothing is asked twice. */
  async ask(prompt: string, media: readonly Medium[] = [], ready?: () => Promise<unknown>): Promise<boolean> {
    const key = crypto.randomUUID();
    this.asking = { prompt, media };
    this.show();
    try {
      const question = { prompt, if_busy: "enqueue" as const, ...(media.length ? { media } : {}) };
      await ready?.();
      await this.settling.done;
      await persistently(() => this.around.api.ask(this.id, question, key));
      await this.refresh();
      return true;
    } catch (error) {
      this.around.notices.problem(error, "The question was not asked");
      return false;
    } finally {
      this.asking = undefined;
      this.show();
    }
  }

  /** Do something to the chat, and show what came of it. */
  async act(doing: string, action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      await this.refresh();
      return true;
    } catch (error) {
      this.around.notices.problem(error, doing);
      return false;
    }
  }

  /** Like `act`, for what makes an answer: it is made by the settings that are shown. */
  private answer(doing: string, action: () => Promise<unknown>): Promise<boolean> {
    return this.act(doing, () => this.settling.done.then(action));
  }

  /** Ask a question of the user's otherwise; the pictures that came with it stay. */
  edit(message: string, prompt: string): Promise<boolean> {
    const parts = this.turns.find((one) => one.message.id === message)?.message.parts ?? [];
    const media = parts.filter((one) => one.kind === "media").map(({ kind: _, ...medium }) => medium);
    const edit = () => this.around.api.edit(message, { prompt, media }, { chat: this.id });
    return this.answer("The question was not changed", edit);
  }

  /** Answer a question again. */
  retry(message: string): Promise<boolean> {
    return this.answer("The question was not asked again", () => this.around.api.retry(message, { chat: this.id }));
  }

  /** Go on with the last answer: the model takes it up where it was cut, or is asked to. */
  goOn(): Promise<boolean> {
    const last = this.stored.at(-1);
    const run = last?.run;
    if (run === undefined) return Promise.resolve(false);
    if (this.continuing.of(last) === "asks") return this.ask(GO_ON);
    return this.answer("The answer does not go on", () => this.around.api.continueRun(run, { chat: this.id }));
  }

  /** Say something to the answer that is being made; says whether it is going to be heard. */
  async steer(text: string): Promise<boolean> {
    const run = this.going;
    if (run === undefined) return this.ask(text);
    const said = await this.act("The answer was not told", () => this.around.api.steer(run, text));
    if (said) this.told.set(run, [...(this.told.get(run) ?? []), text]);
    this.show();
    return said;
  }

  /** End what is being made; what was said stays. */
  stop(): Promise<boolean> {
    const run = this.going;
    if (run === undefined) return Promise.resolve(false);
    return this.act("The answer was not stopped", () => persistently(() => this.around.api.cancel(run)));
  }

  /** Change settings. They show as changed at once; rejects with why they were not. */
  async change(changes: ChatChanges): Promise<void> {
    const before = this.chat;
    if (before) this.chat = changedBy(before, changes);
    this.changed();
    try {
      const chat = await this.settling.send(changes);
      if (chat) this.take(chat);
    } catch (error) {
      this.chat = before;
      throw error;
    } finally {
      this.changed();
    }
  }

  /** Find out what an ended run did. */
  async want(run: string): Promise<void> {
    if (this.activities.has(run) || this.running.has(run)) return;
    try {
      this.activities.set(run, await activityOf(this.around.live, run, this.leaving.signal));
      this.show();
    } catch (error) {
      this.around.notices.problem(error, "What was done cannot be read");
    }
  }

  /** Show the branch at place `to` of those that the message is one of. */
  async branch(message: string, to: number): Promise<void> {
    const other = this.alternatives.get(message)?.[to - 1];
    if (other) await this.turnTo(other);
  }

  /** Make the branch of a message the one that is shown. */
  private turnTo(message: string): Promise<boolean> {
    return this.act("The branch cannot be shown", () => this.around.api.switchTo(message, { chat: this.id }));
  }

  private async open(): Promise<void> {
    await this.refresh();
    const after = this.lastChange;
    if (after === undefined) return;
    try {
      for await (const changes of this.around.live.chat(this.id, { after, signal: this.leaving.signal }))
        if (changes.some((change) => this.isNews(change))) void this.refresh();
    } catch (error) {
      if (this.leaving.signal.aborted) return;
      this.fail(error);
    }
  }

  /** What a run that is followed says itself is none. */
  private isNews(change: ChatChange): boolean {
    const followed = change.run_id !== undefined && this.running.has(change.run_id);
    const known = this.stored.find((one) => one.id === change.message_id);
    if (change.type === "message.added") return known === undefined;
    if (change.type === "message.changed" && known && ended(known)) return known.status !== change.status;
    return !(followed && change.type !== "run.changed");
  }

  private async read(): Promise<void> {
    const { api } = this.around;
    const hasAllThatWasSet = this.settling.reading();
    try {
      const chat = await api.chat(this.id);
      const limit = Math.min(1000, Math.max(PAGE, this.stored.length + 2));
      const [page, queued] = await Promise.all([
        api.messages(this.id, { limit }),
        chat.going ? queuedIn(api, this.id, this.queued) : [],
      ]);
      if (this.leaving.signal.aborted) return;
      const before = new Map(this.stored.map((one) => [one.id, one]));
      // What has ended stays as it is: so it is the same object, and nothing of it is touched.
      this.stored = page.messages.map((one) => {
        const old = before.get(one.id);
        return old && ended(old) && old.status === one.status ? old : one;
      });
      this.queued = queued;
      this.hasEarlier = page.messages.length === limit;
      this.lastChange ??= page.last_change;
      this.place(page);
      this.state = "ready";
      // What was set meanwhile is newer than what was read.
      this.take(hasAllThatWasSet() || !this.chat ? chat : { ...chat, settings: this.chat.settings });
      this.followAll();
      void this.continuing.look(this.stored.at(-1));
    } catch (error) {
      this.fail(error);
    }
    this.show();
  }

  /** Which messages stand where those of a page do. */
  private place({ messages, alternatives }: BranchPage): void {
    for (const { id } of messages) this.alternatives.set(id, alternatives[id] ?? []);
  }

  private fail(error: unknown): void {
    const gone = error instanceof ProblemError && error.status === 404;
    if (!gone && this.state === "ready") {
      this.around.notices.problem(error, "The chat cannot be read");
      return;
    }
    this.state = gone ? "gone" : "failed";
    this.problem = error;
    this.changed();
  }

  private take(chat: Chat): void {
    this.chat = chat;
    this.around.onChat(chat);
  }

  private followAll(): void {
    for (const message of this.stored) {
      const run = message.run;
      if (!run || ended(message) || this.running.has(run)) continue;
      const running = new Running(this.around.live, run, message, (one) => {
        if (one.ended) this.end(one);
        const turns = this.made.grown(this.turns, one);
        this.turns = turns ?? this.turns;
        if (turns) this.onGrown?.();
        else this.show();
      });
      this.running.set(run, running);
      running.follow().catch((error: unknown) => {
        if (this.leaving.signal.aborted) return;
        this.running.delete(run);
        if (!(error instanceof ProblemError && error.status === 404))
          this.around.notices.problem(error, "The answer cannot be followed");
      });
    }
  }

  private end(running: Running): void {
    const { message } = running;
    this.stored = this.stored.map((one) => (one.id === message.id ? message : one));
    this.activities.set(running.run, running.activity);
    this.running.delete(running.run);
    if (this.chat?.going === running.run) {
      const { going: _, ...chat } = this.chat;
      this.take(chat);
    }
    void this.refresh();
  }

  private show(): void {
    const turns = this.stored.map((message) => this.turn(message));
    for (const queued of this.queued)
      if (!this.stored.some((one) => one.id === queued.message.id)) turns.push(this.made.kept(queued));
    if (this.asking) turns.push(this.made.kept(onItsWay(this.asking)));
    this.turns = turns;
    this.changed();
  }

  private turn(stored: Message): Turn {
    const running = stored.run === undefined ? undefined : this.running.get(stored.run);
    const activity = running?.activity ?? (stored.run === undefined ? undefined : this.activities.get(stored.run));
    const places = this.alternatives.get(stored.id) ?? [];
    const at = places.indexOf(stored.id) + 1;
    const message = running?.message ?? stored;
    const untold = unheard(message, this.told.get(stored.run ?? "") ?? []);
    return this.made.kept({
      message,
      ...(untold.length ? { unheard: untold } : {}),
      ...(activity ? { activity } : {}),
      ...(places.length > 1 && at > 0 ? { branch: { at, of: places.length } } : {}),
      ...(stored === this.stored.at(-1) && this.continuing.of(stored) ? { continues: true } : {}),
    });
  }
}
