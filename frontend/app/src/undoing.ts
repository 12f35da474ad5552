import type { Notices } from "./notices.ts";

// How long what is deleted can be had back, in milliseconds.
const UNDO = 8000;

/** What is to be deleted: how that is said, and how it is done. */
export interface Deletion {
  readonly id: string;
  /** The note that offers it back. */
  readonly said: string;
  /** What it says where it cannot be deleted. */
  readonly failed: string;
  readonly url: string;
  readonly forget: () => Promise<void>;
}

/** Deletes things in a moment: until then they can be had back. A page that goes away deletes them at once. */
export class Undoing {
  private readonly going = new Map<string, { url: string; timer: ReturnType<typeof setTimeout>; unsay: () => void }>();

  /** `changed` is called where something goes, comes back or is gone. */
  constructor(
    private readonly notices: Notices,
    private readonly changed: () => void,
  ) {
    addEventListener("pagehide", () => {
      // The page may be gone before the answer is there: the browser then asks without it.
      for (const { url } of this.going.values()) void fetch(url, { method: "DELETE", keepalive: true });
    });
  }

  get some(): boolean {
    return this.going.size > 0;
  }

  /** Whether this is about to be deleted. */
  has(id: string): boolean {
    return this.going.has(id);
  }

  delete(deletion: Deletion): void {
    const { id, url, said } = deletion;
    if (this.going.has(id)) return;
    const unsay = this.notices.note(said, { label: "Undo", run: () => this.keep(id) }, UNDO);
    const timer = setTimeout(() => void this.forget(deletion), UNDO);
    this.going.set(id, { url, timer, unsay });
    this.changed();
  }

  /** It is wanted back. */
  keep(id: string): void {
    const going = this.going.get(id);
    if (!going) return;
    clearTimeout(going.timer);
    going.unsay();
    this.going.delete(id);
    this.changed();
  }

  private async forget({ id, failed, forget }: Deletion): Promise<void> {
    try {
      await forget();
    } catch (error) {
      this.notices.problem(error, failed);
    }
    this.going.delete(id);
    this.changed();
  }
}
