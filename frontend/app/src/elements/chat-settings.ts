import type { ChatChanges, Sampling } from "@runnel/client";
import { common } from "@runnel/ui";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import { sentence } from "../notices.ts";
import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";
import { fields } from "./styles.ts";
import "./tool-choice.ts";

/** `<rn-chat-settings>`: how the open chat answers, or the one that the next question begins. */
@customElement("rn-chat-settings")
export class Settings extends LitElement {
  static override styles = [
    common,
    fields,
    css`
      :host {
        overflow-y: auto;
        overscroll-behavior: contain;
        scrollbar-width: thin;
        padding: 0 var(--rn-space-4) var(--rn-space-6);
      }
      section {
        padding-block: var(--rn-space-3);
        border-block-end: 1px solid var(--rn-line);
        display: grid;
        gap: var(--rn-space-2);
      }
      section:last-child {
        border: 0;
      }
      h2 {
        margin: 0;
        font-size: var(--rn-text-small);
        font-weight: 600;
      }
      h2 label {
        color: inherit;
      }
      p,
      li {
        margin: 0;
        font-size: var(--rn-text-tiny);
        line-height: 1.45;
        color: var(--rn-quiet);
        overflow-wrap: anywhere;
      }
      textarea {
        min-block-size: 4.5rem;
        resize: vertical;
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        display: grid;
        gap: var(--rn-space-2);
      }
      .choice {
        flex: 1;
        min-inline-size: 0;
        display: flex;
        align-items: center;
        gap: var(--rn-space-2);
        color: var(--rn-ink);
        padding: 0.25rem;
        cursor: pointer;
      }
      .error {
        color: var(--rn-danger);
      }
      .pair {
        display: grid;
        grid-template-columns: 1fr 5rem;
        align-items: center;
        gap: var(--rn-space-2);
      }
      summary {
        font-size: var(--rn-text-small);
        color: var(--rn-accent);
        padding-block: 0.125rem;
      }
      details[open] summary {
        margin-block-end: var(--rn-space-2);
      }
    `,
  ];

  @property({ attribute: false }) page!: Page;
  @state() private refused: { readonly name: string | undefined; readonly text: string } | undefined;

  constructor() {
    super();
    new Watch(this, () => [this.page, this.page.models]);
  }

  /** Bring the documents into sight. */
  showDocuments(): void {
    const documents = this.renderRoot.querySelector("rn-documents");
    documents?.scrollIntoView({ block: "start" });
    documents?.renderRoot.querySelector<HTMLElement>("input, button")?.focus();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.page.models.load(); // a server of models may have been started meanwhile
  }

  override render(): TemplateResult {
    return html`${this.model()} ${this.documents()}<rn-tool-choice .page=${this.page}></rn-tool-choice>${this.prompt()}
      ${this.history()} ${this.sampling()}`;
  }

  private model(): TemplateResult {
    const { all } = this.page.models;
    const now = this.page.settings.model;
    const usable = all.filter((one) => one.usable);
    const others = all.filter((one) => !one.usable);
    const unlisted = now !== undefined && !usable.some((one) => one.name === now);
    return html`<section>
      <h2><label for="model">Model</label></h2>
      <select id="model" @change=${(event: Event) => this.change({ model: valueOf(event) })}>
        ${unlisted ? html`<option value=${now} selected disabled>${now} (cannot be used now)</option>` : nothing}
        ${usable.map((one) => html`<option value=${one.name} .selected=${one.name === now}>${one.label}</option>`)}
      </select>
      ${this.problem("model")}
      ${
        others.length
          ? html`<details>
              <summary>${others.length} more, once they are set up</summary>
              <ul>
                ${others.map((one) => html`<li>${one.label}: ${one.reason}</li>`)}
              </ul>
            </details>`
          : nothing
      }
    </section>`;
  }

  private documents(): TemplateResult {
    return html`<section class="drawn">
      <rn-documents .page=${this.page}></rn-documents>
      <label class="choice">
        <input
          type="checkbox"
          .checked=${this.page.settings.retrieval === "tool"}
          @change=${(event: Event) => this.change({ retrieval: checkedOf(event) ? "tool" : "always" })}
        />Let the model decide when to search them
      </label>
      ${this.problem("documents", "retrieval")}
    </section>`;
  }

