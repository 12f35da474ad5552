import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";

import { RnMarkdown } from "../../src/markdown/element.ts";
import { CORPUS, shape } from "./corpus.ts";

vi.setConfig({ testTimeout: 60_000 }); // against hanging: no measurement

function made(sources = 3): { element: RnMarkdown; body: HTMLElement } {
  const element = new RnMarkdown();
  element.sources = sources;
  document.body.append(element);
  return { element, body: element.shadowRoot?.querySelector(".body") as HTMLElement };
}

function streamed(pieces: string[]): unknown {
  const { element, body } = made();
  for (const piece of pieces) element.append(piece);
  element.flush();
  return shape(body);
}

afterEach(() => document.body.replaceChildren());

describe.each(Object.entries(CORPUS))("%s", (_, text) => {
  test("makes the same however it is cut", () => {
    const once = streamed([text]);
    expect(streamed(text.split(""))).toEqual(once);
    for (let at = 1; at < text.length; at++) expect(streamed([text.slice(0, at), text.slice(at)])).toEqual(once);
  });

  test("ends as the full parser has it", async () => {
    const { element, body } = made();
    for (const char of text) element.append(char);
    await element.finish();
    const full = made();
    full.element.text = text;
    full.element.flush();
    expect(shape(body)).toEqual(shape(full.body));
  });
});

