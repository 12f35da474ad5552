/** A table as it comes, cell by cell. */

import { align, headCell, plain, table, type Align } from "./elements.ts";
import { Inline } from "./inline.ts";
import { mayAlign } from "./lines.ts";
import type { Context } from "./settle.ts";

const WIDEST = 100; // columns; what has more is no table
const MISSING = 1000; // cells that are made where rows have none: a few characters make no table of millions

interface Row {
  node: HTMLElement;
  /** Which cell text goes to: -1 before the first bar. */
  at: number;
  made: number;
  inline: Inline | null;
  space: string;
  escaped: boolean;
}

export class Table {
  readonly kind = "table";
  readonly box: HTMLElement;
  /** Its first line, as it was written: that of a paragraph where no line follows that aligns its columns. */
  head = "";
  readonly #table: HTMLElement;
  #body: HTMLElement | null = null;
  #columns = 0;
  #aligns: Align[] = [];
  #row: Row | null = null;
  #missing = 0;

  constructor(private readonly context: Context) {
    const { box, table: inner } = table();
    this.box = box;
    this.#table = inner;
  }

  /** Whether it surely is one. */
  get certain(): boolean {
    return this.#body !== null;
  }

  /** The line after the first: false where it does not make a table of it. */
  align(line: string): boolean {
    const cells = alignment(line);
    if (cells?.length !== this.#columns || cells.length > WIDEST) return false;
    this.#aligns = cells;
    this.#body = plain("tbody");
    [...this.#table.querySelectorAll("th")].forEach((cell, at) => align(cell, cells[at] ?? null));
    return true;
  }

  /** More of a row. */
  write(text: string): void {
    if (!this.certain) this.head += text;
    const row = (this.#row ??= this.#begin(text));
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text.charAt(at);
      if (row.escaped) {
        row.escaped = false;
        this.#cell(row, char === "|" ? "|" : "\\" + char);
        from = at + 1;
      } else if (char === "\\" || char === "|") {
        this.#cell(row, text.slice(from, at));
        from = at + 1;
        row.escaped = char === "\\";
        if (char === "|") this.#endCell(row);
      }
    }
    this.#cell(row, text.slice(from));
  }

  endRow(): void {
    const row = this.#row;
    this.#row = null;
    if (!row) return;
    if (row.escaped) this.#cell(row, "\\");
    if (row.inline) this.#endCell(row);
    if (!this.certain) this.#columns = row.made;
    while (this.certain && row.made < this.#columns && this.#missing++ < MISSING) this.#newCell(row);
  }

  #begin(text: string): Row {
    const node = plain("tr");
    const group = this.#body ?? plain("thead");
    group.append(node);
    if (!group.parentNode) this.#table.append(group);
    return { node, at: text.startsWith("|") ? -1 : 0, made: 0, inline: null, space: "", escaped: false };
  }

  #cell(row: Row, text: string): void {
    const kept = text.trimEnd();
    if (kept && row.at >= 0) {
      const fresh = !row.inline;
      if (fresh) row.inline = this.#newCell(row);
      row.inline?.write(fresh ? kept.trimStart() : row.space + kept);
    }
    row.space = kept ? text.slice(kept.length) : row.inline ? row.space + text : "";
  }

  /** The next cell of a row, where its table has one. */
  #newCell(row: Row): Inline | null {
    if (row.made >= (this.certain ? this.#columns : WIDEST + 1)) return null;
    const cell = this.certain ? plain("td") : headCell();
    align(cell, this.#aligns[row.made++] ?? null);
    row.node.append(cell);
    return new Inline(cell, this.context);
  }

  /** A bar: the cell before it ends. */
  #endCell(row: Row): void {
    if (row.at >= 0 && !row.inline) this.#newCell(row);
    row.inline?.end();
    row.inline = null;
    row.space = "";
    row.at++;
  }
}

/** How a line aligns the columns of a table; null where it is no such line. */
function alignment(line: string): Align[] | null {
  if (!mayAlign(line)) return null;
  const cells = line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|");
  if (!cells.every((cell) => /^[ \t]*:?-+:?[ \t]*$/.test(cell))) return null;
  return cells.map((cell) => {
    const [left, right] = [/^\s*:/.test(cell), /:\s*$/.test(cell)];
    return left && right ? "center" : right ? "right" : left ? "left" : null;
  });
}
