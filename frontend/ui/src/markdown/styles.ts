/** How an answer looks. Sizes do not change while it comes: what has a button has it from its first line. */

import { css } from "lit";

let sheet: CSSStyleSheet | undefined;

/** While a text is copied, formulas are what was written: else each sign of them would be a line. */
const COPIED = "@media not all { math { display: none } .source { font-size: inherit !important } }";

/** One sheet for all answers. */
export function styles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(text.cssText);
    sheet.insertRule(COPIED);
    const copied = (sheet.cssRules[0] as CSSMediaRule).media;
    document.addEventListener("copy", () => {
      copied.mediaText = "all";
      setTimeout(() => (copied.mediaText = "not all"), 0);
    });
  }
  return sheet;
}

const text = css`
  :host {
    display: block;
    overflow-wrap: anywhere;
  }
  .body {
    content-visibility: auto;
    contain-intrinsic-block-size: auto 200rem;
  }
  .body:first-child > :first-child {
    margin-block-start: 0;
  }
  .body:last-child > :last-child {
    margin-block-end: 0;
  }
  /* Each paragraph runs as its own first letter does. */
  p,
  h1,
  h2,
  h3,
  h4,
  h5,
  h6,
  li {
    unicode-bidi: plaintext;
  }
  p,
  ul,
  ol,
  blockquote,
  figure,
  .table {
    margin-block: 0 0.9em;
    margin-inline: 0;
  }
  h1,
  h2,
  h3,
  h4,
  h5,
  h6 {
    margin-block: 1.4em 0.5em;
    line-height: 1.3;
    font-weight: 600;
  }
  /* What comes before stands in another stretch: its margin and theirs are not one. */
  .body + .body > :is(h1, h2, h3, h4, h5, h6, hr):first-child {
    margin-block-start: 0.6em;
  }
  h1 {
    font-size: 1.4em;
  }
  h2 {
    font-size: 1.25em;
  }
  h3 {
    font-size: 1.1em;
  }
  h4,
  h5,
  h6 {
    font-size: 1em;
  }
  ul,
  ol {
    padding-inline-start: 1.6em;
  }
  li {
    margin-block: 0.25em;
  }
  li > :is(ul, ol, p, figure, blockquote, .table) {
    margin-block: 0.4em;
  }
  /* Deep in each other, they leave room for text. */
  :is(li, blockquote) :is(li, blockquote) :is(li, blockquote) :is(li, blockquote) :is(ul, ol, blockquote) {
    padding-inline-start: 0.6em;
  }
  blockquote > :last-child {
    margin-block-end: 0;
  }
  li:has(> input) {
    list-style: none;
    margin-inline-start: -1.4em;
  }
  input {
    margin-inline: 0 0.5em;
    vertical-align: -0.1em;
  }
  blockquote {
    padding-inline-start: 1em;
    border-inline-start: 3px solid var(--rn-line-strong, #8a8d93);
    color: var(--rn-quiet, #5d6168);
  }
  hr {
    margin-block: 1.6em;
    border: 0;
    border-block-start: 1px solid var(--rn-line, #e3e2de);
  }
  a[href] {
    color: var(--rn-accent, #2b5fb8);
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 0.15em;
  }
  a.image::before {
    content: "Image: ";
  }
  code,
  pre {
    font-family: var(--rn-font-mono, ui-monospace, monospace);
    font-size: 0.9em;
  }
  code {
    padding: 0.1em 0.3em;
    border-radius: var(--rn-radius-small, 0.375rem);
    background: var(--rn-sunken, #f4f4f2);
  }
  pre {
    margin: 0;
    padding: 0.75em 1em;
    overflow-x: auto;
    line-height: 1.5;
    tab-size: 4;
    direction: ltr;
    text-align: start;
  }
  pre code {
    padding: 0;
    background: none;
    font-size: inherit;
    overflow-wrap: normal;
  }
  figure {
    overflow: hidden;
    border: 1px solid var(--rn-line, #e3e2de);
    border-radius: var(--rn-radius, 0.625rem);
    background: var(--rn-sunken, #f4f4f2);
  }
  figcaption {
    user-select: none; /* what is copied is the code */
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-block-size: 2rem;
    padding-inline: 1rem 0.5rem;
    color: var(--rn-quiet, #5d6168);
    font-size: var(--rn-text-tiny, 0.8125rem);
  }
  .copy {
    min-inline-size: 4.5rem;
    padding: 0.2rem 0.5rem;
    border: 0;
    border-radius: var(--rn-radius-small, 0.375rem);
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  .copy:hover {
    background: var(--rn-hover, #ecebe8);
    color: var(--rn-ink, inherit);
  }
  :focus-visible {
    outline: 2px solid var(--rn-accent, #2b5fb8);
    outline-offset: -2px;
  }
  .table {
    overflow-x: auto;
  }
  table {
    border-collapse: collapse;
    overflow-wrap: normal;
  }
  th,
  td {
    padding: 0.4em 0.8em;
    border-block-end: 1px solid var(--rn-line, #e3e2de);
    text-align: start;
    vertical-align: top;
  }
  th {
    font-weight: 600;
  }
  tr > :first-child {
    padding-inline-start: 0;
  }
  [data-align="center"] {
    text-align: center;
  }
  [data-align="right"] {
    text-align: end;
  }
  math {
    user-select: none;
  }
  .source {
    font-size: 0; /* it is there to be copied */
  }
  .display > .source {
    display: block;
    line-height: 0;
  }
  .math.display {
    display: block;
    overflow-x: auto;
    overflow-y: hidden;
    text-align: center;
  }
  .hljs-comment,
  .hljs-quote {
    color: var(--rn-code-comment, light-dark(#5f6670, #9aa1ab));
    font-style: italic;
  }
  .hljs-keyword,
  .hljs-selector-tag,
  .hljs-literal,
  .hljs-section,
  .hljs-doctag,
  .hljs-name {
    color: var(--rn-code-keyword, light-dark(#8a2aa5, #d7a3f0));
  }
  .hljs-string,
  .hljs-regexp,
  .hljs-addition,
  .hljs-attribute,
  .hljs-meta .hljs-string {
    color: var(--rn-code-string, light-dark(#1c6b33, #8fd19e));
  }
  .hljs-number,
  .hljs-symbol,
  .hljs-bullet,
  .hljs-variable,
  .hljs-template-variable,
  .hljs-deletion,
  .hljs-type {
    color: var(--rn-code-number, light-dark(#9a4a00, #f0b27a));
  }
  .hljs-title,
  .hljs-built_in,
  .hljs-attr,
  .hljs-selector-id,
  .hljs-selector-class {
    color: var(--rn-code-name, light-dark(#1f55a5, #92bbff));
  }
  .hljs-emphasis {
    font-style: italic;
  }
  .hljs-strong {
    font-weight: 600;
  }
`;
