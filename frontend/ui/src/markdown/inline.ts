/**
 * The text of one paragraph, heading or cell as it comes: emphasis, links, code, formulas and citations.
 *
 * streaming-markdown parses what Markdown has. Formulas and citations are found here before it sees them: what they make
 * goes through it as one character of a private area, which stands for a node.
 */

import * as smd from "streaming-markdown";

import { addText, checkbox, citation, lead, link, math, plain, safeUrl } from "./elements.ts";
import { citationAt, formulaAt } from "./formulas.ts";

const FIRST = 0xe000; // the private area of Unicode's first plane
const SIZE = 6400;
const DEEPEST = 32; // elements of a paragraph inside each other
const HELD = 160; // characters of a link's text that wait for its address

const WORD = /[\p{L}\p{N}]/u;

/** What begins emphasis that never ended. */
const MARKS: Partial<Record<number, string>> = {
  [smd.ITALIC_AST]: "*",
  [smd.ITALIC_UND]: "_",
  [smd.STRONG_AST]: "**",
  [smd.STRONG_UND]: "__",
  [smd.STRIKE]: "~~",
  [smd.CODE_INLINE]: "`",
};

/** What stands for a character of the private area: what it makes, and its text where nothing is made (in code). */
interface Stand {
  raw: string;
  make?: () => Node[];
}

/** What `end` makes of an element, and where it will stand. */
interface Open {
  node: HTMLElement;
  kind: number;
  url: string;
  shown: boolean;
}

export interface Context {
  /** How many sources there are to cite. */
  sources: () => number;
  formula: (element: HTMLElement) => void;
}

export class Inline {
  readonly #parser: smd.Parser;
  readonly #open: Open[];
  readonly #stands: Stand[] = [];
  #held = "";
  #lines = false;
  #fresh = true;
  #last = "";

