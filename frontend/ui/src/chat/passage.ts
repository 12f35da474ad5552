/**
 * A passage as it is shown to people: where it is from, and its text without the marks of Markdown, cut around the words
 * that an answer took from it. All of it is text: nothing of a document is ever taken for HTML.
 */
import type { Source } from "@runnel/client";

/** A piece of a text. */
export interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

/** What words of a passage matter: `said` is what was said of it, `asked` what was asked. */
export interface Context {
  readonly said: string;
  readonly asked: string;
}

/** The name of a source's file; its title, where it has none. */
export function fileOf(source: Source): string {
  const place = source.location ?? "";
  const page = `#page=${source.page ?? ""}`;
  const name = place.endsWith(page)
    ? place.slice(0, -page.length)
    : source.heading?.length
      ? withoutAnchor(place)
      : place;
  return name === "" ? source.title : name;
}

function withoutAnchor(place: string): string {
  const at = place.lastIndexOf("#");
  return at > 0 ? place.slice(0, at) : place;
}

/** The headings above a source, in a line. */
export function pathOf(source: Source): string {
  return (source.heading ?? []).map((heading) => plain(heading)).join(" › ");
}

/** The page and the headings of a source; empty where it has none. */
export function whereIn(source: Source): string {
  const page = source.page === undefined ? [] : [`Page ${source.page}`];
  const path = pathOf(source);
  return [...page, ...(path === "" ? [] : [path])].join(" · ");
}

/** A source's file, page and headings in a line. */
export function placeOf(source: Source): string {
  const where = whereIn(source);
  return where === "" ? fileOf(source) : `${fileOf(source)} · ${where}`;
}

const MARKDOWN = /\.(?:md|markdown|mdown|mkd|mdx|qmd|rmd)$/i;

/** A source's text as people read it. */
export function textOf(source: Source): string {
  const text = MARKDOWN.test(fileOf(source)) ? plain(source.text) : source.text;
  return text.replace(/[ \t]*\n\s*\n\s*/g, "\n").trim();
}

