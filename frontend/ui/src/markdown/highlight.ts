/** Colours for code, by highlight.js: its core and each language are loaded when a block in that language is complete. */

import type { HLJSApi, LanguageFn } from "highlight.js";

import { addText } from "./elements.ts";
import { whenIdle } from "./idle.ts";

const LONGEST = 30_000; // characters; what is longer stays plain, so that the page never stands still

type Module = Promise<{ default: LanguageFn }>;

const LANGUAGES: Record<string, () => Module> = {
  bash: () => import("highlight.js/lib/languages/bash"),
  c: () => import("highlight.js/lib/languages/c"),
  cpp: () => import("highlight.js/lib/languages/cpp"),
  csharp: () => import("highlight.js/lib/languages/csharp"),
  css: () => import("highlight.js/lib/languages/css"),
  diff: () => import("highlight.js/lib/languages/diff"),
  dockerfile: () => import("highlight.js/lib/languages/dockerfile"),
  go: () => import("highlight.js/lib/languages/go"),
  haskell: () => import("highlight.js/lib/languages/haskell"),
  ini: () => import("highlight.js/lib/languages/ini"),
  java: () => import("highlight.js/lib/languages/java"),
  javascript: () => import("highlight.js/lib/languages/javascript"),
  json: () => import("highlight.js/lib/languages/json"),
  julia: () => import("highlight.js/lib/languages/julia"),
  kotlin: () => import("highlight.js/lib/languages/kotlin"),
  latex: () => import("highlight.js/lib/languages/latex"),
  lua: () => import("highlight.js/lib/languages/lua"),
  makefile: () => import("highlight.js/lib/languages/makefile"),
  markdown: () => import("highlight.js/lib/languages/markdown"),
  perl: () => import("highlight.js/lib/languages/perl"),
  php: () => import("highlight.js/lib/languages/php"),
  python: () => import("highlight.js/lib/languages/python"),
  r: () => import("highlight.js/lib/languages/r"),
  ruby: () => import("highlight.js/lib/languages/ruby"),
  rust: () => import("highlight.js/lib/languages/rust"),
  scala: () => import("highlight.js/lib/languages/scala"),
  sql: () => import("highlight.js/lib/languages/sql"),
  swift: () => import("highlight.js/lib/languages/swift"),
  typescript: () => import("highlight.js/lib/languages/typescript"),
  xml: () => import("highlight.js/lib/languages/xml"),
  yaml: () => import("highlight.js/lib/languages/yaml"),
};

const ALIASES: Record<string, string> = {
  "c++": "cpp",
  "c#": "csharp",
  cs: "csharp",
  docker: "dockerfile",
  h: "c",
  hpp: "cpp",
  hs: "haskell",
  html: "xml",
  js: "javascript",
  jsx: "javascript",
  kt: "kotlin",
  make: "makefile",
  md: "markdown",
  patch: "diff",
  pl: "perl",
  py: "python",
  python3: "python",
  rb: "ruby",
  rs: "rust",
  sh: "bash",
  shell: "bash",
  svg: "xml",
  tex: "latex",
  toml: "ini",
  ts: "typescript",
  tsx: "typescript",
  yml: "yaml",
  zsh: "bash",
};

/** What highlight.js makes of code before it is HTML. */
interface Scope {
  scope?: string;
  children: (Scope | string)[];
}

const waiting = new Map<string, Promise<HLJSApi>>();

/** Colour a complete block as soon as its language is there and the page has time. */
export function highlight(figure: HTMLElement): void {
  const name = figure.querySelector("figcaption span")?.textContent.toLowerCase() ?? "";
  const language = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? "") : name;
  const code = figure.querySelector("code");
  if (!code || !Object.hasOwn(LANGUAGES, language) || code.textContent.length > LONGEST) return;
  void load(language).then(
    (hljs) => whenIdle(() => colour(code, hljs, language)),
    () => waiting.delete(language), // tried again with the next block
  );
}

function load(language: string): Promise<HLJSApi> {
  let found = waiting.get(language);
  if (!found) {
    found = (async () => {
      const [core, grammar] = await Promise.all([import("highlight.js/lib/core"), LANGUAGES[language]?.()]);
      if (grammar) core.default.registerLanguage(language, grammar.default);
      return core.default;
    })();
    waiting.set(language, found);
  }
  return found;
}

function colour(code: HTMLElement, hljs: HLJSApi, language: string): void {
  if (!code.isConnected || code.firstElementChild) return;
  const text = code.textContent;
  const made = hljs.highlight(text, { language, ignoreIllegals: true });
  const { rootNode } = made._emitter as unknown as { rootNode: Scope };
  const coloured = document.createDocumentFragment();
  fill(coloured, rootNode);
  if (coloured.textContent === text) code.replaceChildren(coloured);
}

function fill(to: Node, scope: Scope): void {
  for (const child of scope.children) {
    if (typeof child === "string") {
      addText(to, child);
      continue;
    }
    const span = child.scope ? document.createElement("span") : to;
    if (span instanceof HTMLElement && span !== to)
      span.className = `hljs-${(child.scope ?? "").replace(/[^\w-]+/g, " ").trim()}`;
    fill(span, child);
    if (span !== to) to.appendChild(span);
  }
}
