import type { Message } from "@runnel/client";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { told } from "../events.ts";
import { common } from "../theme.ts";
import { contentOf } from "../turns.ts";

const REASONS: Readonly<Record<string, string>> = {
  length: "The model stopped at its limit of length.",
  content_filter: "The model’s provider withheld the rest.",
  tool_calls: "The model left the rest to a tool of the caller’s.",
};

/** Why an answer is not whole: a word and a sentence. Nothing where it is. */
export function endingOf(message: Message): { readonly word: string; readonly sentence: string } | undefined {
  const kept = contentOf(message) === "" ? "Nothing was said until then." : "What was said until then is kept.";
  const error = message.error?.message;
  switch (message.status) {
    case "cancelled":
      return { word: "Cancelled.", sentence: kept };
    case "interrupted":
      return { word: "Interrupted.", sentence: `The server ended while it answered. ${kept}` };
    case "failed":
      return { word: "Failed.", sentence: error ?? "Nothing was said about why." };
    case "incomplete":
      return { word: "Incomplete.", sentence: error ?? REASONS[message.finish_reason ?? ""] ?? "It was cut short." };
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
        gap: var(--rn-space-2) var(--rn-space-4);
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
      p {
        flex: 1 1 16rem;
        margin: 0.25rem 0;
        overflow-wrap: anywhere;
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
      div {
        display: flex;
        flex-wrap: wrap;
        gap: var(--rn-space-2);
      }
    `,
  ];

  @property({ attribute: false }) message!: Message;
  @property({ type: Boolean }) continues = false;

  override render(): TemplateResult | typeof nothing {
    const { message } = this;
    const ending = endingOf(message);
    if (ending === undefined) return nothing;
    return html`<section class=${message.status} aria-label="How the answer ended">
      <p dir="auto"><strong>${ending.word}</strong> ${ending.sentence}</p>
      <div>
        ${
          this.continues
            ? html`<button class="continue" @click=${() => this.#tell("rn-continue")}>Continue</button>`
            : nothing
        }
        <button class="rephrase" @click=${() => this.dispatchEvent(told("rn-rephrase", { message: message.id }))}>
          Rephrase
        </button>
        <button class="retry" @click=${() => this.#tell("rn-retry")}>Try again</button>
      </div>
    </section>`;
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
