/**
 * The blocks of an answer as it comes: lists, quotes, code, tables, headings and paragraphs.
 *
 * A line is held until its first characters tell what it begins; the rest of it is shown at once. What was shown is not
 * made again, but for a line that the next one makes a heading or a table, or no table.
 */

import { meant } from "./addresses.ts";
import type { Room } from "./body.ts";
import { Code } from "./code.ts";
import { Containers } from "./containers.ts";
import { plain, safeUrl, type Plain } from "./elements.ts";
import { Inline } from "./inline.ts";
import * as lines from "./lines.ts";
import { hand, type Context } from "./settle.ts";
import { labelOf } from "./spans.ts";
import { Table } from "./tables.ts";

interface Text {
  kind: "text";
  inline: Inline;
  heading: boolean;
  /** Whether its last line begins with a bar. */
  barred: boolean;
}

export interface Listener extends Context {
  /** A block of code has all its text. */
  code: (figure: HTMLElement) => void;
}

export class Blocks {
  readonly #in: Containers;
  #leaf: Text | Code | Table | null = null;
  /** The beginning of a line that does not yet tell what it is, or null when the line's text is being shown. */
  #start: string | null = "";
  #aligning = false; // what is held may align the columns of a table
  #spaces = ""; // at what may be the end of a line; of a heading, also the marks that may end it
  #at: number;

  /** The text begins at `at` of the answer's. */
  constructor(
    root: Room,
    private readonly listener: Listener,
    at = 0,
  ) {
    this.#at = at;
    this.#in = new Containers(root, at);
  }

  /** What was written stands in another node now. */
  moved(root: Room): void {
    this.#in.root = root;
  }

  write(text: string): void {
    let from = 0;
    while (from < text.length) {
      const end = text.indexOf("\n", from);
      const part = text.slice(from, end < 0 ? text.length : end);
      if (part) this.#write(part);
      this.#at += part.length;
      if (end < 0) return;
      this.#endLine();
      this.#in.begin = ++this.#at;
      from = end + 1;
    }
  }

