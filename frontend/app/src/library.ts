import { ProblemError, type Api, type Document, type Live } from "@runnel/client";

import { sentence, type Notices } from "./notices.ts";
import { Observable } from "./observable.ts";

const PAGE = 200;
// How many files are on their way at once; a server with users bounds how many runs there may be.
const AT_ONCE = 3;

/** A file on its way to being searched. `part` is how much of `state` is done, from 0 to 1, where that is known. */
export interface Upload {
  readonly key: number;
  readonly name: string;
  readonly state: "waiting" | "sending" | "indexing" | "ready" | "failed";
  readonly part?: number;
  readonly error?: string;
  readonly document?: string;
}

/** Who adds files. `kept` is told of a document as soon as the server has it, `refused` of one that cannot be read. */
export interface Adding {
  kept(document: Document): Promise<void>;
  refused(document: Document): Promise<void>;
}

/** The documents that there are, and the files that are becoming some. */
export class Library extends Observable {
  documents: readonly Document[] = [];
  uploads: readonly Upload[] = [];
  loaded = false;
  private next: string | null = null;
  private keys = 1;
  private busy = 0;
  private readonly queue: { key: number; file: File; adding: Adding; over: () => void }[] = [];

  constructor(
    private readonly api: Api,
    private readonly live: Live,
    private readonly notices: Notices,
  ) {
    super();
  }

  get hasMore(): boolean {
    return this.next !== null;
  }

  named(id: string): Document | undefined {
    return this.documents.find((one) => one.id === id);
  }

  async load(): Promise<void> {
    try {
      const page = await this.api.documents({ limit: PAGE });
      this.documents = page.documents;
      this.next = page.next;
    } catch (error) {
      this.notices.problem(error, "The documents cannot be read");
    }
    this.loaded = true;
    this.changed();
  }

  async more(): Promise<void> {
    if (this.next === null) return;
    const page = await this.api.documents({ limit: PAGE, before: this.next });
    this.next = page.next;
    const seen = new Set(this.documents.map((one) => one.id));
    this.documents = [...this.documents, ...page.documents.filter((one) => !seen.has(one.id))];
    this.changed();
  }

  /** Upload files; resolves once all are there, and can be searched, or have failed, which `uploads` tells. */
  async add(files: Iterable<File>, adding: Adding): Promise<void> {
    const over = [...files].map((file) => {
      const key = this.keys++;
      this.uploads = [...this.uploads, { key, name: file.name, state: "waiting" }];
      return new Promise<void>((resolve) => this.queue.push({ key, file, adding, over: resolve }));
    });
    this.changed();
    this.pump();
    await Promise.all(over);
  }

  /** Show an upload no more. */
  dismiss(key: number): void {
    this.uploads = this.uploads.filter((one) => one.key !== key);
    this.changed();
  }

  async delete(document: Document): Promise<void> {
    try {
      await this.api.deleteDocument(document.id);
      this.documents = this.documents.filter((one) => one.id !== document.id);
      this.changed();
    } catch (error) {
      this.notices.problem(error, `${document.name} cannot be deleted`);
    }
  }

  private pump(): void {
    while (this.busy < AT_ONCE) {
      const next = this.queue.shift();
      if (!next) return;
      this.busy++;
      void this.send(next.key, next.file, next.adding).finally(() => {
        this.busy--;
        next.over();
        this.pump();
      });
    }
  }

  private async send(key: number, file: File, adding: Adding): Promise<void> {
    try {
      this.mark(key, { state: "sending", part: 0 });
      const onProgress = (sent: number, all: number) => this.mark(key, { part: all ? sent / all : 0 });
      const { documents, run } = await this.api.upload([file], { onProgress });
      const [document] = documents;
      if (!document) throw new Error("the server took no document from it");
      this.put(document);
      await adding.kept(document);
      this.mark(key, { state: "indexing", part: 0, document: document.id });
      await this.index(key, run.id);
      const indexed = await this.api.document(document.id);
      this.put(indexed);
      if (indexed.error) {
        this.mark(key, { state: "failed", error: indexed.error.message });
        await adding.refused(indexed);
        await this.delete(indexed);
      } else {
        this.mark(key, { state: "ready", part: 1 });
        setTimeout(() => this.dismiss(key), 4000);
      }
    } catch (error) {
      const tooMany = error instanceof ProblemError && error.status === 429;
      const text = tooMany ? `${sentence(error)} Then add the file again.` : sentence(error);
      this.mark(key, { state: "failed", error: text });
    }
  }

  private async index(key: number, run: string): Promise<void> {
    for await (const frames of this.live.run(run))
      for (const frame of frames)
        if (frame.type === "status" && frame.total) this.mark(key, { part: (frame.done ?? 0) / frame.total });
  }

  private mark(key: number, change: Partial<Upload>): void {
    this.uploads = this.uploads.map((one) => (one.key === key ? { ...one, ...change } : one));
    this.changed();
  }

  private put(document: Document): void {
    const there = this.documents.some((one) => one.id === document.id);
    this.documents = there
      ? this.documents.map((one) => (one.id === document.id ? document : one))
      : [document, ...this.documents];
    this.changed();
  }
}
