import type { Request } from "@runnel/client";
import { LitElement, css, html, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { told } from "../events.ts";
import { common } from "../theme.ts";
import { asks } from "./asking.ts";
import { AGAIN } from "./consent.ts";

/** `<rn-ask>`: what a tool asks of a person, and the field to answer it. */
@customElement("rn-ask")
export class Ask extends LitElement {
  static override styles = [
    common,
    asks,
    css`
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
