/** Finds what to colour in code, by highlight.js, in a worker: no page waits for it, and it is ended where it takes too long. */

import type { HLJSApi, LanguageFn } from "highlight.js";

import type { Coloured, Scope } from "./highlight.ts";

const DEEPEST = 16; // scopes in each other
const MOST = 10_000; // scopes; code with more stays plain

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
interface Found {
  scope?: string;
  children: (Found | string)[];
}

const waiting = new Map<string, Promise<HLJSApi>>();

addEventListener("message", (event: MessageEvent<{ language: string; text: string }>) => {
  const { language, text } = event.data;
  void colour(Object.hasOwn(ALIASES, language) ? (ALIASES[language] ?? "") : language, text).then(
    (found) => postMessage(found),
    () => {
      waiting.delete(language); // loaded again with the next block
      postMessage(null);
    },
  );
});

async function colour(language: string, text: string): Promise<Coloured | null> {
  if (!Object.hasOwn(LANGUAGES, language)) return null;
  const hljs = await load(language);
  const { rootNode } = hljs.highlight(text, { language, ignoreIllegals: true })._emitter as unknown as {
    rootNode: Found;
  };
  let scopes = 0;
  const plainly = (found: Found | string): string =>
    typeof found === "string" ? found : found.children.map(plainly).join("");
  const taken = ({ scope, children }: Found, depth: number): Scope => ({
    name: (scope ?? "").replace(/[^\w-]+/g, " ").trim(),
    children: children.map((child) => {
      if (typeof child === "string" || depth >= DEEPEST) return plainly(child);
      scopes++;
      return taken(child, depth + 1);
    }),
  });
  const { children } = taken(rootNode, 0);
  return scopes <= MOST ? children : null;
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
