import { ConnectionLost, ProblemError, type Api, type Chat, type ChatSummary } from "@runnel/client";

import { Elsewhere } from "./elsewhere.ts";
import type { Notices } from "./notices.ts";
import { Observable } from "./observable.ts";
import { Undoing } from "./undoing.ts";

const PAGE = 50;

/**
 * The chats by their last use, as far as they have been looked at; deleting and renaming them. Those that a search has
 * found stay in its order.
 */
export class Chats extends Observable {
  all: readonly ChatSummary[] = [];
  search = "";
  state: "loading" | "ready" | "failed" = "loading";
  private next: string | null = null;
  private asked = 0;
  private loadingMore = false;
  /** Whether the server did not answer when it was last asked. */
  private isAway = false;
  private readonly undoing: Undoing;
  private readonly elsewhere: Elsewhere;

  constructor(
    private readonly api: Api,
    private readonly notices: Notices,
  ) {
    super();
    this.elsewhere = new Elsewhere(
      api.base,
      () => this.load({ quietly: true }),
      () => this.isAway || this.all.some((chat) => chat.going),
    );
    this.undoing = new Undoing(notices, () => this.changed());
  }

  /** The chats to show. */
  get shown(): readonly ChatSummary[] {
    return this.undoing.some ? this.all.filter((chat) => !this.undoing.has(chat.id)) : this.all;
  }

  get hasMore(): boolean {
    return this.next !== null;
  }

  /** Whether this chat is about to be deleted. */
  isGoing(id: string): boolean {
    return this.undoing.has(id);
  }

  /** Read the list, and again whenever it may have changed elsewhere. */
  start(): void {
    void this.load();
    this.elsewhere.start();
  }

  /** Read the list anew: its first page; what had been scrolled to below that stays. */
  async load({ quietly = false } = {}): Promise<void> {
    const asked = ++this.asked;
    try {
      const page = await this.api.chats({ limit: PAGE, ...(this.search ? { search: this.search } : {}) });
      this.isAway = false;
      if (asked !== this.asked) return;
      const last = page.chats.at(-1);
      const below = this.state === "ready" && page.next !== null && last ? this.below(last) : [];
      const all = [...page.chats, ...below.filter((chat) => !page.chats.some((one) => one.id === chat.id))];
      if (below.length === 0) this.next = page.next;
      if (this.state === "ready" && JSON.stringify(all) === JSON.stringify(this.all)) return;
      this.all = all;
      this.state = "ready";
    } catch (error) {
      this.isAway = error instanceof ConnectionLost;
      if (asked !== this.asked || quietly) return;
      if (this.state === "loading") this.state = "failed";
      this.notices.problem(error, "The list of chats cannot be read");
    }
    this.changed();
  }

  /** What is known to stand below a chat of the list. */
  private below(chat: ChatSummary): readonly ChatSummary[] {
    if (!this.search) return this.all.filter((one) => one.updated_at < chat.updated_at);
    const place = this.all.findIndex((one) => one.id === chat.id);
    return place < 0 ? [] : this.all.slice(place + 1);
  }

  /** Read the next page. */
  async more(): Promise<void> {
    if (this.loadingMore || this.next === null) return;
    this.loadingMore = true;
    const asked = this.asked;
    try {
      const query = { limit: PAGE, before: this.next, ...(this.search ? { search: this.search } : {}) };
      const page = await this.api.chats(query);
      if (asked !== this.asked) return;
      const seen = new Set(this.all.map((chat) => chat.id));
      this.all = [...this.all, ...page.chats.filter((chat) => !seen.has(chat.id))];
      this.next = page.next;
      this.changed();
    } catch (error) {
      this.notices.problem(error, "More chats cannot be read");
    } finally {
      this.loadingMore = false;
    }
  }

  find(search: string): void {
    if (search === this.search) return;
    this.search = search;
    this.all = [];
    this.next = null;
    this.state = "loading";
    void this.load();
  }

  /** A chat was used or has changed: it stands where it now belongs. */
  put(chat: Chat): void {
    const { id, created_at, updated_at, going, title = "" } = chat;
    const before = this.all.find((one) => one.id === id);
    const summary: ChatSummary = {
      id,
      created_at,
      updated_at,
      title,
      model: chat.settings.model ?? "excerpts",
      ...(going ? { going } : {}),
      ...(before ? matchOf(before, title) : {}),
    };
    if (before && JSON.stringify(before) === JSON.stringify({ ...before, ...summary }) && before.going === going)
      return;
    if (!before && this.search) return;
    const others = this.all.filter((one) => one.id !== id);
    const place =
      before && this.search ? this.all.indexOf(before) : others.findIndex((one) => one.updated_at <= updated_at);
    if (place < 0 && this.next !== null) return;
    this.all = place < 0 ? [...others, summary] : [...others.slice(0, place), summary, ...others.slice(place)];
    this.elsewhere.tell();
    this.changed();
  }

  async rename(id: string, title: string): Promise<void> {
    const before = this.all;
    this.all = this.all.map((chat) => (chat.id === id ? { ...chat, title, ...matchOf(chat, title) } : chat));
    this.changed();
    try {
      this.put(await this.api.changeChat(id, { title }));
      this.elsewhere.tell();
    } catch (error) {
      this.all = before;
      this.changed();
      this.notices.problem(error, "The chat cannot be renamed");
    }
  }

  /** Delete a chat, in a moment: until then it can be had back. */
  delete(chat: ChatSummary): void {
    const { id } = chat;
    this.undoing.delete({
      id,
      said: `Deleted “${titleOf(chat)}”`,
      failed: `“${titleOf(chat)}” cannot be deleted`,
      url: this.api.url(`api/chats/${id}`),
      forget: async () => {
        try {
          await this.api.deleteChat(id);
        } catch (error) {
          if (!(error instanceof ProblemError && error.status === 404)) throw error; // another tab was first
        }
        this.all = this.all.filter((one) => one.id !== id);
        this.elsewhere.tell();
      },
    });
  }

  /** A deleted chat is wanted back. */
  keep(id: string): void {
    this.undoing.keep(id);
  }
}

export function titleOf(chat: { readonly title?: string }): string {
  return chat.title?.trim() ? chat.title : "New chat";
}

/** Where a chat was found, once it is called `title`. */
function matchOf(chat: ChatSummary, title: string): Pick<ChatSummary, "match"> {
  if (!chat.match || chat.title === title) return chat.match ? { match: chat.match } : {};
  return { match: { ...chat.match, title_marks: [] } };
}
