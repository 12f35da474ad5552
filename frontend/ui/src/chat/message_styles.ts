import { css, type CSSResult } from "lit";

/** How an answer looks. */
export const answerStyles: CSSResult = css`
  header {
    position: sticky;
    inset-block-start: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    gap: var(--rn-space-2);
    min-block-size: 2.25rem;
    background: var(--rn-page);
    color: var(--rn-quiet);
    font-size: var(--rn-text-small);
    line-height: 1.25rem;
  }
  :host([compared]) header {
    position: static;
  }
  .model {
    flex: 0 1 auto;
    min-inline-size: 2rem;
    max-inline-size: 45%;
    color: var(--rn-ink);
    font-weight: 600;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .doing {
    flex: 1 1 0;
    min-inline-size: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .actions {
    flex: none;
    display: flex;
    align-items: center;
    gap: 0.125rem;
    margin-inline-end: -0.4375rem;
  }
  .actions svg {
    inline-size: 1rem;
    block-size: 1rem;
  }
  .actions .none {
    display: none;
  }
  @media (max-width: 30rem) {
    /* Where all of it has no room in a line, the buttons have one of their own. */
    .branched {
      flex-wrap: wrap;
      row-gap: 0;
    }
    .branched .model {
      flex: 1 1 2rem;
      max-inline-size: max-content;
    }
    .branched .actions {
      margin-inline-start: auto;
    }
  }
  .count {
    min-inline-size: 1ch;
    font-variant-numeric: tabular-nums;
  }
  rn-markdown {
    display: block;
  }
  rn-markdown + rn-activity,
  rn-activity + rn-markdown {
    margin-block-start: var(--rn-space-2);
  }
  .steered {
    inline-size: fit-content;
    max-inline-size: min(100%, 32rem);
    margin: var(--rn-space-3) 0;
    margin-inline-start: auto;
    padding: 0.375rem 0.875rem;
    border-radius: var(--rn-radius-large);
    border-end-end-radius: 0.3125rem;
    background: var(--rn-sunken);
    overflow-wrap: anywhere;
    white-space: pre-wrap;
    font-size: 0.9375rem;
    line-height: 1.5;
  }
  .unheard {
    white-space: normal;
    color: var(--rn-quiet);
  }
  .unheard small {
    display: block;
    font-size: var(--rn-text-tiny);
  }
  .medium {
    display: block;
    max-inline-size: min(100%, 24rem);
    max-block-size: 24rem;
    margin-block: var(--rn-space-2);
    border-radius: var(--rn-radius);
  }
  footer {
    display: flex;
    flex-wrap: wrap;
    gap: 0 var(--rn-space-2);
    min-block-size: 1.5rem;
    margin-block-start: 0.375rem;
    color: var(--rn-quiet);
    font-size: var(--rn-text-tiny);
    line-height: 1.5rem; /* so is what can be pressed: a finger needs no less */
  }
  footer button {
    min-block-size: 1.5rem;
    margin-block: -0.125rem;
    padding: 0;
    border: 0;
    background: none;
    color: inherit;
    font-size: inherit;
    line-height: inherit;
    text-decoration: underline;
    text-decoration-color: transparent;
    text-underline-offset: 0.2em;
  }
  footer button:hover {
    text-decoration-color: currentColor;
  }
  footer > * + *::before {
    content: "·";
    margin-inline-end: var(--rn-space-2);
  }
`;
