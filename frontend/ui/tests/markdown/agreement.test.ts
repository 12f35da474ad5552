/** What the page makes of Markdown is what marked makes of it, which holds to CommonMark and to GitHub's tables and lists. */

import fc from "fast-check";
import { Marked } from "marked";
import { afterEach, expect, test, vi } from "vitest";

import { RnMarkdown } from "../../src/markdown/element.ts";
import { CORPUS } from "./corpus.ts";

vi.setConfig({ testTimeout: 60_000 }); // against hanging: no measurement

const marked = new Marked({ gfm: true, breaks: true, tokenizer: { html: () => undefined, tag: () => undefined } });

/** What a tree says: its elements and its text, without what the two show differently by intent. */
function said(root: Element): string {
  const parts: string[] = [];
  const visit = (node: Node): void => {
    if (node instanceof Text) parts.push(node.data.replace(/\s+/g, " "));
    if (!(node instanceof Element) || node.localName === "figcaption") return;
    const name = node.className === "image" ? "img" : node.localName;
    const own = /^(?:div|span|thead|tbody|pre|figure)$/.test(name) ? "" : name;
    // The first paragraph of an item stands in the item itself.
    const before = [...(node.parentNode?.childNodes ?? [])].slice(
      0,
      [...(node.parentNode?.childNodes ?? [])].indexOf(node),
    );
    const first = name === "p" && node.parentElement?.localName === "li" && before.every(isNothing);
    if (own && !first) parts.push(`<${own}>`);
    if (name === "img") parts.push(node.getAttribute("alt") ?? node.textContent);
    else node.childNodes.forEach(visit);
    if (own && !first && !/^(?:img|br|hr|input)$/.test(own)) parts.push(`</${own}>`);
  };
  root.childNodes.forEach(visit);
  const spaced = parts.join("").replace(/\s+/g, " ");
  return spaced.replace(/ ?(<\/?(?:p|h\d|[uo]l|li|blockquote|br|hr|t[rdh]|table|input|code)>) ?/g, "$1").trim();
}

function isNothing(node: Node): boolean {
  return node instanceof Element ? node.localName === "input" : !node.textContent?.trim();
}

function ours(text: string, pieces = Infinity): string {
  const element = new RnMarkdown();
  for (let at = 0; at < text.length; at += pieces) element.append(text.slice(at, at + pieces));
  element.flush();
  void element.finish();
  element.flush();
  return said(element.shadowRoot?.querySelector(".body") as Element);
}

function theirs(text: string): string {
  const box = document.createElement("div");
  box.innerHTML = marked.parse(text, { async: false });
  return said(box);
}

afterEach(() => document.body.replaceChildren());

const SAME = Object.entries(CORPUS).filter(([name]) => !/^(?:math|html|unfinished|cited|escapes)$/.test(name));

test.each(SAME)("of texts as models write them: %s", (_, text) => {
  expect(ours(text)).toBe(theirs(text));
  expect(ours(text, 3)).toBe(theirs(text));
});

test("of any marks in a paragraph", () => {
  const bits = fc.constantFrom(
    ...[
      "a",
      "b ",
      "é ",
      "*c*",
      "**d**",
      "_e_ ",
      "***f***",
      "**g *h* i**",
      "*j **k** l*",
      "* ",
      " *",
      "m_n",
      "2 * 3",
      "\\*",
    ],
    ...["`", "``", "`o`", "(", ")", ".", " ", " ~~p~~ "],
    ...[
      "[a](https://e.org)",
      "![b](https://e.org/b)",
      "[",
      "]",
      " https://e.org/p_q ",
      "<https://e.org/a>",
      "&#65;",
      "\nc",
    ],
  );
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 14 }), (parts) => {
      const text = `x ${parts.join(" ")} x`;
      expect(ours(text)).toBe(theirs(text));
    }),
    { numRuns: 1000 },
  );
});

test("of any blocks", () => {
  const bits = fc.constantFrom(
    ...[
      "a",
      "b c",
      "\n",
      "\n\n",
      "\n- d",
      "\n1. e",
      "\n2. f",
      "\n  - g",
      "\n   h",
      "\n> i",
      "\n# j",
      "\n\n---\n\n",
      "\n\n## k ##\n",
    ],
    ...[
      "\n```\nl\n```\n",
      "\n~~~py\nm\n\nn\n~~~\n",
      "\n\n    o",
      "\n10) p",
      "\n* q",
      "\n- [ ] r",
      "\n- [x] s",
      "\n\n- t",
    ],
    ...["\n\n| u | v |\n|---|:-:|\n| w | x |\n\n", "\n\ny | z\n--|--\n1 | 2\n\n"],
  );
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 9 }), (parts) => {
      const text = parts.join("");
      expect(ours(text)).toBe(theirs(text));
    }),
    { numRuns: 1000 },
  );
});
