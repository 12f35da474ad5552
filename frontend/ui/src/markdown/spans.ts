/**
 * What a paragraph, heading or cell says, once all of it is there: CommonMark's inlines with GFM's addresses and `~~`,
 * formulas and citations. HTML is text, except for `<br>`.
 *
 * Its cost is linear in the length of the text, whatever the text is: nothing is looked for twice.
 */

import { addressLength, destinationAt, meant, referenceAt } from "./addresses.ts";
import type { Formula } from "./elements.ts";
import { match, runAt, type Emphasis, type Run } from "./emphasis.ts";
import { Formulas, citationAt } from "./formulas.ts";

export type Span =
  | { kind: "text"; text: string }
  | { kind: "begin"; as: Emphasis | "link" | "image"; url: string }
  | { kind: "end" }
  | { kind: "code"; text: string }
  | { kind: "break" }
  | { kind: "formula"; formula: Formula }
  | { kind: "citation"; numbers: number[] };

/** Where references lead, by their labels, and where in the answer that is said. */
export type References = Map<string, { url: string; at: number }>;

interface Bracket {
  image: boolean;
  /** Which of the spans it is, as long as it is text. */
  span: number;
  /** Where its text begins. */
  from: number;
  /** Whether another one stands inside. */
  holds: boolean;
}

