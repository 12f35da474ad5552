import { common } from "@runnel/ui";
import { LitElement, css, html, type TemplateResult } from "lit";
import { customElement, query } from "lit/decorators.js";

import { SHORTCUTS } from "../keys.ts";
import { overlay } from "./styles.ts";

/** `<rn-shortcuts>`: what may be done with the keyboard. */
@customElement("rn-shortcuts")
export class Shortcuts extends LitElement {
  static override styles = [
    common,
    overlay,
    css`
      dialog {
        padding: var(--rn-space-6);
        inline-size: min(26rem, calc(100vw - 2rem));
      }
      h2 {
        margin: 0 0 var(--rn-space-4);
        font-size: 1.125rem;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: var(--rn-space-2) var(--rn-space-4);
        margin: 0 0 var(--rn-space-4);
        font-size: var(--rn-text-small);
      }
      dt {
        white-space: nowrap;
      }
      dd {
        margin: 0;
        color: var(--rn-quiet);
      }
      kbd {
        font-family: inherit;
        font-size: var(--rn-text-tiny);
        padding: 0.0625rem 0.375rem;
        border: 1px solid var(--rn-line-strong);
        border-radius: var(--rn-radius-small);
        background: var(--rn-sunken);
      }
    `,
  ];

  @query("dialog") private dialog!: HTMLDialogElement;

  open(): void {
    if (!this.dialog.open) this.dialog.showModal();
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="title">
      <h2 id="title">Keyboard</h2>
      <dl>
        ${SHORTCUTS.map(
          ([keys, what]) =>
            html`<dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt>
              <dd>${what}</dd>`,
        )}
      </dl>
      <form method="dialog"><button autofocus>Close</button></form>
    </dialog>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-shortcuts": Shortcuts;
  }
}
