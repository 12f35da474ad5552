/** Make a block say what its whole text says, once all of it is there; what it shows already stays untouched. */

import * as make from "./elements.ts";
import { patch } from "./patch.ts";
import { spansOf, type References, type Span } from "./spans.ts";

const DEEPEST = 32; // elements of a block's text inside each other
const LONGEST = 10_000; // characters of a block; what is longer stays as it came

const ANY = /[\\`<&![\]*_~$@]|:\/\/|www\./;
const INLINE = /^(?:em|strong|del|code|a|br|span|input|rn-citation)$/;

/** What the text of a block refers to. */
export interface Context {
  /** How many sources there are to cite. */
  sources: () => number;
  /** Where the references lead that the answer defines, by their labels. */
  references: References;
  /** A formula was made. */
  formula: (element: HTMLElement) => void;
}

const texts = new WeakMap<Node, string>();

/** A block was shown as its text came: this is all of it. */
export function remember(block: Node, text: string): void {
  if (text.length <= LONGEST && ANY.test(text)) texts.set(block, text);
  else texts.delete(block);
}

/** The text goes on in another block. */
export function hand(from: Node, to: Node): void {
  const text = texts.get(from);
  texts.delete(from);
  if (text !== undefined) texts.set(to, text);
}

/** The texts of a block and of those inside it are those of one that looks the same. */
export function handAll(from: Node, to: Node): void {
  hand(from, to);
  let [one, other] = [from.firstChild, to.firstChild];
  for (; one && other; [one, other] = [one.nextSibling, other.nextSibling]) handAll(one, other);
}

/** Settle a block and those inside it, one after another; yields how much text each had. */
export function* settle(block: Node, context: Context): Generator<number> {
  const text = texts.get(block);
  if (text !== undefined) {
    texts.delete(block);
    mend(block, text, context);
    yield text.length;
  }
  if (!(block instanceof Element) || block.localName === "figure") return;
  for (let child = block.firstElementChild; child; child = child.nextElementSibling) {
    if (!INLINE.test(child.localName)) yield* settle(child, context);
  }
}

function mend(block: Node, text: string, context: Context): void {
  const wanted = nodesOf(spansOf(text, context.sources(), context.references), context);
  const had = [...block.childNodes];
  const task = had[0] instanceof Element && had[0].localName === "input" ? had.slice(0, 1) : [];
  const rest = had.findIndex((node) => node instanceof Element && !INLINE.test(node.localName));
  patch(block, [...task, ...wanted, ...(rest < 0 ? [] : had.slice(rest))]);
}

function nodesOf(spans: Span[], context: Context): Node[] {
  const root = document.createElement("p");
  const open: Opened[] = [{ node: root, url: null, linked: false, image: false }];
  for (const span of spans) {
    const top = open.at(-1) as Opened;
    switch (span.kind) {
      case "text":
        make.addText(top.node, span.text);
        break;
      case "begin":
        open.push(begin(span, top, open.length));
        break;
      case "end":
        open.pop();
        end(top, (open.at(-1) ?? top).node);
        break;
      case "break":
        if (top.image) make.addText(top.node, " ");
        else top.node.append(make.plain("br"));
        break;
      case "code":
        if (top.image) make.addText(top.node, span.text);
        else make.addText(top.node.appendChild(make.plain("code")), span.text);
        break;
      case "citation":
        if (!top.image) for (const number of span.numbers) top.node.append(make.citation(number));
        break;
      case "formula": {
        if (top.image) {
          make.addText(top.node, span.formula.raw);
          break;
        }
        const element = make.math(span.formula);
        context.formula(element);
        top.node.append(element);
      }
    }
  }
  return [...root.childNodes];
}

/** What is open: text goes to its node. Where it is a link, where that leads. */
interface Opened {
  node: HTMLElement;
  url: string | null;
  /** Whether it stands in a link, or in what an image shows. */
  linked: boolean;
  image: boolean;
}

function begin(span: Span & { kind: "begin" }, top: Opened, depth: number): Opened {
  const url = leads(span.as) && !top.linked && depth < DEEPEST ? make.safeUrl(span.url) : null;
  const inside = { url, linked: top.linked || url !== null, image: top.image || span.as === "image" };
  if (top.image || depth >= DEEPEST || (leads(span.as) && url === null))
    return { ...inside, node: top.node, url: null };
  const node = leads(span.as) ? make.link() : make.plain(span.as);
  if (span.as === "image") node.className = "image";
  return { ...inside, node };
}

function leads(as: string): as is "link" | "image" {
  return as === "link" || as === "image";
}

/** What was open is complete: it stands in `parent`. */
function end({ node, url }: Opened, parent: HTMLElement): void {
  if (node === parent) return;
  if (url !== null) {
    if (!node.hasChildNodes()) make.addText(node, url);
    make.lead(node, url);
  }
  parent.append(node);
}
