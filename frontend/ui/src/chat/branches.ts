import { LitElement, css, html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { told } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";

/** `<rn-branches>`: which of the messages that could stand here does, "2 / 3", arrows to the others, and two of them side
 * by side. */
@customElement("rn-branches")
export class Branches extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        display: inline-flex;
        align-items: center;
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
        font-variant-numeric: tabular-nums;
      }
      button.icon {
        min-inline-size: 1.5rem;
        padding-inline: 0.125rem;
      }
      svg {
        inline-size: 1rem;
        block-size: 1rem;
      }
      .before svg,
      :host(:dir(rtl)) .next svg {
        transform: scaleX(-1);
      }
      :host(:dir(rtl)) .before svg {
        transform: none;
      }
    `,
  ];

  @property() message = "";
  /** From 1. */
  @property({ type: Number }) at = 1;
  @property({ type: Number }) of = 1;

  override render(): TemplateResult {
    return html`
      <button
        class="plain icon before"
        title="The one before"
        ?disabled=${this.at <= 1}
        @click=${() => this.#go(this.at - 1)}
      >
        ${icon("chevron")}<span class="unseen">The version before</span>
      </button>
      <span aria-label="Version ${this.at} of ${this.of}" role="img">${this.at} / ${this.of}</span>
      <button
        class="plain icon next"
        title="The next one"
        ?disabled=${this.at >= this.of}
        @click=${() => this.#go(this.at + 1)}
      >
        ${icon("chevron")}<span class="unseen">The next version</span>
      </button>
      <button
        class="plain icon compare"
        title="Compare"
        @click=${() => this.dispatchEvent(told("rn-compare", { message: this.message }))}
      >
        ${icon("compare")}<span class="unseen">Compare with another version</span>
      </button>
    `;
  }

  #go(to: number): void {
    this.dispatchEvent(told("rn-branch", { message: this.message, to }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-branches": Branches;
  }
}
