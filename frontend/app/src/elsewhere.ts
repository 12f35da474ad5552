// How often it is looked, in milliseconds: while an answer is being made somewhere, and else.
const BUSY = 3000;
const QUIET = 15_000;
// Changes that other tabs tell of within so many milliseconds are looked at together.
const TOGETHER = 100;

/** What other tabs and devices do to the chats. Tabs of this browser tell each other; for others one has to look. */
export class Elsewhere {
  private readonly channel: BroadcastChannel | undefined;
  private timer: number | undefined;

  /** `look` reads what there is anew, `isBusy` says whether that soon changes again. */
  constructor(
    root: URL,
    private readonly look: () => Promise<unknown>,
    private readonly isBusy: () => boolean,
  ) {
    if (typeof BroadcastChannel !== "function") return;
    this.channel = new BroadcastChannel(`runnel ${root.pathname}`);
    this.channel.onmessage = () => this.due(TOGETHER);
  }

  start(): void {
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.due(0);
    });
    this.due(QUIET);
  }

  /** Something was changed here. */
  tell(): void {
    this.channel?.postMessage(null);
    this.due(this.isBusy() ? BUSY : QUIET);
  }

  private due(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (document.hidden) return; // until it is seen again
      void this.look().finally(() => this.due(this.isBusy() ? BUSY : QUIET));
    }, milliseconds);
  }
}