  end(): void {
    if (this.#start) this.#begin(this.#start, true);
    this.#start = "";
    this.#endHeading();
    this.#close(0);
  }

  #write(part: string): void {
    // A character at a time, so that what is decided does not depend on how the text was cut.
    for (let at = 0; at < part.length; at++) {
      if (this.#start === null) {
        this.#more(part.slice(at));
        return;
      }
      if (this.#aligning) {
        const more = /^[|:\- \t]*/.exec(part.slice(at))?.[0] ?? "";
        this.#start += more;
        at += more.length;
        if (at === part.length) return;
      }
      this.#start += part.charAt(at);
      if (this.#begin(this.#start, false)) this.#start = null;
      else if (this.#start.length > lines.LONGEST && !this.#start.trim())
        this.#start = this.#start.slice(lines.LONGEST / 2);
    }
  }

  #endLine(): void {
    if (this.#start !== null) this.#begin(this.#start, true);
    this.#start = "";
    this.#endHeading();
    this.#spaces = "";
    const leaf = this.#leaf;
    if (leaf?.kind === "table") leaf.endRow();
    if (leaf?.kind === "text" && (leaf.heading || leaf.inline.isFormula)) this.#closeLeaf();
  }

  /** What may have ended a heading is its text, but for marks after a space. */
  #endHeading(): void {
    const leaf = this.#leaf;
    if (leaf?.kind !== "text" || !leaf.heading || !this.#spaces) return;
    let end = this.#spaces.trimEnd().length;
    while (this.#spaces[end - 1] === "#") end--;
    const closed = end > 0 ? /\s/.test(this.#spaces.charAt(end - 1)) : !leaf.inline.source;
    leaf.inline.write(closed ? this.#spaces.slice(0, end).trimEnd() : this.#spaces.trimEnd());
    this.#spaces = "";
  }

  /** More of a line whose beginning is known. */
  #more(text: string): void {
    const leaf = this.#leaf;
    if (leaf && leaf.kind !== "code") this.#in.direct(text);
    if (leaf?.kind !== "text") {
      leaf?.write(text);
      return;
    }
    let end = text.trimEnd().length;
    if (leaf.heading) while (end > 0 && /[\s#]/.test(text.charAt(end - 1))) end--;
    if (end) leaf.inline.write(this.#spaces + text.slice(0, end));
    this.#spaces = end ? text.slice(end) : this.#spaces + text;
  }

  #closeLeaf(): void {
    if (this.#leaf?.kind === "table") {
      this.#leaf.endRow();
      if (!this.#leaf.certain) this.#noTable(this.#leaf);
    }
    const leaf = this.#leaf;
    this.#leaf = null;
    this.#spaces = "";
    if (leaf?.kind === "text") leaf.inline.end();
    if (leaf?.kind === "code") this.listener.code(leaf.figure);
  }

  #close(depth: number): void {
    this.#closeLeaf();
    this.#in.close(depth);
  }

  /** Decide what a line is; false where more of it has to be seen. `whole`: the line ends here. */
  #begin(line: string, whole: boolean): boolean {
    this.#aligning = false;
    const found = this.#in.continued(line, whole);
    if (!found) return false;
    const { depth, rest } = found;
    const leaf = this.#leaf;
    const blank = !rest.trim();
    if (leaf?.kind === "code" && depth === this.#in.depth) return this.#inCode(leaf, rest, whole);
    if (leaf?.kind === "text" && leaf.inline.insideFormula && !(blank && whole)) {
      if (blank) return false;
      return this.#goOn(leaf, rest);
    }
    if (blank) {
      if (whole) this.#blank(depth);
      return whole;
    }
    return this.#block(rest, depth, whole);
  }

  #blank(depth: number): void {
    const item = this.#in.emptyItem;
    if (item) item.ended = true;
    const quote = this.#in.quoteFrom(depth);
    if (quote >= 0) this.#close(quote);
    else if (this.#leaf?.kind !== "code") this.#closeLeaf();
  }

  #block(given: string, from: number, whole: boolean): boolean {
    let rest = given;
    let depth = from;
    for (;;) {
      const found = this.#decide(rest, depth, whole);
      if (typeof found === "boolean") return found;
      // An item or a quote began: what stands in it is a line of its own.
      rest = found;
      depth = this.#in.depth;
      this.#start = this.#in.prefix() + rest; // should more of the line have to be seen
      if (!rest) return whole;
    }
  }
  /** What a line is, or what is left of one in an item or quote: where it begins one of those, what stands in that. */
  #decide(rest: string, depth: number, whole: boolean): boolean | string {
    const bare = rest.trimStart();
    if (!bare) return whole;
    const decided = depth === this.#in.depth ? this.#aligns(bare, whole) : null;
    if (decided !== null) return decided;
    if (this.#leaf?.kind === "table" && !this.#leaf.certain) this.#noTable(this.#leaf);
    const leaf = this.#leaf;
    const text = leaf?.kind === "text" && !leaf.heading ? leaf : null;
    const inText = text !== null && depth === this.#in.depth;
    const indent = lines.indentOf(rest);
    if (indent >= 4) {
      if (text) return this.#goOn(text, bare);
      this.#close(depth);
      return this.#indented(rest);
    }
    if (!whole && lines.undecided(bare, text !== null)) return false;
    if (whole && this.#wholeLine(bare, indent, depth, inText ? text : null)) return true;
    const heading = lines.headingMark(bare);
    if (heading) {
      this.#close(depth);
      return this.#text(`h${heading.level}` as Plain, bare.slice(heading.raw.length));
    }
    if (bare.startsWith(">") && !this.#in.full) {
      this.#closeLeaf();
      this.#in.quote(depth);
      return bare.slice(1).replace(/^ /, "");
    }
    const item = lines.itemMark(bare);
    if (item && this.#in.mayBegin(item, inText)) {
      this.#closeLeaf();
      this.#in.item(item, depth, indent);
      return this.#task(bare.slice(item.raw.length));
    }
    const row = this.#row(bare, depth, whole);
    if (row !== null) return row;
    if (text && !/^(?:\$\$|\\\[)/.test(bare)) return this.#goOn(text, bare);
    this.#close(depth);
    return this.#text("p", bare);
  }

  /** What a line is of which all is there: null where that does not matter. */
  #wholeLine(bare: string, indent: number, depth: number, text: Text | null): boolean {
    const level = text && !text.inline.isFormula ? lines.underline(bare) : 0;
    if (text && level) {
      this.#underlined(text.inline, level === 1 ? "h1" : "h2");
      return true;
    }
    if (lines.isRule(bare)) {
      this.#close(depth);
      this.#in.put(plain("hr"));
      return true;
    }
    const code = lines.fenceMark(bare);
    if (code) {
      this.#close(depth);
      this.#code(new Code(code.fence, indent, code.info));
      return true;
    }
    const found = this.#leaf?.kind === "text" ? null : lines.definition(bare);
    const url = found && safeUrl(meant(found.url));
    if (!found || !url) return false;
    this.#close(depth);
    const { references } = this.listener;
    const label = labelOf(found.label);
    if (!references.has(label)) references.set(label, { url, at: this.#in.begin });
    return true;
  }

  /** Whether a line aligns the columns of a table whose head is the line before it: null where it does not. */
  #aligns(bare: string, whole: boolean): boolean | null {
    const leaf = this.#leaf;
    const head = leaf?.kind === "table" ? !leaf.certain : leaf?.kind === "text" && mayHead(leaf);
    if (!head || !lines.mayAlign(bare)) return null;
    this.#aligning = !whole;
    if (!whole) return false;
    if (leaf?.kind === "table") return leaf.align(bare) || null;
    return leaf?.kind === "text" && this.#tableOf(leaf.inline, bare) ? true : null;
  }

  /** A line of a table: its first, or a row. */
  #row(bare: string, depth: number, whole: boolean): boolean | null {
    const leaf = depth === this.#in.depth ? this.#leaf : null;
    if (leaf?.kind === "table") {
      if (!bare.includes("|")) return whole || bare.length > lines.LONGEST ? null : false;
    } else {
      if (!bare.startsWith("|") || (leaf?.kind === "text" && leaf.barred)) return null;
      this.#close(depth);
      const table = new Table(this.listener);
      this.#in.put(table.box);
      this.#in.undirected(table.box);
      this.#leaf = table;
    }
    this.#more(bare);
    return true;
  }

  /** The line of a paragraph is the head of a table. */
  #tableOf(inline: Inline, line: string): boolean {
    const table = new Table(this.listener);
    table.write(inline.source);
    table.endRow();
    if (!table.align(line)) return false;
    this.#in.replace(inline.node, table.box);
    this.#leaf = table;
    this.#in.undirected(table.box);
    this.#in.direct(inline.source);
    return true;
  }

  /** What looked like a table's first line is a paragraph's. */
  #noTable(table: Table): void {
    const node = plain("p");
    this.#in.replace(table.box, node);
    const inline = new Inline(node, this.listener);
    inline.write(table.head.trimEnd());
    this.#leaf = { kind: "text", inline, heading: false, barred: true };
  }

  /** An item that is a task has a box; what is left of its line otherwise. */
  #task(rest: string): true | string {
    const task = /^\[([ xX])\]\s+/.exec(rest);
    if (!task) return rest;
    this.#text("p", "");
    (this.#leaf as Text).inline.task(task[1] !== " ");
    this.#more(rest.slice(task[0].length));
    return true;
  }

  /** A block of text; the first of an item stands in the item itself. */
  #text(name: Plain, text: string): true {
    const item = this.#in.emptyItem;
    let node: HTMLElement;
    if (name === "p" && item) {
      node = item.node;
      item.empty = false;
    } else {
      node = plain(name);
      this.#in.put(node);
    }
    this.#leaf = { kind: "text", inline: new Inline(node, this.listener), heading: name !== "p", barred: false };
    this.#more(text);
    return true;
  }

  /** A paragraph goes on with another line. */
  #goOn(leaf: Text, text: string): true {
    leaf.inline.newline();
    leaf.barred &&= text.startsWith("|");
    this.#more(text);
    return true;
  }

  /** A line under a paragraph makes a heading of it. */
  #underlined(inline: Inline, name: Plain): void {
    this.#closeLeaf();
    const heading = plain(name);
    hand(inline.node, heading);
    while (inline.node.firstChild) heading.append(inline.node.firstChild);
    if (inline.node.localName === "p") this.#in.replace(inline.node, heading);
    else inline.node.append(heading);
  }

  #code(code: Code): void {
    this.#in.put(code.figure);
    this.#leaf = code;
  }

  #indented(line: string): true {
    const code = new Code("", 4);
    this.#code(code);
    code.line(line, true);
    return true;
  }

  #inCode(code: Code, rest: string, whole: boolean): boolean {
    const is = code.line(rest, whole);
    if (is === "undecided") return false;
    if (is === "code") return true;
    this.#closeLeaf();
    return is === "last" || this.#block(rest, this.#in.depth, whole);
  }
}

/** Whether a paragraph may be the head of a table. */
function mayHead({ inline, heading }: Text): boolean {
  return !heading && inline.lines === 1 && inline.node.localName === "p" && inline.source.includes("|");
}
