import type { ReactiveController, ReactiveControllerHost } from "lit";

const NARROW = "(max-width: 48rem)";

/** Where the focus goes when a panel opens, and when it closes. */
interface Way {
  readonly into: string;
  readonly back: string;
}

const WAYS: Readonly<Record<"drawer" | "panel", Way>> = {
  drawer: { into: "aside.chats .brand", back: "button.menu" },
  panel: { into: "aside.panel header button", back: "button.model" },
};

/** The chats and the settings beside the open chat: on a phone one of them lies over it, and has the focus. */
export class Panels implements ReactiveController {
  private readonly narrow = matchMedia(NARROW);
  private open: { readonly drawer: boolean; readonly panel: boolean } = { drawer: false, panel: false };

  constructor(private readonly host: ReactiveControllerHost & HTMLElement) {
    host.addController(this);
  }

  /** Whether the chats are shown, where they are not always. */
  get drawer(): boolean {
    return this.open.drawer;
  }

  get panel(): boolean {
    return this.open.panel;
  }

  get isNarrow(): boolean {
    return this.narrow.matches;
  }

  /** Whether one of them lies over the chat, which waits until that is closed. */
  get isOver(): boolean {
    return this.isNarrow && (this.drawer || this.panel);
  }

  /** Whether Esc closes one: it lies over the chat, or has the focus. */
  get isAbove(): boolean {
    const focus = this.host.shadowRoot?.activeElement;
    return this.isOver || (this.panel && focus?.closest("aside.panel") != null);
  }

  hostConnected(): void {
    this.narrow.addEventListener("change", this.changed);
  }

  hostDisconnected(): void {
    this.narrow.removeEventListener("change", this.changed);
  }

  /** Open or close one; `keepFocus` leaves the focus to who asks. */
  set(name: keyof typeof WAYS, open: boolean, { keepFocus = false } = {}): void {
    if (this.open[name] === open) return;
    this.open = { ...this.open, [name]: open };
    this.host.requestUpdate();
    if (keepFocus || (open && !this.isNarrow)) return;
    void this.host.updateComplete.then(() =>
      this.host.shadowRoot?.querySelector<HTMLElement>(WAYS[name][open ? "into" : "back"])?.focus(),
    );
  }

  /** Close what lies over the chat, or the settings. */
  close(how?: { keepFocus?: boolean }): void {
    if (this.drawer) this.set("drawer", false, how);
    else this.set("panel", false, how);
  }

  private readonly changed = (): void => this.host.requestUpdate();
}
