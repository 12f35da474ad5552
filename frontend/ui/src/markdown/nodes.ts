/** The nodes of a text that comes, as streaming-markdown tells of them. */

import * as smd from "streaming-markdown";

import { addressLength, meant } from "./addresses.ts";
import { addText, lead, link, plain, safeUrl } from "./elements.ts";

const FIRST = 0xe000; // the private area of Unicode's first plane
const SIZE = 6400;
const MOST = 1000; // elements of a paragraph, and characters that stand for something
const DEEPEST = 32; // elements of a paragraph inside each other
const HELD = 160; // characters of a link's text that wait for its address

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

export class Nodes implements smd.Renderer<null> {
  readonly data = null;
  readonly #open: Open[];
  readonly #stands: Stand[] = [];
  #made = 0;

  constructor(node: HTMLElement) {
    this.#open = [{ node, kind: 0, url: "", shown: true }];
  }

  /** Whether there is more in it than a text has that was meant. */
  get full(): boolean {
    return this.#open.length > DEEPEST || this.#made + this.#stands.length > MOST;
  }

  /** A character that stands for something. */
  stand(stand: Stand): string {
    this.#stands.push(stand);
    return String.fromCharCode(FIRST + this.#stands.length - 1);
  }

  /** Whether a character may stand for something. */
  stands(code: number): boolean {
    return code >= FIRST && code < FIRST + SIZE;
  }

  /** Text as it was written, before characters stood for anything. */
  written(text: string): string {
    return text.replace(/[\ue000-\uf8ff]/g, (char) => this.#stands[char.charCodeAt(0) - FIRST]?.raw ?? char);
  }

  /** End all that is open: emphasis that never ended is none. */
  close(): void {
    while (this.#open.length > 1) {
      const open = this.#top;
      this.end_token();
      const mark = MARKS[open.kind];
      if (mark) unwrap(open.node, mark);
    }
  }

  get #top(): Open {
    return this.#open[this.#open.length - 1] as Open;
  }

  add_token(_: null, kind: smd.Token): void {
    const top = this.#top;
    const node = this.#open.length < DEEPEST ? this.#make(kind) : null;
    if (!node) {
      this.#open.push({ node: top.node, kind: 0, url: "", shown: true });
      return;
    }
    this.#made++;
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

  end_token(): void {
    if (this.#open.length < 2) return;
    const open = this.#open.pop() as Open;
    const { node, kind } = open;
    if (kind === smd.RAW_URL) this.#endAddress(open);
    else if (kind === smd.LINK || kind === smd.IMAGE) this.#endLink(open);
    else if (kind !== 0 && kind !== smd.LINE_BREAK && !node.hasChildNodes()) node.remove();
  }

  /** An address in the text. */
  #endAddress({ node, url }: Open): void {
    const text = node.textContent;
    const given = url || text;
    const kept = given.slice(0, addressLength(given));
    const to = safeUrl(kept);
    if (to) lead(node, to);
    if (kept === text) return;
    node.replaceChildren(kept);
    addText(this.#top.node, text.slice(kept.length));
  }

  #endLink({ node, kind, url, shown }: Open): void {
    const at = this.#top.node;
    const given = /^<?([^\s>]*)>?/.exec(url.trim())?.[1] ?? "";
    const to = safeUrl(meant(given));
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

  add_text(_: null, text: string): void {
    const top = this.#top;
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const stand = this.#stands[text.charCodeAt(at) - FIRST];
      if (!stand) continue;
      if (at > from) addText(top.node, text.slice(from, at));
      from = at + 1;
      if (stand.make && top.kind !== smd.CODE_INLINE) for (const node of stand.make()) top.node.append(node);
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

  set_attr(_: null, kind: smd.Attr, value: string): void {
    if (kind === smd.HREF || kind === smd.SRC) this.#top.url = this.written(value) || "#";
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
  while (element.firstChild) element.before(element.firstChild);
  element.remove();
}