/** Markdown without its marks. What is no mark stays as it is, and lines of one paragraph are one line. */
export function plain(markdown: string): string {
  const lines: string[] = [];
  const fences = markdown.match(/^ {0,3}(?:`{3,}|~{3,}).*$/gm) ?? [];
  let isCode = fences.length % 2 === 1 && /^ *[`~]+\s*$/.test(fences[0] ?? ""); // a passage may begin within code
  let goesOn = false; // with the next line, where that begins nothing of its own
  for (const line of markdown.split("\n")) {
    const isFence = /^\s{0,3}(?:`{3,}|~{3,})/.test(line);
    if (isFence) isCode = !isCode;
    if (isFence || RULE.test(line) || COLUMNS.test(line)) {
      goesOn = false;
      continue;
    }
    const bare = line
      .replace(/^\s{0,3}#{1,6}\s+/, "")
      .replace(/^(?:\s{0,3}>\s?)+/, "")
      .replace(/^\s*[-*+]\s+(?:\[[ xX]\]\s+)?/, "• ");
    const isRow = /^\s*\|.*\|\s*$/.test(bare);
    if (goesOn && !isRow && bare.trim() !== "" && !BEGINS.test(line)) lines.push(`${lines.pop() ?? ""} ${bare.trim()}`);
    else lines.push(isRow ? cellsOf(bare) : bare);
    goesOn = !isCode && !isRow && bare.trim() !== "" && !/^\s{0,3}#|(?: {2}|\\)$/.test(line);
  }
  return lines
    .join("\n")
    .replace(/!?\[([^\]\n]{0,300})\]\([^)\n]{0,1000}\)/g, "$1")
    .replace(/(\*\*|__|~~)(?=\S)([^\n]{1,1000}?\S?)\1/g, "$2")
    .replace(/(^|[^\p{L}\p{N}*_])([*_])(?=\S)([^*_\n]{1,1000}?)\2(?![\p{L}\p{N}])/gu, "$1$3")
    .replace(/(`+)([^`\n]{1,1000})\1/g, "$2")
    .replace(/<\/?[a-zA-Z][^<>\n]{0,500}>/g, "")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1");
}

const RULE = /^\s{0,3}(?:=+|-{2,}|\*{3,}|_{3,})\s*$/;
const COLUMNS = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const BEGINS = /^\s*(?:#{1,6}\s|>|[-*+]\s|\d{1,9}[.)]\s)/;

function cellsOf(row: string): string {
  const cells = row.trim().slice(1, -1).split("|");
  return cells
    .map((cell) => cell.trim())
    .filter((cell) => cell !== "")
    .join(" · ");
}

const CITATION = /\[(\d{1,3}(?: ?, ?\d{1,3})*)\](?!\()/g;

/** What an answer says of each source that it cites, by the source's number. */
export function citedIn(answer: string, sources: number): Map<number, string> {
  const found = new Map<number, string>();
  const blocks = answer.split(/\n[ \t]*\n/);
  blocks.forEach((block, at) => {
    for (const [raw, numbers = ""] of block.matchAll(CITATION)) {
      const cited = numbers.split(",").map(Number);
      if (raw === "" || cited.some((n) => n < 1 || n > sources)) continue;
      const next = blocks[at + 1] ?? "";
      // What stands under the number as a quotation is from there, too.
      const said = (/^\s*>/.test(next) ? `${block}\n${next}` : block).replace(CITATION, "");
      for (const n of cited) {
        const before = found.get(n);
        if (!before?.includes(said)) found.set(n, before === undefined ? said : `${before}\n${said}`);
      }
    }
  });
  return found;
}

// So many words in a row that two texts share are a quotation.
const RUN = 3;

/** `text` cut to some `most` characters around the words that matter, those marked. */
export function excerpt(text: string, context: Context, most: number): Piece[] {
  const words = wordsOf(text);
  const marked = quoted(
    words,
    wordsOf(context.said).map((word) => word.key),
  );
  const runs = marked.some(Boolean);
  if (!runs) {
    const wanted = new Set(
      wordsOf(`${context.said} ${context.asked}`).flatMap((word) => (common(word) ? [] : [word.key])),
    );
    words.forEach((word, at) => (marked[at] = wanted.has(word.key)));
  }
  const [start, end] = cut(text, words, marked, most);
  const pieces: Piece[] = [];
  const add = (piece: string, isMarked: boolean): void => {
    if (piece !== "") pieces.push({ text: piece, marked: isMarked });
  };
  let place = start;
  if (start > 0) add("… ", false);
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (!word || !marked[at] || word.start < start || word.end > end) continue;
    let last = at;
    while (marked[last + 1] && runs && (words[last + 1]?.end ?? end + 1) <= end) last++;
    add(text.slice(place, word.start), false);
    place = words[last]?.end ?? word.end;
    add(text.slice(word.start, place), true);
    at = last;
  }
  add(text.slice(place, end), false);
  if (end < text.length) add(" …", false);
  return pieces;
}

interface Word {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

let segmenter: Intl.Segmenter | undefined;

/** The words of a text; `key` is the same for forms of one word, nearly. */
function wordsOf(text: string): Word[] {
  const found: Word[] = [];
  // Where words have no blanks between them, the browser knows them.
  const isSpaced = !/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u.test(text);
  if (isSpaced || !("Segmenter" in Intl)) {
    for (const { 0: word, index } of text.matchAll(/[\p{L}\p{M}\p{N}]+/gu))
      found.push({ key: keyOf(word), start: index, end: index + word.length });
    return found;
  }
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "word" });
  for (const { segment, index, isWordLike } of segmenter.segment(text))
    if (isWordLike) found.push({ key: keyOf(segment), start: index, end: index + segment.length });
  return found;
}

function keyOf(word: string): string {
  const key = word.toLowerCase();
  const stem = key.replace(/(?:ing|ies|ed|es|en|s)$/, "");
  return stem.length < 3 ? key : stem;
}

const COMMON = new Set(
  (
    "about and are but can did does for from had has have her him his how into its not of off one our out over she that " +
    "the their them then there these they this those was were what when where which while who why will with would you " +
    "your aber als auch auf aus bei das dem den der des die ein eine einem einen einer für hat ich ist mit nicht oder " +
    "sich sie sind und von war was wer wie wird wo zu zum zur"
  )
    .split(" ")
    .map(keyOf),
);

function common(word: Word): boolean {
  const isShort =
    word.end - word.start < 3 && /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]+$/u.test(word.key);
  return isShort || COMMON.has(word.key);
}

/** Which of `words` stand in a row of words that `said` has, too. */
function quoted(words: readonly Word[], said: readonly string[]): boolean[] {
  const runs = new Set(
    said.map((_, at) => said.slice(at, at + RUN).join(" ")).slice(0, Math.max(0, said.length - RUN + 1)),
  );
  const marked = words.map(() => false);
  words.forEach((_, at) => {
    const run = words.slice(at, at + RUN);
    if (run.length < RUN || !runs.has(run.map((word) => word.key).join(" "))) return;
    for (let place = at; place < at + RUN; place++) marked[place] = true;
  });
  return marked;
}

/** Where to cut so that most of the marked words are within, and it begins with a sentence where one is near. */
function cut(text: string, words: readonly Word[], marked: readonly boolean[], most: number): [number, number] {
  if (text.length <= most) return [0, text.length];
  const places = words.flatMap((word, at) => (marked[at] ? [word] : []));
  let [best, many] = [0, 0];
  for (let from = 0, to = 0; from < places.length; from++) {
    const first = places[from]?.start ?? 0;
    while ((places[to]?.end ?? Infinity) - first <= most * 0.7) to++;
    if (to - from > many) [best, many] = [first, to - from];
  }
  if (many === 0) best = 0;
  const before = text.slice(0, best);
  const sentence =
    Math.max(before.lastIndexOf(". "), before.lastIndexOf("\n"), before.lastIndexOf("? "), before.lastIndexOf("。")) +
    1;
  const near = best - sentence <= most * 0.3 ? sentence : before.lastIndexOf(" ", best - most * 0.15) + 1;
  const start = best <= most * 0.3 ? 0 : near + (/^\s*/.exec(text.slice(near))?.[0].length ?? 0);
  if (start + most >= text.length) return [start, text.length];
  const blank = text.lastIndexOf(" ", start + most);
  return [start, blank > start + most * 0.6 ? blank : start + most];
}
