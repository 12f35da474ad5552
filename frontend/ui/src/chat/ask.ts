import type { Request } from "@runnel/client";
import { LitElement, css, html, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { told } from "../events.ts";
import { common } from "../theme.ts";
import { AGAIN } from "./tool.ts";

/** `<rn-ask>`: what a tool asks of a person, and the field to answer it. */
@customElement("rn-ask")
export class Ask extends LitElement {
  static override styles = [
    common,
    css`
      form {
        margin-block: var(--rn-space-2) var(--rn-space-3);
        padding: var(--rn-space-3) var(--rn-space-4) var(--rn-space-4);
        border: 1px solid var(--rn-accent);
        box-shadow: 0 0 0 3px var(--rn-accent-soft);
        border-radius: var(--rn-radius);
        background: var(--rn-raised);
      }
      label {
        display: block;
        margin-block-end: var(--rn-space-2);
      }
      div {
        display: flex;
        gap: var(--rn-space-2);
      }
      input {
        flex: 1;
        min-inline-size: 0;
      }
    `,
  ];

  @property({ attribute: false }) request!: Request;
  @property() run = "";
  @state() private answered = false;
  @query("input") private field!: HTMLInputElement;

  override render(): TemplateResult {
    return html`<form @submit=${this.#answer}>
      <label for="answer" dir="auto">${this.request.question}</label>
      <div>
        <input id="answer" dir="auto" autocomplete="off" ?disabled=${this.answered} />
        <button class="primary" ?disabled=${this.answered}>Answer</button>
      </div>
    </form>`;
  }

  readonly #answer = (event: Event): void => {
    event.preventDefault();
    const detail = { run: this.run, input: this.request.id, text: this.field.value };
    this.answered = this.dispatchEvent(told("rn-reply", detail));
    setTimeout(() => (this.answered = false), AGAIN);
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-ask": Ask;
  }
}
