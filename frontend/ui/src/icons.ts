/** The few icons, drawn on a grid of 24 with strokes of the text's colour. They say nothing to screen readers. */
import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";

const PATHS = {
  arrowDown: svg`<path d="M12 5v14M6 13l6 6 6-6" />`,
  arrowUp: svg`<path d="M12 19V5M6 11l6-6 6 6" />`,
  attach: svg`<path d="M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6" />`,
  check: svg`<path d="M5 12.5l4.5 4.5L19 7.5" />`,
  chevron: svg`<path d="M9 6l6 6-6 6" />`,
  close: svg`<path d="M6 6l12 12M18 6L6 18" />`,
  compare: svg`<rect x="4" y="5" width="6.500" height="14" rx="1.500" /><rect x="13.500" y="5" width="6.500" height="14" rx="1.500" />`,
  copy: svg`<rect x="9" y="9" width="11" height="11" rx="2" /><path d="M5 15H4.5A1.5 1.5 0 0 1 3 13.5v-9A1.5 1.5 0 0 1 4.5 3h9A1.5 1.5 0 0 1 15 4.5V5" />`,
  edit: svg`<path d="M4 20h4L19.5 8.5a2.1 2.1 0 0 0-3-3L5 17v3zM14.5 7.5l3 3" />`,
  error: svg`<circle cx="12" cy="12" r="9" /><path d="M12 7.5v5.5M12 16.3v.2" />`,
  file: svg`<path d="M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5" />`,
  fork: svg`<circle cx="6" cy="5.500" r="2" /><circle cx="18" cy="5.500" r="2" /><circle cx="12" cy="18.500" r="2" /><path d="M6 7.500v1.500a3 3 0 0 0 3 3h6a3 3 0 0 0 3-3V7.500M12 12v4.500" />`,
  link: svg`<path d="M10 14a4 4 0 0 0 5.700 0l3.100-3.100a4 4 0 0 0-5.700-5.700L12 6.300M14 10a4 4 0 0 0-5.700 0l-3.100 3.100a4 4 0 0 0 5.700 5.700L12 17.700" />`,
  person: svg`<circle cx="12" cy="8" r="3.5" /><path d="M5 20c.6-4 3.4-6 7-6s6.4 2 7 6" />`,
  retry: svg`<path d="M20 11a8 8 0 1 0-2.3 6.4M20 5v6h-6" />`,
  search: svg`<circle cx="11" cy="11" r="6.5" /><path d="M16 16l4.5 4.5" />`,
  stop: svg`<rect x="7" y="7" width="10" height="10" rx="1.5" fill="currentColor" />`,
  thought: svg`<path d="M9 18h6M10 21h4M8.5 14.5C7 13.4 6 11.7 6 9.7a6 6 0 0 1 12 0c0 2-1 3.7-2.5 4.8V16h-7z" />`,
  tool: svg`<path d="M14.5 6.5a4 4 0 0 1 5-1l-3 3 .5 2 2 .5 3-3a4.5 4.5 0 0 1-6 5.500L9 20.500a2 2 0 0 1-3-3l7-7a4 4 0 0 1 1.500-4z" transform="translate(-2 -.5)" />`,
} satisfies Record<string, SVGTemplateResult>;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon): TemplateResult {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}
