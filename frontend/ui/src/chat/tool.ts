import type { Request, StatusLine, ToolPart } from "@runnel/client";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { icon } from "../icons.ts";
import { common } from "../theme.ts";
import { folds } from "./fold.ts";
import "./consent.ts";

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
    `,
  ];

  @property({ attribute: false }) tool!: ToolPart;
  /** What is asked of people about this call now. */
  @property({ attribute: false }) request: Request | undefined;
  @property({ attribute: false }) lines: readonly StatusLine[] = [];
  @property() run = "";
  @property({ type: Boolean }) live = false;
  /** It asks a person something now. */
  @property({ type: Boolean }) asks = false;

  override render(): TemplateResult {
    const part = this.tool;
    if (this.request !== undefined && this.live)
      return html`<rn-consent .request=${this.request} .run=${this.run}></rn-consent>`;
    const going = this.live && (part.status === undefined || part.status === "pending" || part.status === "running");
    const state = this.#state(going);
    const failed = part.status === "error" && part.approval !== "denied";
    return html`<details>
      <summary>
        ${icon(failed ? "error" : part.status === "ok" ? "check" : "tool")}
        <span class="what ${going ? "live" : ""}"
          ><span class="name">${part.name ?? "…"}</span>
          <span class="preview" dir="auto">${preview(part.arguments ?? "")}</span></span
        >
        ${state === "" ? nothing : html`<span class=${failed ? "error" : ""}>${state}</span>`} ${icon("chevron")}
      </summary>
      <div class="inside">
        <h4>Arguments</h4>
        <pre dir="ltr" tabindex="0" role="region" aria-label="Arguments">${pretty(part.arguments ?? "")}</pre>
        ${this.lines.map((line) => html`<p dir="auto">${lineText(line)}</p>`)}
        ${
          part.result === undefined
            ? nothing
            : html`<h4>${failed ? "Error" : "Result"}</h4>
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
    if (going && this.asks) return "asks you";
    const last = this.lines.at(-1);
    if (going) return last === undefined ? (part.called ? "running" : "") : lineText(last);
    return part.called ? "left to the caller" : "not carried out";
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

declare global {
  interface HTMLElementTagNameMap {
    "rn-tool": Tool;
  }
}
