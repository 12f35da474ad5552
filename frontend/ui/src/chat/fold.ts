/** What things that fold look like: a line to press, and what it opens. */
import { css, type CSSResult } from "lit";

export const folds: CSSResult = css`
  summary {
    display: flex;
    align-items: center;
    gap: var(--rn-space-2);
    min-block-size: 2rem;
    padding: 0.1875rem var(--rn-space-2);
    margin-inline: calc(-1 * var(--rn-space-2));
    color: var(--rn-quiet);
    font-size: var(--rn-text-small);
    line-height: 1.375rem;
  }
  summary:hover {
    background: var(--rn-hover);
    color: var(--rn-ink);
  }
  summary > .what {
    flex: 0 1 auto;
    min-inline-size: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  summary > svg:last-child {
    inline-size: 0.875rem;
    block-size: 0.875rem;
    transition: transform 120ms;
  }
  summary:dir(rtl) > svg:last-child {
    transform: scaleX(-1);
  }
  details[open] > summary > svg:last-child,
  details[open] > summary:dir(rtl) > svg:last-child {
    transform: rotate(90deg);
  }
  details > .inside {
    margin-block: var(--rn-space-1) var(--rn-space-3);
    padding-inline-start: var(--rn-space-4);
    margin-inline-start: 0.5rem;
    border-inline-start: 2px solid var(--rn-line);
    font-size: var(--rn-text-small);
  }
`;
