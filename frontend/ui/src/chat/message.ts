import { growth, type MediaPart, type Message as MessageValue, type Part, type SteeredPart } from "@runnel/client";
import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { copyText } from "../clipboard.ts";
import { told } from "../events.ts";
import { icon } from "../icons.ts";
import { common } from "../theme.ts";
import { NO_ACTIVITY, contentOf, ended, onlyGrew, stretches, textFrom, type Stretch, type Turn } from "../turns.ts";
import type { CitationEvent } from "./citation.ts";
import { answerStyles } from "./message_styles.ts";
import { mediumOf } from "./medium.ts";
import type { Question } from "./question.ts";
import type { PassageCard } from "./card.ts";
import { citedIn, placeOf, textOf } from "./passage.ts";
import { doingOf, modelName, timeOf, usageOf } from "./saying.ts";
import { TextFeed } from "./text.ts";
import "../markdown/element.ts";
import "./activity.ts";
import "./ask.ts";
import "./branches.ts";
import "./card.ts";
import "./citation.ts";
import "./details.ts";
import "./ending.ts";
import "./question.ts";
import "./sources.ts";

/** `<rn-message>`: a turn of a chat. Of the next `turn`, only what is new is touched. */
@customElement("rn-message")
export class Message extends LitElement {
  static override styles = [common, answerStyles];

  #turn!: Turn;
  /** What was asked, where this is the answer: words of it are looked for in the sources. */
  @property() asked = "";
  /** It stands beside another: it can be looked at, and nothing is asked anew from here. */
  @property({ type: Boolean, reflect: true }) compared = false;
  @state() private sourcesOpen = false;
  @state() private detailsOpen = false;
  @state() private copied = false;
  @query("rn-question") private question!: Question | null;
  readonly #feeds = new WeakMap<Element, TextFeed>();
  /** What shows the last text that is there. */
  #last: TextFeed | undefined;
  #passage: PassageCard | undefined;

  get turn(): Turn {
    return this.#turn;
  }

  /** More of its last text is shown at once, and nothing else looked at. */
  @property({
    attribute: false,
    hasChanged: (now: Turn, before?: Turn) => now !== before && !onlyGrew(before, now),
  })
  set turn(turn: Turn) {
    const before = this.#turn as Turn | undefined;
    this.#turn = turn;
    if (!this.isUpdatePending && onlyGrew(before, turn))
      this.#grow(before?.message.parts?.at(-1), turn.message.parts?.at(-1));
  }

