import { type Api, type Chat, type ChatChanges, type Live } from "@runnel/client";
import { describe, expect, it, vi } from "vitest";

import { Conversation } from "../src/conversation.ts";
import { Notices } from "../src/notices.ts";

const before: Chat = { id: "chat_1", title: "Tides", created_at: 0, updated_at: 0, settings: { model: "any" } };

/** A conversation with a server that answers changes when it is told to, and notes what it is asked. */
function made() {
  const heard: string[] = [];
  const waiting: ((refusal?: Error) => void)[] = [];
  let chat = before;
  const page = { messages: [], alternatives: {}, last_change: 0 };
  const api = {
    chat: () => Promise.resolve(chat),
    messages: () => Promise.resolve(page),
    changeChat: (_: string, { sampling }: ChatChanges) =>
      new Promise<Chat>((resolve, reject) => {
        heard.push("change");
        waiting.push((refusal) => {
          if (refusal) reject(refusal);
          else resolve((chat = { ...chat, settings: { ...chat.settings, ...(sampling ? { sampling } : {}) } }));
        });
      }),
    ask: () => Promise.resolve(heard.push("ask")),
    retry: () => Promise.resolve(heard.push("retry")),
    edit: () => Promise.resolve(heard.push("edit")),
  };
  const live = { chat: () => (async function* () {})() };
  const around = { api: api as unknown as Api, live: live as unknown as Live, notices: new Notices(), onChat: vi.fn() };
  return { conversation: new Conversation("chat_1", around, before), heard, waiting };
}

/** All that can happen by itself has happened. */
const atRest = () => new Promise((done) => setTimeout(done));

describe("what is set of a chat", () => {
  it.each(["ask", "retry", "edit"] as const)("holds for what is asked next: %s waits for it", async (verb) => {
    const { conversation, heard, waiting } = made();
    const changed = conversation.change({ sampling: { max_tokens: 77 } });
    expect(conversation.settings.sampling).toEqual({ max_tokens: 77 });
    const asked = verb === "edit" ? conversation.edit("message_1", "And?") : conversation[verb]("Why?");
    await atRest();
    expect(heard).toEqual(["change"]);
    waiting[0]?.();
    await Promise.all([changed, asked]);
    expect(heard).toEqual(["change", verb]);
  });

  it("goes one after the other, and the last says how it stands", async () => {
    const { conversation, heard, waiting } = made();
    const changes = [1, 2].map((max_tokens) => conversation.change({ sampling: { max_tokens } }));
    await atRest();
    expect(heard).toEqual(["change"]);
    waiting[0]?.();
    await changes[0];
    expect(conversation.settings.sampling).toEqual({ max_tokens: 2 });
    await atRest();
    waiting[1]?.();
    await changes[1];
    expect(conversation.settings.sampling).toEqual({ max_tokens: 2 });
  });

  it("goes back where it is refused, and what was asked is asked all the same", async () => {
    const { conversation, heard, waiting } = made();
    const changed = conversation.change({ sampling: { max_tokens: 77 } });
    const asked = conversation.ask("Why?");
    await atRest();
    waiting[0]?.(new Error("no"));
    await expect(changed).rejects.toThrow("no");
    await asked;
    expect(conversation.settings.sampling).toBeUndefined();
    expect(heard).toEqual(["change", "ask"]);
  });
});
