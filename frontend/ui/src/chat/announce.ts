/** What a screen reader is told of a chat: starts, ends and what waits; never the text itself as it streams. */
import type { Turn } from "../turns.ts";
import { ended } from "../turns.ts";
import { endingOf } from "./ending.ts";

export class Announcer {
  readonly #known = new Map<string, string>();

  /** The sentence for what became of `turn`; nothing where nothing is worth one. */
  of(turn: Turn): string {
    const { message } = turn;
    if (message.role !== "assistant") return "";
    const asks = turn.activity?.requests ?? [];
    const now = `${message.status} ${asks.map((each) => each.id).join(" ")}`;
    const before = this.#known.get(message.id);
    if (before === now) return "";
    this.#known.set(message.id, now);
    if (ended(message)) {
      if (before === undefined) return ""; // it was over when the chat was opened
      const ending = endingOf(message);
      return ending === undefined
        ? "The answer is complete."
        : `${ending.word} ${ending.sentence} ${ending.advice}`.trim();
    }
    const asked = asks.at(-1);
    if (asked !== undefined) {
      return asked.kind === "approval"
        ? `The answer waits for your consent to use ${asked.name ?? "a tool"}.`
        : `The answer asks: ${asked.question ?? ""}`;
    }
    return before === undefined ? "An answer is being made." : "";
  }
}
