import type { Source } from "@runnel/client";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { told } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";
import { placeOf } from "./activity.ts";

/** `<rn-sources>`: the passages that an answer stands on, by their numbers. */
@customElement("rn-sources")
export class Sources extends LitElement {
  static override styles = [
    common,
    css`
      ol {
        list-style: none;
        margin: var(--rn-space-2) 0 var(--rn-space-4);
        padding: 0;
        display: grid;
        gap: var(--rn-space-2);
      }
      button {
        inline-size: 100%;
        display: grid;
        grid-template-columns: auto 1fr;
        justify-content: start;
        align-items: start;
        gap: 0 var(--rn-space-3);
        padding: var(--rn-space-3);
        text-align: start;
        white-space: normal;
        border-radius: var(--rn-radius);
      }
      .number {
        min-inline-size: 1.375rem;
        border-radius: var(--rn-radius-small);
        background: var(--rn-accent-soft);
        color: var(--rn-accent);
        font-size: var(--rn-text-tiny);
        line-height: 1.375rem;
        text-align: center;
        font-variant-numeric: tabular-nums;
      }
      .place {
        font-weight: 500;
        line-height: 1.375rem;
        overflow-wrap: anywhere;
      }
      .text {
        grid-column: 2;
        color: var(--rn-quiet);
        line-height: 1.5;
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
        overflow: hidden;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) sources: readonly Source[] = [];

  override render(): TemplateResult {
    return html`<ol aria-label="Sources">
      ${this.sources.map(
        (source, at) =>
          html`<li>
            <button @click=${() => this.dispatchEvent(told("rn-open-source", { source, number: at + 1 }))}>
              <span class="number">${at + 1}</span>
              <span class="place" dir="auto">${placeOf(source)}</span>
              <span class="text" dir="auto">${source.text}</span>
            </button>
          </li>`,
      )}
    </ol>`;
  }
}

/** `<rn-passage>`: the passage of a citation, shown beside it while it is hovered or has the focus. */
@customElement("rn-passage")
export class PassageCard extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        position: fixed;
        inset: auto;
        margin: 0;
        padding: var(--rn-space-3) var(--rn-space-4);
        inline-size: min(26rem, calc(100vw - 1.5rem));
        max-block-size: 18rem;
        overflow: auto;
        border: 1px solid var(--rn-line);
        border-radius: var(--rn-radius);
        background: var(--rn-raised);
        color: var(--rn-ink);
        box-shadow: var(--rn-shadow);
        font-size: var(--rn-text-small);
        line-height: 1.5;
      }
      :host(:not(:popover-open)) {
        display: none;
      }
      .place {
        display: flex;
        align-items: center;
        gap: var(--rn-space-2);
        margin: 0 0 var(--rn-space-2);
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
        overflow-wrap: anywhere;
      }
      blockquote {
        margin: 0;
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @state() private source: Source | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.popover = "manual";
    this.addEventListener("pointerenter", this.#keep);
    this.addEventListener("pointerleave", this.hideSoon);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#hiding);
  }

  override render(): TemplateResult | typeof nothing {
    if (this.source === undefined) return nothing;
    return html`<p class="place">${icon("file")}<span dir="auto">${placeOf(this.source)}</span></p>
      <blockquote dir="auto">${this.source.text}</blockquote>`;
  }

  /** Show `source` beside `anchor`, under it where there is room. */
  async show(source: Source, anchor: Element): Promise<void> {
    clearTimeout(this.#hiding);
    this.source = source;
    await this.updateComplete;
    if (!this.matches(":popover-open")) this.showPopover();
    const at = anchor.getBoundingClientRect();
    const own = this.getBoundingClientRect();
    const under = at.bottom + 6;
    const fits = under + own.height < innerHeight - 8;
    this.style.top = `${Math.max(8, fits ? under : at.top - 6 - own.height)}px`;
    this.style.left = `${Math.max(12, Math.min(at.left - 16, innerWidth - own.width - 12))}px`;
  }

  hide(): void {
    clearTimeout(this.#hiding);
    if (this.matches(":popover-open")) this.hidePopover();
  }

  /** Hide it, unless the pointer comes to it meanwhile. */
  readonly hideSoon = (): void => {
    clearTimeout(this.#hiding);
    this.#hiding = setTimeout(() => this.hide(), 160);
  };

  readonly #keep = (): void => clearTimeout(this.#hiding);
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-sources": Sources;
    "rn-passage": PassageCard;
  }
}
