/** Make one tree of nodes like another, and touch nothing that is like it already. */

import { formulaOf } from "./elements.ts";

/** Whether two nodes show the same. Code that is highlighted shows what plain code does, a formula its source. */
export function same(one: Node, other: Node): boolean {
  if (one === other) return true;
  if (one instanceof Text) return other instanceof Text && one.data === other.data;
  if (!(one instanceof Element) || !(other instanceof Element) || !alike(one, other)) return false;
  const formula = formulaOf(one);
  if (formula) return formula.raw === formulaOf(other)?.raw;
  if (one.localName === "figure") return codeOf(one) === codeOf(other);
  let [a, b] = [one.firstChild, other.firstChild];
  while (a && b && same(a, b)) [a, b] = [a.nextSibling, b.nextSibling];
  return !a && !b;
}

function codeOf(figure: Element): string {
  return `${figure.querySelector("figcaption span")?.textContent ?? ""}\n${figure.querySelector("code")?.textContent ?? ""}`;
}

function alike(one: Element, other: Element): boolean {
  if (one.localName !== other.localName || one.attributes.length !== other.attributes.length) return false;
  for (const { name, value } of one.attributes) if (other.getAttribute(name) !== value) return false;
  return true;
}

/** Make the children of `old` like `wanted`, which are taken. */
export function patch(old: Node, wanted: Node[]): void {
  const had = [...old.childNodes];
  let begin = 0;
  let end = 0; // counted from the end
  const [some, all] = [had, wanted] as const;
  const last = Math.min(some.length, all.length);
  while (begin < last && same(some[begin] as Node, all[begin] as Node)) begin++;
  while (end < last - begin && same(some[some.length - 1 - end] as Node, all[all.length - 1 - end] as Node)) end++;
  const before = had[had.length - end] ?? null;
  const gone = had.slice(begin, had.length - end);
  let at = 0;
  for (const node of wanted.slice(begin, wanted.length - end)) {
    const place = gone[at++];
    if (!place) old.insertBefore(node, before);
    else if (place instanceof Text && node instanceof Text) place.data = node.data;
    else if (mends(place, node)) patch(place, [...node.childNodes]);
    else old.replaceChild(node, place);
  }
  for (const node of gone.slice(at)) old.removeChild(node);
}

/** Whether a node can be made like another by what stands in it. */
function mends(place: Node, node: Node): boolean {
  if (!(place instanceof Element) || !(node instanceof Element)) return false;
  return alike(place, node) && place.localName !== "figure" && !formulaOf(place) && !formulaOf(node);
}
