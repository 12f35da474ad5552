import { common } from "@runnel/ui";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";

import { filesOf, type Dropped } from "../dropped.ts";
import { icon } from "../icons.ts";

/** `<rn-drop-zone>`: takes files that are dropped anywhere on the page or pasted, and tells of them by `rn-attach`. */
@customElement("rn-drop-zone")
export class DropZone extends LitElement {
  static override styles = [
    common,
    css`
      :host {
        position: fixed;
        inset: 0;
        z-index: 40;
        pointer-events: none;
      }
      div {
        block-size: 100%;
        display: grid;
        place-items: center;
        padding: var(--rn-gutter);
        background: color-mix(in srgb, var(--rn-page) 82%, transparent);
      }
      p {
        display: flex;
        align-items: center;
        gap: var(--rn-space-3);
        margin: 0;
        padding: var(--rn-space-6) var(--rn-space-8);
        border: 2px dashed var(--rn-accent);
        border-radius: var(--rn-radius-large);
        background: var(--rn-raised);
        color: var(--rn-accent);
        font-weight: 550;
      }
    `,
  ];

  @state() private over = false;
  /** What is dragged is of the page itself: a picture of it is no file. */
  private inner = false;

  override connectedCallback(): void {
    super.connectedCallback();
    for (const [name, listener] of this.listeners) addEventListener(name, listener as EventListener);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const [name, listener] of this.listeners) removeEventListener(name, listener as EventListener);
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.over) return nothing;
    return html`<div aria-hidden="true"><p>${icon("upload")}Drop files to add them</p></div>`;
  }

  private isFiles(event: DragEvent): boolean {
    return !this.inner && (event.dataTransfer?.types.includes("Files") ?? false);
  }

  private readonly enter = (event: DragEvent): void => {
    if (this.isFiles(event)) this.over = true;
  };

  private readonly move = (event: DragEvent): void => {
    if (!this.isFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    this.over = true;
  };

  private readonly leave = (event: DragEvent): void => {
    // Within the page, what is left and what is entered are both known.
    if (event.relatedTarget === null) this.over = false;
  };

  private readonly drop = (event: DragEvent): void => {
    this.over = false;
    if (!this.isFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    void filesOf(event.dataTransfer).then(this.tell);
  };

  private readonly paste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    // What a table program puts there is text first, and a picture of it besides.
    if (files.length === 0 || event.defaultPrevented || event.clipboardData?.types.includes("text/plain")) return;
    event.preventDefault();
    this.tell({ files, skipped: 0 });
  };

  private readonly tell = (dropped: Dropped): void => {
    this.dispatchEvent(new CustomEvent("rn-attach", { detail: dropped, bubbles: true, composed: true }));
  };

  private readonly listeners = [
    ["dragstart", () => (this.inner = true)],
    ["dragend", () => (this.inner = false)],
    ["dragenter", this.enter],
    ["dragover", this.move],
    ["dragleave", this.leave],
    ["drop", this.drop],
    ["paste", this.paste],
  ] as const;
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-drop-zone": DropZone;
  }
}
