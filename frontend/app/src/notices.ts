import { ConnectionLost, ProblemError } from "@runnel/client";

import { Observable } from "./observable.ts";

/** A calm note: what happened, and what may be done about it. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly kind: "note" | "problem";
  readonly action?: { readonly label: string; readonly run: () => void };
}

// How long a note stays, in milliseconds; problems stay until they are put away.
const NOTE = 7000;

/** The notes at the foot of the page. */
export class Notices extends Observable {
  all: readonly Notice[] = [];
  private next = 1;

  /** Show a note for a while; returns what takes it away. */
  note(text: string, action?: Notice["action"], milliseconds = NOTE): () => void {
    const id = this.add({ text, kind: "note", ...(action ? { action } : {}) });
    const timer = setTimeout(() => this.remove(id), milliseconds);
    return () => {
      clearTimeout(timer);
      this.remove(id);
    };
  }

  /** Show what went wrong. The same is not shown twice. */
  problem(error: unknown, doing: string, action?: Notice["action"]): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    const text = `${doing}: ${sentence(error)}`;
    if (this.all.some((one) => one.text === text)) return;
    this.add({ text, kind: "problem", ...(action ? { action } : {}) });
  }

  remove(id: number): void {
    this.all = this.all.filter((one) => one.id !== id);
    this.changed();
  }

  private add(notice: Omit<Notice, "id">): number {
    const id = this.next++;
    this.all = [...this.all.slice(-3), { ...notice, id }];
    this.changed();
    return id;
  }
}

/** What an error says, for people. */
export function sentence(error: unknown): string {
  if (error instanceof ConnectionLost) return "the server cannot be reached. Try again when it can";
  if (error instanceof ProblemError) {
    const wait = error.retryAfter === undefined ? "" : ` Try again in ${Math.ceil(error.retryAfter)} s.`;
    return `${error.message}${wait && !error.message.endsWith(".") ? "." : ""}${wait}`;
  }
  return error instanceof Error ? error.message : String(error);
}
