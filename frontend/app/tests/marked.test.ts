import { describe, expect, it } from "vitest";

import { marked } from "../src/elements/marked.ts";

describe("a text with marks", () => {
  it("counts in code points", () => {
    const text = "🎉 Café <b> über";
    expect(marked(text)).toEqual([text]);
    const shown = marked(text, [
      [0, 1],
      [2, 6],
    ]);
    expect(shown.map((piece) => (typeof piece === "string" ? piece : piece.values[0]))).toEqual([
      "",
      "🎉",
      " ",
      "Café",
      " <b> über",
    ]);
  });
});
