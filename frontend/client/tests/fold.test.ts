import fc from "fast-check";
import { describe, expect, it, test } from "vitest";

import { codePoints, type Event, foldMessage, growth, MessageFold, type Part } from "../src/index.ts";
import { runs } from "./arbitrary.ts";
import { events, message, NAMES } from "./recorded.ts";

const content = (parts: readonly Part[] | undefined): string =>
  (parts ?? []).map((part) => (part.kind === "text" ? part.text : "")).join("");

test("there are recorded runs", () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(6);
});

describe.each(NAMES)("the recorded run %s", (name) => {
  it("folds to Python's message", () => {
    expect(foldMessage(events(name))).toEqual(message(name));
  });

  it("folds to a message at each prefix", () => {
    const fold = new MessageFold();
    for (const event of events(name)) {
      fold.apply(event);
      expect(fold.lastSeq).toBe(event.seq);
      expect(fold.value()).toMatchObject({ role: "assistant" });
      expect(codePoints(content(fold.value().parts))).toBe(fold.contentLength);
    }
  });
});

test("looking on the way changes nothing", () => {
  fc.assert(
    fc.property(runs, (run) => {
      const watched = new MessageFold();
      for (const event of run) {
        watched.apply(event);
        watched.value();
      }
      expect(watched.value()).toEqual(foldMessage(run));
      expect(codePoints(content(watched.value().parts))).toBe(watched.contentLength);
    }),
  );
});

test("text in larger pieces is the same text", () => {
  fc.assert(
    fc.property(runs, (run) => {
      expect(foldMessage(joined(run))).toEqual(foldMessage(run));
    }),
  );
});

test("what has not changed is the same object", () => {
  fc.assert(
    fc.property(runs, (run) => {
      const fold = new MessageFold();
      let before = fold.value();
      for (const event of run) {
        fold.apply(event);
        const now = fold.value();
        expect(fold.value()).toBe(now);
        for (const [place, part] of (now.parts ?? []).entries()) {
          const old = before.parts?.[place];
          if (part.kind !== "tool" && JSON.stringify(old) === JSON.stringify(part) && event.type === "status")
            expect(part).toBe(old);
        }
        before = now;
      }
    }),
  );
  const fold = new MessageFold().applyAll([
    { type: "reasoning.delta", text: "Well" },
    { type: "text.delta", text: "one" },
  ]);
  const [reasoning] = fold.value().parts ?? [];
  fold.apply({ type: "text.delta", text: " two" });
  expect(fold.value().parts?.[0]).toBe(reasoning);
  const whole = fold.value();
  fold.apply({ type: "metrics.sampled", values: {} });
  expect(fold.value()).toBe(whole);
});

test("the growth of a part makes the next from the last, whenever one looks", () => {
  fc.assert(
    fc.property(runs, fc.infiniteStream(fc.boolean()), (run, looks) => {
      const fold = new MessageFold();
      const seen = new Map<number, { part: Part; text: string }>();
      for (const event of run) {
        fold.apply(event);
        if (!looks.next().value) continue;
        for (const [place, part] of (fold.value().parts ?? []).entries()) {
          if (part.kind !== "text" && part.kind !== "reasoning") continue;
          const last = seen.get(place);
          const before = last?.part.kind === "text" || last?.part.kind === "reasoning" ? last.part : undefined;
          const { kept, added } = growth(before, part);
          const text = (last?.text ?? "").slice(0, kept) + added;
          expect(text).toBe(part.text);
          seen.set(place, { part, text });
        }
      }
    }),
  );
});

test("a listener that applies what it is told has the text", () => {
  fc.assert(
    fc.property(runs, (run) => {
      const fold = new MessageFold();
      const texts = new Map<number, string>();
      fold.onText = (part, added, taken) => {
        const text = texts.get(part) ?? "";
        texts.set(part, text.slice(0, text.length - taken) + added);
      };
      fold.applyAll(run);
      for (const part of fold.value().parts ?? [])
        if (part.kind === "text" || (part.kind === "reasoning" && part.text))
          expect([...texts.values()]).toContain(part.text);
    }),
  );
});

test("code points are counted and taken back whole", () => {
  expect(codePoints("a𝔘👩‍🚀")).toBe(5);
  const fold = new MessageFold();
  for (let i = 0; i < 5000; i++) fold.apply({ type: "text.delta", text: "𝔘b" });
  fold.apply({ type: "text.retracted", count: 9001 });
  expect(content(fold.value().parts)).toBe("𝔘b".repeat(499) + "𝔘");
  fold.apply({ type: "text.retracted", count: 5000 });
  expect(fold.value().parts).toBeUndefined();
});

test("a long answer costs as little at its end as at its start", { timeout: 20_000 }, () => {
  const fold = new MessageFold();
  let looked = 0;
  for (let i = 0; i < 200_000; i++) {
    fold.apply({ type: "text.delta", text: " token" });
    if (i % 3 === 0) fold.apply({ type: "text.retracted", count: 2 });
    if (i % 10 === 0) looked += fold.value().parts?.length ?? 0;
  }
  expect(looked).toBe(20_000);
});

/** The same run with neighbouring deltas of text joined, as a reader gets it that lags. */
function joined(run: readonly Event[]): Event[] {
  const found: Event[] = [];
  for (const event of run) {
    const last = found.at(-1);
    if (last?.type === "text.delta" && event.type === "text.delta")
      found[found.length - 1] = { ...event, text: last.text + event.text };
    else found.push(event);
  }
  return found;
}
