/** What all components look like: tokens as custom properties of the document, and styles that several share. */
import { css, type CSSResult } from "lit";

/** Colours, spacing, radii and type. `light-dark()` follows the reader's system, or `data-theme` where that is set. */
export const tokens: CSSResult = css`
  :root {
    color-scheme: light dark;
    --rn-accent: light-dark(#2b5fb8, #8fb4ff);
    --rn-accent-strong: light-dark(#1f4c99, #b3ccff);
    --rn-accent-soft: light-dark(#e9effa, #1f2c45);
    --rn-on-accent: light-dark(#ffffff, #0f1a2e);
    --rn-page: light-dark(#fdfdfc, #16171a);
    --rn-raised: light-dark(#ffffff, #1d1f23);
    --rn-sunken: light-dark(#f4f4f2, #212328);
    --rn-hover: light-dark(#ecebe8, #2b2e34);
    --rn-ink: light-dark(#1d1f23, #e7e8ea);
    --rn-quiet: light-dark(#5d6168, #a3a8b1);
    --rn-line: light-dark(#e3e2de, #31343a);
    --rn-line-strong: light-dark(#8a8d93, #777c86);
    --rn-danger: light-dark(#a92b22, #ff9d92);
    --rn-danger-soft: light-dark(#fcefed, #3a2120);
    --rn-warning: light-dark(#7a5200, #eabf6d);
    --rn-warning-soft: light-dark(#fbf3e0, #352b17);
    --rn-good: light-dark(#21693c, #86cf9e);
    --rn-mark: light-dark(#fff0b8, #574812);
    --rn-mark-strong: light-dark(#ffd75e, #86701c);
    --rn-shadow:
      0 1px 2px light-dark(rgb(20 22 26 / 8%), rgb(0 0 0 / 40%)),
      0 6px 24px light-dark(rgb(20 22 26 / 12%), rgb(0 0 0 / 50%));

    --rn-font: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
    --rn-font-mono: ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", Menlo, Consolas, monospace;
    --rn-text: 1rem;
    --rn-text-small: 0.875rem;
    --rn-text-tiny: 0.8125rem;
    --rn-leading: 1.65;

    --rn-space-1: 0.25rem;
    --rn-space-2: 0.5rem;
    --rn-space-3: 0.75rem;
    --rn-space-4: 1rem;
    --rn-space-6: 1.5rem;
    --rn-space-8: 2rem;

    --rn-radius-small: 0.375rem;
    --rn-radius: 0.625rem;
    --rn-radius-large: 1.125rem;

    --rn-column: 46rem;
    --rn-gutter: clamp(0.875rem, 4vw, 1.5rem);
  }

  :root[data-theme="light"] {
    color-scheme: light;
  }

  :root[data-theme="dark"] {
    color-scheme: dark;
  }
`;

/** The tokens, and the body's own type, for `document`. Once a document is enough; more does no harm. */
export function adoptTheme(document: Document): void {
  const sheet = themeSheet();
  if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets.push(sheet);
}

let sheet: CSSStyleSheet | undefined;

function themeSheet(): CSSStyleSheet {
  if (sheet === undefined) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(`${tokens.cssText} ${body.cssText}`);
  }
  return sheet;
}

const body = css`
  body {
    margin: 0;
    background: var(--rn-page);
    color: var(--rn-ink);
    font-family: var(--rn-font);
    font-size: var(--rn-text);
    line-height: var(--rn-leading);
    -webkit-text-size-adjust: 100%;
    text-size-adjust: 100%;
  }
`;

/** Buttons, fields, focus rings and folds, as all components have them. */
export const common: CSSResult = css`
  :host {
    display: block;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  :focus-visible {
    outline: 2px solid var(--rn-accent);
    outline-offset: 2px;
  }
  svg {
    display: block;
    inline-size: 1.125rem;
    block-size: 1.125rem;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  button,
  .button {
    font: inherit;
    font-size: var(--rn-text-small);
    line-height: 1.25rem;
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 0.375rem;
    min-block-size: 2rem;
    padding: 0.3125rem 0.6875rem;
    border: 1px solid var(--rn-line);
    border-radius: var(--rn-radius-small);
    background: var(--rn-raised);
    color: var(--rn-ink);
    cursor: pointer;
    text-decoration: none;
    white-space: nowrap;
    -webkit-tap-highlight-color: transparent;
  }
  button:hover,
  .button:hover {
    background: var(--rn-hover);
  }
  button:disabled {
    opacity: 0.45;
    cursor: default;
  }
  button.primary {
    background: var(--rn-accent);
    border-color: transparent;
    color: var(--rn-on-accent);
  }
  button.primary:hover:not(:disabled) {
    background: var(--rn-accent-strong);
  }
  button.plain {
    border-color: transparent;
    background: transparent;
    color: var(--rn-quiet);
  }
  button.plain:hover:not(:disabled) {
    background: var(--rn-hover);
    color: var(--rn-ink);
  }
  button.icon {
    min-inline-size: 2rem;
    padding: 0.3125rem;
  }
  textarea,
  input {
    font: inherit;
    color: inherit;
    background: var(--rn-raised);
    border: 1px solid var(--rn-line-strong);
    border-radius: var(--rn-radius-small);
    padding: 0.4375rem 0.625rem;
  }
  ::placeholder {
    color: var(--rn-quiet);
    opacity: 1;
  }
  textarea:focus-visible,
  input:focus-visible {
    outline-offset: -1px;
  }
  mark {
    background: var(--rn-mark);
    color: inherit;
    border-radius: 2px;
    box-decoration-break: clone;
    -webkit-box-decoration-break: clone;
  }
  summary {
    cursor: pointer;
    list-style: none;
    border-radius: var(--rn-radius-small);
  }
  summary::-webkit-details-marker {
    display: none;
  }
  .live::before {
    content: "";
    display: inline-block;
    inline-size: 0.4375rem;
    block-size: 0.4375rem;
    margin-inline-end: 0.4375rem;
    border-radius: 50%;
    background: var(--rn-accent);
    vertical-align: 0.09em;
    animation: pulse 1.6s ease-in-out infinite;
  }
  @keyframes pulse {
    50% {
      opacity: 0.25;
    }
  }
  @media (pointer: coarse) {
    button,
    .button {
      min-block-size: 2.5rem;
    }
    button.icon {
      min-inline-size: 2.5rem;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;
