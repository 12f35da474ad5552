/** Which marks of emphasis belong together: the algorithm of CommonMark 0.31, "process emphasis", in linear time. */

const SPACE = /\s/;
const PUNCTUATION = /[\p{P}\p{S}]/u;

export type Emphasis = "em" | "strong" | "del";

/** A run of `*`, `_` or `~~`: what of it ends and begins emphasis, and how many characters are left as text between. */
export interface Run {
  readonly char: string;
  readonly at: number;
  left: number;
  /** How many end here, and what begins here, the innermost first. */
  ends: number;
  begins: Emphasis[];
  readonly size: number;
  readonly opens: boolean;
  readonly closes: boolean;
  before: Run | null;
  after: Run | null;
}

/** A run of `size` characters at `at`, by what stands on its sides. */
export function runAt(text: string, at: number, size: number): Run {
  const char = text.charAt(at);
  const [last, next] = [codePointBefore(text, at), String.fromCodePoint(text.codePointAt(at + size) ?? 32)];
  const left = flanks(next, last);
  const right = flanks(last, next);
  const inner = char === "_"; // within a word it is the word's own
  const opens = left && (!inner || !right || PUNCTUATION.test(last));
  const closes = right && (!inner || !left || PUNCTUATION.test(next));
  return { char, at, left: size, ends: 0, begins: [], size, opens, closes, before: null, after: null };
}

/** Whether a run stands at `text`, and not only at `other`, which is on its other side. */
function flanks(text: string, other: string): boolean {
  return !SPACE.test(text) && (!PUNCTUATION.test(text) || SPACE.test(other) || PUNCTUATION.test(other));
}

function codePointBefore(text: string, at: number): string {
  if (at === 0) return " ";
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low < 0xe000 && at > 1 ? text.slice(at - 2, at) : text.charAt(at - 1);
}

/** Match the runs from `from` on, of which `last` is the last. */
export function match(last: Run | null, from: number): void {
  const floors = new Map<string, number>(); // before which nothing opens, for each kind of run
  let closer = last !== null && last.at >= from ? last : null;
  while (closer?.before && closer.before.at >= from) closer = closer.before;
  while (closer) {
    if (!closer.closes || !closer.left) {
      closer = closer.after;
      continue;
    }
    const kind = `${closer.char}${closer.opens ? 1 : 0}${closer.size % 3}`;
    const floor = floors.get(kind) ?? from;
    let opener = closer.before;
    while (opener && opener.at >= floor && !pairs(opener, closer)) opener = opener.before;
    if (opener && opener.at >= floor) {
      join(opener, closer);
      continue;
    }
    floors.set(kind, closer.at);
    if (!closer.opens) remove(closer);
    closer = closer.after;
  }
}

function pairs(opener: Run, closer: Run): boolean {
  if (opener.char !== closer.char || !opener.opens || !opener.left) return false;
  const both = opener.closes || closer.opens;
  return !both || (opener.size + closer.size) % 3 !== 0 || (opener.size % 3 === 0 && closer.size % 3 === 0);
}

function join(opener: Run, closer: Run): void {
  const size = opener.left > 1 && closer.left > 1 ? 2 : 1;
  opener.begins.push(opener.char === "~" ? "del" : size === 2 ? "strong" : "em");
  closer.ends++;
  opener.left -= size;
  closer.left -= size;
  opener.after = closer; // what stands between them stays text
  closer.before = opener;
  if (!opener.left) remove(opener);
  if (!closer.left) remove(closer);
}

function remove(run: Run): void {
  if (run.before) run.before.after = run.after;
  if (run.after) run.after.before = run.before;
}
