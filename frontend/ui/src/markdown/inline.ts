/**
 * The text of one paragraph, heading or cell as it comes: emphasis, links, code, formulas and citations.
 *
 * streaming-markdown parses what Markdown has. Formulas and citations are found here before it sees them: what they make
 * goes through it as one character of a private area, which stands for a node. Of hostile text it sees only so much: the
 * rest of the block is shown as it was written, until all is there (see settle.ts).
 */

import * as smd from "streaming-markdown";

import { referenceAt } from "./addresses.ts";
import { addText, checkbox, citation, math, plain } from "./elements.ts";
import { Formulas, citationAt } from "./formulas.ts";
import { Nodes } from "./nodes.ts";
import { remember, type Context } from "./settle.ts";

const LONGEST = 2000; // characters of an address
const PIECE = 128; // characters that are parsed before it is looked how far it went
const TOKENS = 320; // that may be open after a piece

const WORD = /[\p{L}\p{N}]/u;

export class Inline {
  /** Of so many lines it is. */
  lines = 1;
  readonly #parser: smd.Parser;
  readonly #nodes: Nodes;
  readonly #formulas = new Formulas();
  #source = "";
  #held = "";
  #lines = false;
  #fresh = true;
  #last = "";
  #given = false; // up: what comes is shown as it was written

  constructor(
    readonly node: HTMLElement,
    private readonly context: Context,
  ) {
    this.#nodes = new Nodes(node);
    this.#parser = smd.parser(this.#nodes);
    this.#parser.tokens = new Uint32Array(TOKENS);
    this.#parser.tokens[0] = smd.DOCUMENT;
    this.#parser.tokens[1] = smd.PARAGRAPH;
    this.#parser.token = smd.PARAGRAPH;
    this.#parser.len = 1;
  }

  /** Its text, as it was written. */
  get source(): string {
    return this.#source;
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
    this.#source += text;
    this.#feed(text);
  }

  /** The line ends, and the paragraph goes on. */
  newline(): void {
    this.lines++;
    this.#source += "\n";
    if (this.insideFormula) {
      this.#feed("\n");
      if (this.#held || this.isFormula) return;
    }
    if (this.#held === "\\") this.#held = "";
    this.#release();
    if (this.#given) {
      this.node.append(plain("br"));
      return;
    }
    if (this.#parser.token === smd.RAW_URL) this.#pass(" ");
    this.#place(this.#nodes.stand({ raw: " ", make: () => [plain("br")] }));
    this.#fresh = true;
  }

  /** A task's box, at the beginning. */
  task(checked: boolean): void {
    this.node.append(checkbox(checked));
  }

  /** All has come. */
  end(): void {
    this.#release();
    this.#finish();
    remember(this.node, this.#source);
  }

  #feed(text: string): void {
    let rest = this.#held + text;
    const had = this.#held.length;
    this.#held = "";
    let tried = had; // what is held has been looked at up to here
    while (rest) {
      if (this.#given) {
        addText(this.node, rest);
        return;
      }
      const at = this.#next(rest);
      if (at > 0) {
        this.#passAll(rest.slice(0, at));
        rest = rest.slice(at);
        tried = 0;
        continue;
      }
      const used = this.#special(rest, tried, false);
      if (used === 0) {
        this.#held = rest;
        return;
      }
      rest = rest.slice(used);
      tried = 0;
    }
  }

  /** End all that is open. */
  #finish(): void {
    const { pending } = this.#parser;
    const unfinished = this.#inAddress() ? pending.slice(1) : "";
    smd.parser_write(this.#parser, "\n");
    this.#nodes.close();
    if (unfinished) this.#nodes.add_text(null, unfinished);
  }

  /** Where the next character stands that Markdown does not have. */
  #next(text: string): number {
    for (let at = 0; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (char === 95 && at > 0) {
        if (WORD.test(text.charAt(at - 1))) return at;
      } else if (char === 95) return at;
      if (char === 36 || char === 38 || char === 92 || char === 10) return at;
      if (char === 91 && this.context.sources() > 0) return at;
      if (this.#nodes.stands(char)) return at;
    }
    return text.length;
  }

  /** Take what stands at the beginning of `text`: how many characters were taken, 0 where more text would tell. */
  #special(text: string, tried: number, whole: boolean): number {
    const char = text.charAt(0);
    const code = char.charCodeAt(0);
    if (this.#nodes.stands(code)) return this.#raw(char);
    if (this.#opaque()) return this.#plain(char);
    if (char === "[") {
      const found = citationAt(text.slice(0, 40), this.context.sources(), whole);
      if (found === undefined) return 0;
      if (!found) return this.#plain(char);
      this.#place(this.#nodes.stand({ raw: found.raw, make: () => found.numbers.map(citation) }));
      return found.raw.length;
    }
    if (char === "\n") return this.#plain(" ");
    if (char === "_") return this.#underscores(text, whole);
    if (char === "&") return this.#reference(text, whole);
    // A long formula is looked at again where it may end, not at each character.
    if (!whole && tried > 128 && text.length < 6000 && !/[$)\]\n]/.test(text.slice(tried - 1))) return 0;
    if (tried === 0) this.#lines = this.#fresh;
    const found = this.#formulas.at(text, 0, this.#lines, whole);
    if (found === undefined) return 0;
    if (found) {
      const make = (): Node[] => {
        const element = math(found);
        this.context.formula(element);
        return [element];
      };
      this.#place(this.#nodes.stand({ raw: found.raw, make }));
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

  /** A character by its name. */
  #reference(text: string, whole: boolean): number {
    if (!whole && /^&(?:#\d{0,7}|#[xX][0-9a-fA-F]{0,6}|[a-z]{0,4})$/.test(text)) return 0;
    const found = referenceAt(text, 0);
    if (!found) return this.#raw("&");
    this.#raw(found.char);
    return found.length;
  }

  /** Underscores inside a word are its own. */
  #underscores(text: string, whole: boolean): number {
    const run = /^_+/.exec(text)?.[0] ?? "_";
    if (!WORD.test(this.#last)) {
      this.#passAll(run);
      return run.length;
    }
    const next = text.slice(run.length, run.length + 2);
    if (!next && !whole && run.length < PIECE) return 0;
    if (next.search(WORD) === 0) this.#raw(run);
    else this.#passAll(run);
    return run.length;
  }

  #raw(text: string): number {
    this.#place(this.#nodes.stand({ raw: text }));
    return text.length;
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
      const used = this.#given ? 0 : this.#special(rest, 0, true);
      if (used < rest.length) this.#feed(rest.slice(used));
    }
    this.#lines = false;
  }

  #passAll(text: string): void {
    for (let from = 0; from < text.length; from += PIECE) this.#pass(text.slice(from, from + PIECE));
  }

  #pass(text: string): void {
    if (this.#given) {
      addText(this.node, this.#nodes.written(text));
      return;
    }
    if (text !== " ") this.#fresh = false;
    this.#last = text.slice(-1);
    smd.parser_write(this.#parser, text);
    if (!this.#nodes.full && this.#parser.pending.length <= LONGEST) return;
    this.#finish();
    this.#given = true;
  }

  /** Let a character of the private area through, and what follows it be as after a space. */
  #place(char: string): void {
    this.#pass(char);
    if (this.#parser.pending !== char) return;
    this.#parser.pending = "";
    this.#nodes.add_text(null, char);
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
}
