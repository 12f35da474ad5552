/** Formulas, typeset as MathML by temml, which is loaded with the first of them. */

import { formulaOf, source } from "./elements.ts";
import { whenIdle } from "./idle.ts";

type Temml = typeof import("temml").default;

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** Of what temml makes, what may stand in an answer. */
const ELEMENTS = new Set(
  (
    "math menclose merror mfrac mglyph mi mlabeledtr mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms " +
    "mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics"
  ).split(" "),
);
const ATTRIBUTES = new Set(
  (
    "accent accentunder class columnalign columnlines columnspacing columnspan depth dir display displaystyle fence form frame " +
    "height largeop linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize movablelimits notation " +
    "rowalign rowlines rowspacing rowspan rspace scriptlevel separator stretchy symmetric voffset width"
  ).split(" "),
);

const LONGEST = 2000; // characters; what is longer stays as it was written
const DEEPEST = 32; // groups in each other

let loading: Promise<Temml> | undefined;
let loaded: Temml | undefined;

const waiting: HTMLElement[] = [];

/** Typeset a formula as soon as the page has time. What cannot be typeset stays as it was written. */
export function typeset(element: HTMLElement): void {
  if (!isModest(formulaOf(element)?.tex ?? "")) return;
  waiting.push(element);
  if (waiting.length > 1) return;
  if (loaded) whenIdle(work);
  else void load().then(() => whenIdle(work), forget);
}

/** Whether a formula is one that a reader could read: others are no work for the page. */
function isModest(tex: string): boolean {
  let depth = 0;
  for (const [mark] of tex.matchAll(/\\(?:begin|left|end|right)(?![a-zA-Z])|\\[^]|[{}]/g)) {
    if (mark === "{" || mark === "\\begin" || mark === "\\left") depth++;
    else if (mark === "}" || mark === "\\end" || mark === "\\right") depth--;
    if (depth > DEEPEST) return false;
  }
  return tex.length <= LONGEST;
}

function load(): Promise<Temml> {
  loading ??= import("temml").then((module) => (loaded = module.default));
  return loading;
}

/** temml could not be loaded: it is tried again with the next formula. */
function forget(): void {
  loading = undefined;
  waiting.length = 0;
}

function work(): void {
  const began = performance.now();
  while (waiting.length && performance.now() - began < 8) {
    const element = waiting[0] as HTMLElement;
    if (loaded) show(element, loaded);
    waiting.shift();
  }
  if (waiting.length) whenIdle(work);
}

function show(element: HTMLElement, temml: Temml): void {
  const formula = formulaOf(element);
  if (!formula || element.querySelector("math")) return;
  const box = document.createElement("span");
  try {
    temml.render(formula.tex, box, {
      displayMode: formula.display,
      throwOnError: true,
      trust: false,
      maxSize: [20, 20],
      maxExpand: 200,
    });
  } catch {
    return;
  }
  const made = box.querySelector("math");
  if (!made || !clean(made)) return;
  made.setAttribute("aria-label", formula.tex);
  element.replaceChildren(made, source(formula));
}

/** Take from a formula what may not be there; false where that is an element. */
function clean(element: Element, depth = 0): boolean {
  if (depth > 3 * DEEPEST || element.namespaceURI !== MATHML || !ELEMENTS.has(element.localName)) return false;
  for (const { name } of [...element.attributes]) {
    // Styles that temml sets by property (colours, borders, alignments) show as an attribute; what fetches is no style of its.
    if (name === "style" && !/url|image|position|@|expression/i.test(element.getAttribute("style") ?? "")) continue;
    if (!ATTRIBUTES.has(name)) element.removeAttribute(name);
  }
  return [...element.children].every((child) => clean(child, depth + 1));
}
