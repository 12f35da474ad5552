/** Images and other media of a message. Nothing is fetched from elsewhere: what lies at another place is a link. */
import type { MediaPart } from "@runnel/client";
import { html, type TemplateResult } from "lit";

const SHOWN = /^image\/(png|jpeg|gif|webp|avif)$/;

/** Whether it is shown itself. */
export function isShown(part: MediaPart): boolean {
  return part.data !== undefined && part.data !== "" && SHOWN.test(part.media_type);
}

export function mediumOf(part: MediaPart, name = "Picture"): TemplateResult {
  if (isShown(part))
    return html`<img
      class="medium"
      alt=${name}
      draggable="false"
      src="data:${part.media_type};base64,${part.data ?? ""}"
    />`;
  if (part.url !== undefined && /^https?:/i.test(part.url))
    return html`<a class="button" href=${part.url} target="_blank" rel="noopener noreferrer nofollow">${part.url}</a>`;
  return html`<span class="medium">${part.media_type}</span>`;
}