test("any Markdown makes the same however it is cut", () => {
  const bits = fc.constantFrom(
    ...[
      "a",
      "word ",
      "\n",
      "\n\n",
      "- ",
      "1. ",
      "  ",
      "    ",
      "*",
      "**",
      "_",
      "`",
      "```",
      "```py\n",
      "~~",
      "#",
      "# ",
      "> ",
    ],
    ...[
      "[",
      "]",
      "(",
      ")",
      "![",
      "](https://e.org)",
      "https://e.org",
      "$",
      "$$",
      "\\(",
      "\\)",
      "\\[",
      "\\]",
      "\\",
      "|",
      "|-|",
      "---",
    ],
    ...["<br>", "<", ">", "[1]", "[ ] ", "😀", "\ue000", "=", "x", "\t"],
  );
  fc.assert(
    fc.property(
      fc.array(bits, { maxLength: 30 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
      (parts, sizes) => {
        const text = parts.join("");
        const pieces: string[] = [];
        for (let at = 0; at < text.length;) {
          const size = sizes.next().value as number;
          pieces.push(text.slice(at, at + size));
          at += size;
        }
        expect(streamed(pieces)).toEqual(streamed([text]));
      },
    ),
    { numRuns: 500 },
  );
});

test("any Markdown keeps its words", () => {
  const bits = fc.constantFrom(
    "ab ",
    "\n",
    "- ",
    "*",
    "**",
    "`",
    "~~",
    "_",
    "> ",
    "# ",
    "[",
    "](",
    "$",
    "\\(",
    "|",
    "<",
    "https://e.org ",
  );
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      fc.pre(!/~~~|```/.test(text)); // what follows a fence is code, also its last line break
      const { element, body } = made();
      element.append(text + "\n\nend\n\n");
      expect(body.textContent.replaceAll(/[^a]/g, "").length).toBe(parts.filter((part) => part === "ab ").length);
      expect(body.textContent.endsWith("end")).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.each(Object.entries(CORPUS))("nothing shown is made again while more comes: %s", (name, text) => {
  if (name === "headings") return; // a line under a paragraph makes a heading of it: the next test
  const { element, body } = made();
  let shown: Node[] = [];
  for (const char of text) {
    element.append(char);
    for (const node of shown) expect(body.contains(node)).toBe(true);
    shown = everything(body).filter(
      (node) => !(node instanceof Text) && !/^(em|strong|del|code|a)$/.test(node.nodeName.toLowerCase()),
    );
  }
});

test("a line under a paragraph makes a heading of it, and its text stays", () => {
  const { element, body } = made();
  element.append("Under **it**\n");
  const text = body.querySelector("strong");
  element.append("===\nmore");
  expect(body.querySelector("h1 strong")).toBe(text);
});

test("what has come is touched at its end only", () => {
  const { element, body } = made();
  element.append("# A\n\nfirst\n\n- one\n- two\n");
  const before = everything(body);
  element.append("- three\n\nand a paragraph");
  expect(everything(body).slice(0, before.length - 1)).toEqual(before.slice(0, -1));
});

test.each(Object.entries(CORPUS))("the end of a text touches nothing that is as it should be: %s", async (_, text) => {
  const { element, body } = made();
  element.text = text;
  element.flush();
  const before = everything(body);
  await element.finish();
  expect(everything(body)).toEqual(before);
  expect(everything(body).every((node, at) => node === before[at])).toBe(true);
});

const AGREED = ["paragraphs", "tight", "loose", "steps", "tasks", "table", "tableAtOnce", "math", "money", "cited"];

test.each(AGREED)("streaming and the full parser agree: %s", async (name) => {
  const { element, body } = made();
  element.append(CORPUS[name] ?? "");
  element.flush();
  await new Promise((resolve) => setTimeout(resolve, 0));
  const before = everything(body).filter((node) => !(node instanceof Text));
  await element.finish();
  const after = everything(body).filter((node) => !(node instanceof Text));
  expect(after.map((node) => node.nodeName)).toEqual(before.map((node) => node.nodeName));
  expect(after.every((node, at) => node === before[at])).toBe(true);
});

test("withdrawn text goes, and blocks before it stay", () => {
  const { element, body } = made();
  element.append("First.\n\nSecond 😀 wrong");
  const first = body.firstChild;
  element.replaceTail("😀 wrong".length - 1, "right");
  expect(body.firstChild).toBe(first);
  element.append(" and more\n\n");
  expect(body.lastChild?.textContent).toBe("Second right and more");
  expect(element.text).toBe("First.\n\nSecond right and more\n\n");
});

test("what is withdrawn leaves no trace", () => {
  const bits = fc.constantFrom(
    ...[
      "a",
      "b ",
      "\n",
      "\n\n",
      "- ",
      "1. ",
      "  ",
      "> ",
      "# ",
      "```\n",
      "|a|b|\n",
      "|-|-|\n",
      "===\n",
      "---\n",
      "    ",
    ],
    ...["**", "`", "[x](https://e.org)", "$x$", "$$\n", "[r]: https://e.org\n", "[r]", "😀"],
  );
  const texts = fc.array(bits, { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(texts, texts, texts, fc.nat(), (said, instead, more, taken) => {
      const { element, body } = made();
      element.append(said);
      const kept = characters(said)
        .slice(0, said.length ? taken % said.length : 0)
        .join("");
      element.replaceTail(characters(said).length - characters(kept).length, instead);
      element.append(more);
      void element.finish();
      element.flush();
      const whole = made();
      whole.element.append(kept + instead + more);
      void whole.element.finish();
      whole.element.flush();
      expect(shape(body)).toEqual(shape(whole.body));
    }),
    { numRuns: 200 },
  );
});

test("half a character waits for the other half", () => {
  const { element, body } = made();
  element.append("a \ud83d");
  expect(body.textContent).not.toContain("\ud83d");
  element.append("\ude00 b\n\n");
  expect(body.textContent).toBe("a 😀 b");
});

test("a text given at the end is what is shown", async () => {
  const { element, body } = made();
  element.append("Half a");
  await element.finish("Half a sentence.");
  expect(body.textContent).toBe("Half a sentence.");
  await element.finish("Another.");
  expect(body.textContent).toBe("Another.");
});

test("formulas are shown when complete, money is money", () => {
  const { element, body } = made();
  element.append("So $x^");
  expect(body.querySelector(".math")).toBeNull();
  element.append("2$ costs $5 for you\n\n");
  expect(body.querySelector(".math")?.textContent).toBe("$x^2$");
  expect(body.textContent).toBe("So $x^2$ costs $5 for you");
});

test("a citation is one only where there is such a source", () => {
  const { element, body } = made(2);
  element.append("A [1] b [2, 1] c [3] d");
  expect([...body.querySelectorAll("rn-citation")].map((one) => one.getAttribute("n"))).toEqual(["1", "2", "1"]);
  expect(body.textContent).toContain("[3]");
});

test("a block of code has its button from its first line, and keeps it", async () => {
  const { element, body } = made();
  element.append("```py\nx");
  const button = body.querySelector("button");
  expect(button?.textContent).toBe("Copy");
  element.append(" = 1\n```\nafter");
  await element.finish();
  expect(body.querySelector("button")).toBe(button);
});

function everything(root: Node): Node[] {
  return [...root.childNodes].flatMap((node) => [node, ...everything(node)]);
}

test("what is emphasised before a link is so still", () => {
  const { element, body } = made();
  element.append("It **runs**, as [*all* rivers](https://example.com/) do.\n\n");
  element.flush();
  expect([...body.querySelectorAll("strong, em, a")].map((one) => one.textContent)).toEqual([
    "runs",
    "all rivers",
    "all",
  ]);
});

function characters(text: string): string[] {
  return Array.from(text);
}
