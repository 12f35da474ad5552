/** A block of code as it comes: what is between two fences, or indented. */

import { addText, codeBlock } from "./elements.ts";
import { indentOf, LONGEST, outdent } from "./lines.ts";

export class Code {
  readonly kind = "code";
  readonly figure: HTMLElement;
  readonly #code: HTMLElement;
  #blank = 0; // lines, which are its own where others follow
  #empty = true;

  /** `fence`: what began it, "" where it is indented; `indent`: columns of white space that are not its own. */
  constructor(
    readonly fence: string,
    private readonly indent: number,
    info = "",
  ) {
    const { figure, code } = codeBlock(info);
    this.figure = figure;
    this.#code = code;
  }

  write(text: string): void {
    if (text) addText(this.#code, text);
  }

  /** The beginning of a line: whether it is code, ends the block (and is its last line, or not of it), or more would tell. */
  line(rest: string, whole: boolean): "code" | "last" | "after" | "undecided" {
    if (this.fence) {
      const marks = /^ {0,3}([`~]*)[ \t]*$/.exec(rest)?.[1];
      if (marks !== undefined && marks === this.fence.charAt(0).repeat(marks.length)) {
        if (!whole && rest.length < LONGEST) return "undecided";
        if (marks.length >= this.fence.length) return "last";
      }
    } else if (!rest.trim()) {
      if (whole) this.#blank++;
      return whole ? "code" : "undecided";
    } else if (indentOf(rest) < 4) return "after";
    this.write((this.#empty ? "" : "\n") + "\n".repeat(this.#blank) + outdent(rest, this.indent));
    this.#blank = 0;
    this.#empty = false;
    return "code";
  }
}