  /** Open the question for editing, where this is one. */
  async edit(): Promise<void> {
    await this.updateComplete;
    await this.question?.edit();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("citation", this.#cited);
    this.addEventListener("keydown", this.#key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("citation", this.#cited);
    this.removeEventListener("keydown", this.#key);
    this.#passage?.hide();
  }

  override render(): TemplateResult {
    const { message, branch, queued } = this.turn;
    if (message.role === "user")
      return html`<article aria-label="You">
        <rn-question
          .message=${message}
          .branch=${this.compared ? undefined : branch}
          .queued=${queued}
          ?compared=${this.compared}
        ></rn-question>
      </article>`;
    const live = !ended(message);
    return html`<article class="answer" aria-label="Answer" aria-busy=${live ? "true" : "false"}>
      ${this.#head(message)}
      ${
        this.sourcesOpen
          ? html`<rn-sources
              .sources=${message.sources ?? []}
              .answer=${live ? "" : contentOf(message)}
              .asked=${this.asked}
            ></rn-sources>`
          : nothing
      }
      ${this.#body(message, live)}
      ${
        live
          ? nothing
          : html`<rn-ending
              .message=${message}
              .continues=${this.turn.continues ?? false}
              ?compared=${this.compared}
            ></rn-ending>`
      }
      <footer>${live ? nothing : html`${timeOf(message)}${usageOf(message)}${this.#more()}`}</footer>
      ${
        this.detailsOpen && !live
          ? html`<rn-details .message=${message} .activity=${this.turn.activity}></rn-details>`
          : nothing
      }
    </article>`;
  }

  override updated(_: PropertyValues<this>): void {
    const { message } = this.turn;
    const parts = message.parts ?? [];
    const whole = ended(message);
    for (const element of this.renderRoot.querySelectorAll("rn-markdown")) {
      const { text, end } = textFrom(parts, Number(element.dataset["part"]));
      let feed = this.#feeds.get(element);
      if (feed === undefined) this.#feeds.set(element, (feed = new TextFeed(element)));
      element.sources = message.sources?.length ?? 0;
      feed.show(text, whole || end < parts.length);
      this.#last = feed;
    }
  }

  /** Show what came to the end of the last text. */
  #grow(before: Part | undefined, now: Part | undefined): void {
    if (before?.kind !== "text" || now?.kind !== "text") return;
    const { kept, added } = growth(before, now);
    if (kept === before.text.length) this.#last?.add(added);
    else this.requestUpdate();
  }

  #head(message: MessageValue): TemplateResult {
    const { activity = NO_ACTIVITY, branch } = this.turn;
    const doing = doingOf(message, activity);
    const sources = message.sources?.length ?? 0;
    const branches =
      branch === undefined || branch.of < 2 || this.compared
        ? nothing
        : html`<rn-branches .message=${message.id} .at=${branch.at} .of=${branch.of}></rn-branches>`;
    return html`<header class=${branches === nothing ? "" : "branched"}>
      <span class="model" title=${message.model ?? ""}>${modelName(message.model) || "Answer"}</span>
      ${branches}
      <span class="doing ${doing === "" ? "" : "live"}" dir="auto">${doing}</span>
      <span class="actions">
        <button
          class="plain sources ${sources ? "" : "none"}"
          title="Sources"
          aria-expanded=${this.sourcesOpen ? "true" : "false"}
          ?disabled=${sources === 0}
          @click=${this.#sources}
        >
          Sources <span class="count">${sources || ""}</span>
        </button>
        <button class="plain icon copy" title="Copy" ?disabled=${contentOf(message) === ""} @click=${this.#copy}>
          ${icon(this.copied ? "check" : "copy")}<span class="unseen">Copy the answer</span>
        </button>
        ${this.compared ? nothing : this.#anew(message)}
      </span>
    </header>`;
  }

  /** What may be begun from an answer. */
  #anew(message: MessageValue): TemplateResult {
    return html`<button
        class="plain icon fork"
        title="New chat from here"
        ?disabled=${!ended(message)}
        @click=${() => this.dispatchEvent(told("rn-fork", { message: message.id }))}
      >
        ${icon("fork")}<span class="unseen">New chat from here</span>
      </button>
      <button
        class="plain icon retry"
        title="Answer again"
        ?disabled=${!ended(message)}
        @click=${() => this.dispatchEvent(told("rn-retry", { message: message.id }))}
      >
        ${icon("retry")}<span class="unseen">Answer again</span>
      </button>`;
  }

  #more(): TemplateResult {
    const open = this.detailsOpen;
    return html`<span
      ><button class="link" aria-expanded=${open ? "true" : "false"} @click=${this.#details}>Details</button></span
    >`;
  }

  readonly #details = (): void => {
    this.detailsOpen = !this.detailsOpen;
    const { run } = this.turn.message;
    if (this.detailsOpen && this.turn.activity === undefined && run !== undefined)
      this.dispatchEvent(told("rn-want-activity", { run }));
  };

  #body(message: MessageValue, live: boolean): TemplateResult {
    const { activity = NO_ACTIVITY } = this.turn;
    const parts = message.parts ?? [];
    const found = stretches(parts);
    const run = message.run ?? "";
    return html`<rn-activity
        first
        .lines=${activity.lines}
        .sources=${message.sources ?? []}
        .question=${message.rewritten_question ?? ""}
        .run=${run}
        .live=${live}
        .searched=${activity.searched ?? false}
      ></rn-activity>
      ${repeat(
        found,
        (stretch) => `${stretch.kind} ${stretch.at}`,
        (stretch) => this.#stretch(stretch, live, run, stretch.at + stretch.parts.length === parts.length),
      )}
      ${(this.turn.unheard ?? []).map(
        (text) =>
          html`<p class="steered unheard" dir="auto">
            ${text}<small>${live ? "Heard once this step is done" : "Not heard: the answer ended before"}</small>
          </p>`,
      )}
      ${repeat(
        activity.requests.filter((request) => request.kind === "input"),
        (request) => request.id,
        (request) => html`<rn-ask .request=${request} .run=${run}></rn-ask>`,
      )}`;
  }

  #stretch(stretch: Stretch, live: boolean, run: string, last: boolean): TemplateResult {
    const { lines, requests } = this.turn.activity ?? NO_ACTIVITY;
    switch (stretch.kind) {
      case "text":
        return html`<rn-markdown data-part=${stretch.at}></rn-markdown>`;
      case "steered":
        // prettier-ignore
        return html`<p class="steered" dir="auto"><span class="unseen">You said meanwhile: </span>${(stretch.parts[0] as SteeredPart).text}</p>`;
      case "media":
        // Data that still streams is no picture yet.
        return live && last ? html`<span class="medium"></span>` : mediumOf(stretch.parts[0] as MediaPart);
      case "activity":
        return html`<rn-activity
          .parts=${stretch.parts}
          .lines=${lines}
          .requests=${requests}
          .run=${run}
          .live=${live}
          .last=${last}
        ></rn-activity>`;
    }
  }

  readonly #sources = async (): Promise<void> => {
    this.sourcesOpen = !this.sourcesOpen;
    if (this.sourcesOpen) this.dispatchEvent(new Event("rn-unfold", { bubbles: true, composed: true }));
    await this.updateComplete;
    if (this.sourcesOpen) this.renderRoot.querySelector("rn-sources")?.scrollIntoView({ block: "nearest" });
  };

  readonly #copy = async (): Promise<void> => {
    await copyText(contentOf(this.turn.message));
    this.copied = true;
    setTimeout(() => (this.copied = false), 1500);
  };

  readonly #cited = (event: CitationEvent): void => {
    event.stopPropagation();
    const { message } = this.turn;
    const { citation, does } = event;
    const number = citation.n;
    const source = message.sources?.[number - 1];
    if (source === undefined) return;
    citation.label = placeOf(source);
    citation.passage = textOf(source).slice(0, 400);
    if (does === "leave") this.#passage?.hideSoon();
    else {
      const said = citedIn(contentOf(message), message.sources?.length ?? 0).get(number) ?? "";
      const context = { said, asked: this.asked };
      if (does === "look" || (does === "tap" && !this.#passage?.shows(number))) {
        void this.#card().show(source, number, context, citation);
      } else {
        this.#passage?.hide();
        this.dispatchEvent(told("rn-open-source", { source, number, context }));
      }
    }
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !this.#passage?.matches(":popover-open")) return;
    event.stopPropagation();
    event.preventDefault(); // or a dialog around it would close
    this.#passage.hide();
  };

  #card(): PassageCard {
    if (this.#passage === undefined) {
      this.#passage = document.createElement("rn-passage");
      this.renderRoot.append(this.#passage);
    }
    return this.#passage;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-message": Message;
  }
}
