import type { Source } from "@runnel/client";
import { LitElement, css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { told } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";
import { citedIn, excerpt, fileOf, textOf, whereIn, type Context, type Piece } from "./passage.ts";
import { piecesOf } from "./pieces.ts";

// Characters of a passage that are shown.
const MOST = 280;

// So many that are not cited are shown at once; more are unfolded.
const FEW = 3;

interface Shown {
  readonly source: Source;
  readonly number: number;
  readonly context: Context;
  readonly text: readonly Piece[];
}

/** `<rn-sources>`: the passages that an answer stands on, by their numbers; those that it does not cite are set apart. */
@customElement("rn-sources")
export class Sources extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        margin: var(--rn-space-2) 0 var(--rn-space-4);
        scroll-margin-block: 3.5rem 1rem;
      }
      ol {
        list-style: none;
        margin: 0;
        padding: 0;
        display: grid;
        gap: var(--rn-space-2);
      }
      ol + details {
        margin-block-start: var(--rn-space-3);
      }
      summary {
        display: flex;
        align-items: center;
        gap: var(--rn-space-1);
        inline-size: fit-content;
        padding-block: var(--rn-space-1);
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
        font-weight: 500;
      }
      summary svg {
        inline-size: 0.875rem;
        block-size: 0.875rem;
        transition: rotate 120ms;
      }
      details[open] > summary svg {
        rotate: 90deg;
      }
      details > ol {
        margin-block-start: var(--rn-space-1);
      }
      button {
        inline-size: 100%;
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        justify-content: start;
        align-items: start;
        gap: 0.125rem var(--rn-space-3);
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
      .apart .number {
        background: var(--rn-sunken);
        color: var(--rn-quiet);
      }
      .place {
        display: flex;
        flex-wrap: wrap;
        column-gap: var(--rn-space-2);
        line-height: 1.375rem;
        overflow-wrap: anywhere;
      }
      .file {
        font-weight: 550;
      }
      .where {
        color: var(--rn-quiet);
      }
      .text {
        grid-column: 2;
        color: var(--rn-quiet);
        line-height: 1.5;
        font-weight: 400;
        white-space: pre-line;
        overflow-wrap: anywhere;
      }
      .text mark {
        color: var(--rn-ink);
      }
    `,
  ];

  @property({ attribute: false }) sources: readonly Source[] = [];
  /** What was answered, once it is whole: it says which of the sources are cited, and what for. */
  @property() answer = "";
  /** What was asked. */
  @property() asked = "";
  #cited: readonly Shown[] = [];
  #apart: readonly Shown[] = [];

  override willUpdate(_: PropertyValues<this>): void {
    const cited = citedIn(this.answer, this.sources.length);
    const shown = this.sources.map((source, at) => {
      const context = { said: cited.get(at + 1) ?? "", asked: this.asked };
      return { source, number: at + 1, context, text: excerpt(textOf(source), context, MOST) };
    });
    const whole = this.answer !== "";
    this.#cited = whole ? shown.filter((one) => cited.has(one.number)) : shown;
    this.#apart = whole ? shown.filter((one) => !cited.has(one.number)) : [];
  }

  override render(): TemplateResult {
    const few = this.#cited.length === 0 || this.#apart.length <= FEW;
    return html`${this.#cited.length === 0 ? nothing : this.#list(this.#cited, "Sources")}${
      this.#apart.length === 0
        ? nothing
        : html`<details ?open=${few}>
            <summary>Found, but not cited <span class="count">${this.#apart.length}</span>${icon("chevron")}</summary>
            ${this.#list(this.#apart, "Found, but not cited")}
          </details>`
    }`;
  }

  #list(shown: readonly Shown[], label: string): TemplateResult {
    return html`<ol class=${shown === this.#apart ? "apart" : ""} aria-label=${label}>
      ${shown.map(({ source, number, context, text }) => {
        const where = whereIn(source);
        return html`<li>
          <button @click=${() => this.dispatchEvent(told("rn-open-source", { source, number, context }))}>
            <span class="number">${number}</span>
            <span class="place"
              ><bdi class="file">${fileOf(source)}</bdi
              >${where === "" ? nothing : html`<bdi class="where">${where}</bdi>`}</span
            >
            <span class="text" dir="auto">${piecesOf(text)}</span>
          </button>
        </li>`;
      })}
    </ol>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-sources": Sources;
  }
}
