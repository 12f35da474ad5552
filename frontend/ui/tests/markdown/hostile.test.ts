import { afterEach, describe, expect, test } from "vitest";

import { RnMarkdown } from "../../src/markdown/element.ts";
import hostile from "./hostile.json";

const DIRECTION = /^(ltr|rtl)$/;

/** What may be in an answer: elements, with their attributes and what those may be. */
const ALLOWED: Record<string, Record<string, RegExp>> = {
  ...Object.fromEntries(
    "p h1 h2 h3 h4 h5 h6 li hr br em strong del code thead tbody tr table figcaption"
      .split(" ")
      .map((name) => [name, {}]),
  ),
  ol: { start: /^\d+$/, dir: DIRECTION },
  ul: { dir: DIRECTION },
  blockquote: { dir: DIRECTION },
  th: { "data-align": /^(left|center|right)$/, scope: /^col$/ },
  td: { "data-align": /^(left|center|right)$/ },
  a: { href: /^(https?:\/\/|mailto:)/, target: /^_blank$/, rel: /^noopener noreferrer nofollow$/, class: /^image$/ },
  input: { type: /^checkbox$/, disabled: /^$/, checked: /^$/ },
  div: { class: /^table$/, role: /^group$/, "aria-label": /^Table$/, tabindex: /^0$/, dir: DIRECTION },
  span: { class: /^(math|math display|source)$/, "aria-hidden": /^true$/ },
  figure: { class: /^code$/, "aria-label": /^Code(, [\w+#.-]{1,24})?$/ },
  button: { type: /^button$/, class: /^copy$/ },
  pre: { tabindex: /^0$/ },
  "rn-citation": { n: /^\d+$/ },
};

/** Each address in every way that Markdown has to write one, and texts of other kinds. */
const HOSTILE = [
  ...hostile.addresses.flatMap((url) => [
    `[x](${url})`,
    `![x](${url})`,
    `[x](<${url}>)`,
    `<${url}>`,
    `[x]\n\n[x]: ${url}`,
    `see ${url} now`,
  ]),
  ...hostile.texts,
];

function check(root: Node): void {
  for (const child of root.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) continue;
    if (!(child instanceof Element)) throw new Error(`a node of type ${child.nodeType}`);
    const allowed = ALLOWED[child.localName];
    if (!allowed) throw new Error(`<${child.localName}>`);
    for (const { name, value } of child.attributes) {
      if (!allowed[name]?.test(value)) throw new Error(`<${child.localName} ${name}=${value}>`);
    }
    if (child.localName === "a" && child.hasAttribute("href")) expect(child.getAttribute("target")).toBe("_blank");
    check(child);
  }
}

afterEach(() => document.body.replaceChildren());

describe.each(HOSTILE)("%j", (text) => {
  test("makes nothing that may not be", async () => {
    const step = Math.ceil(text.length / 24);
    for (let cut = 0; cut < text.length + step; cut += step) {
      const at = Math.min(cut, text.length);
      const element = new RnMarkdown();
      element.sources = 3;
      const body = element.shadowRoot?.querySelector(".body") as HTMLElement;
      element.append(text.slice(0, at));
      check(body);
      element.append(text.slice(at));
      check(body);
      if (at === 0 || at === text.length) {
        await element.finish();
        check(body);
      }
    }
    const element = new RnMarkdown();
    const body = element.shadowRoot?.querySelector(".body") as HTMLElement;
    for (const char of text) {
      element.append(char);
      check(body);
    }
  });
});
