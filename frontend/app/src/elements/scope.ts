import { common } from "@runnel/ui";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";

/** `<rn-scope>`: which documents the next answer draws on, in a line that leads to their list. */
@customElement("rn-scope")
export class Scope extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        display: flex;
        justify-content: center;
        min-block-size: 1.5rem;
      }
      button {
        min-block-size: 1.5rem;
        max-inline-size: 100%;
        padding: 0 var(--rn-space-2);
        font-size: var(--rn-text-tiny);
        color: var(--rn-quiet);
      }
      bdi {
        overflow: hidden;
        text-overflow: ellipsis;
      }
    `,
  ];

  @property({ attribute: false }) page!: Page;

  constructor() {
    super();
    new Watch(this, () => [this.page, this.page.library]);
  }

  override render(): TemplateResult | typeof nothing {
    const { library, conversation } = this.page;
    const { documents } = library;
    if (!library.loaded || documents.length === 0 || (conversation && !conversation.chat)) return nothing;
    const chosen = new Set(this.page.settings.documents ?? []);
    const drawn = documents.filter((one) => chosen.has(one.id));
    const [first] = drawn;
    const all = drawn.length === documents.length && library.whole;
    const what =
      drawn.length === 1 && first
        ? html`Answers draw on <bdi>${first.name}</bdi>`
        : drawn.length === 0
          ? "Answers draw on no document"
          : `Answers draw on ${all ? "all " : ""}${drawn.length.toLocaleString()}${all ? "" : ` of ${documents.length.toLocaleString()}`} documents`;
    return html`<button class="plain" @click=${this.open}>${what}</button>`;
  }

  private readonly open = (): void => {
    this.dispatchEvent(new CustomEvent("rn-open-documents", { bubbles: true, composed: true }));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-scope": Scope;
  }
}
