import type { ErrorValue, Message } from "@runnel/client";
import { expect, test } from "vitest";

import { failureOf, shortfallOf } from "../../src/chat/failure.ts";

const failed = (error?: ErrorValue): Message => ({
  id: "msg_1",
  role: "assistant",
  status: "failed",
  model: "openai:gpt-5",
  ...(error ? { error } : {}),
});

test("says who it was, what to do, and what the vendor says, with its status", () => {
  const details = { provider: "openai", vendor_message: "Slow down.", status_code: 429, retry_after: 6.2 };
  const failure = failureOf(failed({ code: "model.rate_limited", message: "openai: Slow down.", details }));
  expect(failure.sentence).toBe("openai takes no more requests for now.");
  expect(failure.advice).toBe("Try again in 7 s, or with another model.");
  expect(failure.quote).toBe("“Slow down.” (429)");
});

test("names where the key is set, and the model's provider where the error names none", () => {
  const error = { code: "model.authentication", message: "wrong key", details: { key_env: "OPENAI_API_KEY" } };
  expect(failureOf(failed(error)).advice).toContain("sets OPENAI_API_KEY.");
  expect(failureOf(failed(error)).sentence).toMatch(/^openai /);
});

test("takes other errors by their word, with the end of a sentence", () => {
  const error = { code: "misuse.tool_missing", message: "no server is configured here as 'x'" };
  expect(failureOf(failed(error))).toEqual({
    sentence: "No server is configured here as 'x'.",
    advice: "",
    quote: "",
  });
  expect(failureOf(failed()).sentence).toBe("Nothing was said about why.");
});

test.each(["limit:steps", "limit:calls", "limit:tokens", "limit:seconds", "limit:cost", "length", "content_filter"])(
  "says which limit was reached: %s",
  (finish_reason) => {
    const { sentence } = shortfallOf({ ...failed(), status: "incomplete", finish_reason });
    expect(sentence).not.toContain("cut short");
    expect(sentence).toMatch(/\.$/);
  },
);
