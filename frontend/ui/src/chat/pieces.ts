import { html, type TemplateResult } from "lit";

import type { Piece } from "./passage.ts";

/** Pieces of a text, those marked as such. */
export function piecesOf(pieces: readonly Piece[]): readonly (TemplateResult | string)[] {
  return pieces.map((piece) => (piece.marked ? html`<mark>${piece.text}</mark>` : piece.text));
}
