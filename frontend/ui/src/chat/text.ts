/** Feeds a Markdown element with what is new of a text that grows. */
import { fromRight } from "../markdown/direction.ts";
import type { RnMarkdown } from "../markdown/element.ts";

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

  /** More comes to the end of the text: costs no more than that. */
  add(more: string): void {
    this.#text += more;
    this.element.append(more);
  }

  /** `dir="auto"` does not see what stands in a shadow root. */
  #direct(text: string): void {
    if (this.#directed) return;
    const right = fromRight(text.slice(0, 1000));
    if (right === undefined) return;
    this.#directed = true;
    this.element.dir = right ? "rtl" : "ltr";
  }
}
