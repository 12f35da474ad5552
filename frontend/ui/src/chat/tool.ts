import type { Request, StatusLine, ToolPart } from "@runnel/client";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";

import { told } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";
import { folds } from "./fold.ts";

/** Milliseconds after which what did not arrive can be said again. */
export const AGAIN = 5000;

/** `<rn-tool>`: a call of a tool: its arguments as they stream, what came of it, and the consent that it waits for. */
@customElement("rn-tool")
export class Tool extends LitElement {
  static override styles = [
    common,
    folds,
    css`
      .name {
        font-family: var(--rn-font-mono);
        font-size: 0.8125rem;
        color: var(--rn-ink);
      }
      .preview {
        color: var(--rn-quiet);
      }
      .error {
        color: var(--rn-danger);
      }
      h4 {
        margin: var(--rn-space-2) 0 var(--rn-space-1);
        font-size: var(--rn-text-tiny);
        font-weight: 600;
        color: var(--rn-quiet);
      }
      pre {
        margin: 0;
        padding: var(--rn-space-2) var(--rn-space-3);
        max-block-size: 20rem;
        overflow: auto;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        border-radius: var(--rn-radius-small);
        background: var(--rn-sunken);
        font-family: var(--rn-font-mono);
        font-size: 0.8125rem;
        line-height: 1.5;
      }
      .consent {
        margin-block: var(--rn-space-1) var(--rn-space-3);
        padding: var(--rn-space-3) var(--rn-space-4) var(--rn-space-4);
        border: 1px solid var(--rn-accent);
        box-shadow: 0 0 0 3px var(--rn-accent-soft);
        border-radius: var(--rn-radius);
        background: var(--rn-raised);
        font-size: var(--rn-text-small);
      }
      .consent p {
        margin: 0 0 var(--rn-space-2);
      }
      .consent textarea {
        display: block;
        inline-size: 100%;
        min-block-size: 7rem;
        resize: vertical;
        font-family: var(--rn-font-mono);
        font-size: 0.8125rem;
        line-height: 1.5;
        direction: ltr;
      }
      .consent .note {
        inline-size: 100%;
        margin-block-start: var(--rn-space-2);
      }
      .choices {
        display: flex;
        flex-wrap: wrap;
        gap: var(--rn-space-2);
        margin-block-start: var(--rn-space-3);
      }
      .wrong {
        margin: var(--rn-space-1) 0 0 !important;
        color: var(--rn-danger);
      }
    `,
  ];

  @property({ attribute: false }) tool!: ToolPart;
  /** What is asked of people about this call now. */
  @property({ attribute: false }) request: Request | undefined;
  @property({ attribute: false }) lines: readonly StatusLine[] = [];
  @property() run = "";
  @property({ type: Boolean }) live = false;
  @state() private editing = false;
  @state() private wrong = "";
  @state() private answered = false;
  @query("textarea") private field!: HTMLTextAreaElement | null;
  @query(".note") private note!: HTMLInputElement | null;

  override render(): TemplateResult {
    const part = this.tool;
    if (this.request !== undefined && this.live) return this.#consent(this.request);
    const going = this.live && (part.status === undefined || part.status === "pending" || part.status === "running");
    const state = this.#state(going);
    return html`<details>
      <summary>
        ${icon(part.status === "error" ? "error" : part.status === "ok" ? "check" : "tool")}
        <span class="what ${going ? "live" : ""}"
          ><span class="name">${part.name ?? "…"}</span>
          <span class="preview" dir="auto">${preview(part.arguments ?? "")}</span></span
        >
        ${state === "" ? nothing : html`<span class=${part.status === "error" ? "error" : ""}>${state}</span>`}
        ${icon("chevron")}
      </summary>
      <div class="inside">
        <h4>Arguments</h4>
        <pre dir="ltr" tabindex="0" role="region" aria-label="Arguments">${pretty(part.arguments ?? "")}</pre>
        ${this.lines.map((line) => html`<p dir="auto">${lineText(line)}</p>`)}
        ${
          part.result === undefined
            ? nothing
            : html`<h4>${part.status === "error" ? "Error" : "Result"}</h4>
                <pre dir="auto" tabindex="0" role="region" aria-label="Result">${pretty(part.result)}</pre>`
        }
      </div>
    </details>`;
  }

