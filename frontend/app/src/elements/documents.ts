import type { Document } from "@runnel/client";
import { common } from "@runnel/ui";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { icon } from "../icons.ts";
import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";
import { reasonOf } from "../refusals.ts";
import { fields } from "./styles.ts";

// So many are in the list at first, and so many more each time that more are wanted.
const AT_ONCE = 100;
// With more than these there is a field to find some by name.
const FEW = 8;

/** `<rn-documents>`: the documents that there are, and which of them the chat draws on. */
@customElement("rn-documents")
export class Documents extends LitElement {
  static override styles = [
    common,
    fields,
    css`
      :host {
        display: grid;
        gap: var(--rn-space-2);
      }
      h2 {
        margin: 0;
        font-size: var(--rn-text-small);
        font-weight: 600;
      }
      .count {
        font-weight: 400;
        color: var(--rn-quiet);
      }
      p {
        margin: 0;
        font-size: var(--rn-text-tiny);
        line-height: 1.45;
        color: var(--rn-quiet);
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
        max-block-size: 18rem;
        overflow-y: auto;
        scrollbar-width: thin;
      }
      li {
        display: flex;
        align-items: center;
        min-block-size: 2rem;
        border-radius: var(--rn-radius-small);
        font-size: var(--rn-text-small);
      }
      li:hover {
        background: var(--rn-hover);
      }
      label {
        flex: 1;
        min-inline-size: 0;
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        align-items: center;
        column-gap: var(--rn-space-2);
        color: var(--rn-ink);
        padding: 0.25rem;
        cursor: pointer;
        line-height: 1.35;
      }
      .name {
        justify-self: start;
        max-inline-size: 100%;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .state {
        grid-column: 2;
        font-size: var(--rn-text-tiny);
        color: var(--rn-quiet);
      }
      .error {
        color: var(--rn-danger);
      }
      li button {
        min-block-size: 1.75rem;
        min-inline-size: 1.75rem;
        padding: 0;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: var(--rn-space-2);
        align-items: center;
      }
    `,
  ];

  @property({ attribute: false }) page!: Page;
  @state() private filter = "";
  @state() private most = AT_ONCE;
  /** Those that stand first: what was chosen when the list was first shown, so that nothing moves under the pointer. */
  private first: ReadonlySet<string> | undefined;
  private firstOf: string | undefined;
  private known: ReadonlySet<string> = new Set();

  constructor() {
    super();
    new Watch(this, () => [this.page, this.page.library]);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.first = undefined;
    void this.page.library.load(); // others may have added some
  }

  override render(): TemplateResult {
    const { library, conversation } = this.page;
    const known = library.loaded && (!conversation || conversation.chat !== undefined);
    const chosen = new Set(this.page.settings.documents ?? []);
    const { documents } = library;
    const drawn = documents.filter((one) => chosen.has(one.id)).length;
    if (known && library.whole && (!this.first || this.firstOf !== conversation?.id)) {
      this.first = chosen;
      this.known = new Set(documents.map((one) => one.id));
      this.firstOf = conversation?.id;
    }
    const found = this.found(documents);
    const shown = found.slice(0, this.most);
    return html`
      <h2>
        Documents
        ${known && documents.length ? html`<span class="count">${drawn.toLocaleString()} of ${documents.length.toLocaleString()}</span>` : nothing}
      </h2>
      <p>
        ${
          documents.length
            ? "Answers draw on those that are ticked."
            : "There are none yet: drop files anywhere on the page, or choose some."
        }
      </p>
      ${
        documents.length > FEW
          ? html`<input
              type="search"
              aria-label="Find documents by name"
              placeholder="Find by name"
              .value=${this.filter}
              @input=${this.find}
            />`
          : nothing
      }
      <ul aria-label="Documents">
        ${repeat(
          shown,
          (one) => one.id,
          (one) => this.document(one, chosen.has(one.id)),
        )}
      </ul>
      ${found.length === 0 && this.filter ? html`<p role="status">None has this in its name.</p>` : nothing}
      <div class="row">
        <button @click=${this.choose}>${icon("upload")}Add files</button>
        ${this.several(found, chosen)}
        ${
          found.length > shown.length
            ? html`<button class="plain" @click=${() => (this.most += AT_ONCE * 5)}>
                Show more (${(found.length - shown.length).toLocaleString()})
              </button>`
            : nothing
        }
      </div>
    `;
  }

