import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

/** What a citation tells the message that it is in: it is looked at (`look`), no more (`leave`), followed, or tapped by a
 * finger, which cannot do the one without the other. */
export class CitationEvent extends Event {
  constructor(
    readonly citation: Citation,
    readonly does: "follow" | "leave" | "look" | "tap",
  ) {
    super("citation", { bubbles: true, composed: true });
  }
}

/** `<rn-citation n="1">`: the number of a source in the text. */
@customElement("rn-citation")
export class Citation extends LitElement {
  static override styles = css`
    button {
      all: unset;
      box-sizing: border-box;
      position: relative;
      display: inline-block;
      min-inline-size: 1.25rem;
      margin-inline: 0.0625rem;
      padding: 0 0.25rem;
      border-radius: 0.3125rem;
      background: var(--rn-accent-soft);
      color: var(--rn-accent);
      font-size: 0.75rem;
      font-weight: 500;
      line-height: 1.125rem;
      text-align: center;
      vertical-align: 0.1em;
      font-variant-numeric: tabular-nums;
      cursor: pointer;
    }
    button::after {
      content: "";
      position: absolute;
      inset: -0.25rem -0.125rem;
    }
    button:hover {
      background: var(--rn-accent);
      color: var(--rn-on-accent);
    }
    button:focus-visible {
      outline: 2px solid var(--rn-accent);
      outline-offset: 1px;
    }
  `;

  /** The number of the source, from 1. */
  @property({ type: Number }) n = 0;
  /** What the source is, for those who do not see the passage. */
  @property() label = "";
  @property() passage = "";
  #touched = false;

  override render(): TemplateResult {
    return html`<button
      aria-label="Source ${this.n}${this.label === "" ? "" : `: ${this.label}`}"
      aria-description=${this.passage === "" ? nothing : this.passage}
      @pointerdown=${(event: PointerEvent) => (this.#touched = event.pointerType === "touch")}
      @pointerenter=${(event: PointerEvent) => {
        if (event.pointerType !== "touch") this.#tell("look");
      }}
      @pointerleave=${() => this.#tell("leave")}
      @focus=${() => {
        if (!this.#touched) this.#tell("look");
      }}
      @blur=${() => this.#tell("leave")}
      @keydown=${() => (this.#touched = false)}
      @click=${() => this.#tell(this.#touched ? "tap" : "follow")}
    >
      ${this.n}
    </button>`;
  }

  #tell(does: CitationEvent["does"]): void {
    this.dispatchEvent(new CitationEvent(this, does));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-citation": Citation;
  }
  interface HTMLElementEventMap {
    citation: CitationEvent;
  }
}
