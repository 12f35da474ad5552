/** Where a formula ends: the same rules for text that comes bit by bit and for text that is whole. */

import type { Formula } from "./elements.ts";

const LONGEST = 5000; // characters of a formula; what is longer is text
const LONGEST_INLINE = 1000;
const PLAIN = 80; // characters without a sign of TeX; what is longer is text
const FAR = 200; // characters
const MISSES = 16; // formulas of a block whose end was looked for so far in vain: no more are looked for

/** What begins like a formula and has no end where it would have to be. */
const ENDLESS = Symbol("endless");
type Found = Formula | null | undefined | typeof ENDLESS;

/** The formulas of one paragraph, heading or cell. */
export class Formulas {
  #misses = 0;

  /**
   * The formula that begins at `at`: null where there is none, undefined where more text would tell.
   *
   * More text never changes an answer that was given. `lines`: whether it may go over line ends (a display formula that
   * begins its block may). `whole`: no more text comes.
   */
  at(text: string, at: number, lines: boolean, whole: boolean): Formula | null | undefined {
    if (this.#misses >= MISSES) return null;
    const seen = text.slice(at, at + LONGEST + 8);
    const found = formula(seen, lines, whole || seen.length > LONGEST + 4);
    if (found !== ENDLESS) return found;
    const line = lines ? -1 : seen.indexOf("\n");
    if ((line < 0 ? seen.length : line) > FAR) this.#misses++;
    return null;
  }
}

function formula(text: string, lines: boolean, whole: boolean): Found {
  if (text.startsWith("$$") || text.startsWith("\\[")) {
    return between(text, text.startsWith("$$") ? "$$" : "\\]", lines, whole);
  }
  if (text.startsWith("\\("))
    return between(text.slice(0, LONGEST_INLINE + 4), "\\)", false, whole || text.length > LONGEST_INLINE + 3);
  if (text === "$" || text === "\\") return whole ? null : undefined;
  return text.startsWith("$") ? dollar(text, whole) : null;
}

function between(text: string, close: string, lines: boolean, whole: boolean): Found {
  const end = text.indexOf(close, 2);
  const inside = end < 0 ? text.slice(2) : text.slice(2, end);
  if (inside.length > LONGEST + (end < 0 ? 1 : 0) || (lines ? /\n[ \t]*\n/ : /\n/).test(inside)) return ENDLESS;
  if (end < 0) return whole ? ENDLESS : undefined;
  if (!inside.trim()) return null;
  return { tex: inside.trim(), display: close !== "\\)", raw: text.slice(0, end + 2) };
}

/** `$…$`: no space inside the marks, nothing of a word after them; "$5 for", "$HOME and $PATH" are no formulas. */
function dollar(text: string, whole: boolean): Found {
  if (/\s/.test(text.charAt(1))) return null;
  if (/^\$\d[\d.,]*[kKmMbB]?[.,;:!?)]?\s+[A-Za-z(]{2}/.test(text.slice(0, 40))) return null;
  const end = closing(text);
  const inside = text.slice(1, end < 0 ? LONGEST_INLINE + 2 : end);
  const head = inside.slice(0, PLAIN + 1);
  if (head.includes("\n") || (head.length > PLAIN && !/[\\^_{=]/.test(head))) return null;
  if (inside.includes("\n") || inside.length > LONGEST_INLINE) return ENDLESS;
  if (end < 0) return whole ? ENDLESS : undefined;
  if (/\s$/.test(inside) || !inside) return null;
  const after = text.charAt(end + 1);
  if (!after && !whole) return undefined;
  return /[\w$]/.test(after) ? null : { tex: inside, display: false, raw: text.slice(0, end + 1) };
}

/** Where the first `$` after the opening one stands that is not escaped; -1 where it stands too far away. */
function closing(text: string): number {
  for (let at = 1; at < text.length && at < LONGEST_INLINE + 3; at++) {
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
