import type { Connection } from "@runnel/client";

// After so many milliseconds without a connection the page says so.
const QUIET = 1000;

/** Whether the server is there, as what is followed live and what is asked tell. */
export class Reach {
  isLost = false;
  private live = true;
  private answers = true;
  private timer: number | undefined;

  constructor(private readonly changed: () => void) {}

  /** How it stands with what is followed. */
  readonly follows = (state: Connection): void => {
    this.live = state !== "reconnecting" && state !== "offline";
    this.judge();
  };

  /** Whether what was asked was answered. */
  readonly answered = (answered: boolean): void => {
    this.answers = answered;
    this.judge();
  };

  private judge(): void {
    const lost = !this.live || !this.answers;
    if (lost && this.timer === undefined) this.timer = window.setTimeout(() => this.set(true), QUIET);
    if (lost) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.set(false);
  }

  private set(lost: boolean): void {
    if (this.isLost === lost) return;
    this.isLost = lost;
    this.changed();
  }
}
