import fc from "fast-check";

import type { Event } from "../src/index.ts";

const text = fc.string({ unit: fc.constantFrom("a", "ß", " ", "\n", "𝔘", "👩‍🚀", "م"), maxLength: 6 });
const call = fc.constantFrom("call_1", "call_2");

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("text.delta" as const), text }) },
  fc.record({ type: fc.constant("reasoning.delta" as const), text }),
  fc.record({ type: fc.constant("reasoning.delta" as const), text, signature: fc.constant("sig") }),
  { weight: 3, arbitrary: fc.record({ type: fc.constant("text.retracted" as const), count: fc.nat(9) }) },
  fc.record({ type: fc.constant("attempt.started" as const), attempt: fc.nat(4), model: fc.constant("m:other") }),
  fc.record({ type: fc.constant("step.started" as const), step: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ type: fc.constant("steered" as const), text }),
  fc.record({ type: fc.constant("tool.call.delta" as const), call, arguments: text, name: fc.constant("find") }),
  fc.record({ type: fc.constant("tool.called" as const), call, name: fc.constant("find") }),
  fc.record({ type: fc.constant("tool.approval.requested" as const), call, name: fc.constant("find") }),
  fc.record({ type: fc.constant("tool.approval.given" as const), call, approve: fc.boolean() }),
  fc.record({ type: fc.constant("tool.returned" as const), call, result: text }),
  fc.record({
    type: fc.constant("part.delta" as const),
    part: fc.nat(1),
    media_type: fc.constant("image/png"),
    data: text,
  }),
  fc.record({ type: fc.constant("input.requested" as const), id: fc.constantFrom("i1", "i2"), question: text, call }),
  fc.record({ type: fc.constant("input.given" as const), id: fc.constantFrom("i1", "i2"), text }),
);

/** Runs of any events, numbered from 1. */
export const runs: fc.Arbitrary<Event[]> = fc
  .array(event, { maxLength: 40 })
  .map((events) => events.map((one, place) => ({ ...one, seq: place + 1 })));
