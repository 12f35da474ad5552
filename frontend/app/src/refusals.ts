import { ConnectionLost, ProblemError } from "@runnel/client";

import { sentence } from "./notices.ts";

/** Why a file was not taken, for people, by the code of what the server says. */
const WHY: Readonly<Record<string, string>> = {
  "document.empty": "There is no text in it.",
  "document.scanned": "Its pages are pictures of text: there are no words to search.",
  "document.protected": "A password protects it. Save a copy without one.",
  "document.broken": "It is damaged, or not what its name says.",
  "document.too_large": "It is too large.",
};

/** Why a document cannot be searched. `name` is the file's. */
export function reasonOf(error: { readonly code: string; readonly message: string }, name: string): string {
  const known = WHY[error.code];
  if (known !== undefined) return known;
  const text = error.message.startsWith(name) ? error.message.slice(name.length).replace(/^[:\s]+/, "") : error.message;
  if (error.code === "document.unsupported")
    return text.startsWith("is a binary") ? "This kind of file has no text that can be read." : capital(text);
  return capital(text);
}

/** Why a file did not reach the server. */
export function obstacleOf(error: unknown): string {
  if (error instanceof ConnectionLost) return "The connection broke off.";
  if (!(error instanceof ProblemError)) return capital(sentence(error));
  // The body of a request has the file, and a little around it.
  const most = Number(error.details["most"]) - (error.details["limit"] === "body" ? 1 << 20 : 0);
  if (error.status === 413)
    return most > 0 ? `It is too large: files may have ${sizeOf(most)} here.` : "It is too large.";
  if (error.status === 429 && error.details["limit"] === "documents")
    return `There may be ${most.toLocaleString()} documents, and so many there are. Delete some first.`;
  return capital(sentence(error));
}

/** Whether it may be otherwise when the file is sent again. */
export function mayPass(error: unknown): boolean {
  return !(error instanceof ProblemError) || error.status === 429 || error.status >= 500;
}

/** After how many milliseconds the server may take it, where it only has too much to do now. */
export function waitOf(error: unknown): number | undefined {
  if (!(error instanceof ProblemError) || error.details["limit"] === "documents") return undefined;
  return error.status === 429 || error.status === 503 ? 1000 * Math.min(error.retryAfter ?? 5, 60) : undefined;
}

/** "64 MB", as people count. */
export function sizeOf(bytes: number): string {
  for (const [unit, size] of [
    ["GB", 1 << 30],
    ["MB", 1 << 20],
    ["kB", 1 << 10],
  ] as const)
    if (bytes >= size) return `${Math.round((bytes / size) * 10) / 10} ${unit}`;
  return `${bytes} bytes`;
}

function capital(text: string): string {
  const sentences = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(sentences) ? sentences : `${sentences}.`;
}
