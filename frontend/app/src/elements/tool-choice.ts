import type { Offer } from "@runnel/client";
import { common } from "@runnel/ui";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";
import { fields } from "./styles.ts";

/** `<rn-tool-choice>`: which tools the open chat has, or the one that the next question begins. */
@customElement("rn-tool-choice")
export class ToolChoice extends LitElement {
  static override styles = [
    common,
    fields,
    css`
      section {
        display: grid;
        gap: var(--rn-space-2);
        padding-block: var(--rn-space-3);
        border-block-end: 1px solid var(--rn-line);
      }
      h2 {
        margin: 0;
        font-size: var(--rn-text-small);
        font-weight: 600;
      }
      ul {
        display: grid;
        gap: var(--rn-space-1);
        margin: 0;
        padding: 0;
        list-style: none;
      }
      p {
        margin: 0;
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
        line-height: 1.45;
        overflow-wrap: anywhere;
      }
      label {
        display: grid;
        grid-template-columns: auto 1fr auto;
        align-items: baseline;
        gap: 0.125rem var(--rn-space-2);
        padding: 0.25rem;
        color: var(--rn-ink);
        cursor: pointer;
      }
      label:hover {
        background: var(--rn-hover);
        border-radius: var(--rn-radius-small);
      }
      input {
        align-self: center;
      }
      .name {
        overflow-wrap: anywhere;
      }
      .asks {
        color: var(--rn-quiet);
        font-size: var(--rn-text-tiny);
      }
      label p {
        grid-column: 2 / -1;
      }
      .error {
        color: var(--rn-danger);
      }
    `,
  ];

  @property({ attribute: false }) page!: Page;

  constructor() {
    super();
    new Watch(this, () => [this.page.tools]);
  }

  override render(): TemplateResult | typeof nothing {
    const { all } = this.page.tools;
    const chosen = this.page.settings.tools ?? [];
    const others = chosen.filter((name) => !all.some((one) => one.name === name));
    if (all.length === 0 && others.length === 0) return nothing;
    if (others.length > 0)
      return html`<section>
        <h2>Tools</h2>
        <p>The program that made this chat has given it its tools: ${chosen.join(", ")}.</p>
      </section>`;
    return html`<section>
      <h2 id="tools">Tools</h2>
      <p>What the model may do to answer.</p>
      <ul aria-labelledby="tools">
        ${all.map((one) => html`<li>${this.offer(one, chosen)}</li>`)}
      </ul>
    </section>`;
  }

  private offer(offer: Offer, chosen: readonly string[]): TemplateResult {
    const { name, reason, tools = [] } = offer;
    const on = chosen.includes(name);
    return html`<label>
      <input
        type="checkbox"
        .checked=${on}
        ?disabled=${reason !== undefined && !on}
        @change=${() => this.change(on ? chosen.filter((one) => one !== name) : [...chosen, name])}
      />
      <span class="name">${nameOf(offer)}</span>
      <span class="asks">${permissionOf(offer)}</span>
      ${reason === undefined ? nothing : html`<p class="error">Cannot be used now: ${reason}</p>`}
      ${
        tools.length === 1
          ? html`<p dir="auto">${tools[0]?.description ?? ""}</p>`
          : tools.length > 1
            ? html`<p>${tools.map((one) => one.name).join(", ")}</p>`
            : nothing
      }
    </label>`;
  }

  private change(tools: readonly string[]): void {
    void this.page.change({ tools });
    this.requestUpdate();
  }
}

/** What people call it: the tool, or the server that has it. */
function nameOf(offer: Offer): string {
  const server = /^mcp:(.*)/.exec(offer.name)?.[1];
  return server ?? offer.tools?.[0]?.name ?? offer.name;
}

function permissionOf({ tools = [] }: Offer): string {
  const asking = tools.filter((one) => one.permission === "ask").length;
  if (tools.length > 0 && tools.every((one) => one.permission === "never")) return "not allowed";
  if (asking === 0) return "";
  return asking === tools.length ? "asks you first" : "asks you at times";
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-tool-choice": ToolChoice;
  }
}
