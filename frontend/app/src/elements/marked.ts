import type { Match } from "@runnel/client";
import { html, type TemplateResult } from "lit";

/** A text with its marks, whose places are counted in Unicode code points, as all of them are. */
export function marked(text: string, marks: Match["marks"] = []): readonly (string | TemplateResult)[] {
  const signs = Array.from(text);
  const shown: (string | TemplateResult)[] = [];
  let last = 0;
  for (const [start, end] of marks) {
    shown.push(signs.slice(last, start).join(""), html`<mark>${signs.slice(start, end).join("")}</mark>`);
    last = end;
  }
  return [...shown, signs.slice(last).join("")];
}
