/**
 * The only place that makes DOM of what a model says: a closed list of elements, each made by its own function, text
 * always as text nodes. What is not made here does not exist in an answer.
 */

/** Elements without anything of the model's but what stands inside. */
export type Plain =
  | "p"
  | "h1"
  | "h2"
  | "h3"
  | "h4"
  | "h5"
  | "h6"
  | "blockquote"
  | "ul"
  | "li"
  | "hr"
  | "br"
  | "em"
  | "strong"
  | "del"
  | "code"
  | "thead"
  | "tbody"
  | "tr"
  | "td";

export type Align = "left" | "center" | "right" | null;

/** A formula: what stands between its marks, and all of it as it was written. */
export interface Formula {
  tex: string;
  display: boolean;
  raw: string;
}

const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const PIECE = 4096; // UTF-16 code units of one text node: adding to a long one copies it

const formulas = new WeakMap<Element, Formula>();

export function plain(name: Plain): HTMLElement {
  return document.createElement(name);
}

/** An ordered list that begins at `start`. */
export function ordered(start: number): HTMLElement {
  const list = document.createElement("ol");
  if (start !== 1) list.setAttribute("start", String(start));
  return list;
}

/** Where a link may lead, or null: absolute http, https and mailto only. */
export function safeUrl(given: string): string | null {
  // eslint-disable-next-line no-control-regex -- browsers drop these from URLs, and what is left could be another scheme
  if (/[\u0000-\u0020\u007f]/.test(given) || !/^(?:https?:\/\/|mailto:)/i.test(given)) return null;
  try {
    const url = new URL(given);
    return SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that leads nowhere yet; `lead` makes it lead somewhere. */
export function link(): HTMLAnchorElement {
  return document.createElement("a");
}

export function lead(anchor: Element, url: string): void {
  anchor.setAttribute("href", url);
  anchor.setAttribute("target", "_blank");
  anchor.setAttribute("rel", "noopener noreferrer nofollow");
}

export function checkbox(checked: boolean): HTMLElement {
  const box = document.createElement("input");
  box.setAttribute("type", "checkbox");
  box.setAttribute("disabled", "");
  if (checked) box.setAttribute("checked", "");
  return box;
}

/** A table, in a box that scrolls when it is wider than the page. */
export function table(): { box: HTMLElement; table: HTMLElement } {
  const box = document.createElement("div");
  box.className = "table";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Table");
  box.setAttribute("tabindex", "0"); // so that the keyboard can scroll it
  const inner = document.createElement("table");
  box.append(inner);
  return { box, table: inner };
}

/** The head of a column. */
export function headCell(): HTMLElement {
  const cell = document.createElement("th");
  cell.setAttribute("scope", "col");
  return cell;
}

/** A list, quote or table is in a script from right to left, or is not: where its marks, bars and columns begin. */
export function direct(element: Element, fromRight: boolean): void {
  element.setAttribute("dir", fromRight ? "rtl" : "ltr");
}

export function align(cell: Element, to: Align): void {
  if (to) cell.setAttribute("data-align", to);
}

/** A citation of the message's source number `n`. */
export function citation(n: number): HTMLElement {
  const element = document.createElement("rn-citation");
  element.setAttribute("n", String(n));
  return element;
}

/** A formula, shown as it was written until it is typeset (see math.ts). */
export function math(formula: Formula): HTMLElement {
  const element = document.createElement("span");
  element.className = formula.display ? "math display" : "math";
  element.append(formula.raw);
  formulas.set(element, formula);
  return element;
}

export function formulaOf(element: Element): Formula | undefined {
  return formulas.get(element);
}

/** What is copied of a formula that is typeset: how it was written. */
export function source(formula: Formula): HTMLElement {
  const element = document.createElement("span");
  element.className = "source";
  element.setAttribute("aria-hidden", "true");
  element.append(formula.raw);
  return element;
}

/** A block of code with the name of its language and a button that copies it. */
export function codeBlock(info: string): { figure: HTMLElement; code: HTMLElement } {
  const figure = document.createElement("figure");
  figure.className = "code";
  const name = languageOf(info);
  figure.setAttribute("aria-label", name ? `Code, ${name}` : "Code");
  const head = document.createElement("figcaption");
  const language = document.createElement("span");
  language.append(name);
  const copy = document.createElement("button");
  copy.className = "copy";
  copy.setAttribute("type", "button");
  copy.append("Copy");
  head.append(language, copy);
  const pre = document.createElement("pre");
  pre.setAttribute("tabindex", "0"); // so that the keyboard can scroll it
  const code = document.createElement("code");
  pre.append(code);
  figure.append(head, pre);
  return { figure, code };
}

/** The name of a language in what stands after a fence: "python" of "python title=x", "" of what is no name. */
export function languageOf(info: string): string {
  return /^[\w+#.-]{1,24}/.exec(info.trim())?.[0] ?? "";
}

/** Add text to the end of an element, to its last text node where that has room. Pieces are cut at fixed lengths, so that the
 * same text makes the same nodes however it came. */
export function addText(to: Node, text: string): void {
  let from = 0;
  const last = to.lastChild;
  if (last instanceof Text && last.length < PIECE) {
    from = PIECE - last.length;
    last.appendData(text.slice(0, from));
  }
  for (; from < text.length; from += PIECE) to.appendChild(document.createTextNode(text.slice(from, from + PIECE)));
}
