import { common } from "@runnel/ui";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { icon } from "../icons.ts";
import type { Notice } from "../notices.ts";
import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";

/** `<rn-notes>`: what happened that the reader should know, and files that are on their way, at the foot of the page. */
@customElement("rn-notes")
export class Notes extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        position: relative;
        z-index: 30;
        pointer-events: none;
        padding-inline: var(--rn-gutter);
      }
      [role="status"] {
        display: grid;
        justify-items: center;
        gap: var(--rn-space-2);
      }
      .note {
        pointer-events: auto;
        display: flex;
        align-items: center;
        gap: var(--rn-space-2);
        max-inline-size: min(34rem, 100%);
        padding: 0.375rem 0.375rem 0.375rem 0.875rem;
        padding-inline: 0.875rem 0.375rem;
        border: 1px solid var(--rn-line);
        border-radius: var(--rn-radius);
        background: var(--rn-raised);
        box-shadow: var(--rn-shadow);
        font-size: var(--rn-text-small);
        line-height: 1.45;
      }
      .problem {
        border-inline-start: 0.25rem solid var(--rn-danger);
      }
      .text {
        flex: 1;
        min-inline-size: 0;
        overflow-wrap: anywhere;
      }
      button.act {
        color: var(--rn-accent);
        font-weight: 600;
      }
    `,
  ];

  @property({ attribute: false }) page!: Page;

  constructor() {
    super();
    new Watch(this, () => [this.page.notices]);
  }

  override render(): TemplateResult {
    return html`<div role="status" aria-live="polite">
      ${repeat(
        this.page.notices.all,
        (notice) => notice.id,
        (notice) => this.note(notice),
      )}
    </div>`;
  }

  private note(notice: Notice): TemplateResult {
    const { action } = notice;
    const put = () => {
      this.page.notices.remove(notice.id);
      this.dispatchEvent(new CustomEvent("rn-put-away", { bubbles: true, composed: true }));
    };
    const act = () => {
      put();
      action?.run();
    };
    return html`<div class="note ${notice.kind}">
      <span class="text" dir="auto">${notice.text}</span>
      ${action ? html`<button class="plain act" @click=${act}>${action.label}</button>` : nothing}
      <button class="plain icon" title="Put away" @click=${put}>
        ${icon("close")}<span class="unseen">Put away</span>
      </button>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-notes": Notes;
  }
  interface HTMLElementEventMap {
    "rn-put-away": CustomEvent<null>;
  }
}
