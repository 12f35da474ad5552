/**
 * The blocks of an answer as it comes: lists, quotes, code, tables, headings and paragraphs.
 *
 * A line is held until its first characters tell what it begins; the rest of it is shown at once. What was shown is not
 * made again.
 */

import { addText, align, codeBlock, ordered, plain, table, type Align, type Plain } from "./elements.ts";
import { Inline, type Context } from "./inline.ts";

const DEEPEST = 40; // lists and quotes inside each other

const LONGEST = 400; // characters of a line that is held

interface Quote {
  kind: "quote";
  node: HTMLElement;
}

interface Item {
  kind: "item";
  node: HTMLElement;
  list: HTMLElement;
  /** What marks its items: "-", "*", "+", "." or ")". */
  mark: string;
  /** Columns before its text. */
  indent: number;
  /** Whether nothing stands in it yet. */
  empty: boolean;
}

type Leaf =
  | { kind: "text"; inline: Inline; heading: boolean }
  | {
      kind: "code";
      figure: HTMLElement;
      code: HTMLElement;
      fence: string;
      indent: number;
      blank: number;
      empty: boolean;
    }
  | { kind: "table"; table: HTMLElement; body: HTMLElement | null; columns: number; aligns: Align[]; row: Row | null };

interface Row {
  node: HTMLElement;
  cells: number;
  inline: Inline | null;
  space: string;
  escaped: boolean;
}

export interface Listener extends Context {
  /** A block of code has all its text. */
  code: (figure: HTMLElement) => void;
}

export class Blocks {
  #open: (Quote | Item)[] = [];
  #leaf: Leaf | null = null;
  /** The beginning of a line that does not yet tell what it is, or null when the line's text is being shown. */
  #start: string | null = "";
  #spaces = ""; // at what may be the end of a line

  constructor(
    public root: HTMLElement,
    private readonly listener: Listener,
  ) {}

  write(text: string): void {
    let from = 0;
    while (from < text.length) {
      const end = text.indexOf("\n", from);
      const part = text.slice(from, end < 0 ? text.length : end);
      if (part) this.#write(part);
      if (end < 0) return;
      this.#endLine();
      from = end + 1;
    }
  }

  end(): void {
    if (this.#start) this.#begin(this.#start, true);
    this.#start = "";
    this.#close(0);
  }

  #write(part: string): void {
    if (this.#start === null) {
      this.#more(part);
      return;
    }
    // A character at a time, so that what is decided does not depend on how the text was cut.
    for (let at = 0; at < part.length; at++) {
      this.#start += part.charAt(at);
      if (!this.#begin(this.#start, false)) {
        if (this.#start.length > LONGEST && !this.#start.trim()) this.#start = this.#start.slice(LONGEST / 2);
        continue;
      }
      this.#start = null;
      if (at + 1 < part.length) this.#more(part.slice(at + 1));
      return;
    }
  }

  #endLine(): void {
    if (this.#start !== null) this.#begin(this.#start, true);
    this.#start = "";
    this.#spaces = "";
    const leaf = this.#leaf;
    if (leaf?.kind === "text" && leaf.heading) this.#closeLeaf();
    if (leaf?.kind === "table") this.#endRow(leaf);
    if (leaf?.kind === "text" && leaf.inline.isFormula) this.#closeLeaf();
  }

  /** More of a line whose beginning is known. */
  #more(text: string): void {
    const leaf = this.#leaf;
    if (leaf?.kind === "code") {
      this.#code(leaf, text);
      return;
    }
    if (leaf?.kind === "table") {
      this.#cells(leaf, text);
      return;
    }
    if (leaf?.kind !== "text") return;
    const kept = text.trimEnd();
    if (kept) leaf.inline.write(this.#spaces + kept);
    this.#spaces = kept ? text.slice(kept.length) : this.#spaces + text;
  }

  get #parent(): HTMLElement {
    return this.#open[this.#open.length - 1]?.node ?? this.root;
  }

