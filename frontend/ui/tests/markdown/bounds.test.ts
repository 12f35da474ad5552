/** Hostile text: whatever marks are repeated however often, the work for it is bounded by its length. */

import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";

import { RnMarkdown } from "../../src/markdown/element.ts";
import { spansOf } from "../../src/markdown/spans.ts";

const MARKS = [
  ...[
    "*",
    "**",
    "***",
    "_",
    "__",
    "~~",
    "~",
    "`",
    "``",
    "` ``",
    "[",
    "]",
    "](",
    "![",
    "[a](",
    "[a](http://",
    "[^",
    "[a]",
  ],
  ...[
    "<",
    "<a ",
    "<a:",
    "<!--",
    "<br>",
    "&",
    "&#",
    "\\",
    "$",
    "$$",
    "$^",
    "$x^2$ ",
    "\\(",
    "\\[",
    "(",
    ")",
    "!",
    "=",
    "-",
  ],
  ...[
    "> ",
    "- ",
    "+ ",
    "1. ",
    "- > ",
    "#",
    "|",
    "| a ",
    "|a|b|\n|-|-|\n",
    "|\n",
    "```\n",
    "~~~\n",
    "[a]: http://e.org\n",
  ],
  ...[
    "http://",
    "https://a.",
    "www.",
    "a@",
    "a",
    "a ",
    "a\n",
    "\n",
    "\n\n",
    " ",
    "\t",
    "    ",
    "- a\n",
    "  - a\n",
    "> a\n",
  ],
  ...[
    "*_",
    "*_a ",
    "a*_a ",
    "_**a ",
    "~_a ",
    "*a@",
    "**a ",
    "*a ",
    "a* ",
    "a** ",
    "_a ",
    "[1]",
    "[[a]",
    "😀",
    "word ",
    "\n    ",
    "===\n",
    "---\n",
  ],
];

vi.setConfig({ testTimeout: 60_000 }); // against hanging: no measurement

const DEEPEST = 200; // elements in each other
const NODES = 4; // for each character: a row of a table has a cell, its text, and a row

/** How often a node was added, taken away or changed. */
let touched = 0;

function made(): { element: RnMarkdown; body: ShadowRoot; seen: () => number } {
  const element = new RnMarkdown();
  element.sources = 3;
  document.body.append(element);
  const body = element.shadowRoot as ShadowRoot;
  touched = 0;
  const observer = new MutationObserver(count);
  observer.observe(body, { childList: true, characterData: true, subtree: true });
  return { element, body, seen: () => (count(observer.takeRecords()), touched) };
}

function count(records: MutationRecord[]): void {
  for (const { type, addedNodes, removedNodes } of records)
    touched += type === "characterData" ? 1 : addedNodes.length + removedNodes.length;
}

function depthOf(root: ParentNode & Node): number {
  let deepest = 0;
  for (const element of root.querySelectorAll("*")) {
    if (element.firstElementChild) continue;
    let depth = 0;
    for (let node: Element | null = element; node; node = node.parentElement) depth++;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function shown(text: string, size: number): void {
  const { element, body, seen } = made();
  for (let at = 0; at < text.length; at += size) {
    element.append(text.slice(at, at + size));
    element.flush();
  }
  void element.finish();
  element.flush();
  expect(seen() / text.length).toBeLessThan(2 * NODES);
  expect(body.querySelectorAll("*").length / text.length).toBeLessThan(NODES);
  expect(depthOf(body)).toBeLessThan(DEEPEST);
  element.remove();
}

function repeated(mark: string, length: number): string {
  return mark.repeat(Math.ceil(length / mark.length));
}

afterEach(() => document.body.replaceChildren());

describe.each(MARKS)("%j, thousands of times", (mark) => {
  test("in one piece", () => shown(repeated(mark, 12_000), Infinity));
  test("in pieces of three", () => shown(repeated(mark, 1500), 3));
});

test("any marks, thousands of times", () => {
  const marks = fc.array(fc.constantFrom(...MARKS), { minLength: 2, maxLength: 4 });
  const sizes = fc.constantFrom(1, 2, 5, 1000, Infinity);
  fc.assert(
    fc.property(marks, marks, sizes, (first, second, size) => {
      shown(repeated(first.join(""), 1500) + repeated(second.join(""), 1500), size);
    }),
    { numRuns: 20 },
  );
});

const PAIRS: [string, string][] = [
  ["[", "](https://e.org)"],
  ["[", "]"],
  ["![", "](x)"],
  ["*", "*"],
  ["**a ", "b**"],
  ["_a *", "* b_"],
  ["~~a", "~~"],
  ["(", ")"],
  ["<", ">"],
  ["[a](", ")"],
];

test.each(PAIRS)("thousands of %j, and as many %j", (open, close) => {
  shown(open.repeat(3000) + "x" + close.repeat(3000), Infinity);
  shown(open.repeat(400) + "x" + close.repeat(400), 3);
});

test("runs of backticks of all lengths are text where none is as long as another", () => {
  const rising = Array.from({ length: 140 }, (_, at) => "`".repeat(at + 1)).join(" a ");
  expect(spansOf(rising, 0, new Map())).toEqual([{ kind: "text", text: rising }]);
  shown(rising, 7);
});

test("a paragraph longer than any that is meant stays as it came", async () => {
  const { element, body } = made();
  element.append("*a* ".repeat(4000));
  element.flush();
  const before = [...body.querySelectorAll("*")];
  await element.finish();
  expect([...body.querySelectorAll("*")]).toEqual(before);
});

test("a table has only so many columns, and rows without cells make no millions of them", () => {
  const { element, body } = made();
  element.text = `${"|a".repeat(101)}|\n${"|-".repeat(101)}|\n`;
  element.flush();
  expect(body.querySelector("table")).toBeNull();
  element.text = `${"|a".repeat(100)}|\n${"|-".repeat(100)}|\n${"|\n".repeat(1000)}`;
  element.flush();
  expect(body.querySelectorAll("td").length).toBeLessThan(2001);
});
