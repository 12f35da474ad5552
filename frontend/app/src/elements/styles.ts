import { css } from "lit";

/** What several parts of the page share, beside the components' own styles. */
export const fields = css`
  label,
  legend {
    font-size: var(--rn-text-small);
    color: var(--rn-quiet);
  }
  select,
  input:not([type="checkbox"], [type="radio"], [type="range"]),
  textarea {
    inline-size: 100%;
    font: inherit;
    font-size: var(--rn-text-small);
    min-block-size: 2.25rem;
    color: inherit;
    background: var(--rn-raised);
    border: 1px solid var(--rn-line-strong);
    border-radius: var(--rn-radius-small);
    padding: 0.375rem 0.5rem;
  }
  input[type="checkbox"],
  input[type="radio"] {
    accent-color: var(--rn-accent);
    inline-size: 1rem;
    block-size: 1rem;
    margin: 0;
    flex: none;
  }
  fieldset {
    border: 0;
    margin: 0;
    padding: 0;
    min-inline-size: 0;
  }
  progress {
    appearance: none;
    display: block;
    inline-size: 100%;
    block-size: 0.25rem;
    border: 0;
    border-radius: 1rem;
    overflow: hidden;
    background: var(--rn-line);
  }
  progress::-webkit-progress-bar {
    background: var(--rn-line);
  }
  progress::-webkit-progress-value {
    background: var(--rn-accent);
    transition: inline-size 200ms;
  }
  progress::-moz-progress-bar {
    background: var(--rn-accent);
  }
  progress:indeterminate {
    background: linear-gradient(90deg, var(--rn-line) 25%, var(--rn-accent) 50%, var(--rn-line) 75%) 0 0 / 200% 100%;
    animation: on-the-way 1.6s linear infinite;
  }
  progress:indeterminate::-webkit-progress-bar {
    background: none;
  }
  @keyframes on-the-way {
    from {
      background-position: 150% 0;
    }
    to {
      background-position: -50% 0;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    progress:indeterminate {
      animation: none;
    }
  }
`;

/** How a dialog looks that lies over the page. */
export const overlay = css`
  dialog {
    border: 1px solid var(--rn-line);
    border-radius: var(--rn-radius-large);
    background: var(--rn-raised);
    color: var(--rn-ink);
    box-shadow: var(--rn-shadow);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 35%);
  }
`;

/** And one that on a phone is all of the page. */
export const sheet = css`
  dialog {
    padding: 0;
    overflow: hidden;
  }
  dialog:focus-visible {
    outline: 0;
  }
  @media (max-width: 48rem) {
    dialog {
      inline-size: 100vw;
      max-inline-size: 100vw;
      block-size: 100dvh;
      max-block-size: 100dvh;
      border: 0;
      border-radius: 0;
    }
  }
`;
