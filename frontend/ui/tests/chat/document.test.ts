import { expect, test } from "vitest";

import { all, heard, one, shown, textOf } from "./recorded.ts";

const TEXT = "👩‍🚀 Grüße. The passage. What follows.";
const whole = { text: TEXT, start: 0, end: Array.from(TEXT).length, length: Array.from(TEXT).length };

test("the passage is marked where its code points say, whatever characters stand before it", async () => {
  const start = Array.from(TEXT.slice(0, TEXT.indexOf("The passage."))).length;
  const view = await shown("rn-document-view", { name: "a.txt", text: whole, mark: { start, end: start + 12 } });
  expect(one(view, "mark").textContent).toBe("The passage.");
  expect(textOf(one(view, ".text"))).toBe(TEXT);
});

test("a stretch of a document is marked by the document's places, and more of it can be had", async () => {
  const text = { text: "The passage.", start: 9000, end: 9012, length: 20000 };
  const view = await shown("rn-document-view", { name: "a.txt", text, mark: { start: 9004, end: 9011 } });
  const events = heard("rn-want-text");
  expect(one(view, "mark").textContent).toBe("passage");
  for (const button of all(view, ".more button")) button.click();
  expect(events).toEqual([
    { start: 0, end: 9012 },
    { start: 9000, end: 20000 },
  ]);
});

test("a document that cannot be read says why", async () => {
  const view = await shown("rn-document-view", { name: "a.pdf", problem: "The document was deleted." });
  expect(one(view, "[role=alert]").textContent).toBe("The document was deleted.");
});

test("the file itself is one click away, at the page", async () => {
  const view = await shown("rn-document-view", { name: "a.pdf", href: "/api/documents/d/content", page: 3, pages: 9 });
  expect(one(view, "a").getAttribute("href")).toBe("/api/documents/d/content#page=3");
  expect(textOf(one(view, "a"))).toBe("Open the page");
  expect(textOf(one(view, "hgroup p"))).toBe("Page 3 of 9");
});

test("pages are shown where they begin, and the page is that of the words which matter", async () => {
  const pages = [4, 5, 6].map((page, n) => ({ page, start: 90 + n * 10 }));
  const text = { text: "👩2345678One tide. Two tides here.", start: 92, end: 150, length: 500, pages };
  const words = { said: "Two tides here.", asked: "" };
  const view = await shown("rn-document-view", {
    name: "a.pdf",
    href: "x",
    text,
    mark: { start: 100, end: 125 },
    words,
  });
  expect(all(view, ".page").map(textOf)).toEqual(["Page 5", "Page 6"]);
  expect(one(view, ".text").textContent).toContain("Page 5One tide.");
  expect(textOf(one(view, "mark b"))).toBe("Two tides here");
  expect(textOf(one(view, "hgroup p"))).toBe("Page 6");
  expect(one(view, "a").getAttribute("href")).toBe("x#page=6");
});
