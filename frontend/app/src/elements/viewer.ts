import { ProblemError } from "@runnel/client";
import { common, fileOf, pathOf, textOf, type DocumentText } from "@runnel/ui";
import { LitElement, css, html, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { sentence } from "../notices.ts";
import { Watch } from "../observable.ts";
import type { Page, Shown } from "../page.ts";
import { overlay, sheet } from "./styles.ts";

// Code points of a document that are shown at first on either side of a passage of it.
const AROUND = 30_000;

interface Text {
  readonly of: string;
  readonly text?: DocumentText;
  readonly problem?: string;
}

/** `<rn-viewer>`: the document that is shown over the page, at its passage. */
@customElement("rn-viewer")
export class Viewer extends LitElement {
  static override styles = [
    common,
    overlay,
    css`
      :host {
        display: contents;
      }
      dialog {
        inline-size: min(52rem, calc(100vw - 2rem));
        block-size: min(60rem, calc(100dvh - 2rem));
      }
    `,
    sheet,
  ];

  @property({ attribute: false }) page!: Page;
  @state() private text: Text | undefined;
  @query("dialog") private dialog!: HTMLDialogElement;

  constructor() {
    super();
    new Watch(this, () => [this.page, this.page.library]);
  }

  override render(): TemplateResult {
    const { shown } = this.page;
    return html`<dialog aria-label="Document" @close=${this.closed} @click=${this.beside}>
      ${shown ? this.document(shown) : nothing}
    </dialog>`;
  }

  override updated(): void {
    const { shown } = this.page;
    if (shown && !this.dialog.open) this.dialog.showModal();
    else if (!shown && this.dialog.open) this.dialog.close();
    if (shown) void this.read();
    else this.text = undefined;
  }

  private document(shown: Shown): TemplateResult {
    const { id, start, end, page, source, context } = shown;
    const document = this.page.library.named(id);
    const text = this.text?.of === key(shown) ? this.text : undefined;
    return html`<rn-document-view
      name=${document?.name ?? (source ? fileOf(source) : "")}
      place=${source ? pathOf(source) : ""}
      page=${page ?? 0}
      pages=${document?.pages ?? 0}
      .text=${text?.text}
      .mark=${start === undefined || end === undefined ? undefined : { start, end }}
      .words=${context}
      problem=${text?.problem ?? ""}
      passage=${text?.problem && source ? textOf(source) : ""}
      href=${text?.problem ? "" : this.page.api.contentUrl(id)}
      link=${this.page.places.href({ kind: "document", id, ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) })}
      @rn-want-text=${(event: HTMLElementEventMap["rn-want-text"]) => this.more(event.detail)}
      @rn-close=${() => this.page.open(undefined)}
    ></rn-document-view>`;
  }

  /** Read the text around the passage that is shown. */
  private async read(): Promise<void> {
    const { shown } = this.page;
    const of = key(shown);
    if (!shown || this.text?.of === of) return;
    this.text = { of };
    try {
      const start = Math.max(0, (shown.start ?? 0) - AROUND);
      const text = await this.page.api.passage(shown.id, start, (shown.end ?? start) + AROUND);
      if (this.text.of === of) this.text = { of, text };
    } catch (error) {
      const isGone = error instanceof ProblemError && error.status === 404;
      const problem = isGone ? "This document was deleted." : `The document cannot be shown: ${sentence(error)}`;
      if (this.text.of === of) this.text = { of, problem };
    }
  }

  /** Read what is missing of a longer stretch. */
  private async more({ start, end }: { readonly start: number; readonly end: number }): Promise<void> {
    const { shown } = this.page;
    const before = this.text;
    if (!shown || !before?.text) return;
    const { text } = before;
    const { api } = this.page;
    try {
      const [above, below] = await Promise.all([
        start < text.start ? api.passage(shown.id, start, text.start) : undefined,
        end > text.end ? api.passage(shown.id, text.end, end) : undefined,
      ]);
      if (this.text !== before) return; // it was read meanwhile, or another is shown
      const joined = {
        text: (above?.text ?? "") + text.text + (below?.text ?? ""),
        start: above?.start ?? text.start,
        end: below?.end ?? text.end,
        length: text.length,
        pages: pagesOf(above, text, below),
      };
      this.text = { of: before.of, text: joined };
    } catch (error) {
      this.page.notices.problem(error, "The rest of the document cannot be read");
    }
  }

  private readonly closed = (): void => this.page.open(undefined);

  /** A click beside the document closes it. */
  private readonly beside = (event: MouseEvent): void => {
    if (event.target === this.dialog) this.page.open(undefined);
  };
}

/** The pages of stretches of text that follow each other. */
function pagesOf(...stretches: readonly (DocumentText | undefined)[]): NonNullable<DocumentText["pages"]> {
  const found = new Map(stretches.flatMap((one) => one?.pages ?? []).map((one) => [one.page, one]));
  return [...found.values()];
}

function key(shown: Shown | undefined): string {
  return shown ? `${shown.id} ${shown.start ?? ""} ${shown.end ?? ""}` : "";
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-viewer": Viewer;
  }
}
