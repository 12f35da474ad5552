import type { Api, Message } from "@runnel/client";

// How many are asked for at once.
const AT_ONCE = 4;

/** Which messages stand in one place of a chat's tree: found out once, and again where a new one comes. */
export class Branches {
  private readonly found = new Map<string, readonly string[]>();
  private readonly wanted: Message[] = [];
  private busy = 0;

  constructor(
    private readonly api: Api,
    private readonly onFound: () => void,
  ) {}

  /** The messages that stand where this one does, in order; empty until that is known. */
  of(message: Message): readonly string[] {
    return this.found.get(message.id) ?? [];
  }

  /** Find out about these messages. */
  look(messages: Iterable<Message>): void {
    for (const message of messages)
      if (!this.found.has(message.id)) {
        this.found.set(message.id, []);
        this.wanted.push(message);
      }
    this.pump();
  }

  private pump(): void {
    while (this.busy < AT_ONCE) {
      const message = this.wanted.pop();
      if (!message) return;
      this.busy++;
      void this.api
        .alternatives(message.id)
        .then(({ messages }) => {
          const ids = messages.map((one) => one.id);
          for (const id of ids) this.found.set(id, ids);
          if (ids.length > 1) this.onFound();
        })
        .catch(() => this.found.delete(message.id)) // without arrows, until the chat is opened again
        .finally(() => {
          this.busy--;
          this.pump();
        });
    }
  }
}
