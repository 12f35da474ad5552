import fc from "fast-check";
import { expect, test } from "vitest";

import { type Said, SseParser } from "../src/sse.ts";

const STREAM =
  'retry:1000\n\nid:1\nevent:run.started\ndata:{"run":"r"}\n\n: \n\nid: 2\nevent: text.delta\ndata: {"text":\ndata: "a"}\n\n' +
  "data:plain\r\n\r\nevent:nothing\n\nretry:2500\n\n";

const WHOLE: Said[] = [
  { id: "1", event: "run.started", data: '{"run":"r"}' },
  { id: "2", event: "text.delta", data: '{"text":\n"a"}' },
  { id: undefined, event: "message", data: "plain" },
];

test("messages are read whole, heartbeats and comments are none", () => {
  const parser = new SseParser();
  expect(parser.take(STREAM)).toEqual(WHOLE);
  expect(parser.retry).toBe(2500);
});

test("it does not matter in which pieces a stream comes", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 20 }), (cuts) => {
      const parser = new SseParser();
      const places = [0, ...cuts.toSorted((one, other) => one - other), STREAM.length];
      const found = places.slice(1).flatMap((end, at) => parser.take(STREAM.slice(places[at], end)));
      expect(found).toEqual(WHOLE);
    }),
  );
});

test("what was cut off is not said", () => {
  expect(new SseParser().take('id:1\nevent:text.delta\ndata:{"te')).toEqual([]);
});
