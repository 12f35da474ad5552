import type { MediaPart, Message } from "@runnel/client";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { copyText } from "../clipboard.ts";
import { told } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";
import { contentOf } from "../turns.ts";
import { isShown, mediumOf } from "./medium.ts";
import "./branches.ts";

// Code units and lines of a question that is shown whole at once.
const LONG = 3000;
const LINES = 24;

/** `<rn-question>`: what the user said, which can be edited in its place. */
@customElement("rn-question")
export class Question extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        display: flex;
        flex-direction: column;
        align-items: end;
      }
      .bubble {
        max-inline-size: min(100%, 36rem);
        padding: 0.5625rem 1rem;
        border-radius: var(--rn-radius-large);
        border-end-end-radius: 0.3125rem;
        background: var(--rn-sunken);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        line-height: 1.55;
      }
      .cut {
        max-block-size: 15rem;
        overflow: hidden;
        mask-image: linear-gradient(#000 70%, transparent);
      }
      .all {
        font-size: var(--rn-text-tiny);
      }
      .media {
        display: flex;
        flex-wrap: wrap;
        justify-content: end;
        gap: var(--rn-space-2);
        margin-block-end: var(--rn-space-2);
      }
      .media button {
        display: block;
        min-block-size: 0;
        padding: 0;
        overflow: hidden;
        border: 1px solid var(--rn-line);
        border-radius: var(--rn-radius);
      }
      .media img {
        display: block;
        max-inline-size: 100%;
        max-block-size: 9rem;
      }
      .media [aria-expanded="true"] img {
        max-block-size: 70vh;
      }
      .actions {
        display: flex;
        align-items: center;
        gap: 0.125rem;
        min-block-size: 2rem;
        margin-block-start: 0.125rem;
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
      }
      .actions svg {
        inline-size: 1rem;
        block-size: 1rem;
      }
      .actions button {
        font-size: var(--rn-text-tiny);
      }
      /* What is taken at once is not said to be on its way. */
      .late {
        animation: late 700ms step-end;
      }
      @keyframes late {
        from {
          visibility: hidden;
        }
      }
      form {
        inline-size: 100%;
        padding: var(--rn-space-3);
        border-radius: var(--rn-radius-large);
        background: var(--rn-sunken);
      }
      textarea {
        display: block;
        inline-size: 100%;
        resize: vertical;
        field-sizing: content;
        min-block-size: 4.5rem;
        max-block-size: 50vh;
        border-color: var(--rn-line);
        line-height: 1.5;
      }
      .choices {
        display: flex;
        justify-content: end;
        gap: var(--rn-space-2);
        margin-block-start: var(--rn-space-2);
      }
    `,
  ];

  @property({ attribute: false }) message!: Message;
  @property({ attribute: false }) branch: { readonly at: number; readonly of: number } | undefined;
  /** The run that is to answer it waits behind another; nothing where it is only on its way. */
  @property({ attribute: false }) queued: { readonly run?: string } | undefined;
  @property({ type: Boolean, reflect: true }) editing = false;
  /** It is only looked at, and not edited here. */
  @property({ type: Boolean }) compared = false;
  @state() private copied = false;
  @state() private whole = false;
  @state() private large = -1;
  @query("textarea") private field!: HTMLTextAreaElement;
  @query(".edit") private button!: HTMLElement;

  /** Open the question for editing. */
  async edit(): Promise<void> {
    this.editing = true;
    await this.updateComplete;
    this.field.focus();
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
    this.scrollIntoView({ block: "nearest" });
  }

  override render(): TemplateResult {
    const text = contentOf(this.message);
    if (this.editing) return this.#editor(text);
    const media = (this.message.parts ?? []).filter((part): part is MediaPart => part.kind === "media");
    return html`
      ${media.length === 0 ? nothing : html`<div class="media">${media.map((part, at) => this.#medium(part, at, media.length))}</div>`}
      ${text === "" ? nothing : this.#said(text)}
      <div class="actions">
        ${this.queued ? this.#waiting(this.queued, text) : nothing}
        ${
          this.branch === undefined || this.branch.of < 2
            ? nothing
            : html`<rn-branches .message=${this.message.id} .at=${this.branch.at} .of=${this.branch.of}></rn-branches>`
        }
        <button class="plain icon copy" title="Copy" @click=${this.#copy}>
          ${icon(this.copied ? "check" : "copy")}<span class="unseen">Copy the question</span>
        </button>
        <button
          class="plain icon edit"
          title="Edit"
          ?disabled=${this.queued !== undefined}
          ?hidden=${this.compared}
          @click=${() => this.edit()}
        >
          ${icon("edit")}<span class="unseen">Edit the question</span>
        </button>
      </div>
    `;
  }

  /** A picture is small until it is looked at. */
  #medium(part: MediaPart, at: number, of: number): TemplateResult {
    const name = of > 1 ? `Picture ${at + 1} of ${of}` : "Picture";
    const shown = mediumOf(part, name);
    if (!isShown(part)) return shown;
    const isLarge = this.large === at;
    return html`<button
      class="plain"
      title=${isLarge ? "Show it smaller" : "Show it larger"}
      aria-expanded=${isLarge ? "true" : "false"}
      @click=${() => (this.large = isLarge ? -1 : at)}
    >
      ${shown}
    </button>`;
  }

  /** What is very long shows its beginning, until all of it is wanted. */
  #said(text: string): TemplateResult {
    const long = text.length > LONG || text.split("\n", LINES + 1).length > LINES;
    return html`<div class="bubble ${long && !this.whole ? "cut" : ""}" dir="auto">${text}</div>
      ${
        long
          ? html`<button class="plain all" @click=${() => (this.whole = !this.whole)}>
              ${this.whole ? "Show less" : "Show all"}
            </button>`
          : nothing
      }`;
  }

  #waiting({ run }: { readonly run?: string }, text: string): TemplateResult {
    if (run === undefined) return html`<span class="late">On its way</span>`;
    return html`<span>Waits for its turn</span>
      <button class="plain" @click=${() => this.dispatchEvent(told("rn-unask", { run, text }))}>Take it back</button>`;
  }

  #editor(text: string): TemplateResult {
    return html`<form @submit=${this.#submit} @keydown=${this.#key}>
      <textarea dir="auto" aria-label="The question, put otherwise" .value=${text}></textarea>
      <div class="choices">
        <button type="button" class="leave" @click=${this.#leave}>Leave it</button>
        <button class="primary">Ask this</button>
      </div>
    </form>`;
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    const text = this.field.value.trim();
    if (text === "") return;
    if (this.dispatchEvent(told("rn-edit", { message: this.message.id, text }))) void this.#leave();
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && event.target === this.field) this.#submit(event);
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    void this.#leave();
  };

  readonly #leave = async (): Promise<void> => {
    this.editing = false;
    await this.updateComplete;
    this.button.focus();
  };

  readonly #copy = async (): Promise<void> => {
    await copyText(contentOf(this.message));
    this.copied = true;
    setTimeout(() => (this.copied = false), 1500);
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-question": Question;
  }
}
