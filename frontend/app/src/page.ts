import { Api, Live, type Chat, type ChatChanges, type ChatSettings, type Source } from "@runnel/client";

import type { Context } from "@runnel/ui";

import { Attaching } from "./attaching.ts";
import { Chats } from "./chats.ts";
import { Conversation } from "./conversation.ts";
import { Drafts } from "./drafts.ts";
import { Library } from "./library.ts";
import { Models } from "./models.ts";
import { Notices } from "./notices.ts";
import { Observable } from "./observable.ts";
import { base64 } from "./pictures.ts";
import { Places, type Pair, type Place } from "./places.ts";
import { Reach } from "./reach.ts";
import { Tools } from "./tools.ts";
import { Uploads } from "./uploads.ts";

/** A document that is shown over the page, at a passage of it where there is one. */
export interface Shown {
  readonly id: string;
  readonly start?: number;
  readonly end?: number;
  readonly page?: number;
  /** What led there. */
  readonly source?: Source;
  readonly context?: Context;
}

/** All of the page's state, and what may be done with it. */
export class Page extends Observable {
  readonly api: Api;
  readonly live: Live;
  readonly notices = new Notices();
  readonly chats: Chats;
  readonly library: Library;
  readonly uploads: Uploads;
  readonly attaching = new Attaching(this);
  readonly models: Models;
  readonly tools: Tools;
  conversation: Conversation | undefined;
  /** Settings of the chat that the next question begins. */
  draft: ChatSettings = {};
  /** The message that is to be seen. */
  target: string | undefined;
  shown: Shown | undefined;
  /** What stands side by side over the open chat. */
  compared: Pair | undefined;
  readonly reach = new Reach(() => this.changed());
  /** Who uses the page, where the server has users. */
  user: string | undefined;
  readonly drafts = new Drafts(() => this.user);
  /** Whether it is known who that is. */
  isKnown = false;
  /** The chat that was begun here last. */
  begun: string | undefined;
  /** Documents of the chat that the next question begins: all, where none were chosen. */
  chosen: readonly string[] | undefined;

  constructor(readonly places: Places) {
    super();
    this.api = new Api(places.root);
    this.api.onUnauthenticated = () =>
      location.assign(this.api.loginUrl(`/${location.href.slice(places.root.href.length)}`));
    this.api.onAnswered = this.reach.answered;
    this.live = new Live(places.root, { onState: this.reach.follows });
    this.chats = new Chats(this.api, this.notices);
    this.library = new Library(this.api, this.live, this.notices);
    this.uploads = new Uploads(this.api, this.library);
    this.models = new Models(this.api, this.notices);
    this.tools = new Tools(this.api, this.notices);
    places.watch(() => this.arrive(places.now));
    places.onUncovered = () => {
      this.shown = undefined;
      this.changed();
    };
    document.addEventListener("visibilitychange", () => {
      // A server of models may have been started meanwhile.
      if (document.hidden) return;
      if (!this.conversation) void this.models.load();
      void this.library.load();
    });
  }

  start(): void {
    void this.know();
    this.chats.start();
    void this.models.load();
    void this.library.load();
    void this.tools.load();
    this.arrive(this.places.now);
  }

  /** The settings that the next question is asked with. */
  get settings(): ChatSettings {
    if (this.conversation) return this.conversation.settings;
    const model = this.models.default?.name;
    const tools = this.tools.usable;
    return { ...(model ? { model } : {}), documents: this.draftDocuments, tools, ...this.draft };
  }

  /** A new chat is over all documents, until some are chosen. */
  private get draftDocuments(): readonly string[] {
    const readable = this.library.documents.filter((one) => !one.error).map((one) => one.id);
    const { chosen } = this;
    return chosen ? readable.filter((one) => chosen.includes(one)) : readable;
  }

  /** Change settings of the open chat, or of the one that is about to begin. `refused` is told why that cannot be. */
  async change(changes: ChatChanges, refused: (error: unknown) => void = this.refused): Promise<void> {
    if (this.conversation) {
      await this.conversation.change(changes).catch(refused);
      return;
    }
    const { documents, title: _, ...rest } = changes;
    if (rest.model) this.models.prefer(rest.model);
    if (documents) this.chosen = documents;
    this.draft = Object.fromEntries(Object.entries({ ...this.draft, ...rest }).filter(([, value]) => value !== null));
    this.changed();
  }

  newChat(): void {
    this.draft = {};
    this.chosen = undefined;
    this.places.go({ kind: "new" });
  }

  /** Ask in the open chat, or begin one, with pictures; once the server has the files that were added for it. */
  async ask(text: string, pictures: readonly File[] = []): Promise<boolean> {
    const media = await Promise.all(
      pictures.map(async (file) => ({ media_type: file.type, data: await base64(file) })),
    );
    const conversation = this.conversation ?? (await this.begin());
    return conversation ? conversation.ask(text, media, () => this.attaching.sent(conversation)) : false;
  }

