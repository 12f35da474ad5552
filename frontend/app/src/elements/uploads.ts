import { common } from "@runnel/ui";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { icon } from "../icons.ts";
import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";
import type { Upload } from "../uploads.ts";
import { fields } from "./styles.ts";

// From so many files on they can be put away or stopped together.
const MANY = 3;

/** `<rn-uploads>`: the files that are on their way, above the field where questions are written. */
@customElement("rn-uploads")
export class UploadList extends LitElement {
  static override styles = [
    common,
    fields,
    css`
      :host {
        font-size: var(--rn-text-small);
      }
      .all {
        display: flex;
        align-items: center;
        gap: var(--rn-space-2);
        margin-block-end: var(--rn-space-1);
        color: var(--rn-quiet);
      }
      .all span {
        flex: 1;
      }
      ul {
        list-style: none;
        margin: 0 0 var(--rn-space-2);
        padding: 0;
        max-block-size: 9.5rem;
        overflow-y: auto;
        scrollbar-width: thin;
        border: 1px solid var(--rn-line);
        border-radius: var(--rn-radius);
        background: var(--rn-raised);
      }
      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        column-gap: var(--rn-space-2);
        min-block-size: 2.5rem;
        padding-inline: var(--rn-space-3) var(--rn-space-1);
      }
      li + li {
        border-block-start: 1px solid var(--rn-line);
      }
      li > svg {
        color: var(--rn-quiet);
      }
      .what {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        column-gap: var(--rn-space-2);
        min-inline-size: 0;
        padding-block: 0.25rem;
        line-height: 1.35;
      }
      .name {
        max-inline-size: 100%;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .state {
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
        font-variant-numeric: tabular-nums;
      }
      .failed .state {
        color: var(--rn-danger);
      }
      .ready > svg {
        color: var(--rn-good);
      }
      progress {
        grid-column: 2;
        margin-block-end: 0.375rem;
      }
      progress.none {
        display: none;
      }
      .acts {
        display: flex;
      }
      .acts button {
        min-block-size: 2rem;
      }
      .acts .again {
        color: var(--rn-accent);
      }
    `,
  ];

  @property({ attribute: false }) page!: Page;
  @query("input") private chooser!: HTMLInputElement;

  constructor() {
    super();
    new Watch(this, () => [this.page.uploads]);
  }

  /** Let files be chosen. */
  choose(): void {
    this.chooser.click();
  }

  override render(): TemplateResult {
    const { uploads } = this.page;
    const { all } = uploads;
    return html`
      <input type="file" multiple hidden aria-label="Files" @change=${this.chose} />
      ${all.length > MANY ? this.together(all) : nothing}
      ${
        all.length
          ? html`<ul aria-label="Files on their way">
              ${repeat(
                all,
                (one) => one.key,
                (one) => this.upload(one),
              )}
            </ul>`
          : nothing
      }
      <div class="unseen" role="status">${said(all)}</div>
    `;
  }

  private together(all: readonly Upload[]): TemplateResult {
    const going = all.filter((one) => one.state !== "ready" && one.state !== "failed").length;
    const ready = all.filter((one) => one.state === "ready").length;
    const what = going ? `${all.length - going} of ${all.length} files done` : `${ready} of ${all.length} files added`;
    return html`<div class="all">
      <span>${what}</span>
      <button class="plain" @click=${() => this.page.uploads.clear(true)}>
        ${going ? "Stop all" : "Put all away"}
      </button>
    </div>`;
  }

  private upload({ key, name, state, part = 0, why, again }: Upload): TemplateResult {
    const { uploads } = this.page;
    const isOver = state === "ready" || state === "failed";
    const act = isOver ? "Put away" : "Stop";
    return html`<li class=${state}>
      ${icon(state === "ready" ? "check" : "file")}
      <span class="what"
        ><bdi class="name" title=${name}>${name}</bdi>
        <span class="state">${state === "sending" ? `${Math.floor(part * 100)} %` : (why ?? STATES[state])}</span></span
      >
      <span class="acts"
        >${again ? html`<button class="plain again" @click=${() => uploads.again(key)}>Try again</button>` : nothing}
        <button class="plain icon" title=${act} @click=${() => uploads.leave(key)}>
          ${icon("close")}<span class="unseen">${act}: ${name}</span>
        </button></span
      >
      ${isOver ? nothing : progressOf(name, state, part)}
    </li>`;
  }

  private readonly chose = (): void => {
    this.dispatchEvent(
      new CustomEvent("rn-attach", {
        detail: { files: [...(this.chooser.files ?? [])] },
        bubbles: true,
        composed: true,
      }),
    );
    this.chooser.value = "";
  };
}

const STATES = { waiting: "Waiting", sending: "", reading: "Being read", ready: "Ready", failed: "Not added" };

function progressOf(name: string, state: Upload["state"], part: number): TemplateResult {
  // What is read takes no time that is known: the bar then has no value, and moves by itself.
  return state === "reading"
    ? html`<progress aria-label=${name}></progress>`
    : html`<progress aria-label=${name} .value=${part}></progress>`;
}

/** What has happened, for those who do not see it: not each step. */
function said(all: readonly Upload[]): string {
  const failed = all.filter((one) => one.state === "failed");
  const ready = all.filter((one) => one.state === "ready");
  const last = failed.at(-1);
  if (last) return `${last.name} was not added. ${last.why ?? ""}`;
  return all.length && ready.length === all.length ? `${ready.map((one) => one.name).join(", ")}: ready` : "";
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-uploads": UploadList;
  }
}
