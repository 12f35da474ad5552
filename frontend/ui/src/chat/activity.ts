import type { Part, ReasoningPart, Request, Source, StatusLine } from "@runnel/client";
import { LitElement, css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { told } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";
import { folds } from "./fold.ts";
import { placeOf } from "./passage.ts";
import { TextFeed } from "./text.ts";
import { lineText } from "./tool.ts";
import "../markdown/element.ts";
import "./tool.ts";

/**
 * `<rn-activity>`: what an answer does beside talking: it searches, thinks, calls tools. Each is a line that can be
 * unfolded, while it happens and afterwards. The one with `first` also tells of the search before the answer.
 */
@customElement("rn-activity")
export class Activity extends LitElement {
  static override styles = [
    common,
    folds,
    css`
      :host {
        margin-block: var(--rn-space-1);
      }
      p {
        margin: var(--rn-space-1) 0;
        color: var(--rn-quiet);
      }
      q {
        color: var(--rn-ink);
        quotes: "“" "”";
      }
      rn-markdown {
        color: var(--rn-quiet);
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
    `,
  ];

  /** Thoughts and calls in a row. */
  @property({ attribute: false }) parts: readonly Part[] = [];
  @property({ attribute: false }) requests: readonly Request[] = [];
  @property({ attribute: false }) lines: readonly StatusLine[] = [];
  @property({ attribute: false }) sources: readonly Source[] = [];
  @property() question = "";
  @property() run = "";
  @property({ type: Boolean }) first = false;
  /** The search is over. */
  @property({ type: Boolean }) searched = false;
  @property({ type: Boolean }) live = false;
  /** Nothing came after the last of `parts` yet. */
  @property({ type: Boolean }) last = false;
  #open = new Set<number>();
  readonly #feeds = new Map<Element, TextFeed>();

  override render(): TemplateResult {
    return html`${this.first ? this.#search() : nothing}${this.parts.map((part, at) => this.#part(part, at))}`;
  }

  override updated(_: PropertyValues<this>): void {
    const shown = this.renderRoot.querySelectorAll("rn-markdown");
    if (shown.length === 0) this.#feeds.clear();
    for (const element of shown) {
      const at = Number(element.dataset["part"]);
      let feed = this.#feeds.get(element);
      if (feed === undefined) this.#feeds.set(element, (feed = new TextFeed(element)));
      feed.show((this.parts[at] as ReasoningPart).text, !this.#thinks(at));
    }
  }

  #part(part: Part, at: number): TemplateResult | typeof nothing {
    if (part.kind === "reasoning") return part.text === "" ? nothing : this.#thought(at);
    if (part.kind !== "tool") return nothing;
    const request = this.requests.find(
      (each) => each.kind === "approval" && each.id === part.call && part.approval === "requested",
    );
    return html`<rn-tool
      .tool=${part}
      .request=${request}
      .lines=${this.lines.filter((line) => line.call === part.call)}
      .run=${this.run}
      .live=${this.live}
      .asks=${this.requests.some((each) => each.kind === "input" && each.name === part.name)}
    ></rn-tool>`;
  }

  #thinks(at: number): boolean {
    return this.live && this.last && at === this.parts.length - 1;
  }

  #thought(at: number): TemplateResult {
    const thinks = this.#thinks(at);
    return html`<details @toggle=${(event: Event) => this.#toggled(at, event)}>
      <summary>
        ${icon("thought")}<span class="what ${thinks ? "live" : ""}">${thinks ? "Thinking" : "Thought"}</span>
        ${icon("chevron")}
      </summary>
      ${this.#open.has(at) ? html`<div class="inside"><rn-markdown data-part=${at}></rn-markdown></div>` : nothing}
    </details>`;
  }

  #toggled(at: number, event: Event): void {
    if ((event.currentTarget as HTMLDetailsElement).open) this.#open.add(at);
    else this.#open.delete(at);
    this.requestUpdate();
  }

  #search(): TemplateResult | typeof nothing {
    const lines = this.lines.filter((line) => line.call === undefined);
    const found = this.sources.length;
    const looked = this.searched || found > 0 || this.question !== "";
    if (!looked && !(this.live && lines.length > 0)) return nothing; // afterwards it is a detail
    const documents = new Set(this.sources.map((source) => source.document)).size;
    const outcome = found
      ? `Found ${counted(found, "passage")} in ${counted(documents, "document")}`
      : this.searched
        ? "Found nothing that fits in the documents"
        : "What it does"; // now: the answer's head says it
    return html`<details @toggle=${this.#wantLines}>
      <summary>${icon(looked ? "search" : "tool")}<span class="what">${outcome}</span>${icon("chevron")}</summary>
      <div class="inside">
        ${this.question === "" ? nothing : html`<p>Searched for <q dir="auto">${this.question}</q></p>`}
        ${lines.map((line) => html`<p dir="auto">${lineText(line)}</p>`)}
        ${this.sources.map((source) => html`<p dir="auto">${placeOf(source)}</p>`)}
      </div>
    </details>`;
  }

  readonly #wantLines = (event: Event): void => {
    const { open } = event.currentTarget as HTMLDetailsElement;
    if (open && !this.live && this.lines.length === 0 && this.run !== "")
      this.dispatchEvent(told("rn-want-activity", { run: this.run }));
  };
}

/** "3 passages", "1 passage". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-activity": Activity;
  }
}
