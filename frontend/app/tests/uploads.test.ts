import { ProblemError, type Api, type Document, type Live } from "@runnel/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Attaching } from "../src/attaching.ts";
import type { Conversation } from "../src/conversation.ts";
import { Library } from "../src/library.ts";
import { Notices } from "../src/notices.ts";
import type { Page } from "../src/page.ts";
import { obstacleOf, reasonOf, sizeOf, waitOf } from "../src/refusals.ts";
import { Uploads, type Adding } from "../src/uploads.ts";

const refusal = (status: number, details: Record<string, unknown>, retryAfter?: number) =>
  new ProblemError({ type: "", title: "", status, code: "limit", detail: "no", details }, retryAfter);

/** A server that keeps each file when it is told to. */
function server() {
  const waiting: { name: string; keep: () => void; refuse: (error: unknown) => void }[] = [];
  const kept: Document[] = [];
  const api = {
    url: (path: string) => `http://test/${path}`,
    documents: vi.fn(() => Promise.resolve({ documents: [...kept].reverse(), next: null })),
    document: vi.fn((id: string) => Promise.resolve(kept.find((one) => one.id === id))),
    runs: vi.fn(() => Promise.resolve({ runs: [], next: null })),
    upload: vi.fn(
      ([file]: File[]) =>
        new Promise((resolve, reject) => {
          const name = file?.name ?? "";
          const document: Document = { id: `doc_${name}`, name, indexed: true, size: 1, added_at: 0 };
          const keep = () => {
            kept.push(document);
            resolve({ documents: [{ ...document, indexed: false }], run: { id: `run_${name}` } });
          };
          waiting.push({ name, keep, refuse: reject });
        }),
    ),
  } as unknown as Api;
  const nothing: AsyncIterable<never> = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
  };
  const live = { run: () => nothing } as unknown as Live;
  return { api, live, waiting, kept };
}

const file = (name: string, content = "words") => new File([content], name);
const turns = async (count = 30) => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};
const nobody: Adding = { kept: () => Promise.resolve(), refused: () => Promise.resolve() };

describe("files on their way", () => {
  let world: ReturnType<typeof server>;
  let library: Library;
  let uploads: Uploads;
  const states = () => uploads.all.map((one) => `${one.name} ${one.state}`);

  beforeEach(() => {
    vi.stubGlobal("addEventListener", () => undefined);
    vi.useFakeTimers();
    world = server();
    library = new Library(world.api, world.live, new Notices());
    uploads = new Uploads(world.api, library);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("are sent three at once, and go together when all are there", async () => {
    uploads.add(
      ["a", "b", "c", "d"].map((name) => file(name)),
      nobody,
    );
    expect(world.waiting.map((one) => one.name)).toEqual(["a", "b", "c"]);
    expect(states()).toEqual(["a sending", "b sending", "c sending", "d waiting"]);
    for (const one of world.waiting) one.keep();
    await vi.advanceTimersByTimeAsync(100);
    world.waiting[3]?.keep();
    await vi.advanceTimersByTimeAsync(100);
    expect(states()).toEqual(["a ready", "b ready", "c ready", "d ready"]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(states()).toEqual([]);
    expect(library.documents).toHaveLength(4);
  });

  it("are waited for, and what failed of them is named", async () => {
    uploads.add([file("a"), file("b"), file("empty", "")], nobody);
    const sent = uploads.sent(nobody);
    world.waiting[0]?.keep();
    world.waiting[1]?.refuse(refusal(413, { limit: "documents.max_bytes", most: 4_000_000 }));
    await expect(sent).resolves.toEqual(["b"]);
    expect(uploads.all.map((one) => one.why)).toContain("It is too large: files may have 3.8 MB here.");
  });

  it("wait where the server has too much to do, and stop when they are not wanted", async () => {
    uploads.add([file("a")], nobody);
    world.waiting[0]?.refuse(refusal(429, { limit: "requests" }, 5));
    await turns();
    expect(uploads.all[0]?.why).toBe("The server is busy: again in 5 s");
    await vi.advanceTimersByTimeAsync(5000);
    expect(world.waiting).toHaveLength(2);
    uploads.clear(true);
    expect(states()).toEqual([]);
  });

  it("are documents of the chat that begins meanwhile, whenever the server has them", async () => {
    const page = { uploads, library, notices: new Notices(), settings: {} } as unknown as Page;
    const attaching = new Attaching(page);
    await attaching.take({ files: [file("before"), file("while"), file("after")], skipped: 0 });
    world.waiting[0]?.keep();
    world.waiting[1]?.keep();
    await turns();
    const chat = { chat: {}, settings: { documents: ["doc_before"] } };
    const change = vi.fn((changes: { documents: string[] }) => {
      chat.settings = { ...chat.settings, ...changes };
      return Promise.resolve();
    });
    const conversation = Object.assign(chat, { change }) as unknown as Conversation;
    attaching.begun(conversation);
    const sent = attaching.sent(conversation);
    world.waiting[2]?.keep();
    await sent;
    expect(chat.settings.documents).toEqual(["doc_before", "doc_while", "doc_after"]);
  });

  it("stay in the list where that was asked for before they were there", async () => {
    const loading = library.load();
    library.add({ id: "doc_new", name: "new", indexed: true, size: 1, added_at: 0 });
    await loading;
    expect(library.documents.map((one) => one.id)).toEqual(["doc_new"]);
  });
});

describe("why a file is not taken", () => {
  it("is said in plain words, without the file's name once more", () => {
    expect(reasonOf({ code: "document.protected", message: "a.pdf is protected by a password" }, "a.pdf")).toMatch(
      /^A password/,
    );
    const office = { code: "document.unsupported", message: "a.docx: .docx files are not supported; save it as PDF" };
    expect(reasonOf(office, "a.docx")).toBe(".docx files are not supported; save it as PDF.");
  });

  it("is a limit on documents for as long as there are so many", () => {
    const full = refusal(429, { limit: "documents", most: 100 }, 60);
    expect(obstacleOf(full)).toBe("There may be 100 documents, and so many there are. Delete some first.");
    expect(waitOf(full)).toBeUndefined();
    expect(waitOf(refusal(503, {}, 2))).toBe(2000);
  });

  it("has sizes as people count them", () => {
    expect([10, 2048, 67_108_864].map(sizeOf)).toEqual(["10 bytes", "2 kB", "64 MB"]);
  });
});
