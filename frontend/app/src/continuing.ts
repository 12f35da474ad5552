import type { Api, Message } from "@runnel/client";
import { contentOf } from "@runnel/ui";

const CUT = ["cancelled", "failed", "interrupted", "incomplete"];

/** Answers that were cut, and how each can be gone on with: `same` where its model takes it up, else a question `asks`. */
export class Continuing {
  private readonly found = new Map<string, "same" | "asks" | undefined>();

  constructor(
    private readonly api: Api,
    private readonly chat: string,
    private readonly onFound: () => void,
  ) {}

  of(message: Message | undefined): "same" | "asks" | undefined {
    return message && this.found.get(message.id);
  }

  /** Find out about this answer. */
  async look(message: Message | undefined): Promise<void> {
    if (!message?.run || !CUT.includes(message.status) || this.found.has(message.id)) return;
    if (contentOf(message) === "" && !message.finish_reason?.startsWith("limit:")) return;
    this.found.set(message.id, undefined);
    try {
      this.found.set(message.id, (await this.api.canContinue(message.run, { chat: this.chat })) ? "same" : "asks");
      this.onFound();
    } catch {
      this.found.delete(message.id);
    }
  }
}
