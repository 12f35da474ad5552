/** `<rn-markdown>`: a text of a model's, shown as it comes. */

import { Blocks, type Listener } from "./blocks.ts";
import { highlight } from "./highlight.ts";
import { rest } from "./idle.ts";
import { typeset } from "./math.ts";
import { patch, same } from "./patch.ts";
import { styles } from "./styles.ts";
import { whole } from "./whole.ts";

const SLICE = 8; // ms of work between two rests of the page
const COPIED = 2000; // ms for which a button says so

/**
 * Shows Markdown. `append` adds to it at a cost that does not grow with what is there; `finish` says that all has come.
 * What the text may contain is in elements.ts; nothing of it is ever parsed as HTML.
 */
export class RnMarkdown extends HTMLElement {
  /** How many sources may be cited: `[n]` is a citation where n is one of them. Set before the text. */
  sources = 0;

  readonly #body: HTMLElement;
  readonly #listener: Listener;
  #text = "";
  #half = ""; // the first half of a character of two UTF-16 code units
  #blocks: Blocks;
  #work = 0; // numbers what is done in slices: later work takes its place

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styles()];
    this.#body = document.createElement("div");
    this.#body.className = "body";
    root.append(this.#body);
    this.#body.addEventListener("click", (event) => void copyFrom(event));
    this.#listener = {
      sources: () => this.sources,
      formula: typeset,
      code: highlight,
    };
    this.#blocks = new Blocks(this.#body, this.#listener);
  }

  /** All the text. Setting it shows a message that is complete. */
  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#work++;
    this.#text = text;
    this.#half = "";
    patch(this.#body, [...whole(text, this.#listener)]);
    this.#blocks = new Blocks(this.#body, this.#listener);
  }

  /** Add to the end of the text. */
  override append(delta: string): void {
    this.#work++;
    this.#text += delta;
    let text = this.#half + delta;
    this.#half = "";
    if (/[\ud800-\udbff]$/.test(text)) {
      this.#half = text.slice(-1);
      text = text.slice(0, -1);
    }
    this.#blocks.write(text);
  }

  /** Take back so many code points of the end, and add `text`: what was said there is withdrawn. */
  replaceTail(codePoints: number, text: string): void {
    let end = this.#text.length;
    for (let taken = 0; taken < codePoints && end > 0; taken++) {
      const low = this.#text.charCodeAt(end - 1);
      const high = end > 1 ? this.#text.charCodeAt(end - 2) : 0;
      end -= low >= 0xdc00 && low < 0xe000 && high >= 0xd800 && high < 0xdc00 ? 2 : 1;
    }
    this.reset(this.#text.slice(0, end) + text);
  }

  /** Show another text, to which more may come. Blocks that are as they were stay. */
  reset(text = ""): void {
    const made = document.createElement("div");
    this.#blocks = new Blocks(made, this.#listener);
    this.#text = "";
    this.#half = "";
    this.append(text);
    const had = [...this.#body.childNodes];
    let at = 0;
    // The last of them may still grow: it is the parser's own.
    while (at < had.length && made.childNodes.length > 1 && same(had[at] as Node, made.firstChild as Node)) {
      made.firstChild?.remove();
      at++;
    }
    for (const node of had.slice(at)) node.remove();
    this.#body.append(...made.childNodes);
    this.#blocks.root = this.#body;
  }

  /**
   * All has come: what the full parser sees otherwise is mended, and nothing else touched. `text` is the whole text where
   * it may differ from what was added. Done in slices, so that the page goes on.
   */
  async finish(text = this.#text): Promise<void> {
    if (text !== this.#text) {
      if (text.startsWith(this.#text)) this.append(text.slice(this.#text.length));
      else this.reset(text);
    }
    this.#blocks.end();
    this.#blocks = new Blocks(this.#body, this.#listener);
    const work = ++this.#work;
    const wanted: Node[] = [];
    let began = performance.now();
    for (const node of whole(text, this.#listener)) {
      wanted.push(node);
      if (performance.now() - began < SLICE) continue;
      await rest();
      if (work !== this.#work) return;
      began = performance.now();
    }
    patch(this.#body, wanted);
  }
}

/** A click on a block's button copies its code. */
async function copyFrom(event: Event): Promise<void> {
  const target = event.target;
  const button = target instanceof Element ? target.closest("button.copy") : null;
  const code = button?.closest("figure")?.querySelector("code");
  if (!button || !code) return;
  await navigator.clipboard.writeText(code.textContent);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), COPIED);
}

customElements.define("rn-markdown", RnMarkdown);

declare global {
  interface HTMLElementTagNameMap {
    "rn-markdown": RnMarkdown;
  }
}