  /** The documents of the chat that the next question begins. */
  choose(documents: readonly string[]): void {
    this.chosen = documents;
    this.changed();
  }

  open(shown: Shown | undefined): void {
    if (!shown && !this.shown) return;
    this.shown = shown;
    if (shown) this.places.cover();
    else if (this.places.now.kind === "document") this.places.go({ kind: "new" }, { replace: true });
    else this.places.uncover();
    this.changed();
  }

  /** Show a message beside the one that was made before it in its place, or after it. */
  compare(message: string): void {
    const there = this.conversation?.alternatives.get(message) ?? [];
    const at = Math.max(1, there.indexOf(message));
    const [left, right] = [there[at - 1], there[at]];
    if (left !== undefined && right !== undefined) this.showPair({ left, right });
  }

  /** Show these two, or nothing side by side any more. */
  showPair(compares: Pair | undefined): void {
    const { conversation, places } = this;
    if (!conversation || (!compares && !this.compared)) return;
    const place: Place = { kind: "chat", id: conversation.id };
    if (!compares) places.leave(place);
    else if (this.compared) places.go({ ...place, compares }, { replace: true });
    else places.go({ ...place, compares }, { opens: true });
  }

  /** Delete the open chat or another, and leave it where it is the open one. */
  delete(chat: Chat | { readonly id: string; readonly title: string }): void {
    const summary = this.chats.all.find((one) => one.id === chat.id);
    if (summary) this.chats.delete(summary);
    if (this.conversation?.id === chat.id) this.newChat();
  }

  async logOut(): Promise<void> {
    try {
      await this.api.logout();
      location.assign(this.api.loginUrl());
    } catch (error) {
      this.notices.problem(error, "You are still logged in");
    }
  }

  private readonly refused = (error: unknown): void => this.notices.problem(error, "The setting was not changed");

  private async know(): Promise<void> {
    try {
      this.user = (await this.api.me()).user;
    } catch {
      // Whatever is wrong, the lists say it.
    }
    this.isKnown = true;
    this.changed();
  }

  /** Go on from a message of the open chat in another one. */
  async fork(message: string): Promise<void> {
    const { conversation } = this;
    if (!conversation) return;
    await conversation.act("Another chat cannot be begun from there", async () => {
      const chat = await this.api.fork(conversation.id, message);
      this.places.go({ kind: "chat", id: chat.id });
    });
  }

  private async begin(): Promise<Conversation | undefined> {
    try {
      await this.tools.load();
      await this.library.ready();
      const { model, documents, ...rest } = this.settings;
      const chat = await this.api.createChat({
        ...rest,
        ...(model ? { model } : {}),
        ...(documents?.length ? { documents } : {}),
      });
      this.begun = chat.id;
      this.show(chat.id, chat);
      this.places.go({ kind: "chat", id: chat.id });
      if (this.conversation) this.attaching.begun(this.conversation);
      return this.conversation;
    } catch (error) {
      this.notices.problem(error, "A chat cannot be begun");
      return undefined;
    }
  }

  private show(chat: string | undefined, known?: Chat): void {
    if (this.conversation?.id === chat) return;
    this.conversation?.leave();
    const { api, live, notices } = this;
    this.conversation =
      chat === undefined
        ? undefined
        : new Conversation(chat, { api, live, notices, onChat: (one) => this.chats.put(one) }, known);
    if (this.conversation) this.watchSettings(this.conversation);
    this.changed();
  }

  /** Settings of the open chat are the page's: whoever shows them is told of them here, and not of each token. */
  private watchSettings(conversation: Conversation): void {
    let before = conversation.chat;
    conversation.watch(() => {
      if (conversation.chat === before) return;
      before = conversation.chat;
      this.changed();
    });
  }

  private arrive(place: Place): void {
    this.target = undefined;
    this.shown = undefined;
    const uncovers = this.compared !== undefined; // what lies under it stands where it stood
    this.compared = undefined;
    if (place.kind === "chat") {
      if (!uncovers || this.conversation?.id !== place.id) this.target = place.message;
      this.show(place.id);
      this.compared = place.compares;
    } else if (place.kind === "run" || place.kind === "message") void this.find(place);
    else {
      this.show(undefined);
      if (place.kind === "document") this.shown = place;
    }
    this.changed();
  }

  /** The chat of a run or of a message. */
  private async find(place: { readonly kind: "run" | "message"; readonly id: string }): Promise<void> {
    try {
      const message = place.kind === "message" ? place.id : (await this.api.run(place.id)).message_id;
      const chat = message === undefined ? undefined : (await this.api.message(message)).chat;
      if (this.places.now !== place) return;
      if (message === undefined || chat === undefined) {
        this.notices.note("That run makes no message: it indexes documents");
        this.places.go({ kind: "new" }, { replace: true });
        return;
      }
      this.places.go({ kind: "chat", id: chat, message }, { replace: true });
    } catch (error) {
      this.notices.problem(error, "That cannot be shown");
      this.places.go({ kind: "new" }, { replace: true });
    }
  }
}
