import type { Document } from "@runnel/client";
import { common, modelName } from "@runnel/ui";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { icon } from "../icons.ts";
import { QUOTES } from "../models.ts";
import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";

// So many models are offered here; the settings have all.
const MOST = 4;
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
      h2 {
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
      .models {
        display: flex;
        flex-wrap: wrap;
        gap: var(--rn-space-2);
      }
      .models [aria-pressed="true"] {
        border-color: var(--rn-accent);
        background: var(--rn-accent-soft);
      }
      summary {
        color: var(--rn-accent);
        inline-size: fit-content;
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: var(--rn-space-1) var(--rn-space-4);
        margin-block: var(--rn-space-2);
      }
      dd {
        margin: 0;
        color: var(--rn-quiet);
        overflow-wrap: anywhere;
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
    const { model, documents: ids = [] } = this.page.settings;
    const chosen = new Set(ids);
    const documents = library.documents.filter((one) => chosen.has(one.id) && !one.error);
    const quotes = model === QUOTES;
    const examples = examplesOf(documents, quotes);
    return html`
      <h2>${documents.length ? "Ask your documents" : quotes ? "Begin with a document" : "Ask anything"}</h2>
      ${quotes ? this.quoting(documents) : this.answering(model, documents)}
      ${models.writing.length > (quotes ? 0 : 1) ? this.choice(model) : nothing}
      <button class="drop" @click=${this.choose}>
        ${icon("upload")}<span
          >Drop documents anywhere on this page, or choose them: text, Markdown, HTML and PDF. They stay on this
          server${quotes ? "" : "; the model is shown the passages that fit a question"}.</span
        >
      </button>
      ${
        examples.length
          ? html`<div class="examples" role="group" aria-label="Questions to begin with">
              ${examples.map((text) => html`<button dir="auto" @click=${() => this.ask(text)}>${text}</button>`)}
            </div>`
          : nothing
      }
      ${quotes && models.writing.length === 0 ? this.ways() : nothing}
    `;
  }

  private answering(model: string | undefined, documents: readonly Document[]): TemplateResult {
    return html`<p>
      <strong><bdi>${modelName(model)}</bdi></strong> answers${documents.length ? this.from(documents) : nothing}.
      <button class="link" @click=${this.settings}>Change<span class="unseen"> the model</span></button>
    </p>`;
  }

  private quoting(documents: readonly Document[]): TemplateResult {
    const none = this.page.models.writing.length === 0;
    return html`<p>
      ${none ? "No language model is set up yet: until then, Runnel" : "Runnel"} answers with
      <strong>quotes from your documents</strong>${documents.length ? this.from(documents, ":") : nothing}.
      ${documents.length ? nothing : "There is nothing to quote from yet: add some."}
    </p>`;
  }

  private from(documents: readonly Document[], mark = " from"): TemplateResult {
    const what = documents.length === 1 ? `“${documents[0]?.name ?? ""}”` : `${documents.length} documents`;
    return html`${mark} <button class="link" dir="auto" @click=${this.documents}>${what}</button>`;
  }

  /** Models that may answer instead, each a click away. */
  private choice(now: string | undefined): TemplateResult {
    const { writing } = this.page.models;
    const shown = writing.length > MOST ? writing.slice(0, MOST - 1) : writing;
    return html`<div class="models" role="group" aria-label="Models">
      ${shown.map(
        (one) =>
          html`<button aria-pressed=${one.name === now} @click=${() => this.page.change({ model: one.name })}>
            <bdi>${one.label}</bdi>
          </button>`,
      )}
      ${
        shown.length < writing.length
          ? html`<button class="plain" @click=${this.settings}>${writing.length - shown.length} more</button>`
          : nothing
      }
    </div>`;
  }

  private ways(): TemplateResult {
    const others = this.page.models.all.filter((one) => !one.usable);
    return html`<details>
      <summary>How to get a model that writes answers</summary>
      <dl>
        ${others.map(
          (one) =>
            html`<dt>${one.label}</dt>
              <dd>${one.reason}</dd>`,
        )}
      </dl>
      <p>
        Keys are read where Runnel is started; a server of models on this machine is found by itself.
        <button class="link" @click=${() => this.page.models.load()}>Look again</button>
      </p>
    </details>`;
  }

  private ask(text: string): void {
    this.dispatchEvent(new CustomEvent("rn-example", { detail: text, bubbles: true, composed: true }));
  }

  private readonly choose = (): void => {
    this.dispatchEvent(new CustomEvent("rn-choose-files", { bubbles: true, composed: true }));
  };

  private readonly documents = (): void => {
    this.dispatchEvent(new CustomEvent("rn-open-documents", { bubbles: true, composed: true }));
  };

  private readonly settings = (): void => {
    this.dispatchEvent(new CustomEvent("rn-open-settings", { bubbles: true, composed: true }));
  };
}

/** Questions that fit what is there. */
function examplesOf(documents: readonly Document[], quotes: boolean): readonly string[] {
  if (documents.length === 0) return quotes ? [] : GENERAL;
  const names = documents.map((one) => one.title ?? one.name.replace(/\.\w+$/, "").replace(/[-_]+/g, " "));
  // A title of several words says what to look for.
  const words = (name: string) => (name.includes(" ") ? 0 : 1);
  const about = names.sort((one, other) => words(one) - words(other)).map((name) => `What is “${name}” about?`);
  const all = documents.length === 1 ? "Summarise it in five points" : "What are these documents about?";
  return (quotes ? about : [all, ...about]).slice(0, 3);
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-welcome": Welcome;
  }
  interface HTMLElementEventMap {
    "rn-example": CustomEvent<string>;
  }
}
