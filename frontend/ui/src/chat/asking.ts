/** What things that wait for a person look like. */
import { css, type CSSResult } from "lit";

export const asks: CSSResult = css`
  form,
  section {
    margin-block: var(--rn-space-2) var(--rn-space-3);
    padding: var(--rn-space-3) var(--rn-space-4) var(--rn-space-4);
    border: 1px solid var(--rn-accent);
    box-shadow: 0 0 0 3px var(--rn-accent-soft);
    border-radius: var(--rn-radius);
    background: var(--rn-raised);
    font-size: var(--rn-text-small);
  }
  p,
  label {
    display: block;
    margin: 0 0 var(--rn-space-2);
  }
`;
