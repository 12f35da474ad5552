import { LitElement, css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { copyText } from "../clipboard.ts";
import { told } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";
import type { Context } from "./passage.ts";
import { partsOf, pieceOf, type DocumentText, type Part } from "./pieces.ts";

/** `<rn-document-view>`: a document's text with a passage marked and in sight, and the way to its file. */
@customElement("rn-document-view")
export class DocumentView extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-block-size: 0;
        block-size: 100%;
        background: var(--rn-raised);
      }
      header {
        display: flex;
        align-items: center;
        gap: var(--rn-space-2);
        padding: var(--rn-space-3) var(--rn-space-3) var(--rn-space-3) var(--rn-space-4);
        padding-inline: var(--rn-space-4) var(--rn-space-3);
        border-block-end: 1px solid var(--rn-line);
      }
      hgroup {
        flex: 1;
        min-inline-size: 0;
      }
      h2,
      hgroup p {
        margin: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      h2 {
        font-size: var(--rn-text);
        font-weight: 600;
        line-height: 1.5rem;
      }
      hgroup p {
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
        line-height: 1.25rem;
      }
      @media (max-width: 30rem) {
        header .label {
          position: absolute;
          clip-path: inset(50%);
        }
      }
      .text {
        flex: 1;
        min-block-size: 0;
        overflow: auto;
        padding: var(--rn-space-4) var(--rn-space-4) var(--rn-space-8);
        overflow-wrap: anywhere;
        white-space: pre-wrap;
        font-size: 0.9375rem;
        line-height: 1.65;
      }
      .text:focus-visible {
        outline-offset: -2px;
      }
      mark {
        padding-block: 0.1em;
        scroll-margin-block: 4rem;
      }
      mark b {
        font-weight: inherit;
        background: var(--rn-mark-strong);
        border-radius: 2px;
      }
      .page {
        display: block;
        margin-block: var(--rn-space-4) var(--rn-space-2);
        padding-block-end: 0.125rem;
        border-block-end: 1px solid var(--rn-line);
        background: var(--rn-raised);
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
        user-select: none;
      }
      .page:first-child {
        margin-block-start: 0;
      }
      .more {
        display: block;
        text-align: center;
        margin-block: var(--rn-space-3);
      }
      .state {
        padding: var(--rn-space-6) var(--rn-space-4);
        color: var(--rn-quiet);
      }
      .state p {
        margin: 0 0 var(--rn-space-3);
      }
      .problem {
        color: var(--rn-danger);
      }
      blockquote {
        margin: 0;
        padding-inline-start: var(--rn-space-4);
        border-inline-start: 3px solid var(--rn-line);
        color: var(--rn-ink);
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property() name = "";
  /** Below the name: the headings above the passage. */
  @property() place = "";
  /** The page of the passage, as far as one knows before the text is there; and how many there are. */
  @property({ type: Number }) page = 0;
  @property({ type: Number }) pages = 0;
  /** What is there of the text; nothing while it is fetched. */
  @property({ attribute: false }) text: DocumentText | undefined;
  /** The passage, in code points of the document. */
  @property({ attribute: false }) mark: { readonly start: number; readonly end: number } | undefined;
  /** Which words of the passage matter. */
  @property({ attribute: false }) words: Context | undefined;
  /** The file itself. */
  @property() href = "";
  @property() problem = "";
  /** What is known of the document where it cannot be shown: the passage that was cited. */
  @property() passage = "";
  /** Where this place of the document is found again. */
  @property() link = "";
  @state() private copied = false;
  @query("mark") private marked!: HTMLElement | null;
  @query(".text") private scroller!: HTMLElement | null;
  #near: IntersectionObserver | undefined;
  #parts: readonly Part[] = [];
  #shown = "";
  #below: number | undefined; // pixels from the top of what is in sight to the end of the text

  override render(): TemplateResult {
    const page = this.#page;
    const of = this.pages ? ` of ${this.pages}` : "";
    const place = [...(page ? [`Page ${page}${of}`] : []), ...(this.place === "" ? [] : [this.place])].join(" · ");
    return html`
      <header>
        <hgroup>
          <h2 dir="auto">${this.name}</h2>
          ${place === "" ? nothing : html`<p dir="auto">${place}</p>`}
        </hgroup>
        ${
          this.href === ""
            ? nothing
            : html`<a
                class="button"
                href=${page ? `${this.href}#page=${page}` : this.href}
                target="_blank"
                rel="noopener"
                >${icon("file")}<span class="label">Open the ${page ? "page" : "file"}</span></a
              >`
        }
        ${
          this.link === "" || this.problem !== ""
            ? nothing
            : html`<button class="plain icon copy" title="Copy a link to this place" @click=${this.#copy}>
                ${icon(this.copied ? "check" : "link")}<span class="unseen">Copy a link to this place</span>
              </button>`
        }
        <button class="plain icon close" title="Close (Esc)" @click=${() => this.dispatchEvent(told("rn-close", null))}>
          ${icon("close")}<span class="unseen">Close the document</span>
        </button>
      </header>
      ${this.#body()}
    `;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("text") || changed.has("mark") || changed.has("words"))
      this.#parts = this.text === undefined ? [] : partsOf(this.text, this.mark, this.words);
    const before = changed.get("text");
    const isEarlier = this.text !== undefined && before !== undefined && this.text.start < before.start;
    this.#below = isEarlier && this.scroller ? this.scroller.scrollHeight - this.scroller.scrollTop : undefined;
  }

  override updated(changed: PropertyValues<this>): void {
    if (this.#below !== undefined && this.scroller) this.scroller.scrollTop = this.scroller.scrollHeight - this.#below;
    if (!changed.has("text") && !changed.has("mark")) return;
    const shown = this.mark === undefined ? "" : `${this.name} ${this.mark.start} ${this.mark.end}`;
    if (this.marked !== null && shown !== this.#shown) {
      this.#shown = shown;
      (this.marked.querySelector("b") ?? this.marked).scrollIntoView({ block: "center" });
      this.scroller?.focus({ preventScroll: true });
    }
    this.#near?.disconnect();
    this.#near = new IntersectionObserver((entries) => this.#reached(entries), {
      root: this.scroller,
      rootMargin: "1200px 0px",
    });
    for (const more of this.renderRoot.querySelectorAll(".more")) this.#near.observe(more);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#near?.disconnect();
  }

  #body(): TemplateResult {
    if (this.problem !== "")
      return html`<div class="state">
        <p class="problem" role="alert">${this.problem}</p>
        ${
          this.passage === ""
            ? nothing
            : html`<p>The passage that was cited:</p>
                <blockquote dir="auto">${this.passage}</blockquote>`
        }
      </div>`;
    if (this.text === undefined) return html`<p class="state" role="status">Opening…</p>`;
    const { start, end, length } = this.text;
    // prettier-ignore
    return html`<div class="text" dir="auto" tabindex="0" role="region" aria-label="Text of ${this.name}">${
      start > 0 ? this.#more("Show what comes before", Math.max(0, start - WINDOW), end) : nothing
    }${this.#parts.map((part) => part.inMark ? html`<mark>${part.pieces.map(pieceOf)}</mark>` : part.pieces.map(pieceOf))}${
      end < length ? this.#more("Show what follows", start, Math.min(length, end + WINDOW)) : nothing
    }</div>`;
  }

  /** The page on which what matters of the passage stands. */
  get #page(): number {
    const pieces = this.#parts.find((part) => part.inMark)?.pieces ?? [];
    const matters = pieces.findIndex((piece) => piece.marked);
    const within = pieces.slice(0, matters + 1).flatMap((piece) => piece.page ?? []);
    const before = this.mark && this.text?.pages?.findLast((one) => one.start <= (this.mark?.start ?? 0));
    return within.at(-1) ?? before?.page ?? this.page;
  }

  #more(label: string, start: number, end: number): TemplateResult {
    return html`<span class="more"
      ><button @click=${() => this.dispatchEvent(told("rn-want-text", { start, end }))}>${label}</button></span
    >`;
  }

  /** What comes near is wanted before it is asked for. */
  #reached(entries: readonly IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries)
      if (isIntersecting) target.querySelector<HTMLButtonElement>("button")?.click();
  }

  readonly #copy = async (): Promise<void> => {
    await copyText(this.link);
    this.copied = true;
    setTimeout(() => (this.copied = false), 1500);
  };
}

// Code points that are asked for at once.
const WINDOW = 30_000;

declare global {
  interface HTMLElementTagNameMap {
    "rn-document-view": DocumentView;
  }
}
