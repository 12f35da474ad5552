import type { Source } from "@runnel/client";
import { describe, expect, it } from "vitest";

import { citedIn, excerpt, fileOf, placeOf, plain, textOf } from "../../src/chat/passage.ts";

const source = (more: Partial<Source> = {}): Source => ({ id: "s", document: "d", title: "Rivers", text: "", ...more });
const marks = (pieces: readonly { text: string; marked: boolean }[]) =>
  pieces.filter((piece) => piece.marked).map((piece) => piece.text);
const whole = (pieces: readonly { text: string }[]) => pieces.map((piece) => piece.text).join("");

describe("where a passage is from", () => {
  it("is its file, page and headings", () => {
    expect(placeOf(source({ location: "a.pdf#page=3", page: 3 }))).toBe("a.pdf · Page 3");
    expect(placeOf(source({ location: "r.md#tides", heading: ["Rivers", "**Tides**"] }))).toBe("r.md · Rivers › Tides");
    expect(placeOf(source({ location: "notes #1.txt" }))).toBe("notes #1.txt");
    expect(placeOf(source())).toBe("Rivers");
  });

  it("stays the file's name where that has a sign of its own", () => {
    expect(fileOf(source({ location: "a #1.pdf#page=12", page: 12 }))).toBe("a #1.pdf");
    expect(fileOf(source({ location: "c#.md#use", heading: ["Use"] }))).toBe("c#.md");
  });
});

describe("the text of a passage", () => {
  it("has no marks of Markdown, where the file is Markdown", () => {
    const text =
      "# Rivers\n\nA **river** runs to the [sea](https://sea), `fast`.\n\n- one\n- [x] two\n\n| a | b |\n|---|---|\n| 1 | 2 |";
    expect(textOf(source({ location: "r.md", text }))).toBe(
      "Rivers\nA river runs to the sea, fast.\n• one\n• two\na · b\n1 · 2",
    );
    expect(textOf(source({ location: "r.txt", text: "# 1 * 2 * 3" }))).toBe("# 1 * 2 * 3");
  });

  it("keeps what is no mark", () => {
    expect(plain("2 * 3 * 4 and snake_case_name, a < b > c")).toBe("2 * 3 * 4 and snake_case_name, a < b > c");
  });

  it("has a paragraph in one line, and code, rows and points in lines of their own", () => {
    const text =
      "# Rivers\nA river\nruns.\n\n- one\n  of them\n- two\n```\na\nb\n```\n| x | y |\n|---|---|\n| 1 | 2 |\nAfter.";
    expect(plain(text)).toBe("Rivers\nA river runs.\n\n• one of them\n• two\na\nb\nx · y\n1 · 2\nAfter.");
  });

  it("knows the end of code that began before it", () => {
    expect(plain("a\nb\n```\nA river\nruns.")).toBe("a\nb\nA river runs.");
    expect(plain("A river\nruns.\n```python\na\nb")).toBe("A river runs.\na\nb");
  });

  it("takes long lines of marks in no time", () => {
    const began = performance.now();
    for (const sign of ["*", "[", "`", "<a", "|", "_a", "](", "> ", "#"]) plain(sign.repeat(4000));
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe("what an answer says of a source", () => {
  it("is the paragraph that cites it, and a quotation below it", () => {
    const cited = citedIn("One [1].\n\nTwo [2, 3].\n\n> quoted\n\nNone [9] [a] [1](x).", 3);
    expect([...cited.keys()]).toEqual([1, 2, 3]);
    expect(cited.get(3)).toContain("> quoted");
    expect(cited.get(1)).not.toContain("None");
  });
});

describe("a passage is cut", () => {
  const TIDE = "The tide turns twice a day, because the Earth turns under the Moon.";
  const text = `${"A river runs to the sea. ".repeat(40)}${TIDE} ${"Rain falls on hills. ".repeat(40)}`;

  it("around the words that were quoted, and these are marked", () => {
    const pieces = excerpt(text, { said: "It turns twice a day, they say [1].", asked: "" }, 200);
    expect(marks(pieces)).toEqual(["turns twice a day"]);
    expect(whole(pieces)).toContain(TIDE);
    expect(whole(pieces).length).toBeLessThan(210);
  });

  it("around the words of the question, where nothing was quoted", () => {
    const pieces = excerpt(text, { said: "", asked: "How often does the tide turn?" }, 200);
    expect(marks(pieces)).toEqual(["tide", "turns", "turns"]);
    expect(whole(pieces)).toContain("The tide turns twice");
  });

  it("at its beginning, where nothing matters more", () => {
    expect(whole(excerpt(text, { said: "", asked: "" }, 100))).toMatch(/^A river runs .* …$/);
    expect(whole(excerpt("Short.", { said: "", asked: "x" }, 100))).toBe("Short.");
  });

  it("between words that have no blanks between them", () => {
    const pieces = excerpt("潮汐每天涨落两次。河流流向大海。", { said: "", asked: "潮汐为什么涨落？" }, 100);
    expect(marks(pieces)).toContain("潮汐");
  });
});
