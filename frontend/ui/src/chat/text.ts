/** Feeds a Markdown element with what is new of a text that grows. */
import type { RnMarkdown } from "../markdown/element.ts";

// What scripts from right to left are written in: the first letter of a text tells its direction.
const LETTER = /\p{L}/u;
const FROM_RIGHT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

export class TextFeed {
  #text = "";
  #whole = false;
  #directed = false;

  constructor(readonly element: RnMarkdown) {}

  /** The element shows `text`; nothing more comes where `whole`. */
  show(text: string, whole: boolean): void {
    if (text === this.#text && whole === this.#whole) return;
    const before = this.#text;
    const grows = !this.#whole && text.startsWith(before);
    this.#text = text;
    this.#whole = whole;
    this.#direct(text);
    if (whole && (before === "" || !grows)) this.element.text = text;
    else if (whole) void this.element.finish(text);
    else if (grows) this.element.append(text.slice(before.length));
    else this.element.reset(text);
  }

  /** `dir="auto"` does not see what stands in a shadow root. */
  #direct(text: string): void {
    if (this.#directed) return;
    const letter = LETTER.exec(text)?.[0];
    if (letter === undefined) return;
    this.#directed = true;
    this.element.dir = FROM_RIGHT.test(letter) ? "rtl" : "ltr";
  }
}