  private found(documents: readonly Document[]): readonly Document[] {
    const wanted = this.filter.trim().toLowerCase();
    if (wanted) return documents.filter((one) => one.name.toLowerCase().includes(wanted));
    const { first } = this;
    if (!first || first.size === 0 || first.size === documents.length) return documents;
    // What has come since stands above all, as in any list of documents.
    const rank = ({ id }: Document) => (!this.known.has(id) ? 0 : first.has(id) ? 1 : 2);
    return [0, 1, 2].flatMap((wanted) => documents.filter((one) => rank(one) === wanted));
  }

  /** All that are found, or none of them. */
  private several(found: readonly Document[], chosen: ReadonlySet<string>): TemplateResult | typeof nothing {
    const usable = found.filter((one) => !one.error);
    if (usable.length < 2) return nothing;
    const whole = usable.every((one) => chosen.has(one.id));
    const ids = new Set(usable.map((one) => one.id));
    const change = () => {
      const others = [...chosen].filter((id) => !ids.has(id));
      this.change(whole ? others : [...others, ...ids]);
    };
    return html`<button class="plain" @click=${change}>
      ${whole ? "None" : "All"}${this.filter ? " of these" : ""}
    </button>`;
  }

  private document(document: Document, isChosen: boolean): TemplateResult {
    const { library } = this.page;
    const { error, name, id } = document;
    const state = this.stateOf(document);
    const toggle = (event: Event) => {
      const before = this.page.settings.documents ?? [];
      const isTicked = (event.target as HTMLInputElement).checked;
      this.change(isTicked ? [...before, id] : before.filter((one) => one !== id));
    };
    return html`<li>
      <label title=${name}>
        <input type="checkbox" .checked=${isChosen} ?disabled=${error !== undefined && !isChosen} @change=${toggle} />
        <bdi class="name">${name}</bdi>
        ${state === "" ? nothing : html`<span class="state ${error ? "error" : ""}">${state}</span>`}
      </label>
      ${
        document.indexed || error || library.busy
          ? html`<button
              class="plain icon"
              title="Open"
              ?disabled=${!document.indexed}
              @click=${() => this.page.open({ id })}
            >
              ${icon("file")}<span class="unseen">Open ${name}</span>
            </button>`
          : html`<button class="plain icon" title="Read it now" @click=${() => library.read(document)}>
              ${icon("upload")}<span class="unseen">Read ${name} now</span>
            </button>`
      }
      <button class="plain icon" title="Delete, for all chats" @click=${() => library.delete(document)}>
        ${icon("trash")}<span class="unseen">Delete ${name}</span>
      </button>
    </li>`;
  }

  /** What is to be said of a document; nothing where it is ready. */
  private stateOf(document: Document): string {
    const { library } = this.page;
    if (document.error) return reasonOf(document.error, document.name);
    if (document.indexed) return "";
    const reading = library.readingOf(document);
    if (!reading) return library.busy ? "Waits to be read" : "Not read yet";
    return reading.total > 1 ? `Being read, ${reading.done + 1} of ${reading.total}` : "Being read";
  }

  private change(documents: readonly string[]): void {
    void this.page.change({ documents });
  }

  private readonly find = (event: Event): void => {
    this.filter = (event.target as HTMLInputElement).value;
    this.most = AT_ONCE;
  };

  private readonly choose = (): void => {
    this.dispatchEvent(new CustomEvent("rn-choose-files", { bubbles: true, composed: true }));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-documents": Documents;
  }
}