  #state(going: boolean): string {
    const part = this.tool;
    if (part.approval === "denied") return "denied";
    if (part.status === "error") return "failed";
    if (part.status === "cancelled") return "cancelled";
    if (part.status === "ok") return "";
    const last = this.lines.at(-1);
    if (going) return last === undefined ? (part.called ? "running" : "") : lineText(last);
    return part.called ? "left to the caller" : "not carried out";
  }

  #consent(request: Request): TemplateResult {
    return html`<section class="consent" aria-label="Consent to ${request.name ?? "a tool"}">
      <p>The answer wants to use <span class="name">${request.name ?? this.tool.name}</span> with this:</p>
      ${
        this.editing
          ? html`<textarea
                spellcheck="false"
                aria-label="Arguments, as JSON"
                aria-invalid=${this.wrong === "" ? "false" : "true"}
                aria-describedby="wrong"
                .value=${live(this.field?.value ?? pretty(JSON.stringify(request.arguments ?? {})))}
                @input=${() => (this.wrong = objectFrom(this.field?.value ?? "").wrong)}
              ></textarea>
              <p class="wrong" id="wrong" role="alert">${this.wrong}</p>`
          : html`<pre dir="ltr" tabindex="0" role="region" aria-label="Arguments">
${pretty(JSON.stringify(request.arguments ?? {}))}</pre>`
      }
      <input
        class="note"
        dir="auto"
        placeholder="A note for the model, where you deny it"
        aria-label="A note for the model"
      />
      <div class="choices">
        <button class="primary allow" ?disabled=${this.answered || this.wrong !== ""} @click=${this.#allow}>
          ${this.editing ? "Allow with these" : "Allow"}
        </button>
        <button class="deny" ?disabled=${this.answered} @click=${() => this.#answer(false)}>Deny</button>
        <button class="plain change" ?disabled=${this.answered} @click=${this.#edit}>
          ${this.editing ? "Leave as they were" : "Change the arguments"}
        </button>
      </div>
    </section>`;
  }

  readonly #edit = async (): Promise<void> => {
    this.editing = !this.editing;
    this.wrong = "";
    await this.updateComplete;
    this.field?.focus();
  };

  readonly #allow = (): void => {
    if (!this.editing) {
      this.#answer(true);
      return;
    }
    const { value, wrong } = objectFrom(this.field?.value ?? "");
    this.wrong = wrong;
    if (value !== undefined) this.#answer(true, value);
  };

  #answer(approve: boolean, changed?: Record<string, unknown>): void {
    if (this.request === undefined) return;
    const note = this.note?.value.trim() ?? "";
    this.answered = this.dispatchEvent(
      told("rn-approve", {
        run: this.run,
        call: this.request.id,
        approve,
        ...(changed === undefined ? {} : { arguments: changed }),
        ...(note === "" || approve ? {} : { note }),
      }),
    );
    setTimeout(() => (this.answered = false), AGAIN);
  }
}

/** A line with its count, where it has one. */
export function lineText(line: StatusLine): string {
  return line.total === undefined ? line.text : `${line.text} · ${line.done ?? 0} of ${line.total}`;
}

/** JSON with its lines and indents; any other text as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The arguments in a line: values alone where there are few. */
function preview(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return text;
    return Object.values(value)
      .map((each) => (typeof each === "string" ? each : JSON.stringify(each)))
      .join(", ")
      .slice(0, 120);
  } catch {
    return text.slice(0, 120);
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
    "rn-tool": Tool;
  }
}
