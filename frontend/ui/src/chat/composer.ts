import { LitElement, css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { told } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";

/**
 * `<rn-composer>`: where questions are written. Enter sends, Shift-Enter begins a line; while an answer is made
 * (`busy`), Stop stands in the place of Send, Enter tells the answer something (`rn-steer`), Alt-Enter asks a question that
 * waits for its turn, and Esc stops the answer.
 *
 * `rn-send` and `rn-steer` clear the field, unless they are prevented.
 */
@customElement("rn-composer")
export class Composer extends LitElement {
  static override shadowRootOptions: ShadowRootInit = { ...LitElement.shadowRootOptions, delegatesFocus: true };
  static override styles = [
    common,
    css`
      form {
        border: 1px solid var(--rn-line);
        border-radius: var(--rn-radius-large);
        background: var(--rn-raised);
        box-shadow: 0 1px 3px rgb(0 0 0 / 6%);
        transition: border-color 120ms;
      }
      form:focus-within {
        border-color: var(--rn-line-strong);
      }
      form.over {
        border-color: var(--rn-accent);
        background: var(--rn-accent-soft);
      }
      form {
        container-type: inline-size;
      }
      .line {
        display: grid;
        grid-template: "attach text choices end" / auto 1fr auto auto;
        align-items: end;
        column-gap: var(--rn-space-1);
        padding: var(--rn-space-2);
      }
      .attach {
        grid-area: attach;
      }
      .choices {
        grid-area: choices;
        display: flex;
        gap: var(--rn-space-1);
      }
      .send,
      .stop {
        grid-area: end;
      }
      @container (max-width: 30rem) {
        .line {
          grid-template:
            "attach text end"
            "choices choices choices" / auto 1fr auto;
        }
        .choices {
          justify-content: end;
          margin-block-start: var(--rn-space-2);
        }
      }
      textarea {
        grid-area: text;
        min-inline-size: 0;
        resize: none;
        border: 0;
        outline: 0;
        background: none;
        padding: 0.375rem var(--rn-space-1);
        line-height: 1.5;
        field-sizing: content;
        min-block-size: 2.25rem;
        max-block-size: min(40vh, 20rem);
        overflow-y: auto;
      }
      textarea:focus-visible {
        outline: 0; /* the form shows it */
      }
      form:focus-within:has(textarea:focus-visible) {
        border-color: var(--rn-accent);
        outline: 1px solid var(--rn-accent);
      }
      textarea::placeholder {
        color: var(--rn-quiet);
        opacity: 1;
      }
      .line button {
        min-block-size: 2.25rem;
        min-inline-size: 2.25rem;
        padding: 0;
        border-radius: var(--rn-radius);
      }
      .line .choices button {
        padding-inline: var(--rn-space-3);
      }
      button.stop {
        background: var(--rn-ink);
        color: var(--rn-page);
        border-color: transparent;
      }
      button.stop:hover {
        background: var(--rn-quiet);
      }
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: var(--rn-space-2);
        list-style: none;
        margin: 0;
        padding: var(--rn-space-3) var(--rn-space-3) 0;
      }
      li {
        display: flex;
        align-items: center;
        gap: var(--rn-space-2);
        max-inline-size: 16rem;
        padding: 0.25rem 0.25rem 0.25rem 0.625rem;
        padding-inline: 0.625rem 0.25rem;
        border: 1px solid var(--rn-line);
        border-radius: var(--rn-radius);
        background: var(--rn-sunken);
        font-size: var(--rn-text-small);
      }
      li span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      li img {
        inline-size: 2rem;
        block-size: 2rem;
        object-fit: cover;
        border-radius: var(--rn-radius-small);
      }
      li button {
        min-block-size: 1.75rem;
        min-inline-size: 1.75rem;
        padding: 0;
      }
    `,
  ];

  /** An answer is being made. */
  @property({ type: Boolean }) busy = false;
  /** The answer that is being made can be told something. */
  @property({ type: Boolean }) steers = true;
  @property({ type: Boolean }) disabled = false;
  @property() placeholder = "Ask something";
  /** Kinds of files that may be attached, as of `<input accept>`; "none" for no files at all. */
  @property() accept = "";
  /** Takes what is dropped or pasted here; not, where the page around it does so. */
  @property({ type: Boolean }) receives = true;
  /** What is written; setting it puts a draft there. */
  @property({ attribute: false }) text = "";
  @property({ attribute: false }) files: readonly File[] = [];
  @state() private over = false;
  @query("textarea") private field!: HTMLTextAreaElement;
  @query("input") private chooser!: HTMLInputElement;
  readonly #pictures = new Map<File, string>();

  override focus(options?: FocusOptions): void {
    this.field.focus(options);
  }

  /** Add `files` to what is sent with the next question. */
  attach(files: Iterable<File>): void {
    if (this.accept !== "none") this.files = [...this.files, ...files];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const url of this.#pictures.values()) URL.revokeObjectURL(url);
    this.#pictures.clear();
  }

  override render(): TemplateResult {
    const placeholder = this.busy && this.steers ? "Tell it something" : this.placeholder;
    return html`
      <form
        class=${this.over ? "over" : ""}
        @submit=${this.#submit}
        @keydown=${this.#key}
        @paste=${this.#paste}
        @dragover=${this.#drag}
        @dragleave=${() => (this.over = false)}
        @drop=${this.#drop}
      >
        ${this.files.length === 0 ? nothing : this.#attached()}
        <div class="line">
          ${
            this.accept === "none"
              ? nothing
              : html`<input
                    type="file"
                    multiple
                    hidden
                    tabindex="-1"
                    aria-label="Files"
                    accept=${this.accept}
                    @change=${this.#chosen}
                  /><button
                    type="button"
                    class="plain icon attach"
                    title="Attach files or pictures"
                    ?disabled=${this.disabled}
                    @click=${() => this.chooser.click()}
                  >
                    ${icon("attach")}<span class="unseen">Attach files or pictures</span>
                  </button>`
          }
          <textarea
            rows="1"
            dir="auto"
            aria-label=${placeholder}
            placeholder=${placeholder}
            ?disabled=${this.disabled}
            .value=${this.text}
            @input=${() => (this.text = this.field.value)}
          ></textarea>
          ${this.busy && this.#something ? this.#choices() : nothing}
          ${
            this.busy
              ? html`<button type="button" class="stop" title="Stop (Esc)" @click=${this.#stop}>
                  ${icon("stop")}<span class="unseen">Stop</span>
                </button>`
              : html`<button
                  type="submit"
                  class="primary send"
                  title="Send (Enter)"
                  ?disabled=${this.disabled || !this.#something}
                >
                  ${icon("arrowUp")}<span class="unseen">Send</span>
                </button>`
          }
        </div>
      </form>
    `;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("text") && !CSS.supports("field-sizing", "content")) {
      this.field.style.blockSize = "auto";
      this.field.style.blockSize = `${this.field.scrollHeight}px`;
    }
    if (!changed.has("files")) return;
    for (const [file, url] of this.#pictures) {
      if (this.files.includes(file)) continue;
      URL.revokeObjectURL(url);
      this.#pictures.delete(file);
    }
  }

  #choices(): TemplateResult {
    const tells = this.steers && this.text.trim() !== "";
    return html`<span class="choices">
      <button
        type="button"
        class="plain next"
        title="Ask this once the answer is whole (Alt Enter)"
        @click=${this.#next}
      >
        Ask next
      </button>
      ${tells ? html`<button type="submit" class="steer" title="Tell the answer this (Enter)">Tell it</button>` : nothing}
    </span>`;
  }

  #attached(): TemplateResult {
    return html`<ul aria-label="Attached">
      ${repeat(
        this.files,
        (file) => file,
        (file) =>
          html`<li>
            ${file.type.startsWith("image/") ? html`<img alt="" src=${this.#picture(file)} />` : icon("file")}
            <span dir="auto">${file.name}</span>
            <button type="button" class="plain icon" @click=${() => this.#detach(file)}>
              ${icon("close")}<span class="unseen">Remove ${file.name}</span>
            </button>
          </li>`,
      )}
    </ul>`;
  }

  get #something(): boolean {
    return this.text.trim() !== "" || this.files.length > 0;
  }

  #picture(file: File): string {
    let url = this.#pictures.get(file);
    if (url === undefined) this.#pictures.set(file, (url = URL.createObjectURL(file)));
    return url;
  }

  #detach(file: File): void {
    this.files = this.files.filter((each) => each !== file);
    this.focus();
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    const text = this.text.trim();
    if (!this.busy || !this.steers) this.#next();
    else if (!this.disabled && text !== "" && this.dispatchEvent(told("rn-steer", { text }))) {
      this.text = "";
      this.focus();
    }
  };

  /** Ask what is written: at once, or once the answer is whole that is being made. */
  readonly #next = (): void => {
    const question = { text: this.text.trim(), files: this.files };
    if (this.disabled || !this.#something || !this.dispatchEvent(told("rn-send", question))) return;
    this.text = "";
    this.files = [];
    this.focus();
  };

  readonly #key = (event: KeyboardEvent): void => {
    // Enter then takes what an input method offers; Safari says so only by the key's old code.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey && event.target === this.field) {
      if (!event.altKey) this.#submit(event);
      else {
        event.preventDefault();
        this.#next();
      }
    }
    if (event.key === "Escape" && this.busy) {
      event.preventDefault();
      event.stopPropagation();
      this.#stop();
    }
  };

  readonly #stop = (): void => {
    this.dispatchEvent(told("rn-stop", null));
    this.focus();
  };

  /** Attach files, unless somebody else takes them. */
  #take(files: Iterable<File>): void {
    const given = [...files];
    if (this.dispatchEvent(told("rn-attach", { files: given }))) this.attach(given);
  }

  readonly #chosen = (): void => {
    this.#take(this.chooser.files ?? []);
    this.chooser.value = "";
    this.focus();
  };

  readonly #paste = (event: ClipboardEvent): void => {
    const files = event.clipboardData?.files;
    if (!this.receives || files === undefined || files.length === 0) return;
    event.preventDefault();
    this.#take(files);
  };

  readonly #drag = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files") || this.accept === "none" || !this.receives) return;
    event.preventDefault();
    this.over = true;
  };

  readonly #drop = (event: DragEvent): void => {
    this.over = false;
    if (!event.dataTransfer?.files.length || this.accept === "none" || !this.receives) return;
    event.preventDefault();
    event.stopPropagation();
    this.#take(event.dataTransfer.files);
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-composer": Composer;
  }
}
