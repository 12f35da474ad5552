import { MessageFold, type Live, type Message } from "@runnel/client";
import { ActivityFold, contentOf, type Activity } from "@runnel/ui";

// Milliseconds between two looks at what has come: nobody reads more often. Where nobody sees the page, its title says how
// it stands all the same.
const SEEN = 48;
const UNSEEN = 250;

/** A run that is followed: what its message is at this moment. */
export class Running {
  private readonly fold: MessageFold;
  private readonly activityFold = new ActivityFold();
  private readonly leaving = new AbortController();
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
      if (this.leaving.signal.aborted) return;
      this.onChange(this);
      // What comes meanwhile comes at once then.
      if (!this.fold.ended) await new Promise((next) => setTimeout(next, document.hidden ? UNSEEN : SEEN));
    }
  }

  leave(): void {
    this.leaving.abort();
  }
}

/** What a run that has ended did. Rejects with what the server says where it cannot be followed. */
export async function activityOf(live: Live, run: string, signal: AbortSignal): Promise<Activity> {
  const fold = new ActivityFold();
  for await (const frames of live.run(run, { signal })) fold.applyAll(frames);
  return fold.value();
}
