/** Addresses in a text, and characters by their names: the same rules for text that comes bit by bit and for text that is whole. */

const LONGEST = 2000; // characters of an address
const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

const REFERENCE = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,4}));/y;
const ESCAPED = /\\([!-/:-@[-`{-~])|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-z]{2,4});/g;

/** The character that a reference at `at` names (`&lt;`, `&#60;`), with its length; null where there is none. */
export function referenceAt(text: string, at: number): { char: string; length: number } | null {
  REFERENCE.lastIndex = at;
  const found = REFERENCE.exec(text);
  if (!found) return null;
  const [whole, decimal, hexadecimal, name] = found;
  const code = decimal ? parseInt(decimal, 10) : hexadecimal ? parseInt(hexadecimal, 16) : -1;
  if (name !== undefined) return NAMED[name] === undefined ? null : { char: NAMED[name], length: whole.length };
  const none = code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
  return { char: none ? "\ufffd" : String.fromCodePoint(code), length: whole.length };
}

/** A link's address as it is meant: without what escapes and names its characters. */
export function meant(given: string): string {
  return given.replace(ESCAPED, (all, escaped: string | undefined) => escaped ?? referenceAt(all, 0)?.char ?? all);
}

/** How much of `text` is an address that stands there bare: marks that end a sentence are not its own. */
export function addressLength(text: string): number {
  let end = text.length;
  let open = 0; // brackets of its own: those are not of the sentence
  for (const char of text) open += char === "(" ? 1 : char === ")" ? -1 : 0;
  for (; end > 0; end--) {
    const char = text.charAt(end - 1);
    if (char === ")" && open < 0) open++;
    else if (char === ")" || !/[?!.,:;*_~'"\]]/.test(char)) break;
  }
  return end;
}

/** The address and the end of what stands in the brackets of a link that begin at `at`: `(https://… "title")`. */
export function destinationAt(text: string, at: number): { url: string; end: number } | null {
  let end = after(/[ \t]*\n?[ \t]*/y, text, at + 1);
  const pointed = exec(/<((?:\\.|[^\n<>\\]){0,2000})>/y, text, end);
  let url: string;
  if (pointed) {
    url = pointed[1] ?? "";
    end += pointed[0].length;
  } else {
    const from = end;
    end = bareEnd(text, from);
    if (end < 0) return null;
    url = text.slice(from, end);
  }
  const spaced = after(/[ \t]*\n?[ \t]*/y, text, end);
  const title =
    spaced > end &&
    exec(/"(?:\\[^]|[^"\\]){0,999}"|'(?:\\[^]|[^'\\]){0,999}'|\((?:\\[^]|[^()\\]){0,999}\)/y, text, spaced);
  end = title ? after(/[ \t]*\n?[ \t]*/y, text, spaced + title[0].length) : spaced;
  return text[end] === ")" ? { url, end: end + 1 } : null;
}

/** Where an address without angles ends: at a space, or at a bracket that it did not open. -1: that is none. */
function bareEnd(text: string, from: number): number {
  let open = 0;
  for (let at = from; at - from <= LONGEST; at++) {
    const char = text.charAt(at);
    if (char === "\\") at++;
    else if (char === "(") open++;
    else if (char === ")" && open === 0) return at;
    else if (char === ")") open--;
    else if (char <= " " || (char === "<" && at === from)) return char && open === 0 ? at : -1;
    if (open > 32) return -1;
  }
  return -1;
}

function exec(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function after(pattern: RegExp, text: string, at: number): number {
  return at + (exec(pattern, text, at)?.[0].length ?? 0);
}
