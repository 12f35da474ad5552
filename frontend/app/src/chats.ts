import type { Api, Chat, ChatSummary } from "@runnel/client";

import type { Notices } from "./notices.ts";
import { Observable } from "./observable.ts";

const PAGE = 50;
// How long a deleted chat can be had back, in milliseconds.
const UNDO = 8000;

/** The chats by their last use, as far as they have been looked at; deleting and renaming them. */
export class Chats extends Observable {
  all: readonly ChatSummary[] = [];
  search = "";
  state: "loading" | "ready" | "failed" = "loading";
  private next: string | null = null;
  private asked = 0;
  private loadingMore = false;
  /** Chats that are deleted as soon as nobody wants them back. */
  private readonly going = new Map<string, { chat: ChatSummary; timer: number; unsay: () => void }>();

  constructor(
    private readonly api: Api,
    private readonly notices: Notices,
  ) {
    super();
    addEventListener("pagehide", () => {
      // The page may be gone before the answer is there: the browser then asks without it.
      for (const id of this.going.keys()) void fetch(api.url(`api/chats/${id}`), { method: "DELETE", keepalive: true });
    });
  }

  /** The chats to show. */
  get shown(): readonly ChatSummary[] {
    return this.going.size ? this.all.filter((chat) => !this.going.has(chat.id)) : this.all;
  }

  get hasMore(): boolean {
    return this.next !== null;
  }

  /** Whether this chat is about to be deleted. */
  isGoing(id: string): boolean {
    return this.going.has(id);
  }

  /** Read the list anew: the first page, with what was further down left out. */
  async load(): Promise<void> {
    const asked = ++this.asked;
    try {
      const page = await this.api.chats({ limit: PAGE, ...(this.search ? { search: this.search } : {}) });
      if (asked !== this.asked) return;
      const seen = new Set(page.chats.map((chat) => chat.id));
      const refreshed = this.state === "ready" && this.all.length > PAGE && page.next !== null;
      // What had been scrolled to stays: only its top is new.
      this.all = refreshed ? [...page.chats, ...this.all.filter((chat) => !seen.has(chat.id))] : page.chats;
      if (!refreshed) this.next = page.next;
      this.state = "ready";
    } catch (error) {
      if (asked !== this.asked) return;
      if (this.state === "loading") this.state = "failed";
      this.notices.problem(error, "The list of chats cannot be read");
    }
    this.changed();
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
    const { id, created_at, updated_at, going } = chat;
    const summary: ChatSummary = {
      id,
      created_at,
      updated_at,
      title: chat.title ?? "",
      model: chat.settings.model ?? "excerpts",
      ...(going ? { going } : {}),
    };
    const before = this.all.find((one) => one.id === id);
    if (before && JSON.stringify(before) === JSON.stringify({ ...before, ...summary }) && before.going === going)
      return;
    if (!before && this.search) return;
    const others = this.all.filter((one) => one.id !== id);
    const place = others.findIndex((one) => one.updated_at <= updated_at);
    if (place < 0 && this.next !== null) return;
    this.all = place < 0 ? [...others, summary] : [...others.slice(0, place), summary, ...others.slice(place)];
    this.changed();
  }

  async rename(id: string, title: string): Promise<void> {
    const before = this.all;
    this.all = this.all.map((chat) => (chat.id === id ? { ...chat, title } : chat));
    this.changed();
    try {
      this.put(await this.api.changeChat(id, { title }));
    } catch (error) {
      this.all = before;
      this.changed();
      this.notices.problem(error, "The chat cannot be renamed");
    }
  }

  /** Delete a chat, in a moment: until then it can be had back. */
  delete(chat: ChatSummary): void {
    if (this.going.has(chat.id)) return;
    const undo = { label: "Undo", run: () => this.keep(chat.id) };
    const unsay = this.notices.note(`Deleted “${titleOf(chat)}”`, undo, UNDO);
    const timer = window.setTimeout(() => void this.forget(chat.id), UNDO);
    this.going.set(chat.id, { chat, timer, unsay });
    this.changed();
  }

  private keep(id: string): void {
    const going = this.going.get(id);
    if (!going) return;
    clearTimeout(going.timer);
    going.unsay();
    this.going.delete(id);
    this.changed();
  }

  private async forget(id: string): Promise<void> {
    const going = this.going.get(id);
    if (!going) return;
    clearTimeout(going.timer);
    try {
      await this.api.deleteChat(id);
      this.all = this.all.filter((chat) => chat.id !== id);
    } catch (error) {
      this.notices.problem(error, `“${titleOf(going.chat)}” cannot be deleted`);
    }
    this.going.delete(id);
    this.changed();
  }
}

export function titleOf(chat: { readonly title?: string }): string {
  return chat.title?.trim() ? chat.title : "New chat";
}
