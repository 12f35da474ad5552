/** A whole answer at once, by a full parser: what a stream ends as, and what is shown of messages that are complete. */

import { Marked, type Token, type Tokens } from "marked";

import * as make from "./elements.ts";
import { citationAt, formulaAt } from "./formulas.ts";
import type { Listener } from "./blocks.ts";

const WINDOW = 4000; // characters in which what Markdown does not have is looked for at a time
const DEEPEST = 60; // elements inside each other

interface Found extends Tokens.Generic {
  nodes: () => Node[];
}

let sources = 0; // of the text that is being parsed
let formulaMade: (element: HTMLElement) => void = () => undefined;

function formulaToken(raw: string, formula: make.Formula): Found {
  const nodes = (): Node[] => {
    const element = make.math(formula);
    formulaMade(element);
    return [element];
  };
  return { type: "made", raw, nodes };
}

const parser = new Marked({
  gfm: true,
  breaks: true,
  tokenizer: {
    // HTML is text, except for <br>.
    html: () => undefined,
    tag(src) {
      const found = /^<br ?\/?>/.exec(src);
      return found ? ({ type: "br", raw: found[0] } as unknown as Tokens.Tag) : undefined;
    },
  },
  extensions: [
    {
      name: "block",
      level: "block",
      start: (src) => /(?<=\n) {0,3}(?:\$\$|\\\[)/.exec(src.slice(0, WINDOW))?.index,
      tokenizer(src) {
        const indent = /^ {0,3}(?=\$\$|\\\[)/.exec(src);
        const found = indent && formulaAt(src.slice(indent[0].length), true, true);
        if (!found) return undefined;
        const rest = /^[ \t]*(?:\n|$)/.exec(src.slice(indent[0].length + found.raw.length));
        return rest ? { ...formulaToken(indent[0] + found.raw + rest[0], found), type: "block" } : undefined;
      },
    },
    {
      name: "made",
      level: "inline",
      start: (src) => /\$|\\[([]|\[\d/.exec(src.slice(0, WINDOW))?.index,
      tokenizer(src) {
        if (src.startsWith("[")) {
          const found = citationAt(src.slice(0, 40), sources, true);
          return found ? { type: "made", raw: found.raw, nodes: () => found.numbers.map(make.citation) } : undefined;
        }
        if (!src.startsWith("$") && !src.startsWith("\\")) return undefined;
        const found = formulaAt(src, false, true);
        return found ? formulaToken(found.raw, found) : undefined;
      },
    },
  ],
});

/** The blocks of a text, one after another, so that the caller may rest between them. */
export function* whole(text: string, listener: Listener): Generator<Node> {
  sources = listener.sources();
  const tokens = parser.lexer(text);
  for (const token of tokens) {
    formulaMade = listener.formula;
    yield* block(token, listener, 0);
  }
}

function* block(token: Token, listener: Listener, depth: number): Generator<Node> {
  switch (token.type) {
    case "space":
    case "def":
      return;
    case "heading":
      yield filled(`h${(token as Tokens.Heading).depth}` as make.Plain, token);
      return;
    case "hr":
      yield make.plain("hr");
      return;
    case "code": {
      const { lang, text } = token as Tokens.Code;
      const { figure, code } = make.codeBlock(lang ?? "");
      make.addText(code, text);
      listener.code(figure);
      yield figure;
      return;
    }
    case "block": {
      const paragraph = make.plain("p");
      paragraph.append(...(token as unknown as Found).nodes());
      yield paragraph;
      return;
    }
    case "blockquote": {
      const quote = make.plain("blockquote");
      blocks(quote, (token as Tokens.Blockquote).tokens, listener, depth);
      yield quote;
      return;
    }
    case "list":
      yield list(token as Tokens.List, listener, depth);
      return;
    case "table":
      yield table(token as Tokens.Table);
      return;
    case "paragraph":
    case "text":
      yield filled("p", token);
      return;
    default:
      yield filled("p", { type: "text", raw: token.raw, tokens: [{ type: "text", raw: token.raw, text: token.raw }] });
  }
}

function blocks(into: HTMLElement, tokens: Token[], listener: Listener, depth: number): void {
  if (depth > DEEPEST) {
    make.addText(into, tokens.map((token) => token.raw).join(""));
    return;
  }
  for (const token of tokens) into.append(...block(token, listener, depth + 1));
}

function list(token: Tokens.List, listener: Listener, depth: number): HTMLElement {
  const element = token.ordered ? make.ordered(Number(token.start)) : make.plain("ul");
  for (const item of token.items) {
    const node = make.plain("li");
    const rest = [...item.tokens];
    if (rest[0]?.type === "checkbox") node.append(make.checkbox((rest.shift() as Tokens.Checkbox).checked));
    // The first paragraph of an item stands in the item itself.
    if (rest[0]?.type === "text" || rest[0]?.type === "paragraph") inline(node, childrenOf(rest.shift() as Token), 0);
    blocks(node, rest, listener, depth);
    element.append(node);
  }
  return element;
}

function table(token: Tokens.Table): HTMLElement {
  const { box, table: element } = make.table();
  const row = (cells: Tokens.TableCell[], name: "th" | "td"): HTMLElement => {
    const line = make.plain("tr");
    cells.forEach((cell, at) => {
      const node = make.plain(name);
      make.align(node, token.align[at] ?? null);
      inline(node, cell.tokens, 0);
      line.append(node);
    });
    return line;
  };
  const head = make.plain("thead");
  head.append(row(token.header, "th"));
  element.append(head);
  if (!token.rows.length) return box;
  const body = make.plain("tbody");
  for (const cells of token.rows) body.append(row(cells, "td"));
  element.append(body);
  return box;
}

function filled(name: make.Plain, token: Token): HTMLElement {
  const node = make.plain(name);
  inline(node, childrenOf(token), 0);
  return node;
}

function childrenOf(token: Token): Token[] {
  return (token as Partial<Tokens.Text>).tokens ?? [{ type: "text", raw: token.raw, text: token.raw }];
}

function inline(into: HTMLElement, tokens: Token[], depth: number, linked = false): void {
  if (depth > DEEPEST) {
    make.addText(into, tokens.map((token) => token.raw).join(""));
    return;
  }
  for (const token of tokens) {
    switch (token.type) {
      case "strong":
      case "em":
      case "del": {
        const node = make.plain(token.type);
        into.append(node);
        inline(node, childrenOf(token), depth + 1, linked);
        break;
      }
      case "codespan": {
        const node = make.plain("code");
        make.addText(node, (token as Tokens.Codespan).text);
        into.append(node);
        break;
      }
      case "br":
        into.append(make.plain("br"));
        break;
      case "checkbox":
        into.append(make.checkbox((token as Tokens.Checkbox).checked));
        break;
      case "link":
        link(into, token as Tokens.Link, depth, linked);
        break;
      case "image":
        image(into, token as Tokens.Image, linked);
        break;
      case "made":
        into.append(...(token as unknown as Found).nodes());
        break;
      case "text":
        if ((token as Tokens.Text).tokens) inline(into, childrenOf(token), depth + 1, linked);
        else make.addText(into, (token as Tokens.Text).text.replace(/[ \n]+/g, " "));
        break;
      default:
        make.addText(into, "text" in token && typeof token.text === "string" ? token.text : token.raw);
    }
  }
}

function link(into: HTMLElement, token: Tokens.Link, depth: number, linked: boolean): void {
  const url = linked ? null : make.safeUrl(token.href);
  const node = url ? make.link() : into;
  inline(node, token.tokens, depth + 1, true);
  if (!url) return;
  if (!node.hasChildNodes()) make.addText(node, url);
  make.lead(node, url);
  into.append(node);
}

/** An image is not fetched: what it shows in words, and where it is. */
function image(into: HTMLElement, token: Tokens.Image, linked: boolean): void {
  const url = linked ? null : make.safeUrl(token.href);
  if (!url) {
    make.addText(into, token.text);
    return;
  }
  const node = make.link();
  node.className = "image";
  make.addText(node, token.text || url);
  make.lead(node, url);
  into.append(node);
}