const SPECIAL = /[\\`<&![\]*_~$\n@]|https?:\/\/|www\./g;
const LONGEST = 2000; // characters of an address
const SCHEME = /<([a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\s<>]{0,2000})>/y;
const EMAIL = /<([\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-zA-Z0-9.-]{1,255})>/y;
const BREAK = /<br ?\/?>/y;
const DOMAIN = /@[a-zA-Z0-9-]{1,63}(?:\.[a-zA-Z0-9-]{1,63}){1,8}/y;
const LABEL = /\[((?:\\[^]|[^\\[\]]){0,999})\]/y;
const WORD = /[a-zA-Z0-9]/;
const STOP = /[\s<`"。，、；：！？）】」』》”]/g; // where an address ends that stands bare
const STOP_IN_BRACKETS = /[\s<`"。，、；：！？）】」』》”\]]/g;

/** The spans of a block's text: how many sources may be cited, and where its references lead. */
export function spansOf(text: string, sources: number, references: References): Span[] {
  return new Parser(text, sources, references).parse();
}

/** By what a reference's label is known. */
export function labelOf(text: string): string {
  return text.trim().replace(/\s+/g, " ").toLowerCase().toUpperCase();
}

class Parser {
  readonly #spans: (Span | Run)[] = [];
  readonly #formulas = new Formulas();
  readonly #brackets: Bracket[] = [];
  #inactive = 0; // so many of the brackets stand around a link: they are none
  #last: Run | null = null;
  #at = 0;
  #plain = ""; // text that is no span yet
  #ticks: Map<number, number[]> | undefined; // where runs of backticks stand, by their lengths

  constructor(
    private readonly text: string,
    private readonly sources: number,
    private readonly references: References,
  ) {}

  parse(): Span[] {
    const { text } = this;
    while (this.#at < text.length) {
      SPECIAL.lastIndex = this.#at;
      const found = SPECIAL.exec(text);
      if (!found) break;
      this.#plain += text.slice(this.#at, found.index);
      this.#at = found.index;
      this.#special(found[0]);
    }
    this.#plain += text.slice(this.#at);
    this.#flush();
    match(this.#last, 0);
    const spans: Span[] = [];
    for (const span of this.#spans.flatMap((one) => ("size" in one ? spansOfRun(one) : [one]))) {
      const last = spans.at(-1);
      if (span.kind === "text" && last?.kind === "text") last.text += span.text;
      else spans.push(span);
    }
    return spans;
  }

  #special(found: string): void {
    const char = found.charAt(0);
    if (char === "\\" || char === "$") this.#formula(char);
    else if (char === "`") this.#code();
    else if (char === "<") this.#angle();
    else if (char === "&") this.#reference();
    else if (char === "*" || char === "_" || char === "~") this.#emphasis(char);
    else if (char === "!" || char === "[") this.#open(char);
    else if (char === "]") this.#close();
    else if (char === "@") this.#email();
    else if (char === "\n") this.#break();
    else this.#address(found);
  }

  /** So many characters are text. */
  #text(length: number): void {
    this.#plain += this.text.slice(this.#at, this.#at + length);
    this.#at += length;
  }

  #flush(): void {
    if (this.#plain) this.#spans.push({ kind: "text", text: this.#plain.replace(/ {2,}/g, " ") });
    this.#plain = "";
  }

  #put(span: Span, length: number): void {
    this.#flush();
    this.#spans.push(span);
    this.#at += length;
  }

  #formula(char: string): void {
    const formula = this.#formulas.at(this.text, this.#at, this.#at === 0, true);
    if (formula) this.#put({ kind: "formula", formula }, formula.raw.length);
    else if (char === "$") this.#text(1);
    else if (this.text[this.#at + 1] === "\n") this.#at++;
    else if (/[!-/:-@[-`{-~]/.test(this.text.charAt(this.#at + 1))) {
      this.#at++;
      this.#text(1);
    } else this.#text(1);
  }

  #code(): void {
    const size = runLength(this.text, this.#at);
    const end = this.#closing(size);
    if (end < 0) {
      this.#text(size);
      return;
    }
    let text = this.text.slice(this.#at + size, end).replaceAll("\n", " ");
    if (text.startsWith(" ") && text.endsWith(" ") && text.trim()) text = text.slice(1, -1);
    this.#put({ kind: "code", text }, end + size - this.#at);
  }

  /** Where the next run of so many backticks stands. */
  #closing(size: number): number {
    if (!this.#ticks) {
      this.#ticks = new Map();
      for (const { index, 0: run } of this.text.matchAll(/`+/g)) {
        const known = this.#ticks.get(run.length);
        if (known) known.push(index);
        else this.#ticks.set(run.length, [index]);
      }
      for (const places of this.#ticks.values()) places.reverse();
    }
    const places = this.#ticks.get(size) ?? [];
    while (places.length && (places.at(-1) ?? 0) <= this.#at) places.pop();
    return places.at(-1) ?? -1;
  }

  #angle(): void {
    const { text } = this;
    const pattern = [BREAK, SCHEME, EMAIL].find((one) => {
      one.lastIndex = this.#at;
      return one.test(text);
    });
    if (!pattern) {
      this.#text(1);
      return;
    }
    const length = pattern.lastIndex - this.#at;
    const inside = text.slice(this.#at + 1, this.#at + length - 1);
    if (pattern === BREAK) this.#put({ kind: "break" }, length);
    else this.#leads(inside, pattern === EMAIL ? `mailto:${inside}` : inside, length);
  }

  #leads(text: string, url: string, length: number): void {
    this.#put({ kind: "begin", as: "link", url }, length);
    this.#spans.push({ kind: "text", text }, { kind: "end" });
  }

  #reference(): void {
    const found = referenceAt(this.text, this.#at);
    if (!found) {
      this.#text(1);
      return;
    }
    this.#plain += found.char;
    this.#at += found.length;
  }

  #emphasis(char: string): void {
    const size = runLength(this.text, this.#at);
    const run = char === "~" && size !== 2 ? null : runAt(this.text, this.#at, size);
    if (!run || !(run.opens || run.closes)) {
      this.#text(size);
      return;
    }
    this.#flush();
    this.#spans.push(run);
    run.before = this.#last;
    if (this.#last) this.#last.after = run;
    this.#last = run;
    this.#at += size;
  }

  #open(char: string): void {
    const image = char === "!";
    if (image && this.text[this.#at + 1] !== "[") {
      this.#text(1);
      return;
    }
    const cited = image ? null : citationAt(this.text.slice(this.#at, this.#at + 40), this.sources, true);
    if (cited) {
      this.#put({ kind: "citation", numbers: cited.numbers }, cited.raw.length);
      return;
    }
    const around = this.#brackets.at(-1);
    if (around) around.holds = true;
    const size = image ? 2 : 1;
    this.#put({ kind: "text", text: image ? "![" : "[" }, size);
    this.#brackets.push({ image, span: this.#spans.length - 1, from: this.#at, holds: false });
  }

  #close(): void {
    const bracket = this.#brackets.pop();
    const active = bracket && (bracket.image || this.#brackets.length >= this.#inactive);
    this.#inactive = Math.min(this.#inactive, this.#brackets.length);
    const to = active ? this.#destination(bracket) : null;
    if (!bracket || !to) {
      this.#text(1);
      return;
    }
    this.#flush();
    match(this.#last, bracket.from);
    while (this.#last && this.#last.at >= bracket.from) this.#last = this.#last.before;
    if (this.#last) this.#last.after = null;
    this.#spans[bracket.span] = { kind: "begin", as: bracket.image ? "image" : "link", url: to.url };
    this.#spans.push({ kind: "end" });
    if (!bracket.image) this.#inactive = this.#brackets.length;
    this.#at = to.end;
  }

  /** Where the link leads that ends here, and where what says so ends. */
  #destination(bracket: Bracket): { url: string; end: number } | null {
    const next = this.#at + 1;
    const direct = this.text[next] === "(" ? destinationAt(this.text, next) : null;
    if (direct) return { url: meant(direct.url), end: direct.end };
    if (!this.references.size) return null;
    LABEL.lastIndex = next;
    const label = LABEL.exec(this.text);
    const own = bracket.holds || this.#at - bracket.from > 999 ? "" : this.text.slice(bracket.from, this.#at);
    const found = this.references.get(labelOf(label?.[1] ? label[1] : own));
    return found ? { url: found.url, end: next + (label?.[0].length ?? 0) } : null;
  }

  #break(): void {
    this.#plain = this.#plain.trimEnd();
    this.#put({ kind: "break" }, 1);
    while (this.text[this.#at] === " " || this.text[this.#at] === "\t") this.#at++;
  }

  /** An address that stands bare: https://…, www.… */
  #address(found: string): void {
    const { text } = this;
    if (WORD.test(text.charAt(this.#at - 1))) {
      this.#text(found.length);
      return;
    }
    const stop = this.#brackets.length ? STOP_IN_BRACKETS : STOP;
    stop.lastIndex = this.#at;
    const end = stop.exec(text)?.index ?? text.length;
    const all = text.slice(this.#at, end);
    const length = all.length > LONGEST ? 0 : addressLength(all);
    if (length <= found.length || (found === "www." && all.indexOf(".", 4) < 0)) {
      this.#text(all.length > LONGEST ? all.length : found.length);
      return;
    }
    const url = all.slice(0, length);
    this.#leads(url, found === "www." ? `http://${url}` : url, length);
  }

  #email(): void {
    const before = Math.min(64, this.#plain.length);
    const name = /[\w.+-]+$/.exec(this.text.slice(this.#at - before, this.#at))?.[0];
    DOMAIN.lastIndex = this.#at;
    const domain = DOMAIN.exec(this.text)?.[0].replace(/-$/, "");
    if (!name || !domain) {
      this.#text(1);
      return;
    }
    this.#plain = this.#plain.slice(0, -name.length);
    this.#leads(name + domain, `mailto:${name}${domain}`, domain.length);
  }
}

function spansOfRun(run: Run): Span[] {
  const spans: Span[] = Array.from({ length: run.ends }, () => ({ kind: "end" }));
  if (run.left) spans.push({ kind: "text", text: run.char.repeat(run.left) });
  for (const as of run.begins.toReversed()) spans.push({ kind: "begin", as, url: "" });
  return spans;
}

function runLength(text: string, at: number): number {
  let end = at + 1;
  while (text[end] === text[at]) end++;
  return end - at;
}
