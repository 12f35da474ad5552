import type { Api, Live, Message } from "@runnel/client";
import { contentOf, ended, type Activity, type Turn } from "@runnel/ui";

import type { Conversation } from "./conversation.ts";
import { Made } from "./made.ts";
import { Observable } from "./observable.ts";
import type { Pair } from "./places.ts";
import { activityOf, Running } from "./running.ts";

/** One of those that could stand in a place, by its `id`, and what is shown of it: an answer, or a question and its answer. */
export interface Side {
  readonly id: string;
  /** From 1. */
  readonly at: number;
  readonly question?: Turn;
  readonly answer?: Turn;
  /** It is known whether there is an answer. */
  readonly isRead: boolean;
  /** It is on the branch that the chat shows. */
  readonly isShown: boolean;
}

/** Two of the messages that could stand in one place of a chat, each as it now stands. */
export class Comparing extends Observable {
  state: "loading" | "ready" | "failed" = "loading";
  problem: unknown;
  /** All that could stand there, in the order in which they were made. */
  versions: readonly Message[] = [];
  /** Why something was not done. */
  refused: unknown;
  private question: Message | undefined;
  /** What questions were answered that the chat does not show. */
  private readonly answers = new Map<string, Message | undefined>();
  private readonly reading = new Set<string>();
  private readonly running = new Map<string, Running>();
  private readonly activities = new Map<string, Activity>();
  private readonly made = new Made();
  private readonly leaving = new AbortController();
  private readonly unwatch: () => void;
  private known = 0;

  constructor(
    private readonly api: Api,
    private readonly live: Live,
    readonly conversation: Conversation,
    private pair: Pair,
  ) {
    super();
    this.unwatch = conversation.watch(() => this.look());
    void this.read();
  }

  /** Show these two of them. */
  show(pair: Pair): void {
    if (pair.left === this.pair.left && pair.right === this.pair.right) return;
    this.pair = pair;
    if (this.versions.some((one) => one.id === pair.left)) this.look();
    else {
      this.state = "loading";
      void this.read();
    }
  }

  leave(): void {
    this.leaving.abort();
    this.unwatch();
    for (const running of this.running.values()) running.leave();
  }

  get sides(): readonly Side[] {
    return [this.pair.left, this.pair.right].flatMap((id) => {
      const at = this.versions.findIndex((one) => one.id === id);
      const version = this.versions[at];
      if (!version) return [];
      const isQuestion = version.role === "user";
      const isShown = this.shown(id) !== undefined;
      const answer = isQuestion ? (isShown ? this.next(id) : this.answers.get(id)) : version;
      return {
        id,
        at: at + 1,
        isShown,
        isRead: isShown || !isQuestion || this.answers.has(id),
        ...(isQuestion ? { question: this.turn(version) } : {}),
        ...(answer ? { answer: this.turn(answer) } : {}),
      };
    });
  }

  /** What all of them answer; nothing where they are questions. */
  get asked(): string {
    return this.question ? contentOf(this.question) : "";
  }

  /** Whether the chat is answering, and so cannot go on with one that it does not show. */
  get isBusy(): boolean {
    return this.conversation.going !== undefined;
  }

  /** Make one of them the one that the chat goes on with; says whether it is. */
  async goOn(side: Side): Promise<boolean> {
    this.refused = undefined;
    try {
      if (!side.isShown) {
        await this.api.switchTo(side.id, { chat: this.conversation.id });
        await this.conversation.refresh();
      }
      return true;
    } catch (error) {
      this.refused = error;
      this.changed();
      return false;
    }
  }

  /** End what is being made; what was said stays. */
  async stop(side: Side): Promise<void> {
    this.refused = undefined;
    try {
      const run = side.answer?.message.run;
      if (run !== undefined) await this.api.cancel(run);
    } catch (error) {
      this.refused = error;
      this.changed();
    }
  }

  /** Find out what a run did. */
  async want(run: string): Promise<void> {
    if (this.conversation.turns.some((one) => one.message.run === run)) {
      await this.conversation.want(run);
      return;
    }
    if (this.activities.has(run) || this.running.has(run)) return;
    try {
      this.activities.set(run, await activityOf(this.live, run, this.leaving.signal));
      this.changed();
    } catch {
      // It says of itself that nothing is known of it.
    }
  }

  /** More of an answer's text is there. */
  grown(): void {
    this.changed();
  }

  private async read(): Promise<void> {
    try {
      const { left, right } = this.pair;
      const { messages } = await this.api.alternatives(left, { chat: this.conversation.id });
      if (!messages.some((one) => one.id === right)) throw new Error("they do not stand in one place of this chat");
      const parent = messages[0]?.role === "assistant" ? messages[0].parent : undefined;
      if (parent !== undefined) this.question = this.shown(parent)?.message ?? (await this.api.message(parent));
      this.versions = messages;
      this.state = "ready";
    } catch (error) {
      if (this.state === "ready")
        this.refused = error; // what was read before stays
      else {
        this.problem = error;
        this.state = "failed";
      }
    }
    this.known = this.conversation.alternatives.get(this.pair.left)?.length ?? 0;
    this.look();
  }

  /** Read what a question was answered. */
  private async fill(id: string): Promise<void> {
    if (this.reading.has(id)) return;
    this.reading.add(id);
    try {
      const { messages } = await this.api.messages(this.conversation.id, { branch: id, after: id, limit: 1 });
      this.answers.set(id, messages[0]);
    } catch (error) {
      this.refused = error;
      this.reading.delete(id);
    }
    this.look();
  }

  /** Read and follow what the chat does not show, and see what has come to the chat. */
  private look(): void {
    if (this.leaving.signal.aborted) return;
    for (const { id, answer, isRead } of this.sides) {
      if (!isRead && this.refused === undefined) void this.fill(id);
      if (answer) this.follow(answer.message);
    }
    const known = this.conversation.alternatives.get(this.pair.left)?.length ?? 0;
    if (this.state === "ready" && known > this.known) {
      this.known = known;
      void this.read();
    }
    this.changed();
  }

  private follow(message: Message): void {
    const { run } = message;
    if (!run || ended(message) || this.running.has(run) || this.shown(message.id)) return;
    const running = new Running(this.live, run, message, () => this.changed());
    this.running.set(run, running);
    running.follow().catch(() => this.running.delete(run));
  }

  /** What follows a message in the chat. */
  private next(message: string): Message | undefined {
    const { turns } = this.conversation;
    return turns[turns.findIndex((one) => one.message.id === message) + 1]?.message;
  }

  private shown(message: string): Turn | undefined {
    return this.conversation.turns.find((one) => one.message.id === message);
  }

  /** A message as it now stands: the chat knows, where it shows it. */
  private turn(message: Message): Turn {
    const shown = this.shown(message.id);
    if (shown) return shown;
    const running = this.running.get(message.run ?? "");
    const activity = running?.activity ?? this.activities.get(message.run ?? "");
    return this.made.kept({ message: running?.message ?? message, ...(activity ? { activity } : {}) });
  }
}