  #closeLeaf(): void {
    const leaf = this.#leaf;
    this.#leaf = null;
    this.#spaces = "";
    if (leaf?.kind === "text") leaf.inline.end();
    if (leaf?.kind === "table") this.#endRow(leaf);
    if (leaf?.kind === "code") this.listener.code(leaf.figure);
  }

  #close(depth: number): void {
    this.#closeLeaf();
    this.#open.length = Math.min(this.#open.length, depth);
  }

  /** Where a block stands: in the item or quote that is open, or in the answer. */
  #put(node: HTMLElement): void {
    const item = this.#open[this.#open.length - 1];
    if (item?.kind === "item") item.empty = false;
    this.#parent.append(node);
  }

  /** Decide what a line is; false where more of it has to be seen. `whole`: the line ends here. */
  #begin(line: string, whole: boolean): boolean {
    const found = this.#continued(line, whole);
    if (!found) return false;
    const { depth, rest } = found;
    const all = depth === this.#open.length;
    const leaf = this.#leaf;
    const blank = !rest.trim();
    if (leaf?.kind === "code" && all) return this.#inCode(leaf, rest, whole);
    if (leaf?.kind === "text" && leaf.inline.insideFormula && !(blank && whole)) {
      if (blank) return false;
      leaf.inline.newline();
      this.#more(rest);
      return true;
    }
    if (blank) {
      if (whole) this.#blank(depth);
      return whole;
    }
    return this.#block(rest, depth, whole);
  }

  /** How many of the open items and quotes a line goes on, and what is left of it; null where more has to be seen. */
  #continued(line: string, whole: boolean): { depth: number; rest: string } | null {
    let rest = line;
    let depth = 0;
    for (const open of this.#open) {
      const spaces = /^ */.exec(rest)?.[0].length ?? 0;
      if (spaces === rest.length && !whole && !(open.kind === "item" && spaces >= open.indent)) return null;
      if (open.kind === "quote") {
        if (spaces > 3 || rest[spaces] !== ">") break;
        if (spaces + 1 === rest.length && !whole) return null;
        rest = rest.slice(spaces + 1).replace(/^ /, "");
      } else if (!rest.trim()) {
        rest = "";
      } else {
        if (rest.startsWith("\t") && spaces === 0) rest = "    " + rest.slice(1);
        if ((/^ */.exec(rest)?.[0].length ?? 0) < open.indent) break;
        rest = rest.slice(open.indent);
      }
      depth++;
    }
    return { depth, rest };
  }

  /** What a line begins with that goes on in all that is open. */
  #prefix(): string {
    return this.#open.map((open) => (open.kind === "quote" ? "> " : " ".repeat(open.indent))).join("");
  }

  #blank(depth: number): void {
    const quote = this.#open.findIndex((open, at) => at >= depth && open.kind === "quote");
    if (quote >= 0) {
      this.#close(quote);
      return;
    }
    if (this.#leaf?.kind !== "code") this.#closeLeaf();
  }

  #block(given: string, from: number, whole: boolean): boolean {
    let rest = given;
    let depth = from;
    for (;;) {
      const leaf = this.#leaf;
      const text = leaf?.kind === "text" && !leaf.heading ? leaf : null;
      const inText = text && depth === this.#open.length;
      const indent = width(/^[ \t]*/.exec(rest)?.[0] ?? "");
      const bare = rest.trimStart();
      if (indent >= 4) {
        if (!bare && !whole) return false;
        if (text) return this.#paragraph(bare);
        if (this.#open.length === depth || this.#leaf?.kind !== "code") {
          this.#close(depth);
          return this.#indented(rest);
        }
      }
      if (this.#undecided(bare, whole, Boolean(text))) return false;
      if (inText && whole && /^(?:=+|-+)\s*$/.test(bare) && !text.inline.isFormula) {
        this.#underlined(text.inline, bare.startsWith("=") ? "h1" : "h2");
        return true;
      }
      if (/^([-*_])(?:[ \t]*\1){2,}[ \t]*$/.test(bare) && whole) {
        this.#close(depth);
        this.#put(plain("hr"));
        return true;
      }
      const heading = /^(#{1,6})(?:[ \t]+(?=\S)|[ \t]*$)/.exec(bare);
      if (heading) {
        this.#close(depth);
        return this.#text(`h${heading[1]?.length ?? 1}` as Plain, bare.slice(heading[0].length).replace(/^#+\s*$/, ""));
      }
      const fence = /^(`{3,}|~{3,})([^`]*)$/.exec(bare);
      if (fence && whole) {
        this.#close(depth);
        this.#fenced(fence[2] ?? "", fence[1] ?? "", indent);
        return true;
      }
      if (bare.startsWith(">") && this.#open.length < DEEPEST) {
        this.#close(depth);
        const node = plain("blockquote");
        this.#put(node);
        this.#open.push({ kind: "quote", node });
        rest = bare.slice(1).replace(/^ /, "");
        depth++;
        this.#start = this.#prefix() + rest; // should more of the line have to be seen
        if (!rest) return whole;
        continue;
      }
      const item = /^(?:([-+*])|(\d{1,9})([.)]))(?:( +|\t)(?=\S)|[ \t]*$)/.exec(bare);
      if (item && this.#mayBegin(item, Boolean(inText)) && this.#open.length < DEEPEST) {
        this.#item(item, depth, indent);
        rest = bare.slice(item[0].length);
        depth = this.#open.length;
        const task = /^\[([ xX])\]\s+/.exec(rest);
        if (task) {
          this.#text("p", "");
          (this.#leaf as Leaf & { kind: "text" }).inline.task(task[1] !== " ");
          this.#more(rest.slice(task[0].length));
          return true;
        }
        this.#start = this.#prefix() + rest; // should more of the line have to be seen
        if (!rest) return whole;
        continue;
      }
      if (bare.startsWith("|")) return this.#tableLine(bare, depth);
      if (text && !/^(?:\$\$|\\\[)/.test(bare)) return this.#paragraph(bare);
      this.#close(depth);
      return this.#text("p", bare);
    }
  }

  /** Whether more of a line would tell what block it begins. */
  #undecided(bare: string, whole: boolean, inText: boolean): boolean {
    if (whole || bare.length > LONGEST) return false;
    if (!bare) return true;
    if (this.#leaf?.kind === "table" && !this.#leaf.body && /^[|:\- \t]+$/.test(bare)) return true;
    return (
      /^#{1,6}[ \t]*$|^`{1,2}$|^`{3,}[^`]*$|^~{1,2}$|^~{3,}.*$|^\$$|^\\$|^>$/.test(bare) ||
      /^([-*_])(?:[ \t]*\1)*[ \t]*$|^\+[ \t]*$|^\d{1,9}[.)]?[ \t]*$/.test(bare) ||
      (inText && /^=+[ \t]*$/.test(bare)) ||
      /^(?:[-+*]|\d{1,9}[.)]) +\[(?:[ xX](?:\](?:\s*))?)?$/.test(bare) ||
      /^(?:[-+*]|\d{1,9}[.)]) +(?:[-*_`#>$\\~+]{1,3}|\d{1,9}[.)]?) *$/.test(bare)
    );
  }

  /** An item in the middle of a paragraph begins a list only where it is surely one. */
  #mayBegin(item: RegExpExecArray, inText: boolean): boolean {
    const open = this.#open[this.#open.length - 1];
    if (!inText || (open?.kind === "item" && open.empty)) return true;
    return !item[0].endsWith(item[3] ?? item[1] ?? "") && (item[2] === undefined || item[2] === "1");
  }

  #item(item: RegExpExecArray, depth: number, indent: number): void {
    const mark = item[1] ?? item[3] ?? "-";
    const before = this.#open[depth];
    this.#close(depth);
    let list = before?.kind === "item" && before.mark === mark ? before.list : null;
    if (!list) {
      list = item[2] === undefined ? plain("ul") : ordered(Number(item[2]));
      this.#put(list);
    }
    const node = plain("li");
    list.append(node);
    const marker = (item[1] ?? `${item[2] ?? ""}.`).length;
    const spaces = item[4] ? width(item[4]) : 1;
    this.#open.push({
      kind: "item",
      node,
      list,
      mark,
      indent: indent + marker + (spaces > 4 ? 1 : spaces),
      empty: true,
    });
  }

  /** A block of text; the first of an item stands in the item itself. */
  #text(name: Plain, text: string): true {
    const item = this.#open[this.#open.length - 1];
    let node: HTMLElement;
    if (name === "p" && item?.kind === "item" && item.empty) {
      node = item.node;
      item.empty = false;
    } else {
      node = plain(name);
      this.#put(node);
    }
    this.#leaf = { kind: "text", inline: new Inline(node, this.listener), heading: name !== "p" };
    this.#more(text);
    return true;
  }

  /** A paragraph goes on with another line. */
  #paragraph(text: string): true {
    (this.#leaf as Leaf & { kind: "text" }).inline.newline();
    this.#more(text);
    return true;
  }

  /** A line under a paragraph makes a heading of it. */
  #underlined(inline: Inline, name: Plain): void {
    this.#closeLeaf();
    const heading = plain(name);
    if (inline.node.localName === "p") {
      heading.append(...inline.node.childNodes);
      inline.node.replaceWith(heading);
    } else {
      heading.append(...inline.node.childNodes);
      inline.node.append(heading);
    }
  }

  #fenced(info: string, fence: string, indent: number): void {
    const { figure, code } = codeBlock(info);
    this.#put(figure);
    this.#leaf = { kind: "code", figure, code, fence, indent, blank: 0, empty: true };
  }

  #indented(line: string): true {
    const { figure, code } = codeBlock("");
    this.#put(figure);
    this.#leaf = { kind: "code", figure, code, fence: "", indent: 4, blank: 0, empty: true };
    this.#code(this.#leaf, outdent(line, 4));
    this.#leaf.empty = false;
    return true;
  }

  #inCode(leaf: Leaf & { kind: "code" }, rest: string, whole: boolean): boolean {
    if (!leaf.fence) {
      if (!rest.trim()) {
        if (whole) leaf.blank++;
        return whole;
      }
      const indent = width(/^[ \t]*/.exec(rest)?.[0] ?? "");
      if (indent < 4) {
        this.#closeLeaf();
        return this.#block(rest, this.#open.length, whole);
      }
    } else {
      const mark = leaf.fence.charAt(0);
      const closing = /^ {0,3}([`~]*)[ \t]*$/.exec(rest);
      const marks = closing?.[1] ?? "";
      if (closing && marks === mark.repeat(marks.length)) {
        if (!whole && rest.length < LONGEST) return false;
        if (marks.length >= leaf.fence.length) {
          this.#closeLeaf();
          return true;
        }
      }
    }
    const line = outdent(rest, leaf.indent);
    this.#code(leaf, (leaf.empty ? "" : "\n") + "\n".repeat(leaf.blank) + line);
    leaf.blank = 0;
    leaf.empty = false;
    return true;
  }

  #code(leaf: Leaf & { kind: "code" }, text: string): void {
    if (text) addText(leaf.code, text);
  }

  /** A line of a table: its head, the line that aligns its columns, or a row. */
  #tableLine(bare: string, depth: number): true {
    let leaf = this.#leaf;
    if (leaf?.kind === "table" && !leaf.body && /^[|:\- \t]+$/.test(bare)) {
      this.#align(leaf, bare);
      return true;
    }
    if (leaf?.kind !== "table" || depth !== this.#open.length) {
      this.#close(depth);
      const made = table();
      this.#put(made.box);
      leaf = { kind: "table", table: made.table, body: null, columns: 0, aligns: [], row: null };
      this.#leaf = leaf;
    }
    this.#cells(leaf, bare);
    return true;
  }

  #align(leaf: Leaf & { kind: "table" }, line: string): void {
    leaf.aligns = line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((cell) =>
        /^\s*:-+:\s*$/.test(cell) ? "center" : /:\s*$/.test(cell) ? "right" : /^\s*:/.test(cell) ? "left" : null,
      );
    leaf.body = plain("tbody");
    [...leaf.table.querySelectorAll("th")].forEach((cell, at) => align(cell, leaf.aligns[at] ?? null));
  }

  #cells(leaf: Leaf & { kind: "table" }, text: string): void {
    const row = (leaf.row ??= this.#row(leaf));
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text.charAt(at);
      if (row.escaped) {
        row.escaped = false;
        this.#cell(leaf, row, char === "|" ? "|" : "\\" + char);
        from = at + 1;
      } else if (char === "\\" || char === "|") {
        this.#cell(leaf, row, text.slice(from, at));
        from = at + 1;
        row.escaped = char === "\\";
        if (char === "|") this.#endCell(leaf, row);
      }
    }
    this.#cell(leaf, row, text.slice(from));
  }

  #row(leaf: Leaf & { kind: "table" }): Row {
    const node = plain("tr");
    const head = leaf.table.firstChild === null;
    const group = head ? plain("thead") : (leaf.body ??= plain("tbody"));
    group.append(node);
    if (!group.parentNode) leaf.table.append(group);
    return { node, cells: -1, inline: null, space: "", escaped: false };
  }

  #cell(leaf: Leaf & { kind: "table" }, row: Row, text: string): void {
    const kept = text.trimEnd();
    if (kept && row.cells >= 0) {
      const fresh = !row.inline;
      if (fresh) this.#newCell(leaf, row);
      row.inline?.write(fresh ? kept.trimStart() : row.space + kept);
    }
    row.space = kept ? text.slice(kept.length) : row.inline ? row.space + text : "";
  }

  #newCell(leaf: Leaf & { kind: "table" }, row: Row): void {
    const head = row.node.parentElement?.localName === "thead";
    if (!head && row.cells >= leaf.columns) return;
    const cell = plain(head ? "th" : "td");
    align(cell, leaf.aligns[row.cells] ?? null);
    row.node.append(cell);
    row.inline = new Inline(cell, this.listener);
  }

  /** A bar: the cell before it ends. */
  #endCell(leaf: Leaf & { kind: "table" }, row: Row): void {
    if (row.cells >= 0 && !row.inline) this.#newCell(leaf, row);
    row.inline?.end();
    row.inline = null;
    row.space = "";
    row.cells++;
  }

  #endRow(leaf: Leaf & { kind: "table" }): void {
    const row = leaf.row;
    leaf.row = null;
    if (!row) return;
    if (row.escaped) this.#cell(leaf, row, "\\");
    if (row.inline) this.#endCell(leaf, row);
    if (row.node.parentElement?.localName === "thead") leaf.columns = row.node.childElementCount;
    while (row.node.childElementCount < leaf.columns) {
      row.cells = row.node.childElementCount;
      this.#newCell(leaf, row);
      row.inline = null;
    }
  }
}

function width(spaces: string): number {
  let columns = 0;
  for (const char of spaces) columns += char === "\t" ? 4 - (columns % 4) : 1;
  return columns;
}

/** Take up to so many columns of white space from the beginning of a line. */
function outdent(line: string, columns: number): string {
  let at = 0;
  let had = 0;
  while (had < columns && (line[at] === " " || line[at] === "\t")) had += line[at++] === "\t" ? 4 : 1;
  return line.slice(at);
}
