import { MessageFold, type Live, type Message } from "@runnel/client";
import { ActivityFold, contentOf, type Activity } from "@runnel/ui";

// Milliseconds: readers are told at most so often. More often than thirty times a second nobody reads.
const OFTEN = 32;
const UNSEEN = 250;

/** A run that is followed: what its message is at this moment. */
export class Running {
  private readonly fold: MessageFold;
  private readonly activityFold = new ActivityFold();
  private readonly leaving = new AbortController();
  private due = false;
  private told = 0;
  private caughtUp: boolean;

  /** `seen` is the message as the server last told it: nothing that was seen there goes back. */
  constructor(
    private readonly live: Live,
    readonly run: string,
    private readonly seen: Message,
    private readonly onChange: (running: Running) => void,
  ) {
    this.fold = new MessageFold(seen.parts ? { ...seen, parts: [] } : seen);
    this.caughtUp = !seen.parts?.length;
  }

  get message(): Message {
    if (!this.caughtUp) {
      const folded = this.fold.value();
      this.caughtUp = this.fold.ended || contentOf(folded).length >= contentOf(this.seen).length;
      if (!this.caughtUp) return this.seen;
    }
    return this.fold.value();
  }

  get activity(): Activity {
    return this.activityFold.value();
  }

  get ended(): boolean {
    return this.fold.ended;
  }

  /** Follow to the end, or until it is left. Rejects with what the server says where it cannot be followed. */
  async follow(): Promise<void> {
    for await (const frames of this.live.run(this.run, { signal: this.leaving.signal })) {
      this.fold.applyAll(frames);
      this.activityFold.applyAll(frames);
      this.tell();
    }
  }

  leave(): void {
    this.leaving.abort();
  }

  private tell(): void {
    if (this.due) return;
    this.due = true;
    const tell = () => {
      this.due = false;
      this.told = performance.now();
      if (!this.leaving.signal.aborted) this.onChange(this);
    };
    // The title of a page that nobody sees says how it stands all the same.
    const since = performance.now() - this.told;
    setTimeout(tell, this.fold.ended ? 0 : document.hidden ? UNSEEN : Math.max(0, OFTEN - since));
  }
}
