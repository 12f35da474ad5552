import type { Document } from "@runnel/client";
import { common } from "@runnel/ui";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { icon } from "../icons.ts";
import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";

const GENERAL = [
  "Explain a B-tree as if I were twelve",
  "Draft a polite reminder for an unpaid invoice",
  "What should I ask before signing a lease?",
];

/** `<rn-welcome>`: an empty chat: what answers, from what, and what might be asked. */
@customElement("rn-welcome")
export class Welcome extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        max-inline-size: 38rem;
        margin: auto;
        padding: var(--rn-space-6) var(--rn-gutter);
        display: grid;
        gap: var(--rn-space-4);
      }
      h1 {
        margin: 0;
        font-size: clamp(1.375rem, 4vw, 1.75rem);
        font-weight: 600;
        line-height: 1.25;
        letter-spacing: -0.01em;
      }
      p {
        margin: 0;
        color: var(--rn-quiet);
      }
      strong {
        color: var(--rn-ink);
        font-weight: 550;
      }
      .link {
        display: inline;
        min-block-size: 0;
        padding: 0;
        border: 0;
        background: none;
        font: inherit;
        color: var(--rn-accent);
        text-decoration: underline;
        text-underline-offset: 0.15em;
        white-space: normal;
      }
      .drop {
        display: flex;
        gap: var(--rn-space-3);
        align-items: center;
        justify-content: flex-start;
        inline-size: 100%;
        padding: var(--rn-space-4);
        border: 1.5px dashed var(--rn-line-strong);
        border-radius: var(--rn-radius);
        background: none;
        text-align: start;
        white-space: normal;
        font-size: var(--rn-text-small);
        color: var(--rn-quiet);
      }
      .drop:hover {
        border-color: var(--rn-accent);
        background: var(--rn-accent-soft);
      }
      .examples {
        display: grid;
        gap: var(--rn-space-2);
      }
      .examples button {
        justify-content: flex-start;
        text-align: start;
        white-space: normal;
        padding: 0.5rem 0.875rem;
        border-radius: var(--rn-radius);
      }
      details {
        font-size: var(--rn-text-small);
      }
      summary {
        color: var(--rn-accent);
      }
      ul {
        margin: var(--rn-space-2) 0 0;
        padding-inline-start: 1.1rem;
        color: var(--rn-quiet);
      }
      code {
        font-family: var(--rn-font-mono);
        font-size: 0.925em;
        color: var(--rn-ink);
      }
    `,
  ];

  @property({ attribute: false }) page!: Page;

  constructor() {
    super();
    new Watch(this, () => [this.page, this.page.models, this.page.library]);
  }

  override render(): TemplateResult | typeof nothing {
    const { library, models } = this.page;
    if (!library.loaded || models.all.length === 0) return nothing;
    const chosen = new Set(this.page.settings.documents ?? []);
    const documents = library.documents.filter((one) => chosen.has(one.id) && !one.error);
    const model = models.named(this.page.settings.model);
    const quotes = this.page.settings.model === "excerpts";
    const examples = examplesOf(documents, quotes);
    return html`
      <h1>${documents.length ? "Ask your documents" : quotes ? "Begin with a document" : "Ask anything"}</h1>
      <p>
        ${
          quotes
            ? html`<strong>${this.writes ? "Quotes alone" : "No language model writes here yet"}.</strong> Runnel shows
                the passages that fit${this.from(documents)}.`
            : html`<strong>${model?.label ?? this.page.settings.model}</strong> answers${this.from(documents)}.
                <button class="link" @click=${this.settings}>Change</button>`
        }
      </p>
      ${quotes ? this.better() : nothing}
      <button class="drop" @click=${this.choose}>
        ${icon("upload")}<span
          >Drop documents anywhere on this page, or choose them: text, Markdown, HTML and PDF. They stay on this
          server.</span
        >
      </button>
      ${
        examples.length
          ? html`<div class="examples" role="group" aria-label="Questions to begin with">
              ${examples.map((text) => html`<button dir="auto" @click=${() => this.ask(text)}>${text}</button>`)}
            </div>`
          : nothing
      }
    `;
  }

  /** Whether there is a model that writes answers of its own. */
  private get writes(): boolean {
    return this.page.models.all.some((one) => one.usable && one.name !== "excerpts");
  }

  private from(documents: readonly Document[]): TemplateResult | typeof nothing {
    if (documents.length === 0) return nothing;
    const what = documents.length === 1 ? `“${documents[0]?.name ?? ""}”` : `${documents.length} documents`;
    return html` from <button class="link" @click=${this.settings}>${what}</button>`;
  }

  private better(): TemplateResult {
    const { all } = this.page.models;
    const usable = all.filter((one) => one.usable && one.name !== "excerpts");
    const others = all.filter((one) => !one.usable);
    if (usable.length)
      return html`<p>
        Models that write are here:
        ${usable.slice(0, 4).map((one) => html`<button class="link" @click=${() => this.page.change({ model: one.name })}>${one.label}</button> `)}
      </p>`;
    return html`<details>
      <summary>How to get a model that writes answers</summary>
      <ul>
        ${others.map((one) => html`<li><code>${one.name}</code>: ${one.reason}</li>`)}
      </ul>
      <p>Keys are read where Runnel is started; servers of models on this machine are found by themselves.</p>
    </details>`;
  }

  private ask(text: string): void {
    this.dispatchEvent(new CustomEvent("rn-example", { detail: text, bubbles: true, composed: true }));
  }

  private readonly choose = (): void => {
    this.dispatchEvent(new CustomEvent("rn-choose-files", { bubbles: true, composed: true }));
  };

  private readonly settings = (): void => {
    this.dispatchEvent(new CustomEvent("rn-open-settings", { bubbles: true, composed: true }));
  };
}

/** Questions that fit what is there. */
function examplesOf(documents: readonly Document[], quotes: boolean): readonly string[] {
  if (documents.length === 0) return quotes ? [] : GENERAL;
  const names = documents.map((one) => one.title ?? one.name.replace(/\.\w+$/, "").replace(/[-_]+/g, " "));
  const about = names.slice(0, 3).map((name) => `What does “${name}” say?`);
  return quotes
    ? about
    : [documents.length === 1 ? "Summarise it in five points" : "What are these documents about?", ...about].slice(
        0,
        3,
      );
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-welcome": Welcome;
  }
  interface HTMLElementEventMap {
    "rn-example": CustomEvent<string>;
  }
}
