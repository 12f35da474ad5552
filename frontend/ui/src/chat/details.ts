import type { AttemptStarted, Message } from "@runnel/client";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { common } from "../theme.ts";
import type { Activity } from "../turns.ts";
import { wordsOf } from "./failure.ts";
import { lineText } from "./tool.ts";

/** `<rn-details>`: how an answer came about: which model, how long it took, how many tokens, what was tried again. */
@customElement("rn-details")
export class DetailsOfAnswer extends LitElement {
  static override styles = [
    common,
    css`
      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: var(--rn-space-1) var(--rn-space-4);
        margin: var(--rn-space-2) 0 0;
        padding: var(--rn-space-2) var(--rn-space-3);
        border-radius: var(--rn-radius-small);
        background: var(--rn-sunken);
        font-size: var(--rn-text-tiny);
        line-height: 1.25rem;
      }
      dt {
        color: var(--rn-quiet);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
      p {
        margin: 0;
      }
    `,
  ];

  @property({ attribute: false }) message!: Message;
  /** Nothing until it is known. */
  @property({ attribute: false }) activity: Activity | undefined;

  override render(): TemplateResult {
    const { message, activity } = this;
    const { attempts = [], times = {} } = activity ?? {};
    const lines = activity?.lines.filter((line) => line.call === undefined) ?? [];
    return html`<dl>
      ${row("Model", message.model)} ${row("Time", activity ? timeText(times) : "…")} ${row("Tokens", tokens(message))}
      ${
        attempts.length === 0
          ? nothing
          : html`<dt>Tried again</dt>
              <dd>${attempts.map((one) => html`<p>${attemptText(one)}</p>`)}</dd>`
      }
      ${
        lines.length === 0
          ? nothing
          : html`<dt>Meanwhile</dt>
              <dd>${lines.map((line) => html`<p dir="auto">${lineText(line)}</p>`)}</dd>`
      }
      ${row("Run", message.run)}
    </dl>`;
  }
}

function row(name: string, text: string | undefined): TemplateResult | typeof nothing {
  return text === undefined || text === ""
    ? nothing
    : html`<dt>${name}</dt>
        <dd><bdi>${text}</bdi></dd>`;
}

/** Why something was tried again, and with which model. */
export function attemptText({ model, error }: AttemptStarted): string {
  const why = error === undefined ? "" : wordsOf(error, model);
  return [why, model === undefined ? "" : `${model} was asked next.`].filter(Boolean).join(" ");
}

function timeText({ running = 0, first, ended }: NonNullable<Activity["times"]>): string {
  if (ended === undefined) return "";
  const word = first === undefined ? "" : `, the first word after ${seconds(first - running)}`;
  return `${seconds(ended - running)}${word}`;
}

function seconds(milliseconds: number): string {
  const digits = milliseconds < 10_000 ? 1 : 0;
  return `${(milliseconds / 1000).toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits })} s`;
}

function tokens({ usage }: Message): string {
  if (usage === undefined || (usage.estimated && !usage.output_tokens)) return "";
  const { input_tokens = 0, output_tokens = 0, cached_tokens = 0, reasoning_tokens = 0, estimated } = usage;
  const parts = [
    `${input_tokens.toLocaleString()} in${cached_tokens ? ` (${cached_tokens.toLocaleString()} from the cache)` : ""}`,
    `${output_tokens.toLocaleString()} out${reasoning_tokens ? ` (${reasoning_tokens.toLocaleString()} for thinking)` : ""}`,
  ];
  return `${estimated ? "about " : ""}${parts.join(", ")}`;
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-details": DetailsOfAnswer;
  }
}