  constructor(
    readonly node: HTMLElement,
    private readonly context: Context,
  ) {
    this.#open = [{ node, kind: 0, url: "", shown: true }];
    this.#parser = smd.parser({
      data: this,
      add_token: (_, kind) => this.#begin(kind),
      end_token: () => this.#end(),
      add_text: (_, text) => this.#text(text),
      set_attr: (_, kind, value) => this.#address(kind, value),
    });
    this.#parser.tokens = new Uint32Array(1024);
    this.#parser.tokens[0] = smd.DOCUMENT;
    this.#parser.tokens[1] = smd.PARAGRAPH;
    this.#parser.token = smd.PARAGRAPH;
    this.#parser.len = 1;
  }

  /** Whether a formula that goes over lines is open: what comes is its text, whatever it looks like. */
  get insideFormula(): boolean {
    return this.#lines && this.#held !== "";
  }

  /** Whether there is nothing but a display formula. */
  get isFormula(): boolean {
    const only = this.node.lastChild;
    return only === this.node.firstChild && only instanceof HTMLElement && only.className === "math display";
  }

  write(text: string): void {
    let rest = this.#held + text;
    const had = this.#held.length;
    this.#held = "";
    let tried = had; // what is held has been looked at up to here
    while (rest) {
      const at = this.#next(rest);
      if (at > 0) this.#pass(rest.slice(0, at));
      rest = rest.slice(at);
      if (!rest) return;
      if (at > 0) tried = 0;
      const used = this.#special(rest, tried, false);
      if (used === 0) {
        this.#held = rest;
        return;
      }
      rest = rest.slice(used);
      tried = 0;
    }
  }

  /** The line ends, and the paragraph goes on. */
  newline(): void {
    if (this.insideFormula) {
      this.write("\n");
      if (this.#held || this.isFormula) return;
    }
    this.#release();
    if (this.#parser.token === smd.RAW_URL || this.#parser.token === smd.MAYBE_URL) this.#pass(" ");
    this.#place(this.#stand({ raw: " ", make: () => [plain("br")] }));
    this.#fresh = true;
  }

  /** A task's box, at the beginning. */
  task(checked: boolean): void {
    this.node.append(checkbox(checked));
  }

  /** All has come. */
  end(): void {
    this.#release();
    const { pending } = this.#parser;
    const unfinished = this.#inAddress() ? pending.slice(1) : "";
    smd.parser_write(this.#parser, "\n");
    while (this.#open.length > 1) {
      const open = this.#top;
      this.#end();
      const mark = MARKS[open.kind];
      if (mark) unwrap(open.node, mark);
    }
    if (unfinished) this.#text(unfinished);
  }

  /** Where the next character stands that Markdown does not have. */
  #next(text: string): number {
    for (let at = 0; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (char === 95 && at > 0) {
        if (WORD.test(text.charAt(at - 1))) return at;
      } else if (char === 95) return at;
      if (char === 36 || char === 92 || char === 10 || (char === 91 && this.context.sources() > 0)) return at;
      if (char >= FIRST && char < FIRST + SIZE) return at;
    }
    return text.length;
  }

  /** Take what stands at the beginning of `text`: how many characters were taken, 0 where more text would tell. */
  #special(text: string, tried: number, whole: boolean): number {
    const char = text.charAt(0);
    const code = char.charCodeAt(0);
    if (code >= FIRST && code < FIRST + SIZE) return this.#raw(char);
    if (this.#opaque()) {
      this.#pass(char);
      return 1;
    }
    if (char === "[") {
      const found = citationAt(text.slice(0, 40), this.context.sources(), whole);
      if (found === undefined) return 0;
      if (!found) return this.#plain(char);
      this.#place(this.#stand({ raw: found.raw, make: () => found.numbers.map(citation) }));
      return found.raw.length;
    }
    if (char === "\n") return this.#plain(" ");
    if (char === "_") return this.#underscores(text, whole);
    // A long formula is looked at again where it may end, not at each character.
    if (!whole && tried > 128 && text.length < 6000 && !/[$)\]\n]/.test(text.slice(tried - 1))) return 0;
    if (tried === 0) this.#lines = this.#fresh;
    const found = formulaAt(text, this.#lines, whole);
    if (found === undefined) return 0;
    if (found) {
      const make = (): Node[] => {
        const element = math(found);
        this.context.formula(element);
        return [element];
      };
      this.#place(this.#stand({ raw: found.raw, make }));
      return found.raw.length;
    }
    if (char === "$") return this.#raw(char);
    if (text.length < 2 && !whole) return 0;
    return this.#escape(text);
  }

  #escape(text: string): number {
    const next = text.charAt(1);
    if (!next || /[\w\s]/.test(next)) return this.#raw("\\");
    if (/[\x21-\x7e]/.test(next)) return this.#raw(next) + 1;
    return this.#raw("\\");
  }

  /** Underscores inside a word are its own. */
  #underscores(text: string, whole: boolean): number {
    const run = /^_+/.exec(text)?.[0] ?? "_";
    if (!WORD.test(this.#last)) {
      this.#pass(run);
      return run.length;
    }
    const next = text.slice(run.length, run.length + 2);
    if (!next && !whole) return 0;
    if (next.search(WORD) === 0) for (const char of run) this.#raw(char);
    else this.#pass(run);
    return run.length;
  }

  #raw(char: string): number {
    this.#place(this.#stand({ raw: char }));
    return char.length;
  }

  #plain(char: string): number {
    this.#pass(char);
    return 1;
  }

  /** What waits for more text will not get it. */
  #release(): void {
    while (this.#held) {
      const rest = this.#held;
      this.#held = "";
      const used = this.#special(rest, 0, true);
      if (used < rest.length) this.write(rest.slice(used));
    }
    this.#lines = false;
  }

  #pass(text: string): void {
    if (text !== " ") this.#fresh = false;
    this.#last = text.slice(-1);
    smd.parser_write(this.#parser, text);
  }

  /** Let a character of the private area through, and what follows it be as after a space. */
  #place(char: string): void {
    this.#pass(char);
    if (this.#parser.pending !== char) return;
    this.#parser.pending = "";
    this.#text(char);
  }

  /** Whether what comes is code or an address, where nothing means more than itself. */
  #opaque(): boolean {
    const { token, pending, tokens, len } = this.#parser;
    if (tokens[len] === smd.CODE_INLINE || pending.startsWith("`")) return true;
    return token === smd.RAW_URL || this.#inAddress();
  }

  #inAddress(): boolean {
    const { token, pending } = this.#parser;
    return (token === smd.LINK || token === smd.IMAGE) && pending.startsWith("](");
  }

  #stand(stand: Stand): string {
    if (this.#stands.length >= SIZE) return stand.raw;
    this.#stands.push(stand);
    return String.fromCharCode(FIRST + this.#stands.length - 1);
  }

  get #top(): Open {
    return this.#open[this.#open.length - 1] as Open;
  }

  #begin(kind: number): void {
    const top = this.#top;
    const node = this.#open.length < DEEPEST ? this.#make(kind) : null;
    if (!node) {
      this.#open.push({ node: top.node, kind: 0, url: "", shown: true });
      return;
    }
    const shown = kind !== smd.LINK && kind !== smd.IMAGE;
    if (shown) top.node.append(node);
    this.#open.push({ node, kind, url: "", shown });
  }

  #make(kind: number): HTMLElement | null {
    switch (kind) {
      case smd.ITALIC_AST:
      case smd.ITALIC_UND:
        return plain("em");
      case smd.STRONG_AST:
      case smd.STRONG_UND:
        return plain("strong");
      case smd.STRIKE:
        return plain("del");
      case smd.CODE_INLINE:
        return plain("code");
      case smd.LINE_BREAK:
        return plain("br");
      case smd.LINK:
      case smd.RAW_URL:
      case smd.IMAGE:
        return this.#inLink() ? null : link();
      default:
        return null;
    }
  }

  #inLink(): boolean {
    return this.#open.some((open) => open.node.localName === "a");
  }

  #end(): void {
    if (this.#open.length < 2) return;
    const open = this.#open.pop() as Open;
    const { node, kind } = open;
    if (kind === smd.RAW_URL) this.#endAddress(open);
    else if (kind === smd.LINK || kind === smd.IMAGE) this.#endLink(open);
    else if (kind !== 0 && kind !== smd.LINE_BREAK && !node.hasChildNodes()) node.remove();
  }

  /** An address in the text: marks that end a sentence are not its own. */
  #endAddress({ node, url }: Open): void {
    const text = node.textContent;
    const given = url || text;
    const kept = given.replace(/[?!.,:;*_~'")\]]+$/, "");
    const to = safeUrl(kept);
    if (to) lead(node, to);
    if (kept === text) return;
    node.replaceChildren(kept);
    addText(this.#top.node, text.slice(kept.length));
  }

  #endLink({ node, kind, url, shown }: Open): void {
    const at = this.#top.node;
    const given = /^<?([^\s>]*)>?/.exec(url.trim())?.[1] ?? "";
    const to = safeUrl(given);
    if (kind === smd.IMAGE) node.className = "image";
    if (to) {
      if (!node.hasChildNodes()) addText(node, to);
      lead(node, to);
      if (!shown) at.append(node);
      return;
    }
    const brackets = !url; // it was no link
    if (shown) {
      if (brackets) node.before("[");
      if (brackets) addText(at, "]");
      return;
    }
    if (brackets) addText(at, kind === smd.IMAGE ? "![" : "[");
    adopt(at, node);
    if (brackets) addText(at, "]");
  }

  #text(text: string): void {
    const top = this.#top;
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const stand = this.#stands[text.charCodeAt(at) - FIRST];
      if (!stand) continue;
      if (at > from) addText(top.node, text.slice(from, at));
      from = at + 1;
      if (stand.make && top.kind !== smd.CODE_INLINE) top.node.append(...stand.make());
      else addText(top.node, stand.raw);
    }
    if (from < text.length) addText(top.node, text.slice(from));
    this.#reveal();
  }

  /** A link's text waits for its address, but not for long. */
  #reveal(): void {
    for (let at = 1; at < this.#open.length; at++) {
      const open = this.#open[at] as Open;
      if (open.shown || open.node.textContent.length <= HELD) continue;
      open.shown = true;
      (this.#open[at - 1] as Open).node.append(open.node);
    }
  }

  #address(kind: number, value: string): void {
    if (kind !== smd.HREF && kind !== smd.SRC) return;
    const raw = value.replace(/[\ue000-\uf8ff]/g, (char) => this.#stands[char.charCodeAt(0) - FIRST]?.raw ?? char);
    this.#top.url = raw || "#";
  }
}

/** Move what stands in one element to the end of another, so that text goes on in the same node. */
function adopt(to: HTMLElement, from: HTMLElement): void {
  for (const child of [...from.childNodes]) {
    if (child instanceof Text) addText(to, child.data);
    else to.append(child);
  }
}

/** Take an element away around what stands in it, and write `mark` before that. */
function unwrap(element: HTMLElement, mark: string): void {
  element.before(mark);
  element.replaceWith(...element.childNodes);
}
