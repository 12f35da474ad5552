import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { type Connection, type Event, follow, type Frame, MessageFold, ProblemError } from "../src/index.ts";
import { events, message } from "./recorded.ts";
import { type Act, frame, problem, serving } from "./server.ts";

const BASE = "http://runnel.test/below/";
const NAME = "tools_with_reasoning";
const RUN = events(NAME);

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

async function all(stream: AsyncIterable<readonly Frame[]>): Promise<Frame[]> {
  const found: Frame[] = [];
  const clock = setInterval(() => void vi.advanceTimersByTime(500), 0);
  try {
    for await (const frames of stream) found.push(...frames);
  } finally {
    clearInterval(clock);
  }
  return found;
}

const rest: Act = (after, connection) => {
  connection.events(RUN.slice(after)).end();
  return undefined;
};
const seqs = (found: readonly Frame[]): number[] => found.map((one) => one.seq);
const numbers = RUN.map((event) => event.seq);

test("a run comes to its end, below whatever path", async () => {
  const server = serving([rest]);
  const states: Connection[] = [];
  const found = await all(follow(BASE, "run_1", { fetch: server.fetch, onState: (state) => states.push(state) }));
  expect(new MessageFold().applyAll(found).value()).toEqual(message(NAME));
  expect(server.asked.map(String)).toEqual(["http://runnel.test/below/api/runs/run_1/events"]);
  expect(states).toEqual(["connecting", "live", "ended"]);
});

test("wherever a connection breaks, each event comes once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(RUN.length), fc.nat(30)), { maxLength: 5 }), async (cuts) => {
      const acts: Act[] = cuts.map(([count, bytes]) => (after, connection) => {
        const said = RUN.slice(after, after + count)
          .map(frame)
          .join("");
        const next = RUN[after + count];
        connection.say(said + (next ? frame(next).slice(0, bytes) : ""));
        setTimeout(() => connection.drop(), 50);
        return undefined;
      });
      const found = await all(follow(BASE, "run_1", { fetch: serving([...acts, rest]).fetch }));
      expect(seqs(found)).toEqual(numbers);
    }),
    { numRuns: 30 },
  );
});

test("a server that is away is waited for", async () => {
  const refuse: Act = () => Promise.reject(new TypeError("connection refused"));
  const states: Connection[] = [];
  const acts: Act[] = [
    (_, connection) => {
      connection.events(RUN.slice(0, 3)).end();
      return undefined;
    },
    refuse,
    () => problem(503, "log.closed", { "Retry-After": "2" }),
    () => new Response("<h1>Bad gateway</h1>", { status: 502 }),
    rest,
  ];
  const server = serving(acts);
  const found = await all(follow(BASE, "run_1", { fetch: server.fetch, onState: (state) => states.push(state) }));
  expect(seqs(found)).toEqual(numbers);
  expect(server.asked.slice(1).map((url) => url.search)).toEqual(Array(4).fill("?after=3"));
  expect(states).toEqual(["connecting", "live", "reconnecting", "live", "ended"]);
});

test("what was there already does not come again, and a gap is asked for", async () => {
  const server = serving([
    (_, connection) => void connection.events([...RUN.slice(0, 4), ...RUN.slice(2, 6), ...RUN.slice(7)]),
    rest,
  ]);
  const found = await all(follow(BASE, "run_1", { fetch: server.fetch }));
  expect(seqs(found)).toEqual(numbers);
  expect(server.asked[1]?.search).toBe("?after=6");
});

test("joined frames go on from one another", async () => {
  const joined: Event[] = [
    { type: "text.delta", text: "ab", seq: 2, ...{ first_seq: 1 } },
    { type: "run.ended", status: "completed", seq: 3 },
  ];
  const found = await all(follow(BASE, "r", { fetch: serving([(_, c) => void c.events(joined)]).fetch }));
  expect(seqs(found)).toEqual([2, 3]);
});

test("a run of which nothing is to come is at its end", async () => {
  const server = serving([() => new Response(null, { status: 204 })]);
  expect(await all(follow(BASE, "run_1", { fetch: server.fetch, after: 12 }))).toEqual([]);
  expect(server.asked[0]?.search).toBe("?after=12");
});

test("what the server refuses for good is an error", async () => {
  const unknown = all(follow(BASE, "run_1", { fetch: serving([() => problem(404, "run.unknown")]).fetch }));
  await expect(unknown).rejects.toThrow(ProblemError);
  const document = { type: "", title: "", status: 404, detail: "run run_1 has been deleted", code: "run.unknown" };
  const deleted: Act = (_, connection) => void connection.say(`event:error\ndata:${JSON.stringify(document)}\n\n`);
  await expect(all(follow(BASE, "run_1", { fetch: serving([deleted]).fetch }))).rejects.toThrow("deleted");
});

test("a connection that has fallen silent is given up", async () => {
  const server = serving([(_, connection) => void connection.events(RUN.slice(0, 2)), rest]);
  expect(seqs(await all(follow(BASE, "run_1", { fetch: server.fetch })))).toEqual(numbers);
  expect(server.asked.length).toBe(2);
});

test("leaving ends the connection", async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const open: Act = (_, connection) => {
    signals.push(connection.signal);
    return void connection.events(RUN.slice(0, 2));
  };
  for await (const frames of follow(BASE, "run_1", { fetch: serving([open]).fetch })) {
    expect(frames.length).toBe(2);
    break;
  }
  const leaving = new AbortController();
  const stream = follow(BASE, "run_1", { fetch: serving([open]).fetch, signal: leaving.signal });
  await stream.next();
  const last = stream.next();
  leaving.abort();
  expect((await last).done).toBe(true);
  expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
});
