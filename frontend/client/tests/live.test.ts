import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { type Frame, Live, MessageFold, ProblemError } from "../src/index.ts";
import { events, message } from "./recorded.ts";
import { serving } from "./server.ts";

const NAME = "tools_with_reasoning";
const RUN = events(NAME) as Frame[];
const BASE = "http://runnel.test/below/";
const seqs = (found: readonly { seq: number }[]): number[] => found.map((one) => one.seq);
const numbers = seqs(RUN);

interface Asked {
  readonly do: string;
  readonly id?: number;
  readonly run?: string;
  readonly chat?: string;
  readonly after?: number;
}

/** A socket whose server is the test. */
class Socket {
  static made: Socket[] = [];
  static refuse = 0;
  readyState = 0;
  onopen: (() => void) | undefined;
  onmessage: ((message: { data: string }) => void) | undefined;
  onclose: (() => void) | undefined;
  readonly asked: Asked[] = [];
  readonly url: string;
  server: (ask: Asked, socket: Socket) => void = serve;

  constructor(url: URL) {
    this.url = url.href;
    Socket.made.push(this);
    queueMicrotask(() => {
      if (Socket.refuse-- > 0) this.drop();
      else {
        this.readyState = 1;
        this.onopen?.();
      }
    });
  }

  send(text: string): void {
    const ask = JSON.parse(text) as Asked;
    this.asked.push(ask);
    queueMicrotask(() => this.server(ask, this));
  }

  tell(told: object): void {
    if (this.readyState === 1) this.onmessage?.({ data: JSON.stringify(told) });
  }

  drop(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  close(): void {
    this.drop();
  }
}

function serve(ask: Asked, socket: Socket): void {
  socket.tell({ id: ask.id, ok: true });
  if (ask.do === "subscribe") for (const event of RUN.slice(ask.after)) socket.tell({ ...event, run: ask.run });
}

let server = serve;
let live: Live;

class Served extends Socket {
  override server = (ask: Asked, socket: Socket): void => server(ask, socket);
}

async function all<T>(stream: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  const clock = setInterval(() => vi.advanceTimersByTime(500), 0);
  try {
    for await (const some of stream) found.push(...some);
  } finally {
    clearInterval(clock);
  }
  return found;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  Socket.made = [];
  Socket.refuse = 0;
  server = serve;
  live = new Live(BASE, { WebSocket: Served as unknown as typeof WebSocket });
});
afterEach(() => {
  live.close();
  vi.useRealTimers();
});

test("an event that has an id is no answer to what was asked", async () => {
  const asks = { type: "input.requested", id: "ask_1", question: "How many?", run: "run_1" };
  server = (ask, socket) => {
    socket.tell({ id: ask.id, ok: true });
    socket.tell({ ...RUN[0], run: "run_1", seq: 1 });
    socket.tell({ ...asks, seq: 2 });
    socket.tell({ type: "run.ended", status: "completed", run: "run_1", seq: 3 });
  };
  expect((await all(live.run("run_1"))).map((one) => one.type)).toEqual([
    "run.started",
    "input.requested",
    "run.ended",
  ]);
});

test("many runs come over one socket, which ends with them", async () => {
  const found = await Promise.all(["run_1", "run_2", "run_3"].map((run) => all(live.run(run))));
  for (const frames of found) expect(new MessageFold().applyAll(frames).value()).toEqual(message(NAME));
  expect(Socket.made.map((socket) => [socket.url, socket.readyState])).toEqual([
    ["ws://runnel.test/below/api/live", 3],
  ]);
});

test("a socket that breaks is opened again, and each event comes once", async () => {
  server = (ask, socket) => {
    serve({ ...ask, do: "answer" }, socket);
    for (const event of RUN.slice(ask.after).slice(0, 4)) socket.tell({ ...event, run: ask.run });
    setTimeout(() => socket.drop(), 100);
  };
  expect(seqs(await all(live.run("run_1")))).toEqual(numbers);
  expect(Socket.made.length).toBeGreaterThan(2);
});

test("a gap is asked for, and what was under way is not taken twice", async () => {
  let first = true;
  server = (ask, socket) => {
    if (!first) {
      serve(ask, socket);
      return;
    }
    first = false;
    socket.tell({ id: ask.id, ok: true });
    for (const event of RUN) if (event.seq !== 5) socket.tell({ ...event, run: ask.run });
  };
  expect(seqs(await all(live.run("run_1")))).toEqual(numbers);
  expect(Socket.made[0]?.asked.map((ask) => ask.after)).toEqual([0, 4]);
});

test("a chat's changes come until one leaves", async () => {
  server = (ask, socket) => {
    socket.tell({ id: ask.id, ok: true });
    if (ask.do !== "follow_chat") return;
    for (const seq of [3, 4]) socket.tell({ chat: ask.chat, change: { seq, at: 1, type: "chat.changed" } });
  };
  const leaving = new AbortController();
  for await (const changes of live.chat("chat_1", { after: 2, signal: leaving.signal })) {
    expect(seqs(changes)).toEqual([3, 4]);
    leaving.abort();
  }
  expect(Socket.made[0]?.asked.map((ask) => ask.do)[0]).toBe("follow_chat");
});

test("where there is no socket to be had, a stream goes on", async () => {
  Socket.refuse = 99;
  const streams = serving([(after, connection) => void connection.events(RUN.slice(after))]);
  live = new Live(BASE, { WebSocket: Served as unknown as typeof WebSocket, fetch: streams.fetch });
  expect(seqs(await all(live.run("run_1")))).toEqual(numbers);
  expect(streams.asked.length).toBe(1);
});

test("a run that is not there is an error, and the others go on", async () => {
  const document = { type: "", title: "", status: 404, detail: "there is no run run_0", code: "run.unknown" };
  server = (ask, socket) => {
    if (ask.run === "run_0") socket.tell({ id: ask.id, problem: document });
    else serve(ask, socket);
  };
  const [missing, there] = await Promise.allSettled([all(live.run("run_0")), all(live.run("run_1"))]);
  expect(missing).toMatchObject({ status: "rejected", reason: new ProblemError(document) });
  expect(there.status).toBe("fulfilled");
});

test("a run that has ended gives nothing more", async () => {
  server = (ask, socket) => socket.tell({ id: ask.id, ok: true, ended: true });
  expect(await all(live.run("run_1", { after: 99 }))).toEqual([]);
});

test("a socket that has fallen silent is given up", async () => {
  let sockets = 0;
  server = (ask, socket) => {
    if (Socket.made.length > 1) {
      serve(ask, socket);
      return;
    }
    if (sockets++ === 0) serve({ ...ask, do: "answer" }, socket);
  };
  expect(seqs(await all(live.run("run_1")))).toEqual(numbers);
  expect(Socket.made.length).toBe(2);
});
