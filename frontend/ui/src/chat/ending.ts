import type { Message } from "@runnel/client";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { told } from "../events.ts";
import { common } from "../theme.ts";
import { contentOf } from "../turns.ts";
import { failureOf, shortfallOf, type Failure } from "./failure.ts";

/** Why an answer is not whole: a word, and more. Nothing where it is. */
export function endingOf(message: Message): (Failure & { readonly word: string }) | undefined {
  const kept = contentOf(message) === "" ? "Nothing was said until then." : "What was said until then is kept.";
  switch (message.status) {
    case "cancelled":
      return { word: "Cancelled.", sentence: kept, advice: "", quote: "" };
    case "interrupted":
      return { word: "Interrupted.", sentence: "The server ended while it answered.", advice: kept, quote: "" };
    case "failed":
      return { word: "Failed.", ...failureOf(message) };
    case "incomplete":
      return { word: "Incomplete.", ...shortfallOf(message) };
    default:
      return undefined;
  }
}

/** `<rn-ending>`: how an answer ended that is not whole, and what can be done about it. */
@customElement("rn-ending")
export class Ending extends LitElement {
  static override styles = [
    common,
    css`
      section {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--rn-space-1) var(--rn-space-4);
        margin-block: var(--rn-space-3) var(--rn-space-1);
        padding: var(--rn-space-2) var(--rn-space-2) var(--rn-space-2) var(--rn-space-4);
        padding-inline: var(--rn-space-4) var(--rn-space-2);
        border-radius: var(--rn-radius);
        background: var(--rn-sunken);
        font-size: var(--rn-text-small);
        line-height: 1.5;
      }
      section.interrupted,
      section.incomplete {
        background: var(--rn-warning-soft);
      }
      section.failed {
        background: var(--rn-danger-soft);
      }
      .said {
        flex: 1 1 16rem;
        margin-block: 0.25rem;
        overflow-wrap: anywhere;
      }
      p {
        margin: 0;
      }
      .quote {
        max-block-size: 7.5rem;
        overflow-y: auto;
        margin-block-start: var(--rn-space-1);
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
      }
      strong {
        font-weight: 600;
      }
      .failed strong {
        color: var(--rn-danger);
      }
      .interrupted strong,
      .incomplete strong {
        color: var(--rn-warning);
      }
      .choices {
        display: flex;
        flex-wrap: wrap;
        gap: var(--rn-space-2);
      }
    `,
  ];

  @property({ attribute: false }) message!: Message;
  @property({ type: Boolean }) continues = false;
  /** It is only looked at: nothing is to be done about it here. */
  @property({ type: Boolean }) compared = false;

  override render(): TemplateResult | typeof nothing {
    const { message } = this;
    const ending = endingOf(message);
    if (ending === undefined) return nothing;
    return html`<section class=${message.status} aria-label="How the answer ended">
      <div class="said">
        <p dir="auto"><strong>${ending.word}</strong> ${ending.sentence} ${ending.advice}</p>
        ${ending.quote === "" ? nothing : html`<p class="quote" dir="auto">${ending.quote}</p>`}
      </div>
      ${this.compared ? nothing : this.#choices(message)}
    </section>`;
  }

  #choices(message: Message): TemplateResult {
    return html`<div class="choices">
      ${
        this.continues
          ? html`<button class="continue" @click=${() => this.#tell("rn-continue")}>Continue</button>`
          : nothing
      }
      <button class="rephrase" @click=${() => this.dispatchEvent(told("rn-rephrase", { message: message.id }))}>
        Rephrase
      </button>
      <button class="retry" @click=${() => this.#tell("rn-retry")}>Try again</button>
    </div>`;
  }

  #tell(name: "rn-continue" | "rn-retry"): void {
    this.dispatchEvent(told(name, { message: this.message.id }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-ending": Ending;
  }
}
