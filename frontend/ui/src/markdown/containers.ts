/** The lists and quotes that are open, in each other, and where blocks stand in them. */

import type { Room } from "./body.ts";
import { fromRight } from "./direction.ts";
import { direct, ordered, plain } from "./elements.ts";
import { indentOf, type ItemMark } from "./lines.ts";

const DEEPEST = 16; // lists and quotes inside each other: what a phone has room for

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
  /** Whether nothing stands in it yet; and whether nothing will, since a line without anything followed it. */
  empty: boolean;
  ended: boolean;
}

const begins = new WeakMap<Node, number>();

/** Where the text of one of an answer's own blocks begins. */
export function beginOf(block: Node): number {
  return begins.get(block) ?? 0;
}

/** A block takes the place of one that is like it. */
export function sameBegin(block: Node, other: Node): void {
  begins.set(block, beginOf(other));
}

export class Containers {
  readonly #open: (Quote | Item)[] = [];
  #undirected: HTMLElement[] = []; // lists, quotes and tables without a letter

  /** `begin`: where the line begins in the text of the answer whose node is `root`. */
  constructor(
    public root: Room,
    public begin: number,
  ) {}

  get depth(): number {
    return this.#open.length;
  }

  get full(): boolean {
    return this.#open.length >= DEEPEST;
  }

  /** The item in which the next block would be the first, or null. */
  get emptyItem(): Item | null {
    const open = this.#open.at(-1);
    return open?.kind === "item" && open.empty ? open : null;
  }

  close(depth: number): void {
    this.#open.length = Math.min(this.#open.length, depth);
    if (depth === 0) this.#undirected = [];
  }

  /** Where a block stands: in the item or quote that is open, or in the answer. */
  put(node: HTMLElement): void {
    const inside = this.#open[this.#open.length - 1];
    if (inside?.kind === "item") inside.empty = false;
    if (!inside) begins.set(node, this.begin);
    (inside?.node ?? this.root).append(node);
  }

  /** A block becomes another one. */
  replace(block: HTMLElement, by: HTMLElement): void {
    begins.set(by, beginOf(block));
    block.replaceWith(by);
  }

  /** A table may yet have to be told in which direction it runs. */
  undirected(element: HTMLElement): void {
    this.#undirected.push(element);
  }

  /** What is open runs as its first letter does. */
  direct(text: string): void {
    if (!this.#undirected.length) return;
    const right = fromRight(text);
    if (right === undefined) return;
    for (const element of this.#undirected) direct(element, right);
    this.#undirected = [];
  }

  /** How many of the open items and quotes a line goes on, and what is left of it; null where more has to be seen. */
  continued(line: string, whole: boolean): { depth: number; rest: string } | null {
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
      } else if (open.ended) {
        break;
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
  prefix(): string {
    return this.#open.map((open) => (open.kind === "quote" ? "> " : " ".repeat(open.indent))).join("");
  }

  /** The outermost quote, from `depth` on, or -1. */
  quoteFrom(depth: number): number {
    return this.#open.findIndex((open, at) => at >= depth && open.kind === "quote");
  }

  /** An item in the middle of a paragraph begins a list only where it is surely one. */
  mayBegin(item: ItemMark, inText: boolean): boolean {
    if (this.full) return false;
    if (!inText || this.emptyItem) return true;
    return item.spaces !== "" && (item.bullet !== undefined || item.number === "1");
  }

  quote(depth: number): void {
    this.close(depth);
    const node = plain("blockquote");
    this.put(node);
    this.#undirected.push(node);
    this.#open.push({ kind: "quote", node });
  }

  item(item: ItemMark, depth: number, indent: number): void {
    const before = this.#open[depth];
    this.close(depth);
    let list = before?.kind === "item" && before.mark === item.mark ? before.list : null;
    if (!list) {
      list = item.bullet === undefined ? ordered(Number(item.number)) : plain("ul");
      this.put(list);
      this.#undirected.push(list);
    }
    const node = plain("li");
    list.append(node);
    const marker = item.bullet === undefined ? item.number.length + 1 : 1;
    const spaces = item.spaces ? indentOf(item.spaces) : 1;
    const columns = indent + marker + (spaces > 4 ? 1 : spaces);
    this.#open.push({ kind: "item", node, list, mark: item.mark, indent: columns, empty: true, ended: false });
  }
}
