import type { Source } from "@runnel/client";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";

import { told } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";
import { excerpt, placeOf, textOf, type Context } from "./passage.ts";
import { piecesOf } from "./pieces.ts";

// Characters of a passage that are shown.
const MOST = 700;

/** `<rn-passage>`: the passage of a citation, shown beside it while it is hovered, has the focus, or was tapped. */
@customElement("rn-passage")
export class PassageCard extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        position: fixed;
        inset: auto;
        margin: 0;
        padding: 0;
        inline-size: min(26rem, calc(100vw - 1.5rem));
        max-block-size: min(20rem, 60dvh);
        overflow: hidden;
        border: 1px solid var(--rn-line);
        border-radius: var(--rn-radius);
        background: var(--rn-raised);
        color: var(--rn-ink);
        box-shadow: var(--rn-shadow);
        font-size: var(--rn-text-small);
        line-height: 1.5;
      }
      :host(:popover-open) {
        display: flex;
        flex-direction: column;
      }
      :host(:not(:popover-open)) {
        display: none;
      }
      header {
        flex: none;
        display: flex;
        align-items: center;
        gap: var(--rn-space-2);
        padding: var(--rn-space-2) var(--rn-space-2) var(--rn-space-2) var(--rn-space-4);
        padding-inline: var(--rn-space-4) var(--rn-space-2);
        border-block-end: 1px solid var(--rn-line);
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
      }
      header span {
        flex: 1;
        min-inline-size: 0;
        overflow-wrap: anywhere;
      }
      header button {
        flex: none;
        color: var(--rn-accent);
      }
      blockquote {
        flex: 1;
        min-block-size: 0;
        overflow: auto;
        margin: 0;
        padding: var(--rn-space-3) var(--rn-space-4);
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @state() private source: Source | undefined;
  @state() private number = 0;
  private context: Context = { said: "", asked: "" };
  #hiding: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.popover = "manual";
    this.addEventListener("pointerenter", this.#keep);
    this.addEventListener("pointerleave", this.#left);
    this.addEventListener("pointerdown", this.#keep);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#hiding);
    removeEventListener("pointerdown", this.#elsewhere, true);
  }

  override render(): TemplateResult | typeof nothing {
    const { source } = this;
    if (source === undefined) return nothing;
    return html`<header>
        ${icon("file")}<span dir="auto">${placeOf(source)}</span>
        <button class="plain" @click=${this.#open}>Open</button>
      </header>
      <blockquote dir="auto">${piecesOf(excerpt(textOf(source), this.context, MOST))}</blockquote>`;
  }

  /** Whether it shows the passage of this number now. */
  shows(number: number): boolean {
    return this.number === number && this.matches(":popover-open");
  }

  /** Show `source` beside `anchor`, under it where there is room. */
  async show(source: Source, number: number, context: Context, anchor: Element): Promise<void> {
    clearTimeout(this.#hiding);
    this.context = context;
    this.source = source;
    this.number = number;
    await this.updateComplete;
    if (!this.matches(":popover-open")) this.showPopover();
    addEventListener("pointerdown", this.#elsewhere, true);
    const at = anchor.getBoundingClientRect();
    const own = this.getBoundingClientRect();
    const under = at.bottom + 6;
    const fits = under + own.height < innerHeight - 8;
    this.style.top = `${Math.max(8, fits ? under : at.top - 6 - own.height)}px`;
    this.style.left = `${Math.max(12, Math.min(at.left - 16, innerWidth - own.width - 12))}px`;
  }

  hide(): void {
    clearTimeout(this.#hiding);
    removeEventListener("pointerdown", this.#elsewhere, true);
    if (this.matches(":popover-open")) this.hidePopover();
  }

  /** Hide it, unless the pointer comes to it meanwhile. */
  readonly hideSoon = (): void => {
    clearTimeout(this.#hiding);
    this.#hiding = setTimeout(() => this.hide(), 160);
  };

  readonly #keep = (): void => clearTimeout(this.#hiding);

  // A finger that is lifted has not gone elsewhere.
  readonly #left = (event: PointerEvent): void => {
    if (event.pointerType !== "touch") this.hideSoon();
  };

  readonly #elsewhere = (event: PointerEvent): void => {
    if (!event.composedPath().includes(this)) this.hideSoon();
  };

  readonly #open = (): void => {
    const { source, number, context } = this;
    this.hide();
    if (source !== undefined) this.dispatchEvent(told("rn-open-source", { source, number, context }));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-passage": PassageCard;
  }
}
