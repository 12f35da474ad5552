import { html, type TemplateResult } from "lit";

import { excerpt, type Context, type Piece } from "./passage.ts";

/** Pieces of a text, those marked as such. */
export function piecesOf(pieces: readonly Piece[]): readonly (TemplateResult | string)[] {
  return pieces.map((piece) => (piece.marked ? html`<mark>${piece.text}</mark>` : piece.text));
}

/** A stretch of a document's text; `start` and `end` are code points of the document, as in `Source` and `Passage`. */
export interface DocumentText {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly length: number;
  /** The pages that it lies on, where there are some: each with its first code point. */
  readonly pages?: readonly { readonly page: number; readonly start: number }[];
}

/** A piece of a document as it is shown; a page may begin with it. */
interface Shown extends Piece {
  readonly page?: number;
}

/** A stretch of a document, in the passage or beside it. */
export interface Part {
  readonly inMark: boolean;
  readonly pieces: readonly Shown[];
}

export function pieceOf({ text, marked, page }: Shown): unknown {
  const words = marked ? html`<b>${text}</b>` : text;
  return page === undefined ? words : html`<span class="page">Page ${page}</span>${words}`;
}

/** The text before, in and after the passage `mark`, whose places are code points of the document; cut where its pages
 * begin and where words of the passage matter. */
export function partsOf(
  given: DocumentText,
  mark: { readonly start: number; readonly end: number } | undefined,
  words: Context | undefined,
): readonly Part[] {
  const { text, start, pages = [] } = given;
  const [from = 0, to = 0, ...begins] = unitsOf(text, [
    (mark?.start ?? start) - start,
    (mark?.end ?? start) - start,
    ...pages.map((one) => one.start - start),
  ]);
  // A page that began before what is here has its beginning elsewhere.
  const places = pages.flatMap((one, n) => (one.start < start ? [] : [{ page: one.page, place: begins[n] ?? 0 }]));
  const passage = text.slice(from, to);
  const pieces = words === undefined ? [{ text: passage, marked: false }] : excerpt(passage, words, Infinity);
  let at = 0;
  const cut = (piece: Piece): Shown[] => {
    const end = at + piece.text.length;
    const cuts = places.filter(({ place }) => place >= at && place < end);
    const first = cuts[0]?.place ?? end;
    const found: Shown[] = first > at ? [{ ...piece, text: text.slice(at, first) }] : [];
    cuts.forEach(({ page, place }, n) =>
      found.push({ ...piece, page, text: text.slice(place, cuts[n + 1]?.place ?? end) }),
    );
    at = end;
    return found;
  };
  return [
    { inMark: false, pieces: cut({ text: text.slice(0, from), marked: false }) },
    ...(passage === "" ? [] : [{ inMark: true, pieces: pieces.flatMap(cut) }]),
    { inMark: false, pieces: cut({ text: text.slice(to), marked: false }) },
  ];
}

/** Where code points of `text` stand, in UTF-16 units; those before and behind it, at its ends. */
function unitsOf(text: string, counts: readonly number[]): number[] {
  const found = counts.map(() => 0);
  const order = counts.map((_, n) => n).sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0));
  let [units, points] = [0, 0];
  for (const n of order) {
    for (; points < (counts[n] ?? 0) && units < text.length; points++)
      units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
    found[n] = units;
  }
  return found;
}
