/** The icons of the page itself, drawn as those of the components are. */
import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";

const PATHS = {
  check: svg`<path d="M5 12.5l4.5 4.5L19 7.5" />`,
  close: svg`<path d="M6 6l12 12M18 6L6 18" />`,
  edit: svg`<path d="M4 20h4L19.5 8.5a2.1 2.1 0 0 0-3-3L5 17v3zM14.5 7.5l3 3" />`,
  file: svg`<path d="M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5" />`,
  keyboard: svg`<rect x="3" y="6" width="18" height="12" rx="2" /><path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8" />`,
  menu: svg`<path d="M4 7h16M4 12h16M4 17h16" />`,
  plus: svg`<path d="M12 5v14M5 12h14" />`,
  settings: svg`<path d="M4 8h9M17 8h3M4 16h3M11 16h9" /><circle cx="15" cy="8" r="2" /><circle cx="9" cy="16" r="2" />`,
  theme: svg`<circle cx="12" cy="12" r="8.500" /><path d="M12 3.500v17a8.500 8.500 0 0 0 0-17z" fill="currentColor" />`,
  leave: svg`<path d="M14 4H6v16h8M10 12h10M17 8.500l3.500 3.500-3.500 3.500" />`,
  trash: svg`<path d="M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.500 11v5M13.500 11v5" />`,
  upload: svg`<path d="M12 16V5M7 9.500L12 4.500l5 5M5 16v3.500h14V16" />`,
} satisfies Record<string, SVGTemplateResult>;

export function icon(name: keyof typeof PATHS): TemplateResult {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}
