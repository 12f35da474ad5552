import type { ChatSummary, Match } from "@runnel/client";
import { common } from "@runnel/ui";
import { LitElement, css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { titleOf } from "../chats.ts";
import { icon } from "../icons.ts";
import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";
import { marked } from "./marked.ts";
import { fields } from "./styles.ts";

// Rows beyond the edges that are there all the same.
const BEYOND = 8;
// A pause in typing, in milliseconds, after which it is searched.
const PAUSE = 150;

/** `<rn-chat-list>`: the chats by their last use, as many rows as there is room for. */
@customElement("rn-chat-list")
export class ChatList extends LitElement {
  static override styles = [
    common,
    fields,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-block-size: 0;
        --row: 2.25rem;
      }
      :host([searching]) {
        --row: 3.5rem;
      }
      .search {
        padding: var(--rn-space-1) var(--rn-space-3) var(--rn-space-2);
      }
      nav {
        flex: 1;
        min-block-size: 0;
        overflow-y: auto;
        overscroll-behavior: contain;
        scrollbar-width: thin;
        padding-inline: var(--rn-space-2);
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        box-sizing: content-box;
      }
      li {
        display: flex;
        align-items: center;
        block-size: var(--row);
        border-radius: var(--rn-radius-small);
        position: relative;
      }
      li:hover {
        background: var(--rn-hover);
      }
      li.current {
        background: var(--rn-accent-soft);
      }
      a {
        flex: 1;
        min-inline-size: 0;
        block-size: 100%;
        padding: 0.375rem var(--rn-space-2);
        line-height: 1.5rem;
        font-size: var(--rn-text-small);
        color: inherit;
        text-decoration: none;
        text-align: -webkit-match-parent;
        text-align: match-parent;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        border-radius: var(--rn-radius-small);
      }
      .current a,
      .current .called {
        font-weight: 550;
      }
      .searching a {
        display: flex;
        flex-direction: column;
        justify-content: center;
        padding-block: 0;
      }
      .called,
      .said {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .said {
        font-size: var(--rn-text-tiny);
        font-weight: 400;
        line-height: 1.25rem;
        color: var(--rn-quiet);
      }
      mark {
        color: var(--rn-ink);
        background: var(--rn-mark);
        border-radius: 2px;
      }
      a:focus-visible {
        outline-offset: -2px;
      }
      .acts {
        display: flex;
        opacity: 0;
        inline-size: 0;
        overflow: hidden;
      }
      li:hover .acts,
      li:focus-within .acts {
        opacity: 1;
        inline-size: auto;
        overflow: visible;
      }
      .acts button {
        min-block-size: 1.75rem;
        min-inline-size: 1.75rem;
        padding: 0;
      }
      .acts svg {
        inline-size: 1rem;
        block-size: 1rem;
      }
      .going {
        flex: none;
        inline-size: 0.5rem;
        block-size: 0.5rem;
        margin-inline: 0.25rem 0.5rem;
        border-radius: 50%;
        background: var(--rn-accent);
        animation: breathe 1.6s ease-in-out infinite alternate;
      }
      @keyframes breathe {
        to {
          opacity: 0.3;
        }
      }
      input.name {
        min-block-size: 1.75rem;
        margin-inline: 0.25rem;
      }
      p {
        margin: 0;
        padding: var(--rn-space-2);
        font-size: var(--rn-text-small);
        color: var(--rn-quiet);
      }
      @media (pointer: coarse) {
        :host(:not([searching])) {
          --row: 2.75rem;
        }
        a {
          padding-block: 0.625rem;
        }
        li.current .acts {
          opacity: 1;
          inline-size: auto;
        }
      }
    `,
  ];

  @property({ attribute: false }) page!: Page;
  @state() private first = 0;
  @state() private rows = 30;
  @state() private renaming: string | undefined;
  @query("nav") private scroller!: HTMLElement;
  @query("ul") private list!: HTMLElement;
  @query("input[type=search]") private searched!: HTMLInputElement;
  private typing: number | undefined;
  private readonly size = new ResizeObserver(() => this.measure());

  constructor() {
    super();
    new Watch(this, () => [this.page.chats, this.page.places]);
  }

  /** Go to the search. */
  find(): void {
    this.searched.focus();
    this.searched.select();
  }

  override firstUpdated(): void {
    this.size.observe(this.scroller);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.size.disconnect();
  }

  override render(): TemplateResult {
    const { shown, search, state: read } = this.page.chats;
    const [from, to] = this.window;
    return html`
      <div class="search">
        <input
          type="search"
          maxlength="200"
          aria-label="Search chats"
          placeholder="Search chats"
          title="Ctrl K"
          .value=${search}
          @input=${this.type}
          @keydown=${this.searchKey}
        />
      </div>
      <nav aria-label="Chats" @scroll=${this.measure} tabindex="-1">
        <ul class=${search ? "searching" : ""} @keydown=${this.key}>
          ${repeat(
            shown.slice(from, to),
            (chat) => chat.id,
            (chat, place) => this.row(chat, from + place, shown.length),
          )}
        </ul>
        ${shown.length === 0 && read === "ready" ? html`<p>${search ? "Found in no chat." : "No chats yet."}</p>` : nothing}
      </nav>
    `;
  }

  /** The places of the rows that are there: from, to (which is not). */
  private get window(): readonly [number, number] {
    const all = this.page.chats.shown.length;
    const from = Math.max(0, Math.min(this.first, all - this.rows) - BEYOND);
    return [from, Math.min(all, this.first + this.rows + BEYOND)];
  }

  override updated(changed: PropertyValues): void {
    const searching = this.page.chats.search !== "";
    if (searching !== this.hasAttribute("searching")) {
      this.toggleAttribute("searching", searching);
      this.measure();
    }
    const [from, to] = this.window;
    const space = (rows: number) => `calc(${rows} * var(--row))`;
    this.list.style.paddingBlock = `${space(from)} ${space(this.page.chats.shown.length - to)}`;
    if (changed.has("renaming") && this.renaming)
      this.renderRoot.querySelector<HTMLInputElement>("input.name")?.select();
    // Where the rows that are there do not fill the place, the next page does.
    if (this.page.chats.hasMore && this.first + this.rows + 2 * BEYOND >= this.page.chats.shown.length)
      void this.page.chats.more();
  }

  private row(chat: ChatSummary, place: number, all: number): TemplateResult {
    const now = this.page.places.now;
    const current = now.kind === "chat" && now.id === chat.id;
    const title = titleOf(chat);
    if (this.renaming === chat.id)
      return html`<li>
        <input
          class="name"
          dir="auto"
          aria-label="Name of the chat"
          maxlength="200"
          .value=${title}
          @keydown=${(event: KeyboardEvent) => this.nameKey(event, chat)}
          @blur=${(event: Event) => this.rename(chat, (event.target as HTMLInputElement).value)}
        />
      </li>`;
    return html`<li
      class=${current ? "current" : ""}
      aria-setsize=${all}
      aria-posinset=${place + 1}
      data-chat=${chat.id}
    >
      <a
        href=${this.page.places.href({ kind: "chat", id: chat.id, ...(chat.match?.message ? { message: chat.match.message } : {}) })}
        dir="auto"
        title=${title}
        aria-current=${current ? "page" : nothing}
        @dblclick=${() => (this.renaming = chat.id)}
        >${chat.match ? found(title, chat.match) : title}</a
      >
      ${chat.going ? html`<span class="going" role="img" aria-label="is being answered"></span>` : nothing}
      <span class="acts">
        <button class="plain icon" title="Rename (F2)" @click=${() => (this.renaming = chat.id)}>
          ${icon("edit")}<span class="unseen">Rename ${title}</span>
        </button>
        <button class="plain icon" title="Delete (Del)" @click=${() => this.delete(chat)}>
          ${icon("trash")}<span class="unseen">Delete ${title}</span>
        </button>
      </span>
    </li>`;
  }

  private readonly measure = (): void => {
    const row = this.renderRoot.querySelector("li")?.offsetHeight ?? 36;
    this.first = Math.floor(this.scroller.scrollTop / row);
    this.rows = Math.ceil(this.scroller.clientHeight / row) + 1;
  };

  private readonly type = (): void => {
    clearTimeout(this.typing);
    this.typing = window.setTimeout(() => {
      this.scroller.scrollTop = 0;
      this.page.chats.find(this.searched.value.trim());
    }, PAUSE);
  };

  private readonly searchKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.renderRoot.querySelector<HTMLElement>("li a")?.focus();
    } else if (event.key === "Enter") this.renderRoot.querySelector<HTMLElement>("li a")?.click();
    else if (event.key === "Escape" && this.searched.value) {
      event.stopPropagation();
      this.searched.value = "";
      this.page.chats.find("");
    }
  };

  private readonly key = (event: KeyboardEvent): void => {
    const row = (event.target as HTMLElement).closest("li");
    const id = row?.dataset["chat"];
    if (!row || id === undefined) return;
    const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    const chat = this.page.chats.all.find((one) => one.id === id);
    if (next !== undefined) next?.querySelector("a")?.focus();
    else if (event.key === "F2") this.renaming = id;
    else if (event.key === "Delete" && chat) this.delete(chat);
    else return;
    event.preventDefault();
  };

  /** The focus stays in the list. */
  private delete(chat: ChatSummary): void {
    const row = this.rowOf(chat.id);
    const next = row?.nextElementSibling ?? row?.previousElementSibling;
    (next?.querySelector("a") ?? this.searched).focus();
    this.page.delete(chat);
  }

  private rowOf(id: string): HTMLElement | null {
    return this.renderRoot.querySelector(`li[data-chat="${CSS.escape(id)}"]`);
  }

  private nameKey(event: KeyboardEvent, chat: ChatSummary): void {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Enter") this.rename(chat, (event.target as HTMLInputElement).value);
    else if (event.key === "Escape") this.renaming = undefined;
    else return;
    void this.updateComplete.then(() => this.rowOf(chat.id)?.querySelector("a")?.focus());
  }

  private rename(chat: ChatSummary, given: string): void {
    if (this.renaming !== chat.id) return;
    this.renaming = undefined;
    const title = given.trim();
    if (title && title !== titleOf(chat)) void this.page.chats.rename(chat.id, title);
  }
}

/** What a chat that was found is called, and below that what was said there. */
function found(title: string, match: Match): TemplateResult {
  return html`<span class="called">${marked(title, match.title_marks)}</span>${
      match.text ? html`<span class="said" dir="auto">${marked(match.text, match.marks)}</span>` : nothing
    }`;
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-chat-list": ChatList;
  }
}
