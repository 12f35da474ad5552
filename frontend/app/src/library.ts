import type { Api, Document, DocumentPage, Live } from "@runnel/client";

import type { Notices } from "./notices.ts";
import { Observable } from "./observable.ts";
import { Undoing } from "./undoing.ts";

const FIRST_PAGE = 200;
const PAGE = 1000;
// While documents are being indexed it is looked how they stand no more often than this, in milliseconds.
const LOOK = 1000;
const LOOK_AT_MANY = 3000;
// So many that wait are looked at one by one; more, by the list.
const FEW = 10;

/** How far the run is that a document is read by. */
export interface Reading {
  readonly done: number;
  readonly total: number;
}

/** The documents that there are, and how far those are that are being read. */
export class Library extends Observable {
  loaded = false;
  /** All of the list has been read. */
  whole = false;
  private found: readonly Document[] = [];
  private next: string | null = null;
  private loading: Promise<void> | undefined;
  private readonly runs = new Map<string, Promise<void>>();
  /** What runs say that they read now, by the name of the file. */
  private readonly lines = new Map<string, Reading>();
  private readonly undoing: Undoing;
  private readonly before = new Set<string>();
  private looking: Promise<void> | undefined;

  constructor(
    private readonly api: Api,
    private readonly live: Live,
    private readonly notices: Notices,
  ) {
    super();
    this.undoing = new Undoing(notices, () => this.changed());
  }

  /** The documents, the newest first. */
  get documents(): readonly Document[] {
    return this.undoing.some ? this.found.filter((one) => !this.undoing.has(one.id)) : this.found;
  }

  /** Whether any document is being read now. */
  get busy(): boolean {
    return this.runs.size > 0;
  }

  named(id: string): Document | undefined {
    return this.found.find((one) => one.id === id);
  }

  /** How far the reading of a document is; nothing where it is not its turn yet. */
  readingOf(document: Document): Reading | undefined {
    return this.lines.get(document.name);
  }

  /** Read the list, its newest first, then all of it, and follow what is being read. Once for all who ask meanwhile. */
  load(): Promise<void> {
    return (this.loading ??= this.readAll().finally(() => {
      this.loading = undefined;
      void this.findRuns();
    }));
  }

  /** Wait until all of the list has been read. */
  async ready(): Promise<void> {
    if (!this.whole || this.loading) await this.load();
  }

  /** Delete a document, in a moment: until then it can be had back. */
  delete(document: Document): void {
    const { id, name } = document;
    this.undoing.delete({
      id,
      said: `Deleted “${name}” for all chats. Answers keep the passages that they cite.`,
      failed: `“${name}” cannot be deleted`,
      url: this.api.url(`api/documents/${id}`),
      forget: () => this.remove(id),
    });
  }

  /** Delete at once a document that came to nothing; one that was there before stays. */
  async discard(document: Document): Promise<void> {
    if (this.before.has(document.id)) return;
    try {
      await this.remove(document.id);
    } catch (error) {
      this.notices.problem(error, `“${document.name}” cannot be deleted`);
    }
  }

  /** A document that has just been uploaded: whatever was to become of it before, it is wanted. */
  add(document: Document): void {
    this.undoing.keep(document.id);
    this.put(document);
  }

  /** Have a document read that no run reads: its server ended meanwhile, or the reading was stopped. */
  async read(document: Document): Promise<void> {
    try {
      const file = await this.api.content(document.id);
      const { run } = await this.api.upload([new File([file], document.name, { type: file.type })]);
      await this.follow(run.id);
    } catch (error) {
      this.notices.problem(error, `“${document.name}” cannot be read`);
    }
  }

  /** A document as it now is. */
  put(document: Document): void {
    const there = this.found.some((one) => one.id === document.id);
    if (document.indexed) this.before.add(document.id);
    if (there) this.update([document]);
    else this.found = [document, ...this.found];
    this.changed();
  }

  /** Follow a run that indexes, until it has ended. */
  follow(run: string): Promise<void> {
    let followed = this.runs.get(run);
    if (!followed) {
      followed = this.reading(run).finally(() => {
        this.runs.delete(run);
        this.changed();
      });
      this.runs.set(run, followed);
    }
    return followed;
  }