  private prompt(): TemplateResult {
    return html`<section>
      <h2><label for="system">Instructions to the model</label></h2>
      <textarea
        id="system"
        dir="auto"
        placeholder="For example: Answer in short sentences."
        .value=${this.page.settings.system ?? ""}
        @change=${(event: Event) => this.change({ system: valueOf(event).trim() || null })}
      ></textarea>
      ${this.problem("system")}
    </section>`;
  }

  private history(): TemplateResult {
    const history = this.page.settings.history ?? true;
    const kind = typeof history === "number" ? "last" : history ? "all" : "none";
    const choose = (event: Event) => {
      const chosen = valueOf(event);
      this.change({ history: chosen === "last" ? 5 : chosen === "all" });
    };
    return html`<section>
      <h2><label for="history">History</label></h2>
      <select id="history" @change=${choose}>
        <option value="all" .selected=${kind === "all"}>The model is told all of the chat</option>
        <option value="last" .selected=${kind === "last"}>The last turns of it</option>
        <option value="none" .selected=${kind === "none"}>None: each question for itself</option>
      </select>
      ${
        kind === "last"
          ? html`<div class="pair">
              <label for="turns">Turns</label>
              <input
                id="turns"
                type="number"
                min="1"
                max="1000"
                .value=${String(history)}
                @change=${(event: Event) => this.number(event, (turns) => this.change({ history: Math.round(turns ?? 5) }))}
              />
            </div>`
          : nothing
      }
      ${this.problem("history")}
    </section>`;
  }

  private sampling(): TemplateResult {
    const { sampling = {}, steering = "next_step" } = this.page.settings;
    const set = (name: "temperature" | "max_tokens") => (value: number | undefined) => {
      const { [name]: _, ...rest } = sampling;
      const changed: Sampling = value === undefined ? rest : { ...rest, [name]: value };
      this.change({ sampling: changed });
    };
    return html`<section>
      <h2>How it answers</h2>
      <div class="pair">
        <label for="temperature">Temperature</label>
        <input
          id="temperature"
          type="number"
          min="0"
          max="2"
          step="0.1"
          placeholder="auto"
          .value=${String(sampling.temperature ?? "")}
          @change=${(event: Event) => this.number(event, set("temperature"))}
        />
        <label for="tokens">At most so many tokens</label>
        <input
          id="tokens"
          type="number"
          min="1"
          step="1"
          placeholder="auto"
          .value=${String(sampling.max_tokens ?? "")}
          @change=${(event: Event) => this.number(event, set("max_tokens"))}
        />
      </div>
      <label class="choice">
        <input
          type="checkbox"
          .checked=${steering === "interrupt"}
          @change=${(event: Event) => this.change({ steering: checkedOf(event) ? "interrupt" : "next_step" })}
        />What I say meanwhile interrupts the answer
      </label>
      ${this.problem("sampling", "steering")}
    </section>`;
  }

  private number(event: Event, then: (value: number | undefined) => unknown): void {
    const field = event.target as HTMLInputElement;
    if (field.reportValidity()) then(field.value === "" ? undefined : field.valueAsNumber);
  }

  private change(changes: ChatChanges): void {
    const [name] = Object.keys(changes);
    this.refused = undefined;
    void this.page.change(changes, (error) => {
      this.refused = { name, text: sentence(error) };
    });
  }

  /** Why the setting was not changed, beside it. */
  private problem(...names: readonly (keyof ChatChanges)[]): TemplateResult | typeof nothing {
    const { refused } = this;
    if (!names.some((name) => name === refused?.name)) return nothing;
    return html`<p class="error" role="alert">This was not changed: ${refused?.text}.</p>`;
  }
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement).value;
}

function checkedOf(event: Event): boolean {
  return (event.target as HTMLInputElement).checked;
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-chat-settings": Settings;
  }
}
