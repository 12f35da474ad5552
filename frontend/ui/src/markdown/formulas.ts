/** Where a formula ends: the same rules for text that comes bit by bit and for text that is whole. */

import type { Formula } from "./elements.ts";

const LONGEST = 5000; // characters of a formula; what is longer is text
const PLAIN = 80; // characters without a sign of TeX; what is longer is text

/**
 * The formula at the beginning of `text`: null where there is none, undefined where more text would tell.
 *
 * More text never changes an answer that was given. `lines`: whether it may go over line ends (a display formula that begins its line may). `whole`: no more text comes.
 */
export function formulaAt(text: string, lines: boolean, whole: boolean): Formula | null | undefined {
  if (text.startsWith("$$") || text.startsWith("\\[")) return display(text, lines, whole);
  if (text.startsWith("\\(")) return between(text, "\\)", whole);
  if (text === "$" || text === "\\") return whole ? null : undefined;
  return text.startsWith("$") ? dollar(text, whole) : null;
}

function display(text: string, lines: boolean, whole: boolean): Formula | null | undefined {
  const close = text.startsWith("$$") ? "$$" : "\\]";
  const end = text.indexOf(close, 2);
  const inside = end < 0 ? text.slice(2) : text.slice(2, end);
  if (inside.length > LONGEST || (lines ? /\n[ \t]*\n/ : /\n/).test(inside)) return null;
  if (end < 0) return whole ? null : undefined;
  return inside.trim() ? { tex: inside.trim(), display: true, raw: text.slice(0, end + 2) } : null;
}

function between(text: string, close: string, whole: boolean): Formula | null | undefined {
  const end = text.indexOf(close, 2);
  const inside = end < 0 ? text.slice(2) : text.slice(2, end);
  if (inside.length > LONGEST || inside.includes("\n")) return null;
  if (end < 0) return whole ? null : undefined;
  return inside.trim() ? { tex: inside.trim(), display: false, raw: text.slice(0, end + 2) } : null;
}

/** `$…$`: no space inside the marks, nothing of a word after them; "$5 for", "$HOME and $PATH" are no formulas. */
function dollar(text: string, whole: boolean): Formula | null | undefined {
  const second = text.charAt(1);
  if (/\s/.test(second)) return null;
  if (/^\$\d[\d.,]*[kKmMbB]?[.,;:!?)]?\s+[A-Za-z(]{2}/.test(text.slice(0, 40))) return null;
  const end = closing(text);
  const inside = end < 0 ? text.slice(1) : text.slice(1, end);
  if (inside.includes("\n") || inside.length > LONGEST) return null;
  if (inside.length > PLAIN && !/[\\^_{=]/.test(inside.slice(0, PLAIN + 1))) return null;
  if (end < 0) return whole ? null : undefined;
  if (/\s$/.test(inside) || !inside) return null;
  const after = text.charAt(end + 1);
  if (!after && !whole) return undefined;
  return /[\w$]/.test(after) ? null : { tex: inside, display: false, raw: text.slice(0, end + 1) };
}

/** Where the first `$` after the opening one stands that is not escaped. */
function closing(text: string): number {
  for (let at = 1; at < text.length; at++) {
    const char = text[at];
    if (char === "\\") at++;
    else if (char === "$") return at;
  }
  return -1;
}

/** The numbers of a citation, `[1]` or `[1, 2]`, at the beginning of `text`: null, undefined as for formulas. */
export function citationAt(
  text: string,
  sources: number,
  whole: boolean,
): { numbers: number[]; raw: string } | null | undefined {
  const found = /^\[(\d{1,3}(?: ?, ?\d{1,3})*)\]/.exec(text);
  if (!found) return !whole && /^\[(?:\d{1,3}(?: ?, ?\d{1,3})*(?: ?,? ?)?)?$/.test(text) ? undefined : null;
  const after = text.charAt(found[0].length);
  if (!after && !whole) return undefined;
  const numbers = (found[1] ?? "").split(",").map(Number);
  if (after === "(" || numbers.some((n) => n < 1 || n > sources)) return null;
  return { numbers, raw: found[0] };
}
