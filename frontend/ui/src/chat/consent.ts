import type { Request } from "@runnel/client";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { told } from "../events.ts";
import { common } from "../theme.ts";
import { asks } from "./asking.ts";

/** Milliseconds after which what did not arrive can be said again. */
export const AGAIN = 5000;

/** `<rn-consent>`: a call that waits for a person: it may be allowed, with other arguments too, or denied, with a reason. */
@customElement("rn-consent")
export class Consent extends LitElement {
  static override styles = [
    common,
    asks,
    css`
      .name,
      dt,
      textarea {
        font-family: var(--rn-font-mono);
        font-size: 0.8125rem;
      }
      .given {
        max-block-size: 20rem;
        overflow-y: auto;
      }
      dl {
        display: grid;
        grid-template-columns: fit-content(40%) 1fr;
        gap: var(--rn-space-1) var(--rn-space-4);
        margin: 0;
      }
      dt {
        color: var(--rn-quiet);
        overflow-wrap: anywhere;
        line-height: 1.375rem;
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      .json {
        font-family: var(--rn-font-mono);
        font-size: 0.8125rem;
      }
      textarea {
        display: block;
        inline-size: 100%;
        min-block-size: 7rem;
        resize: vertical;
        line-height: 1.5;
        direction: ltr;
      }
      input {
        inline-size: 100%;
        margin-block-start: var(--rn-space-3);
      }
      .choices {
        display: flex;
        flex-wrap: wrap;
        gap: var(--rn-space-2);
        margin-block-start: var(--rn-space-3);
      }
      .wrong {
        margin: var(--rn-space-1) 0 0;
        color: var(--rn-danger);
      }
    `,
  ];

  @property({ attribute: false }) request!: Request;
  @property() run = "";
  @state() private doing: "deciding" | "changing" | "denying" = "deciding";
  @state() private draft = "";
  @state() private wrong = "";
  @state() private answered = false;
  @query("textarea, input") private field!: HTMLElement | null;
  #note = "";

  override render(): TemplateResult {
    const name = this.request.name ?? "a tool";
    return html`<section aria-label="Consent to ${name}">
      <p>The answer wants to use <span class="name">${name}</span>${this.#with()}</p>
      ${this.doing === "changing" ? this.#editor() : this.#given()}
      ${
        this.doing === "denying"
          ? html`<input
              dir="auto"
              aria-label="Why it is denied"
              placeholder="Why? The model is told."
              .value=${this.#note}
              @input=${(event: Event) => (this.#note = (event.target as HTMLInputElement).value)}
              @keydown=${(event: KeyboardEvent) => event.key === "Enter" && !event.isComposing && this.#answer(false)}
            />`
          : nothing
      }
      <div class="choices">${this.#choices()}</div>
    </section>`;
  }

  #with(): string {
    return Object.keys(this.request.arguments ?? {}).length === 0 ? "." : " with this:";
  }

  #choices(): TemplateResult {
    const { answered } = this;
    const back = html`<button class="plain" @click=${() => this.#do("deciding")}>Back</button>`;
    const allow = (says: string, changed?: Record<string, unknown>) =>
      html`<button
        class="primary allow"
        ?disabled=${answered || this.wrong !== ""}
        @click=${() => this.#answer(true, changed)}
      >
        ${says}
      </button>`;
    const deny = html`<button class="deny" ?disabled=${answered} @click=${() => this.#answer(false)}>Deny</button>`;
    if (this.doing === "changing") return html`${allow("Allow with these", objectFrom(this.draft).value)}${back}`;
    if (this.doing === "denying") return html`${deny}${back}`;
    return html`${allow("Allow")}${deny}
      <button class="plain change" ?disabled=${answered} @click=${() => this.#do("changing")}>
        Change the arguments
      </button>
      <button class="plain why" ?disabled=${answered} @click=${() => this.#do("denying")}>Deny and say why</button>`;
  }

  #given(): TemplateResult | typeof nothing {
    const given = Object.entries(this.request.arguments ?? {});
    if (given.length === 0) return nothing;
    return html`<div class="given" tabindex="0" role="group" aria-label="Arguments">
      <dl>
        ${given.map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              ${
                typeof value === "string"
                  ? html`<dd dir="auto">${value}</dd>`
                  : html`<dd class="json" dir="ltr">${JSON.stringify(value, null, 2)}</dd>`
              }`,
        )}
      </dl>
    </div>`;
  }

  #editor(): TemplateResult {
    return html`<textarea
        spellcheck="false"
        aria-label="Arguments, as JSON"
        aria-invalid=${this.wrong === "" ? "false" : "true"}
        aria-describedby="wrong"
        .value=${this.draft}
        @input=${this.#edited}
      ></textarea>
      <p class="wrong" id="wrong" role="status">${this.wrong}</p>`;
  }

  readonly #edited = (event: Event): void => {
    this.draft = (event.target as HTMLTextAreaElement).value;
    this.wrong = objectFrom(this.draft).wrong;
  };

  /** What was written before is there again. */
  async #do(doing: Consent["doing"]): Promise<void> {
    if (doing === "changing") {
      this.draft ||= JSON.stringify(this.request.arguments ?? {}, null, 2);
      this.wrong = objectFrom(this.draft).wrong;
    } else this.wrong = "";
    this.doing = doing;
    await this.updateComplete;
    this.field?.focus();
  }

  #answer(approve: boolean, changed?: Record<string, unknown>): void {
    const note = this.doing === "denying" ? this.#note.trim() : "";
    this.answered = this.dispatchEvent(
      told("rn-approve", {
        run: this.run,
        call: this.request.id,
        approve,
        ...(changed === undefined ? {} : { arguments: changed }),
        ...(note === "" ? {} : { note }),
      }),
    );
    setTimeout(() => (this.answered = false), AGAIN);
  }
}

function objectFrom(text: string): { value?: Record<string, unknown>; wrong: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return { value: value as Record<string, unknown>, wrong: "" };
    return { wrong: "Arguments are a JSON object: { … }." };
  } catch (error) {
    return { wrong: `This is not JSON yet: ${error instanceof Error ? error.message : String(error)}` };
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-consent": Consent;
  }
}
