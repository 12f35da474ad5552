import fc from "fast-check";
import { expect, test } from "vitest";

import { RequestsFold } from "../src/index.ts";
import { runs } from "./arbitrary.ts";

test("what is asked is open until it is answered, or its call has returned", () => {
  const fold = new RequestsFold().applyAll([
    { type: "tool.approval.requested", call: "c1", name: "send", arguments: { to: "ada" } },
    { type: "tool.called", call: "c2", name: "ask" },
    { type: "input.requested", id: "i1", question: "Which one?", call: "c2" },
  ]);
  expect(fold.value()).toEqual([
    { kind: "approval", id: "c1", name: "send", arguments: { to: "ada" } },
    { kind: "input", id: "i1", name: "ask", question: "Which one?" },
  ]);
  fold.apply({ type: "tool.approval.given", call: "c1", approve: true });
  expect(fold.value().map((request) => request.id)).toEqual(["i1"]);
  fold.apply({ type: "tool.returned", call: "c2" });
  expect(fold.value()).toEqual([]);
});

test("an ended run asks nothing", () => {
  fc.assert(
    fc.property(runs, (run) => {
      const fold = new RequestsFold().applyAll(run);
      expect(fold.value()).toBe(fold.value());
      fold.apply({ type: "run.ended", status: "cancelled" });
      expect(fold.value()).toEqual([]);
    }),
  );
});
