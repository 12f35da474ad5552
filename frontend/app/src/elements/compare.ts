import { Announcer, common, contentOf, ended, icon, modelName, type Turn } from "@runnel/ui";
import { LitElement, css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { Comparing, type Side } from "../comparing.ts";
import { sentence } from "../notices.ts";
import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";
import { fields, overlay, sheet } from "./styles.ts";

const NAMES = ["left", "right"] as const;

/** `<rn-compare>`: two answers side by side over the chat, and which of them to go on with. */
@customElement("rn-compare")
export class Compare extends LitElement {
  static override styles = [
    common,
    fields,
    overlay,
    css`
      :host {
        display: contents;
      }
      dialog {
        inline-size: min(100rem, calc(100vw - 2rem));
        max-inline-size: none;
        block-size: calc(100dvh - 2rem);
        max-block-size: none;
        background: var(--rn-page);
      }
      dialog[open] {
        display: flex;
        flex-direction: column;
      }
      header {
        flex: none;
        display: flex;
        align-items: center;
        gap: var(--rn-space-3);
        min-block-size: 3.25rem;
        padding-inline: var(--rn-space-6) var(--rn-space-3);
        border-block-end: 1px solid var(--rn-line);
      }
      h2 {
        flex: none;
        margin: 0;
        font-size: var(--rn-text);
        font-weight: 600;
      }
      .asked {
        flex: 1;
        min-inline-size: 0;
        margin: 0;
        color: var(--rn-quiet);
        font-size: var(--rn-text-small);
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        text-align: -webkit-match-parent;
        text-align: match-parent;
      }
      header button {
        margin-inline-start: auto;
      }
      .sides {
        flex: 1;
        min-block-size: 0;
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
        overflow-y: auto;
        overscroll-behavior: contain;
        scrollbar-gutter: stable;
      }
      .side {
        padding: 0 var(--rn-space-6) var(--rn-space-8);
        outline-offset: -2px;
      }
      .side + .side {
        border-inline-start: 1px solid var(--rn-line);
      }
      .choice {
        position: sticky;
        inset-block-start: 0;
        z-index: 2;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--rn-space-1) var(--rn-space-2);
        min-block-size: 3.5rem;
        padding-block: var(--rn-space-2);
        margin-inline: calc(-1 * var(--rn-space-3));
        padding-inline: var(--rn-space-3);
        background: var(--rn-page);
        font-size: var(--rn-text-small);
      }
      .version {
        flex: 1;
        min-inline-size: 6rem;
        font-weight: 600;
        font-variant-numeric: tabular-nums;
      }
      .version small {
        display: inline-block;
        margin-inline-start: var(--rn-space-2);
        font-size: var(--rn-text-tiny);
        font-weight: 400;
        color: var(--rn-quiet);
      }
      select {
        inline-size: auto;
        max-inline-size: 100%;
        min-block-size: 2rem;
        padding-block: 0.1875rem;
      }
      .none {
        margin: 0;
        color: var(--rn-quiet);
        font-size: var(--rn-text-small);
      }
      .said {
        flex: 1;
        display: grid;
        place-content: center;
        padding: var(--rn-space-6);
        text-align: center;
        color: var(--rn-quiet);
      }
      .refused {
        flex: none;
        margin: 0;
        padding: var(--rn-space-2) var(--rn-space-6);
        background: var(--rn-danger-soft);
        font-size: var(--rn-text-small);
        overflow-wrap: anywhere;
      }
      @media (max-width: 48rem) {
        header,
        .side {
          padding-inline-start: var(--rn-gutter);
        }
        .side {
          padding-inline-end: var(--rn-gutter);
        }
        /* One beside the other all the same, and the next one is seen to be there. */
        .sides {
          grid-template-columns: none;
          grid-template-rows: minmax(0, 1fr);
          grid-auto-flow: column;
          grid-auto-columns: 90%;
          overflow-x: auto;
          overflow-y: hidden;
          scroll-snap-type: x mandatory;
          scrollbar-gutter: auto;
        }
        .side {
          min-block-size: 0;
          block-size: 100%;
          overflow-y: auto;
          overscroll-behavior-y: contain;
          scroll-snap-align: start;
        }
        .side + .side {
          scroll-snap-align: end;
        }
        .choice {
          justify-content: end;
        }
        .version {
          flex-basis: 100%;
        }
      }
    `,
    sheet,
  ];

  @property({ attribute: false }) page!: Page;
  @state() private news = "";
  @query("dialog") private dialog!: HTMLDialogElement;
  private comparing: Comparing | undefined;
  private unwatch: (() => void) | undefined;
  private announcer = new Announcer();
  private isOpen = false;
  private isChosen = false;

  constructor() {
    super();
    new Watch(this, () => [this.page]);
  }

  /** More of an answer's text is there. */
  grown(): void {
    this.comparing?.grown();
  }

  override willUpdate(_: PropertyValues<this>): void {
    const { api, live, conversation, compared } = this.page;
    if (!compared || this.comparing?.conversation !== conversation) this.end();
    if (conversation && compared) this.comparing?.show(compared);
    if (conversation && compared && !this.comparing) {
      this.comparing = new Comparing(api, live, conversation, compared);
      this.unwatch = this.comparing.watch(() => this.requestUpdate());
    }
    for (const side of this.comparing?.sides ?? []) {
      const said = side.answer ? this.announcer.of(side.answer) : "";
      if (said) this.news = `Version ${side.at}: ${said}`;
    }
  }

  override render(): TemplateResult {
    const { comparing } = this;
    return html`<dialog aria-labelledby="title" @close=${this.closed} @click=${this.beside}>
      <header>
        <h2 id="title">Side by side</h2>
        <p class="asked" dir="auto">${comparing?.asked ?? ""}</p>
        <button class="plain icon" title="Close" @click=${this.closed}>
          ${icon("close")}<span class="unseen">Close the comparison</span>
        </button>
      </header>
      ${comparing ? this.body(comparing) : nothing}
      <div class="unseen" role="status" aria-live="polite">${this.news}</div>
    </dialog>`;
  }

  override updated(): void {
    const { compared } = this.page;
    if (compared && !this.isOpen) {
      this.isOpen = true;
      this.dialog.showModal();
    } else if (!compared && this.isOpen) {
      this.isOpen = false;
      this.dialog.close();
      this.dispatchEvent(new CustomEvent("rn-compared", { detail: this.isChosen, bubbles: true, composed: true }));
      this.isChosen = false;
    }
  }

  private body(comparing: Comparing): TemplateResult {
    if (comparing.state === "failed")
      return html`<p class="said" role="alert">These cannot be compared: ${sentence(comparing.problem)}.</p>`;
    return html`<div class="sides" aria-busy=${comparing.state === "loading"}>
        ${repeat(
          comparing.sides,
          (_, nth) => nth,
          (side, nth) => this.side(comparing, side, NAMES[nth] ?? "left"),
        )}
      </div>
      ${comparing.refused === undefined ? nothing : html`<p class="refused" role="alert">${sentence(comparing.refused)}</p>`}`;
  }

  private side(comparing: Comparing, side: Side, name: (typeof NAMES)[number]): TemplateResult {
    const { question, answer, isShown } = side;
    const isLive = answer !== undefined && !ended(answer.message);
    const waits = !isShown && comparing.isBusy;
    return html`<section
      class="side"
      tabindex="0"
      aria-label="Version ${side.at} of ${comparing.versions.length}"
      @focusin=${this.focused}
      @rn-want-activity=${(event: HTMLElementEventMap["rn-want-activity"]) => {
        event.stopPropagation();
        void comparing.want(event.detail.run);
      }}
    >
      <div class="choice">
        <div class="version">
          ${this.version(comparing, side, name)}
          <small>${isShown ? "Shown in the chat" : waits ? "Once the chat has answered" : ""}</small>
        </div>
        ${isLive ? html`<button @click=${() => comparing.stop(side)}>Stop</button>` : nothing}
        <button ?disabled=${waits} @click=${() => this.goOn(comparing, side)}>Go on with this one</button>
      </div>
      ${question ? this.message(question, "") : nothing}
      ${
        answer
          ? this.message(answer, question ? contentOf(question.message) : comparing.asked)
          : side.isRead
            ? html`<p class="none">It has no answer.</p>`
            : nothing
      }
    </section>`;
  }

  private message(turn: Turn, asked: string): TemplateResult {
    return html`<rn-message compared .turn=${turn} .asked=${asked}></rn-message>`;
  }

  private version(comparing: Comparing, side: Side, name: (typeof NAMES)[number]): TemplateResult {
    const { versions, sides } = comparing;
    if (versions.length < 3) return html`Version ${side.at}`;
    return html`<select
      aria-label=${name === "left" ? "First version" : "Second version"}
      @change=${(event: Event) => this.choose(name, (event.target as HTMLSelectElement).value)}
    >
      ${versions.map((one, at) => {
        const isBeside = sides.some((other) => other.id === one.id && other.id !== side.id);
        const model = modelName(one.model);
        return html`<option value=${one.id} .selected=${one.id === side.id} ?disabled=${isBeside}>
          ${at + 1} of ${versions.length}${model ? ` · ${model}` : ""}
        </option>`;
      })}
    </select>`;
  }

  private choose(name: (typeof NAMES)[number], id: string): void {
    const { compared } = this.page;
    if (compared) this.page.showPair({ ...compared, [name]: id });
  }

  private async goOn(comparing: Comparing, side: Side): Promise<void> {
    if (!(await comparing.goOn(side))) return;
    this.isChosen = true;
    this.page.showPair(undefined);
  }

  private end(): void {
    this.unwatch?.();
    this.comparing?.leave();
    this.comparing = undefined;
    this.announcer = new Announcer();
    this.news = "";
  }

  private readonly closed = (): void => this.page.showPair(undefined);

  /** Where they are swiped, what has the focus is the one that is seen. */
  private readonly focused = (event: FocusEvent): void => {
    const side = event.currentTarget as HTMLElement;
    const sides = side.parentElement;
    if (sides && sides.scrollWidth > sides.clientWidth) side.scrollIntoView({ block: "nearest", inline: "center" });
  };

  /** A click beside it closes it. */
  private readonly beside = (event: MouseEvent): void => {
    if (event.target === this.dialog) this.closed();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-compare": Compare;
  }
  interface HTMLElementEventMap {
    "rn-compared": CustomEvent<boolean>;
  }
}
