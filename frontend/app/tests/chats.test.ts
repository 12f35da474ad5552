import { ProblemError, type Api, type Chat, type ChatSummary } from "@runnel/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Chats } from "../src/chats.ts";
import { Notices } from "../src/notices.ts";

const summary = (n: number): ChatSummary => ({
  id: `chat_${n}`,
  title: `Chat ${n}`,
  model: "excerpts",
  created_at: 0,
  updated_at: 1000 - n,
});

/** Chats 1 … `all`, the first used last. */
function api(all: number) {
  const chats = Array.from({ length: all }, (_, n) => summary(n + 1));
  return {
    chats: vi.fn(({ limit = 50, before }: { limit?: number; before?: string }) => {
      const from = before === undefined ? 0 : chats.findIndex((chat) => chat.id === before) + 1;
      const page = chats.slice(from, from + limit);
      return Promise.resolve({ chats: page, next: page.length === limit ? (page.at(-1)?.id ?? null) : null });
    }),
    deleteChat: vi.fn(() => Promise.resolve()),
    url: (path: string) => `http://test/${path}`,
    base: new URL("http://test/"),
    all: chats,
  };
}

const ids = (chats: Chats) => chats.shown.map((chat) => chat.id);

describe("the list of chats", () => {
  let notices: Notices;
  const made = (all: number) => {
    const server = api(all);
    const chats = new Chats(server as unknown as Api, notices);
    return { server, chats };
  };

  beforeEach(() => {
    vi.stubGlobal("window", globalThis);
    vi.stubGlobal("document", { hidden: true });
    vi.stubGlobal("BroadcastChannel", undefined);
    vi.stubGlobal("addEventListener", () => undefined);
    vi.useFakeTimers();
    notices = new Notices();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("is read page by page, each chat once", async () => {
    const { chats } = made(120);
    await chats.load();
    await Promise.all([chats.more(), chats.more()]);
    expect(ids(chats)).toHaveLength(100);
    await chats.more();
    expect(ids(chats)).toHaveLength(120);
    expect(new Set(ids(chats)).size).toBe(120);
    expect(chats.hasMore).toBe(false);
  });

  it("keeps what was scrolled to when its top is read anew", async () => {
    const { chats } = made(120);
    await chats.load();
    await chats.more();
    await chats.load();
    expect(ids(chats)).toHaveLength(100);
  });

  it("shows no more what was deleted elsewhere, near its top too", async () => {
    const { chats, server } = made(120);
    await chats.load();
    await chats.more();
    server.all.splice(9, 1);
    await chats.load({ quietly: true });
    expect(ids(chats)).toHaveLength(99);
    expect(ids(chats)).not.toContain("chat_10");
  });

  it("takes a chat that somebody else deleted meanwhile for deleted", async () => {
    const { chats, server } = made(2);
    await chats.load();
    const problem = { type: "", title: "", status: 404, detail: "there is no chat chat_1", code: "UnknownChat" };
    server.deleteChat.mockRejectedValueOnce(new ProblemError(problem));
    chats.delete(summary(1));
    await vi.runAllTimersAsync();
    expect(ids(chats)).toEqual(["chat_2"]);
    expect(notices.all).toEqual([]);
  });

  it("has a chat that was used at its top", async () => {
    const { chats } = made(3);
    await chats.load();
    const used: Chat = { id: "chat_3", settings: {}, title: "Chat 3", created_at: 0, updated_at: 2000 };
    chats.put(used);
    expect(ids(chats)).toEqual(["chat_3", "chat_1", "chat_2"]);
  });

  it("leaves what a search has found in its order, and where it was found", async () => {
    const { chats, server } = made(120);
    const match = { message: "msg_1", text: "a river", marks: [[2, 7]] as const, title_marks: [[0, 4]] as const };
    server.all.splice(0, 120, ...server.all.toReversed().map((chat) => ({ ...chat, match })));
    chats.find("river");
    await vi.runAllTimersAsync();
    await chats.more();
    const found = ids(chats);
    expect(found.slice(0, 2)).toEqual(["chat_120", "chat_119"]);
    await chats.load({ quietly: true });
    expect(ids(chats)).toEqual(found);
    chats.put({ id: "chat_119", settings: {}, title: "Chat 119", created_at: 0, updated_at: 2000 });
    chats.put({ id: "chat_999", settings: {}, title: "Chat 999", created_at: 0, updated_at: 2001 });
    expect(ids(chats)).toEqual(found);
    expect(chats.shown[1]).toMatchObject({ updated_at: 2000, match });
    chats.put({ id: "chat_119", settings: {}, title: "Otherwise", created_at: 0, updated_at: 2002 });
    expect(chats.shown[1]?.match).toEqual({ ...match, title_marks: [] });
  });

  it("gives a deleted chat back to whoever undoes it in time, and nothing was deleted", async () => {
    const { chats, server } = made(2);
    await chats.load();
    chats.delete(summary(1));
    expect(ids(chats)).toEqual(["chat_2"]);
    notices.all.at(-1)?.action?.run();
    expect(ids(chats)).toEqual(["chat_1", "chat_2"]);
    await vi.runAllTimersAsync();
    expect(server.deleteChat).not.toHaveBeenCalled();
  });

  it("deletes for good when nobody wants a chat back", async () => {
    const { chats, server } = made(2);
    await chats.load();
    chats.delete(summary(1));
    await vi.runAllTimersAsync();
    expect(server.deleteChat).toHaveBeenCalledExactlyOnceWith("chat_1");
    expect(ids(chats)).toEqual(["chat_2"]);
    expect(notices.all).toEqual([]);
  });
});
