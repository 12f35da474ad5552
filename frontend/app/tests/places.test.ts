import { describe, expect, it } from "vitest";

import { placeOf, urlOf, type Place } from "../src/places.ts";

const ROOTS = ["https://chat.example/", "https://chat.example/below/a/path/"].map((root) => new URL(root));

describe.each(ROOTS)("addresses below %s", (root) => {
  const places: Place[] = [
    { kind: "new" },
    { kind: "chat", id: "chat_1" },
    { kind: "chat", id: "chat_1", message: "msg_2" },
    { kind: "chat", id: "chat_1", compares: { left: "msg_1", right: "msg_2" } },
    { kind: "chat", id: "chat_1", message: "msg_3", compares: { left: "msg_1", right: "msg_2" } },
    { kind: "run", id: "run_1" },
    { kind: "message", id: "msg_1" },
    { kind: "document", id: "doc_1" },
    { kind: "document", id: "doc_1", start: 0, end: 70 },
  ];

  it.each(places)("name the place that they were made of: %o", (place) => {
    expect(placeOf(new URL(urlOf(place, root)), root)).toEqual(place);
  });

  it.each(["chats", "chats/", "chats/a/b", "toString/x", "elsewhere/x", "documents/"])("that name none: %s", (path) => {
    expect(placeOf(new URL(path, root), root)).toEqual({ kind: "new" });
  });

  it("compare nothing where one of two is missing", () => {
    expect(placeOf(new URL("chats/chat_1?left=msg_1", root), root)).toEqual({ kind: "chat", id: "chat_1" });
  });

  it("have no places of a document that are none", () => {
    const url = new URL("documents/doc_1?start=-1&end=x", root);
    expect(placeOf(url, root)).toEqual({ kind: "document", id: "doc_1" });
  });
});
