/** What is said about an answer in a few words: what it is doing, who gave it, when, and what it took. */
import type { AttemptStarted, Message } from "@runnel/client";
import { html, nothing, type TemplateResult } from "lit";

import type { Activity } from "../turns.ts";
import { wordsOf } from "./failure.ts";
import { lineText } from "./tool.ts";

/** What an answer is doing now; nothing where it has ended. */
export function doingOf(message: Message, activity: Activity): string {
  switch (message.status) {
    case "queued":
      return "Waiting for its turn";
    case "waiting":
      return "Waiting for you";
    case "running":
      return activity.attempt === undefined ? runningOf(message, activity) : tryingOf(activity.attempt);
    default:
      return "";
  }
}

function tryingOf({ error, model }: AttemptStarted): string {
  return error === undefined ? "Trying again" : `Trying again: ${wordsOf(error, model)}`;
}

function runningOf(message: Message, activity: Activity): string {
  const last = message.parts?.at(-1);
  if (last?.kind === "text") return "Answering";
  if (last?.kind === "reasoning") return "Thinking";
  if (last?.kind === "tool" && last.status !== "ok" && last.status !== "error") return `Using ${last.name ?? "a tool"}`;
  const line = activity.lines.at(-1);
  const counted = line?.total !== undefined && line.done === line.total;
  return line === undefined || counted || last !== undefined ? "Thinking" : lineText(line);
}

/** What a model is called everywhere: its own name, without the provider's before it. */
export function modelName(name = ""): string {
  if (name === "excerpts") return "Quotes from your documents";
  const names = name.split(",").map((one) => one.trim().replace(/^[\w-]+:/, ""));
  return names.join(", else ");
}

export function timeOf(message: Message): TemplateResult | typeof nothing {
  if (!message.created_at) return nothing;
  const at = new Date(message.created_at);
  const today = at.toDateString() === new Date().toDateString();
  const shown = at.toLocaleString(
    undefined,
    today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" },
  );
  return html`<time datetime=${at.toISOString()}><bdi>${shown}</bdi></time>`;
}

export function usageOf(message: Message): TemplateResult | typeof nothing {
  const { usage } = message;
  const out = usage?.output_tokens ?? 0;
  if (usage === undefined || out === 0) return nothing;
  const parts = [`${(usage.input_tokens ?? 0).toLocaleString()} in`, `${out.toLocaleString()} out`];
  if (usage.cached_tokens) parts.push(`${usage.cached_tokens.toLocaleString()} of what came in from the cache`);
  if (usage.reasoning_tokens) parts.push(`${usage.reasoning_tokens.toLocaleString()} of what went out for thinking`);
  const about = usage.estimated ? "about " : "";
  const said = `${about}${out.toLocaleString()} ${out === 1 ? "token" : "tokens"}`;
  return html`<span title=${parts.join(", ")}><bdi>${said}</bdi></span>`;
}
