import { LitElement, css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { told, type Details } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";
import { contentOf, onlyGrew, type Turn } from "../turns.ts";
import { Announcer } from "./announce.ts";
import type { Message } from "./message.ts";
import "./message.ts";

type Turns = readonly Turn[];

// So many turns are there at first, and so many more each time that the reader comes to their beginning.
const AT_ONCE = 30;
// Pixels from the end within which the reader is at the end.
const NEAR = 32;

/**
 * `<rn-conversation>`: the turns of a chat. It scrolls by itself, and follows what comes until the reader scrolls up.
 * A turn that is the object that it was is not touched.
 */
@customElement("rn-conversation")
export class Conversation extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        position: relative;
        display: flex;
        flex-direction: column;
        min-block-size: 0;
        min-inline-size: 0;
        block-size: 100%;
      }
      .scroll {
        flex: 1;
        min-block-size: 0;
        overflow-y: auto;
        overflow-x: hidden;
        overscroll-behavior: contain;
        scrollbar-gutter: stable both-edges;
        outline-offset: -2px;
      }
      ol {
        list-style: none;
        margin: 0 auto;
        max-inline-size: calc(var(--rn-column) + 2 * var(--rn-gutter));
        padding: var(--rn-space-6) var(--rn-gutter) var(--rn-space-8);
      }
      li {
        content-visibility: auto;
        contain-intrinsic-block-size: auto 10rem;
        padding-block: 0 var(--rn-space-6);
      }
      li.user {
        padding-block-end: var(--rn-space-2);
      }
      li[data-found] {
        animation: found 2.4s ease-out;
      }
      @keyframes found {
        0%,
        40% {
          background: var(--rn-accent-soft);
          box-shadow: 0 0 0 0.75rem var(--rn-accent-soft);
        }
      }
      .earlier {
        display: block;
        text-align: center;
        min-block-size: 2.5rem;
      }
      /* Inside what scrolls: a wheel over the button scrolls too. */
      .latest {
        position: sticky;
        inset-block-end: var(--rn-space-3);
        z-index: 2;
        display: flex;
        align-items: end;
        justify-content: center;
        block-size: 0;
      }
      .jump {
        flex: none;
        border-radius: 2rem;
        padding-inline: var(--rn-space-3) var(--rn-space-4);
        box-shadow: var(--rn-shadow);
      }
    `,
  ];

  /** The oldest first. */
  @property({ attribute: false, hasChanged: (now: Turns, before?: Turns) => now !== before && !grown(before, now) })
  set turns(turns: Turns) {
    const turn = grown(this.#turns, turns);
    this.#turns = turns;
    const element = turn && this.#element(turn.message.id);
    if (element) element.turn = turn;
  }
  get turns(): Turns {
    return this.#turns;
  }
  /** There are turns before these: they are asked for by `rn-want-earlier`. */
  @property({ type: Boolean }) earlier = false;
  @property() label = "Conversation";
  @state() private following = true;
  @state() private first = ""; // the id of the first turn that is there
  @state() private news = "";
  @query(".scroll") private scroller!: HTMLElement;
  @query("ol") private list!: HTMLElement;
  @query(".earlier") private beginning!: HTMLElement | null;
  #turns: Turns = [];
  readonly #announcer = new Announcer();
  readonly #grown = new ResizeObserver(() => this.#pin());
  readonly #near = new IntersectionObserver((entries) => this.#reached(entries), { rootMargin: "600px 0px" });
  #scrolled = 0;
  #held: { first: Element; top: number } | undefined;
  #watched: Element | null = null;

  /** Bring a message into sight; whether it is there. */
  async reveal(message: string): Promise<boolean> {
    const at = this.turns.findIndex((turn) => turn.message.id === message);
    if (at < 0) return false;
    this.following = false;
    if (at < this.#from) this.first = this.turns[Math.max(0, at - 3)]?.message.id ?? "";
    await this.updateComplete;
    const item = this.#element(message)?.parentElement;
    // What comes into sight takes its own size only then.
    for (let frame = 0; frame < 3; frame++) {
      item?.scrollIntoView({ block: "start" });
      await new Promise((next) => requestAnimationFrame(next));
    }
    item?.toggleAttribute("data-found", true);
    item?.addEventListener("animationend", () => item.removeAttribute("data-found"), { once: true });
    return true;
  }

  override focus(options?: FocusOptions): void {
    this.scroller.focus(options);
  }

  /** Go to the end, and follow what comes. */
  toLatest(): void {
    this.following = true;
    this.#pin();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("rn-rephrase", this.#rephrase);
    this.addEventListener("rn-unfold", this.#unfolded);
    if (this.hasUpdated) this.#grown.observe(this.list);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("rn-rephrase", this.#rephrase);
    this.removeEventListener("rn-unfold", this.#unfolded);
    this.#grown.disconnect();
    this.#near.disconnect();
    this.#watched = null;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("turns")) return;
    const before = changed.get("turns");
    const last = this.turns.at(-1)?.message;
    const lastBefore = before?.at(-1)?.message;
    const other = before?.[0]?.message.chat !== this.turns[0]?.message.chat;
    if (other) this.first = "";
    if (other || (last !== undefined && last.id !== lastBefore?.id && this.#asked(before))) this.following = true;
    this.#announce(this.turns);
    this.#hold();
  }

  override render(): TemplateResult {
    const from = this.#from;
    const more = from > 0 || this.earlier;
    return html`
      <div
        class="scroll"
        role="region"
        aria-label=${this.label}
        tabindex="0"
        @scroll=${this.#scroll}
        @wheel=${this.#wheel}
      >
        <ol role="list">
          ${
            more
              ? html`<span class="earlier" role="listitem"
                  ><button class="plain" @click=${this.#earlier}>Earlier messages</button></span
                >`
              : nothing
          }
          ${repeat(
            from === 0 ? this.turns : this.turns.slice(from),
            (turn) => turn.message.id,
            (turn, at) =>
              html`<li class=${turn.message.role} data-message=${turn.message.id}>
                <rn-message .turn=${turn} .asked=${questionOf(turn, this.turns[from + at - 1])}></rn-message>
              </li>`,
          )}
        </ol>
        <div class="latest">
          <button class="jump" ?hidden=${this.following} @click=${() => this.toLatest()}>
            ${icon("arrowDown")}Jump to the latest
          </button>
        </div>
      </div>
      <div class="unseen" role="status" aria-live="polite">${this.news}</div>
    `;
  }

  override firstUpdated(): void {
    this.#grown.observe(this.list);
  }

  override updated(): void {
    if (this.#held !== undefined) {
      const { first, top } = this.#held;
      this.#held = undefined;
      if (first.isConnected) this.#shift(first.getBoundingClientRect().top - top);
    }
    this.#pin();
    if (this.beginning === this.#watched) return;
    this.#near.disconnect();
    this.#watched = this.beginning;
    if (this.#watched !== null) this.#near.observe(this.#watched);
  }

  get #from(): number {
    const known = this.first === "" ? -1 : this.turns.findIndex((turn) => turn.message.id === this.first);
    return known < 0 ? Math.max(0, this.turns.length - AT_ONCE) : known;
  }

  #element(message: string): Message | null {
    return this.renderRoot.querySelector<Message>(`li[data-message="${CSS.escape(message)}"] > rn-message`);
  }

  /** Whether the newest turns are a question that was not there, and perhaps its answer. */
  #asked(before: readonly Turn[] | undefined): boolean {
    const known = new Set(before?.slice(-4).map((turn) => turn.message.id));
    return this.turns.slice(-2).some((turn) => turn.message.role === "user" && !known.has(turn.message.id));
  }

  #announce(turns: readonly Turn[]): void {
    for (const turn of turns) {
      const sentence = this.#announcer.of(turn);
      if (sentence !== "") this.news = sentence;
    }
  }

  #pin(): void {
    if (!this.following || !this.hasUpdated) return;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#scrolled = this.scroller.scrollTop;
  }

  readonly #scroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const left = scrollHeight - scrollTop - clientHeight;
    if (left <= 1) this.following = true;
    else if (scrollTop < this.#scrolled) this.following = false;
    else if (scrollTop > this.#scrolled && left < NEAR) this.following = true;
    this.#scrolled = scrollTop;
  };

  /** A turn of the wheel says it before anything has moved. */
  readonly #wheel = (event: WheelEvent): void => {
    if (event.deltaY < 0 && this.scroller.scrollTop > 0) this.following = false;
  };

  #reached(entries: readonly IntersectionObserverEntry[]): void {
    if (!this.following && entries.some((entry) => entry.isIntersecting)) this.#earlier();
  }

  readonly #earlier = (): void => {
    const from = this.#from;
    if (from === 0) {
      this.dispatchEvent(told("rn-want-earlier", null));
      return;
    }
    this.#hold();
    this.first = this.turns[Math.max(0, from - AT_ONCE)]?.message.id ?? "";
  };

  /** Remember where the first turn stands: it stays there when others come before it. */
  #hold(): void {
    if (!this.hasUpdated || this.following) return;
    const first = this.list.querySelector("li");
    if (first !== null) this.#held = { first, top: first.getBoundingClientRect().top };
  }

  #shift(by: number): void {
    if (by === 0) return;
    this.scroller.style.overflowAnchor = "none"; // or the browser shifts it once more
    this.scroller.scrollTop += by;
    this.#scrolled = this.scroller.scrollTop;
    requestAnimationFrame(() => (this.scroller.style.overflowAnchor = ""));
  }

  /** What the reader opens stays in sight, however far the end moves by it. */
  readonly #unfolded = (): void => {
    this.following = false;
    requestAnimationFrame(() => requestAnimationFrame(this.#scroll)); // where all is in sight, nothing is left
  };

  readonly #rephrase = (event: CustomEvent<Details["rn-rephrase"]>): void => {
    queueMicrotask(() => {
      if (event.defaultPrevented) return;
      const answer = this.turns.find((turn) => turn.message.id === event.detail.message);
      if (answer?.message.parent !== undefined) void this.#element(answer.message.parent)?.edit();
    });
  };
}

/** What an answer with sources was asked, where that stands before it. */
function questionOf(turn: Turn, before: Turn | undefined): string {
  if (!turn.message.sources?.length || before?.message.id !== turn.message.parent || !before) return "";
  return contentOf(before.message);
}

/** The turn to whose text more has come, where nothing else is another. */
function grown(before: Turns | undefined, now: Turns): Turn | undefined {
  if (before?.length !== now.length) return undefined;
  let found: Turn | undefined;
  for (let at = 0; at < now.length; at++) {
    const turn = now[at] as Turn;
    if (turn === before[at]) continue;
    if (found !== undefined || !onlyGrew(before[at], turn)) return undefined;
    found = turn;
  }
  return found;
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-conversation": Conversation;
  }
}
