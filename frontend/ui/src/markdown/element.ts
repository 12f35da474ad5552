/** `<rn-markdown>`: a text of a model's, shown as it comes. */

import { copyText } from "../clipboard.ts";
import { Blocks, type Listener } from "./blocks.ts";
import { Body } from "./body.ts";
import { beginOf, sameBegin } from "./containers.ts";
import { highlight } from "./highlight.ts";
import { typeset } from "./math.ts";
import { same } from "./patch.ts";
import { handAll, settle } from "./settle.ts";
import { Sliced, type Work } from "./slices.ts";
import { styles } from "./styles.ts";

const PIECE = 512; // characters that are parsed without a look at the clock
const COPIED = 2000; // ms for which a button says so

/**
 * Shows Markdown. `append` adds to it at a cost that does not grow with what is there; `finish` says that all has come.
 * What the text may contain is in elements.ts; nothing of it is ever parsed as HTML. Much text is shown in slices.
 */
export class RnMarkdown extends HTMLElement {
  /** How many sources may be cited: `[n]` is a citation where n is one of them. Set before the text. */
  sources = 0;

  readonly #body: Body;
  readonly #listener: Listener;
  #text = "";
  #coming = ""; // the end of the text, as far as it is not shown yet
  #blocks: Blocks;
  #next: (() => Work)[] = [];
  #work: Sliced | null = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styles()];
    this.#body = new Body(root);
    root.addEventListener("click", (event) => void copyFrom(event));
    this.#listener = {
      sources: () => this.sources,
      references: new Map(),
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
    this.#work?.stop();
    this.#work = null;
    this.#next = [];
    this.#coming = "";
    this.#text = text;
    this.#listener.references.clear();
    void this.#do(() => this.#fill(text));
  }

  /** Add to the end of the text. */
  override append(delta: string): void {
    this.#text += delta;
    this.#coming += delta;
    if (this.#work) return;
    if (this.#coming.length <= PIECE) this.#blocks.write(this.#take());
    else void this.#do(() => this.#write());
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
    this.flush();
    let like = 0;
    while (like < text.length && text[like] === this.#text[like]) like++;
    // What the block before says was decided by a line that stays.
    const body = this.#body;
    let block = body.last;
    while (block && beginOf(block) > like) block = body.previous(block);
    block = (block && body.previous(block)) ?? body.first;
    const begin = block && beginOf(block) <= like ? beginOf(block) : 0;
    const { references } = this.#listener;
    for (const [label, { at }] of references) if (at >= begin) references.delete(label);
    const made = document.createElement("div");
    this.#blocks = new Blocks(made, this.#listener, begin);
    this.#text = text;
    this.#coming = text.slice(begin);
    for (let piece = this.#take(); piece; piece = this.#take()) this.#blocks.write(piece);
    // The last of them may still grow: it is the parser's own.
    while (block && made.firstChild && made.firstChild !== made.lastChild && same(block, made.firstChild)) {
      handAll(made.firstChild, block);
      made.firstChild.remove();
      block = body.next(block);
    }
    removeFrom(block, body);
    while (made.firstChild) body.append(made.firstChild);
    this.#blocks.moved(body);
  }

  /**
   * All has come: what the whole text tells otherwise is mended, and nothing else touched. `text` is the whole text where
   * it may differ from what was added.
   */
  finish(text = this.#text): Promise<void> {
    if (text.startsWith(this.#text)) this.append(text.slice(this.#text.length));
    else this.reset(text);
    return this.#do(() => this.#end());
  }

  /** Show at once what is still to be shown in slices. */
  flush(): void {
    this.#work?.flush();
  }

  #do(work: () => Work): Promise<void> {
    this.#next.push(work);
    if (!this.#work) {
      const sliced = new Sliced(this.#all());
      if (sliced.ended) return sliced.done;
      this.#work = sliced;
    }
    return this.#work.done;
  }

  *#all(): Work {
    for (let work = this.#next.shift(); work; work = this.#next.shift()) yield* work();
    this.#work = null;
  }

  *#write(): Work {
    for (let piece = this.#take(); piece; piece = this.#take()) {
      this.#blocks.write(piece);
      yield piece.length;
    }
  }

  /** The next of what has come; half a character of two UTF-16 code units waits for the other half. */
  #take(): string {
    let end = Math.min(PIECE, this.#coming.length);
    const last = this.#coming.charCodeAt(end - 1);
    if (last >= 0xd800 && last < 0xdc00) end--;
    const piece = this.#coming.slice(0, end);
    this.#coming = this.#coming.slice(end);
    return piece;
  }

  *#end(): Work {
    yield* this.#write();
    this.#blocks.end();
    this.#blocks = new Blocks(this.#body, this.#listener, this.#text.length);
    for (let block = this.#body.first; block; block = this.#body.next(block)) yield* settle(block, this.#listener);
  }

  /** Show a whole text, block by block, each as it stays. */
  *#fill(text: string): Work {
    const made = document.createElement("div");
    const blocks = new Blocks(made, this.#listener);
    const referring = text.includes("]:"); // to what may be defined at its end
    let place = this.#body.first;
    const settled = function* (block: ChildNode, body: Body, listener: Listener): Work {
      yield* settle(block, listener);
      const old = place;
      place = old && body.next(old);
      block.remove();
      if (!old) body.append(block);
      else if (same(old, block)) sameBegin(old, block);
      else old.replaceWith(block);
    };
    for (let at = 0; at < text.length; at += PIECE) {
      blocks.write(text.slice(at, at + PIECE));
      yield Math.min(PIECE, text.length - at);
      while (!referring && made.firstChild && made.firstChild !== made.lastChild)
        yield* settled(made.firstChild, this.#body, this.#listener);
    }
    blocks.end();
    while (made.firstChild) yield* settled(made.firstChild, this.#body, this.#listener);
    removeFrom(place, this.#body);
    this.#blocks = new Blocks(this.#body, this.#listener, text.length);
    yield* this.#write();
  }
}

/** Remove a block and all after it. */
function removeFrom(block: ChildNode | null, body: Body): void {
  while (block) {
    const next = body.next(block);
    body.remove(block);
    block = next;
  }
}

/** A click on a block's button copies its code. */
async function copyFrom(event: Event): Promise<void> {
  const target = event.target;
  const button = target instanceof Element ? target.closest("button.copy") : null;
  const code = button?.closest("figure")?.querySelector("code");
  if (!button || !code) return;
  await copyText(code.textContent);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), COPIED);
}

customElements.define("rn-markdown", RnMarkdown);

declare global {
  interface HTMLElementTagNameMap {
    "rn-markdown": RnMarkdown;
  }
}