  private async readAll(): Promise<void> {
    const before = new Set(this.found.map((one) => one.id));
    try {
      const page = await this.api.documents({ limit: FIRST_PAGE });
      const seen = new Set(page.documents.map((one) => one.id));
      const last = this.found.findIndex((one) => one.id === page.documents.at(-1)?.id);
      const below = page.next !== null && last >= 0 ? this.found.slice(last + 1) : [];
      const added = this.found.filter((one) => !before.has(one.id) && !seen.has(one.id));
      this.found = [...added, ...page.documents, ...below.filter((one) => !seen.has(one.id))];
      if (below.length === 0) this.next = page.next;
      this.whole = this.next === null;
      if (!this.loaded) for (const one of page.documents) this.before.add(one.id);
    } catch (error) {
      this.notices.problem(error, "The documents cannot be read");
    }
    this.loaded = true;
    this.changed();
    await this.rest();
  }

  private async rest(): Promise<void> {
    try {
      while (this.next !== null) {
        const page = await this.api.documents({ limit: PAGE, before: this.next });
        this.next = page.next;
        const seen = new Set(this.found.map((one) => one.id));
        this.found = [...this.found, ...page.documents.filter((one) => !seen.has(one.id))];
        for (const one of page.documents) this.before.add(one.id);
      }
      this.whole = true;
      this.changed();
    } catch (error) {
      this.notices.problem(error, "Not all documents can be read");
    }
  }

  private async remove(id: string): Promise<void> {
    await this.api.deleteDocument(id);
    this.found = this.found.filter((one) => one.id !== id);
    this.before.delete(id);
    this.changed();
  }

  /** Find the runs that read what waits: others than this page may have begun them. */
  private async findRuns(): Promise<void> {
    if (this.waiting.length === 0) return;
    try {
      const { runs } = await this.api.runs({ status: ["queued", "running"], limit: 200 });
      await Promise.all(runs.flatMap((run) => (run.kind === "index" ? [this.follow(run.id)] : [])));
      if (this.waiting.length) await this.look(0);
    } catch {
      // It is asked again when the page is next looked at.
    }
  }

  private get waiting(): readonly Document[] {
    return this.found.filter((one) => !one.indexed && !one.error);
  }

  private async reading(run: string): Promise<void> {
    let current: string | undefined;
    try {
      for await (const frames of this.live.run(run))
        for (const frame of frames) {
          if (frame.type !== "status") continue;
          const [, verb, name] = /^(Reading|Read) (.+)$/s.exec(frame.text) ?? [];
          const { done = 0, total = 1 } = frame;
          if (verb === "Reading" && name !== undefined) this.lines.set((current = name), { done, total });
          else if (name !== undefined) this.lines.delete(name);
          if (total > 1) void this.look();
          this.changed();
        }
    } finally {
      if (current !== undefined) this.lines.delete(current);
    }
    await this.looking; // which may have begun before the end
    if (this.waiting.length) await this.look(0);
  }

  /** See how those stand that wait; once for all who want to know it within a moment. */
  private look(delay = this.waiting.length > FEW ? LOOK_AT_MANY : LOOK): Promise<void> {
    return (this.looking ??= new Promise<void>((resume) => setTimeout(resume, delay))
      .then(() => (this.waiting.length > FEW ? this.lookAtMany() : this.lookAtFew()))
      .then(() => this.changed())
      .catch(() => undefined)
      .finally(() => (this.looking = undefined)));
  }

  private async lookAtFew(): Promise<void> {
    const seen = await Promise.allSettled(this.waiting.map((one) => this.api.document(one.id)));
    this.update(seen.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
  }

  private async lookAtMany(): Promise<void> {
    const left = new Set(this.waiting.map((one) => one.id));
    for (let before: string | null | undefined; before !== null && left.size;) {
      const page: DocumentPage = await this.api.documents({ limit: PAGE, ...(before ? { before } : {}) });
      this.update(page.documents);
      for (const one of page.documents) left.delete(one.id);
      before = page.next;
    }
  }

  /** What documents are now, of those that are in the list. */
  private update(documents: readonly Document[]): void {
    const now = new Map(documents.map((one) => [one.id, one]));
    this.found = this.found.map((one) => now.get(one.id) ?? one);
  }
}
