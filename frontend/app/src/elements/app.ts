import { common, modelName } from "@runnel/ui";
import type { Composer, Conversation as ConversationView } from "@runnel/ui";
import { LitElement, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { titleOf } from "../chats.ts";
import type { Conversation } from "../conversation.ts";
import { icon } from "../icons.ts";
import { commandOf } from "../keys.ts";
import { sentence } from "../notices.ts";
import { Watch } from "../observable.ts";
import type { Page } from "../page.ts";
import { setTheme, theme, type Theme } from "../theme.ts";
import type { ChatList } from "./chat-list.ts";
import type { Settings } from "./chat-settings.ts";
import type { Compare } from "./compare.ts";
import type { Shortcuts } from "./shortcuts.ts";
import { Panels } from "./panels.ts";
import { shell } from "./shell.ts";
import type { UploadList } from "./uploads.ts";

const THEMES: readonly Theme[] = ["system", "light", "dark"];
const NAMES = { system: "as the system's", light: "light", dark: "dark" };

/** `<rn-app>`: the page: chats beside the open one, and its settings. It wires what components tell to the server. */
@customElement("rn-app")
export class App extends LitElement {
  static override styles = [common, shell];

  @property({ attribute: false }) page!: Page;
  @state() private theme = theme();
  @query("rn-chat-list") private list!: ChatList;
  @query("rn-composer") private composer!: Composer;
  @query("rn-conversation") private view!: ConversationView | null;
  @query("rn-chat-settings") private settings!: Settings | null;
  @query("rn-shortcuts") private shortcuts!: Shortcuts;
  @query("rn-uploads") private uploads!: UploadList;
  @query("rn-compare") private comparison!: Compare | null;
  private readonly panels = new Panels(this);
  @state() private compares = false;
  private watched: Conversation | undefined;
  private unwatch: (() => void) | undefined;
  private drafted: string | null | undefined;
  private sending = false; // what was written is on its way: it is no draft

  constructor() {
    super();
    new Watch(this, () => [this.page, this.page.chats, this.page.models, this.page.library]);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.key);
    this.addEventListener("click", this.page.places.onClick);
    this.wire();
  }

  override render(): TemplateResult {
    const { conversation } = this.page;
    const { panels } = this;
    return html`
      <aside
        class="chats ${panels.drawer ? "open" : ""}"
        aria-label="Chats"
        ?inert=${panels.isNarrow && !panels.drawer}
      >
        <button class="skip" @click=${() => this.focus()}>To the question</button>
        <header>
          <a class="brand" href=${this.page.places.root.href}>Runnel</a>
          <button class="plain icon" title="New chat (Ctrl Shift O)" @click=${this.newChat}>
            ${icon("plus")}<span class="unseen">New chat</span>
          </button>
        </header>
        <rn-chat-list .page=${this.page}></rn-chat-list>
        <footer>
          <button class="plain icon" title="Theme: ${NAMES[this.theme]}" @click=${this.nextTheme}>
            ${icon("theme")}<span class="unseen">Theme: ${NAMES[this.theme]}</span>
          </button>
          <button class="plain icon" title="Keyboard (?)" @click=${() => this.shortcuts.open()}>
            ${icon("keyboard")}<span class="unseen">Keyboard</span>
          </button>
          ${
            this.page.user !== undefined
              ? html`<button class="plain icon" title="Log out" @click=${() => this.page.logOut()}>
                  ${icon("leave")}<span class="unseen">Log out</span>
                </button>`
              : nothing
          }
        </footer>
      </aside>
      ${panels.isOver ? html`<div class="veil" @click=${() => panels.close()}></div>` : nothing}
      <main ?inert=${panels.isOver}>
        <header>
          <button
            class="plain icon menu"
            title="Chats"
            aria-expanded=${panels.drawer}
            @click=${() => panels.set("drawer", true)}
          >
            ${icon("menu")}<span class="unseen">Chats</span>
          </button>
          <h1 dir="auto">${conversation?.chat ? titleOf(conversation.chat) : "New chat"}</h1>
          <span class="state" role="status">${this.page.reach.isLost ? "Reconnecting …" : ""}</span>
          <button
            class="plain model"
            title="Model, documents and settings"
            aria-expanded=${panels.panel}
            @click=${() => panels.set("panel", !panels.panel)}
          >
            <span class="name">${this.modelName}</span>${icon("settings")}<span class="unseen">Settings</span>
          </button>
        </header>
        ${this.body(conversation)}
        <div class="foot">
          <rn-uploads .page=${this.page}></rn-uploads>
          <rn-composer
            .receives=${false}
            .busy=${conversation?.going !== undefined}
            ?disabled=${conversation?.state === "gone"}
            placeholder=${this.page.settings.documents?.length ? "Ask your documents" : "Ask something"}
          ></rn-composer>
          <rn-scope .page=${this.page}></rn-scope>
        </div>
      </main>
      ${
        panels.panel
          ? html`<aside class="panel" aria-label="Settings of this chat">
              <header>
                <h2>${conversation ? "This chat" : "New chat"}</h2>
                <button class="plain icon" title="Close" @click=${() => panels.set("panel", false)}>
                  ${icon("close")}<span class="unseen">Close the settings</span>
                </button>
              </header>
              <rn-chat-settings .page=${this.page}></rn-chat-settings>
            </aside>`
          : nothing
      }
      ${this.compares ? html`<rn-compare .page=${this.page}></rn-compare>` : nothing}
      <rn-viewer .page=${this.page}></rn-viewer>
      <rn-drop-zone></rn-drop-zone>
      <rn-notes .page=${this.page}></rn-notes>
      <rn-shortcuts></rn-shortcuts>
    `;
  }

  override willUpdate(): void {
    const { conversation } = this.page;
    if (this.page.compared && !this.compares) void this.loadComparison();
    if (this.watched === conversation) return;
    this.unwatch?.();
    this.watched = conversation;
    this.unwatch = conversation?.watch(() => this.requestUpdate());
    if (conversation)
      conversation.onGrown = () => {
        if (this.view) this.view.turns = conversation.turns;
        this.comparison?.grown();
      };
    this.panels.set("drawer", false);
  }

  override updated(changed: PropertyValues): void {
    const { conversation, target } = this.page;
    this.draft();
    this.dispatchEvent(new CustomEvent("rn-state"));
    if (!changed.has("page") && target !== undefined && conversation?.state === "ready") void this.reach(target);
  }

  /** Go to the field where questions are written. */
  override focus(): void {
    this.composer.focus();
  }

  private body(conversation: Conversation | undefined): TemplateResult {
    if (!conversation) return html`<div class="body"><rn-welcome .page=${this.page}></rn-welcome></div>`;
    if (conversation.state === "gone")
      return html`<div class="body said">
        <h2>This chat is not here</h2>
        <p>It was deleted, or belongs to somebody else.</p>
        <button class="primary" @click=${this.newChat}>New chat</button>
      </div>`;
    if (this.page.chats.isGoing(conversation.id))
      return html`<div class="body said">
        <h2>This chat was deleted</h2>
        <p>It can be had back for a moment.</p>
        <button class="primary" @click=${() => this.page.chats.keep(conversation.id)}>Undo</button>
      </div>`;
    if (conversation.state === "failed")
      return html`<div class="body said" role="alert">
        <h2>This chat cannot be shown</h2>
        <p>${sentence(conversation.problem)}.</p>
        <button class="primary" @click=${() => conversation.refresh()}>Try again</button>
      </div>`;
    if (conversation.state === "ready" && conversation.turns.length === 0)
      return html`<div class="body"><rn-welcome .page=${this.page}></rn-welcome></div>`;
    return html`<rn-conversation
      class="body"
      .turns=${conversation.turns}
      ?earlier=${conversation.hasEarlier}
    ></rn-conversation>`;
  }

  private get modelName(): string {
    return modelName(this.page.settings.model);
  }

  /** What components tell, and what is done about it. */
  private wire(): void {
    const page = this.page;
    const inChat = (does: (conversation: Conversation) => unknown) => {
      const { conversation } = page;
      if (conversation) does(conversation);
    };
    this.addEventListener("rn-send", (event) => {
      const { text, files } = event.detail;
      const { model } = page.settings;
      if (files.length && !page.models.takesPictures(model))
        page.notices.note(`${modelName(model)}: no pictures. Choose another model, or remove them`);
      else if (text) {
        void this.send(text, files);
        return;
      } else page.notices.note("Write what you want to know of the picture");
      event.preventDefault();
    });
    this.addEventListener("input", (event) => {
      if (event.composedPath().includes(this.composer)) page.drafts.keep(page.conversation?.id, this.composer.text);
    });
    this.addEventListener("rn-example", (event) => void this.send(event.detail, []));
    this.addEventListener("rn-stop", () => inChat((chat) => chat.stop()));
    this.addEventListener("rn-steer", ({ detail: { text } }) =>
      inChat(async (chat) => {
        if (!(await chat.steer(text))) this.restore(text);
      }),
    );
    this.addEventListener("rn-unask", ({ detail: { run, text } }) =>
      inChat(async (chat) => {
        if (await chat.act("The question was not taken back", () => page.api.cancel(run))) this.restore(text);
      }),
    );
    this.addEventListener("rn-retry", ({ detail: { message } }) => inChat((chat) => chat.retry(message)));
    this.addEventListener("rn-edit", ({ detail: { message, text } }) => inChat((chat) => chat.edit(message, text)));
    this.addEventListener("rn-continue", () => inChat((chat) => chat.goOn()));
    this.addEventListener("rn-fork", ({ detail: { message } }) => void this.fork(message));
    this.addEventListener("rn-branch", ({ detail: { message, to } }) => inChat((chat) => chat.branch(message, to)));
    this.addEventListener("rn-compare", ({ detail: { message } }) => page.compare(message));
    this.addEventListener("rn-compared", ({ detail: isChosen }) => {
      if (isChosen) this.view?.toLatest();
      if (!isChosen && this.shadowRoot?.activeElement) return; // it is where it was
      if (matchMedia("(pointer: fine)").matches) this.focus();
      else this.view?.focus({ preventScroll: true }); // no keyboard over what was chosen
    });
    this.addEventListener("rn-approve", ({ detail: { run, call, ...consent } }) =>
      inChat((chat) => chat.act("The call was not decided", () => page.api.approve(run, call, consent))),
    );
    this.addEventListener("rn-reply", ({ detail: { run, input, text } }) =>
      inChat((chat) => chat.act("The reply was not given", () => page.api.reply(run, input, text))),
    );
    this.addEventListener("rn-want-activity", ({ detail: { run } }) => inChat((chat) => chat.want(run)));
    this.addEventListener("rn-want-earlier", () => inChat((chat) => chat.earlier()));
    this.addEventListener("rn-open-source", ({ detail: { source, context } }) => {
      const { document, start = 0, end, page: number } = source; // what is 0 is left out on the wire
      const passage = end === undefined ? {} : { start, end };
      page.open({
        id: document,
        source,
        ...(context ? { context } : {}),
        ...passage,
        ...(number === undefined ? {} : { page: number }),
      });
    });
    this.addEventListener("rn-open-settings", () => this.panels.set("panel", true));
    this.addEventListener("rn-put-away", () => {
      if (!this.panels.isOver && matchMedia("(pointer: fine)").matches) this.focus();
    });
    this.addEventListener("rn-choose-files", () => this.uploads.choose());
    this.addEventListener("rn-open-documents", () => void this.showDocuments());
    this.addEventListener("rn-attach", (event) => {
      event.preventDefault();
      void this.attach(event.detail);
    });
  }

  /** Have in the field what was written for this chat, and not sent. What begins a chat stays there meanwhile. */
  private draft(): void {
    const { conversation, begun, drafts, isKnown } = this.page;
    const chat = conversation?.id ?? null;
    if (!isKnown || this.drafted === chat) return;
    const stays =
      this.drafted === undefined ? this.sending || this.composer.text !== "" : this.drafted === null && begun === chat;
    this.drafted = chat;
    if (!stays) this.composer.text = drafts.of(chat);
  }

  private async send(text: string, files: readonly File[]): Promise<void> {
    const { drafts, conversation } = this.page;
    this.sending = true;
    const asked = await this.page.ask(text, files);
    this.sending = false;
    if (asked) {
      if (drafts.of(conversation?.id).trim() === text) drafts.keep(conversation?.id, "");
      return;
    }
    this.restore(text);
    if (this.composer.files.length === 0) this.composer.files = files;
  }

  private async fork(message: string): Promise<void> {
    await this.page.fork(message);
    await this.updateComplete;
    this.focus();
  }

  /** What shows two answers side by side is there once somebody wants it. */
  private async loadComparison(): Promise<void> {
    try {
      await import("./compare.ts");
      this.compares = true;
    } catch {
      this.page.showPair(undefined);
      this.page.notices.note("The comparison cannot be loaded: load the page anew");
    }
  }

  /** What could not be sent stands in the field again, unless something else does by now. */
  private restore(text: string): void {
    if (this.composer.text) return;
    this.composer.text = text;
    this.page.drafts.keep(this.page.conversation?.id, text);
  }

  /** Add files to the documents; pictures stand beside the question. */
  private async attach({
    files,
    skipped = 0,
  }: {
    readonly files: readonly File[];
    readonly skipped?: number;
  }): Promise<void> {
    const pictures = await this.page.attaching.take({ files, skipped });
    if (pictures.length) this.composer.attach(pictures);
    if (!this.panels.isOver) this.focus();
  }

  private async showDocuments(): Promise<void> {
    this.panels.set("panel", true);
    await this.updateComplete;
    await this.settings?.updateComplete;
    this.settings?.showDocuments();
  }

  private async reach(target: string): Promise<void> {
    const { page } = this;
    page.target = undefined;
    if (!(await page.conversation?.reach(target))) return;
    await this.updateComplete;
    await this.view?.reveal(target);
  }

  private readonly newChat = (): void => {
    this.page.newChat();
    this.panels.set("drawer", false, { keepFocus: true });
    this.requestUpdate();
    void this.updateComplete.then(() => this.composer.updateComplete).then(() => this.focus());
  };

  private readonly nextTheme = (): void => {
    this.theme = THEMES[(THEMES.indexOf(this.theme) + 1) % THEMES.length] ?? "system";
    setTheme(this.theme);
  };

  private readonly key = (event: KeyboardEvent): void => {
    const command = commandOf(event);
    if (command === undefined || event.defaultPrevented || this.page.shown || this.page.compared) return;
    if (command === "stop") {
      if (this.panels.isAbove) this.panels.close();
      else if (this.page.conversation?.going !== undefined) void this.page.conversation.stop();
      else return;
    } else if (command === "search") {
      if (this.panels.isNarrow) this.panels.set("drawer", true, { keepFocus: true });
      void this.updateComplete.then(() => this.list.find());
    } else if (command === "new") this.newChat();
    else this.shortcuts.open();
    event.preventDefault();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "rn-app": App;
  }
}
