import { afterEach, expect, test, vi } from "vitest";

import { Api, ConnectionLost, ProblemError } from "../src/index.ts";
import { problem } from "./server.ts";

afterEach(() => void vi.unstubAllGlobals());

function answering(
  ...answers: (Response | Error)[]
): { method: string; url: string; body: unknown; headers: Headers }[] {
  const asked: ReturnType<typeof answering> = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push({ method: init.method ?? "GET", url, body: init.body, headers: new Headers(init.headers) });
    const answer = answers.shift() ?? new Error("no answer is left");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return asked;
}

const api = new Api("http://runnel.test/below/");

test("paths are below where the page stands, and names cannot leave them", async () => {
  const asked = answering(
    Response.json({ chats: [], next: null }),
    Response.json({}),
    new Response(null, { status: 204 }),
  );
  await api.chats({ limit: 5, search: "a&b" });
  await api.chat("../../x?y");
  await api.deleteChat("chat_1");
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET http://runnel.test/below/api/chats?limit=5&search=a%26b",
    "GET http://runnel.test/below/api/chats/..%2F..%2Fx%3Fy",
    "DELETE http://runnel.test/below/api/chats/chat_1",
  ]);
  expect(api.loginUrl("/below/chats/c")).toBe("http://runnel.test/below/login?next=%2Fbelow%2Fchats%2Fc");
});

test("a question has the caller's key", async () => {
  const asked = answering(Response.json({ id: "run_1" }, { status: 202 }));
  expect(await api.ask("chat_1", { prompt: "Hello?" }, "k1")).toEqual({ id: "run_1" });
  expect(asked[0]?.headers.get("Idempotency-Key")).toBe("k1");
  expect(asked[0]?.body).toBe('{"prompt":"Hello?"}');
});

test("problems are errors with the server's words", async () => {
  answering(problem(429, "limit.reached", { "Retry-After": "7" }), new Response("<html>", { status: 502 }));
  const refused = await api.models().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ProblemError);
  expect(refused).toMatchObject({ code: "limit.reached", status: 429, retryAfter: 7, message: "it cannot be" });
  await expect(api.models()).rejects.toMatchObject({ code: "http.502", status: 502 });
});

test("a server that does not answer is another error", async () => {
  answering(new TypeError("Failed to fetch"));
  await expect(api.models()).rejects.toThrow(ConnectionLost);
});

test("who is not known is told so", async () => {
  answering(problem(401, "unauthenticated"));
  const strange = new Api("http://runnel.test/");
  strange.onUnauthenticated = vi.fn();
  await expect(strange.models()).rejects.toThrow(ProblemError);
  expect(strange.onUnauthenticated).toHaveBeenCalledOnce();
});
