import type { Api, Event, Live, Message } from "@runnel/client";
import { contentOf, type Turn } from "@runnel/ui";
import { describe, expect, it, vi } from "vitest";

import { Comparing } from "../src/comparing.ts";
import type { Conversation } from "../src/conversation.ts";
import { Observable } from "../src/observable.ts";

const message = (id: string, more: Partial<Message> = {}): Message => ({
  id,
  role: "assistant",
  status: "completed",
  chat: "chat_1",
  parent: "msg_q",
  parts: [{ kind: "text", text: `said by ${id}` }],
  ...more,
});
const question = (id: string): Message => {
  const { parent: _, ...rest } = message(id, { role: "user" });
  return rest;
};

/** A chat that shows these messages. */
class Shown extends Observable {
  readonly id = "chat_1";
  turns: readonly Turn[];
  readonly alternatives = new Map<string, readonly string[]>();
  going: string | undefined;
  refresh = vi.fn(() => Promise.resolve());

  constructor(...messages: Message[]) {
    super();
    this.turns = messages.map((one) => ({ message: one }));
  }

  tell(): void {
    this.changed();
  }
}

const settled = () => new Promise((next) => setTimeout(next));

async function comparing(
  shown: Shown,
  versions: readonly Message[],
  api: object = {},
  pair = { left: versions[0]?.id ?? "", right: versions[1]?.id ?? "" },
  events: AsyncGenerator<Event[]> = nothing(),
) {
  const server = {
    alternatives: vi.fn(() => Promise.resolve({ messages: versions })),
    message: vi.fn((id: string) => Promise.resolve(question(id))),
    ...api,
  };
  const live = { run: vi.fn(() => events) };
  const made = new Comparing(server as unknown as Api, live as unknown as Live, shown as unknown as Conversation, pair);
  await settled();
  return { made, server, live };
}

async function* nothing(): AsyncGenerator<Event[]> {
  await Promise.resolve();
  yield [];
}

const said = ({ made }: { made: Comparing }) =>
  made.sides.map(({ question, answer }) => [question, answer].map((turn) => turn && contentOf(turn.message)));

describe("two answers side by side", () => {
  it("are the two that were named, with what they answer", async () => {
    const versions = [message("msg_1"), message("msg_2"), message("msg_3")];
    const it = await comparing(
      new Shown(question("msg_q"), message("msg_3")),
      versions,
      {},
      { left: "msg_1", right: "msg_3" },
    );
    expect(it.made.state).toBe("ready");
    expect(it.made.asked).toBe("said by msg_q");
    expect(said(it)).toEqual([
      [undefined, "said by msg_1"],
      [undefined, "said by msg_3"],
    ]);
    expect(it.made.sides.map((side) => [side.at, side.isShown])).toEqual([
      [1, false],
      [3, true],
    ]);
    it.made.show({ left: "msg_2", right: "msg_3" });
    expect(said(it)[0]).toEqual([undefined, "said by msg_2"]);
    expect(it.server.alternatives).toHaveBeenCalledTimes(1);
  });

  it("are the chat's own turns where it shows them, so that nobody follows a run twice", async () => {
    const live = message("msg_2", { status: "running", run: "run_2" });
    const shown = new Shown(question("msg_q"), live);
    const it = await comparing(shown, [message("msg_1"), live]);
    expect(it.made.sides[1]?.answer).toBe(shown.turns[1]);
    expect(it.live.run).not.toHaveBeenCalled();
    const more = {
      message: message("msg_2", { status: "running", run: "run_2", parts: [{ kind: "text", text: "more" }] }),
    };
    shown.turns = [shown.turns[0] as Turn, more];
    it.made.grown();
    expect(it.made.sides[1]?.answer).toBe(more);
  });

  it("are followed where the chat does not show them", async () => {
    async function* events(): AsyncGenerator<Event[]> {
      await Promise.resolve();
      yield [{ type: "text.delta", seq: 1, text: "Now " } as unknown as Event];
    }
    const running = (id: string) => message(id, { status: "running", run: `run_${id}`, parts: [] });
    const shown = new Shown(question("msg_q"), message("msg_3"));
    const it = await comparing(shown, [running("msg_1"), running("msg_2")], {}, undefined, events());
    expect(it.live.run).toHaveBeenCalledTimes(2);
    it.made.leave();
  });

  it("of a question put otherwise each have what it was answered", async () => {
    const messages = vi.fn(() => Promise.resolve({ messages: [message("msg_a1")] }));
    const shown = new Shown(question("msg_q2"), message("msg_a2"));
    const it = await comparing(shown, [question("msg_q1"), question("msg_q2")], { messages });
    expect(said(it)).toEqual([
      ["said by msg_q1", "said by msg_a1"],
      ["said by msg_q2", "said by msg_a2"],
    ]);
    expect(messages).toHaveBeenCalledExactlyOnceWith("chat_1", { branch: "msg_q1", after: "msg_q1", limit: 1 });
    expect(it.made.asked).toBe("");
  });

  it("are refused where they do not stand in one place", async () => {
    const { made } = await comparing(new Shown(), [message("msg_1")], {}, { left: "msg_1", right: "msg_9" });
    expect(made.state).toBe("failed");
  });

  it("are read again where another comes to stand there", async () => {
    const shown = new Shown(question("msg_q"), message("msg_2"));
    shown.alternatives.set("msg_1", ["msg_1", "msg_2"]);
    const it = await comparing(shown, [message("msg_1"), message("msg_2")]);
    shown.alternatives.set("msg_1", ["msg_1", "msg_2", "msg_3"]);
    it.server.alternatives.mockResolvedValue({ messages: [message("msg_1"), message("msg_2"), message("msg_3")] });
    shown.tell();
    await settled();
    expect(it.made.versions).toHaveLength(3);
  });

  it("are gone on with by switching, unless the chat shows that one already", async () => {
    const shown = new Shown(question("msg_q"), message("msg_2"));
    const switchTo = vi.fn(() => Promise.resolve());
    const { made } = await comparing(shown, [message("msg_1"), message("msg_2")], { switchTo });
    const [one, two] = made.sides;
    expect(await made.goOn(two as NonNullable<typeof two>)).toBe(true);
    expect(switchTo).not.toHaveBeenCalled();
    expect(await made.goOn(one as NonNullable<typeof one>)).toBe(true);
    expect(switchTo).toHaveBeenCalledExactlyOnceWith("msg_1", { chat: "chat_1" });
    expect(shown.refresh).toHaveBeenCalledTimes(1);
    switchTo.mockRejectedValue(new Error("the chat is answering"));
    expect(await made.goOn(one as NonNullable<typeof one>)).toBe(false);
    expect(made.refused).toEqual(new Error("the chat is answering"));
  });
});
