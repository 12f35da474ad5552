/** Colours for code: a worker finds them for blocks that are complete, and is loaded with the first of those. */

import { addText } from "./elements.ts";
import { whenIdle } from "./idle.ts";

const LONGEST = 30_000; // characters; what is longer stays plain
const PATIENCE = 2000; // ms for a block; what takes longer stays plain

/** What has a colour, with what stands in it. */
export interface Scope {
  name: string;
  children: Coloured;
}
export type Coloured = (Scope | string)[];

const waiting: HTMLElement[] = [];
let worker: Worker | null | undefined; // null: there is none to be had

/** Colour a complete block that names its language, as soon as the page has time. */
export function highlight(figure: HTMLElement): void {
  const length = figure.querySelector("code")?.textContent.length ?? 0;
  if (!languageOf(figure) || length === 0 || length > LONGEST || worker === null) return;
  waiting.push(figure);
  if (waiting.length === 1) whenIdle(next);
}

/** Have the first of those that wait coloured. */
function next(): void {
  const figure = waiting[0];
  if (!figure) return;
  worker ??= begin();
  if (!worker) {
    waiting.length = 0;
    return;
  }
  const code = figure.querySelector("code");
  const text = code?.textContent ?? "";
  const end = (found: Coloured | null): void => {
    clearTimeout(timer);
    if (worker) worker.onmessage = worker.onerror = null;
    waiting.shift();
    whenIdle(() => {
      if (found && code) show(code, text, found);
      next();
    });
  };
  const stop = (): void => {
    worker?.terminate();
    worker = undefined;
    end(null);
  };
  const timer = setTimeout(stop, PATIENCE);
  worker.onmessage = (event: MessageEvent<Coloured | null>) => end(event.data);
  worker.onerror = stop;
  worker.postMessage({ language: languageOf(figure), text });
}

function begin(): Worker | null {
  try {
    return new Worker(new URL("./highlighter.ts", import.meta.url), { type: "module" });
  } catch {
    return null; // as where the components do not come from the page's own server
  }
}

function languageOf(figure: HTMLElement): string {
  return figure.querySelector("figcaption span")?.textContent.toLowerCase() ?? "";
}

function show(code: HTMLElement, text: string, found: Coloured): void {
  if (code.firstElementChild || code.textContent !== text) return;
  const coloured = document.createDocumentFragment();
  fill(coloured, found);
  if (coloured.textContent === text) code.replaceChildren(coloured);
}

function fill(to: Node, coloured: Coloured): void {
  for (const child of coloured) {
    if (typeof child === "string") {
      addText(to, child);
      continue;
    }
    const span = child.name ? document.createElement("span") : to;
    if (span instanceof HTMLElement && span !== to) span.className = `hljs-${child.name}`;
    fill(span, child.children);
    if (span !== to) to.appendChild(span);
  }
}
