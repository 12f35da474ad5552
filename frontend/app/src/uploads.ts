import { ProblemError, type Api, type Document } from "@runnel/client";

import { isWithoutText } from "./dropped.ts";
import type { Library } from "./library.ts";
import { Observable } from "./observable.ts";
import { mayPass, obstacleOf, reasonOf, waitOf } from "./refusals.ts";

// How many files are on their way at once; a server with users bounds how many runs there may be.
const AT_ONCE = 3;
// How often a server that has too much to do is asked again.
const TRIES = 6;
// How long files that are ready are shown once all are, in milliseconds.
const SHOWN = 4000;

/** A file on its way to being searched. `part` is how much of it was sent, from 0 to 1. */
export interface Upload {
  readonly key: number;
  readonly name: string;
  readonly state: "failed" | "reading" | "ready" | "sending" | "waiting";
  readonly part?: number;
  /** Why it failed, or what it waits for. */
  readonly why?: string;
  /** It failed in a way that may be otherwise the next time. */
  readonly again?: boolean;
}

/** Who files are added for. `kept` is told of a document as soon as the server has it, `refused` of one that cannot be
 * read. */
export interface Adding {
  kept(document: Document): Promise<void>;
  refused(document: Document): Promise<void>;
}

interface Job {
  readonly key: number;
  readonly file: File;
  readonly adding: Adding;
  leaving: AbortController;
  /** Whether the server has it, or it is known that it never will. */
  sent: boolean;
  run?: string;
  document?: Document;
}

/** The files that are becoming documents. */
export class Uploads extends Observable {
  all: readonly Upload[] = [];
  private keys = 1;
  private busy = 0;
  private readonly jobs = new Map<number, Job>();
  private readonly queue: Job[] = [];
  private clearing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    private readonly library: Library,
  ) {
    super();
  }

  /** Upload files, each by itself. */
  add(files: Iterable<File>, adding: Adding): void {
    for (const file of files) {
      const key = this.keys++;
      const job: Job = { key, file, adding, leaving: new AbortController(), sent: false };
      this.jobs.set(key, job);
      this.all = [...this.all, { key, name: file.name, state: "waiting" }];
      if (file.size === 0) this.fail(job, "It is empty.");
      else if (isWithoutText(file)) this.fail(job, "This kind of file has no text that can be read.");
      else this.queue.push(job);
    }
    this.changed();
    this.pump();
  }

  /** Say of a file why it is not taken. */
  refuse(name: string, why: string): void {
    this.all = [...this.all, { key: this.keys++, name, state: "failed", why }];
    this.changed();
  }

  /** Wait until the server has all files that are added for this one; gives the names of those that it never will. */
  async sent(adding: Adding): Promise<readonly string[]> {
    const jobs = [...this.jobs.values()].filter((job) => job.adding === adding && !job.sent);
    while (jobs.some((job) => !job.sent)) await new Promise<void>((resume) => this.once(resume));
    const failed = new Set(this.all.flatMap((one) => (one.state === "failed" ? [one.key] : [])));
    return jobs.flatMap((job) => (failed.has(job.key) ? [job.file.name] : []));
  }

  /** Try again what failed. */
  again(key: number): void {
    const job = this.jobs.get(key);
    if (!job) return;
    job.sent = false;
    job.leaving = new AbortController();
    this.mark(key, { state: "waiting", part: 0, why: undefined, again: false });
    this.queue.push(job);
    this.pump();
  }

  /** End an upload, or show one no more that has ended. What the server has of it by now is deleted. */
  leave(key: number): void {
    const job = this.jobs.get(key);
    const upload = this.all.find((one) => one.key === key);
    this.forget(key);
    if (!job || upload?.state === "ready" || upload?.state === "failed") return;
    job.leaving.abort();
    if (job.run !== undefined) void this.api.cancel(job.run).catch(() => undefined);
    if (job.document) void this.withdraw(job, job.document);
  }

  /** Show no more what has ended; with `all`, end the others, too. */
  clear(all = false): void {
    for (const { key, state } of this.all) if (all || state === "ready" || state === "failed") this.leave(key);
  }

  private pump(): void {
    while (this.busy < AT_ONCE) {
      const job = this.queue.shift();
      if (!job) return;
      if (!this.jobs.has(job.key)) continue;
      this.busy++;
      void this.send(job).finally(() => {
        this.busy--;
        this.pump();
      });
    }
  }

  private async send(job: Job): Promise<void> {
    const { key, file, adding } = job;
    try {
      const { document, run } = await this.upload(job);
      job.document = document;
      job.run = run;
      this.library.add(document);
      await adding.kept(document);
      job.sent = true;
      this.mark(key, { state: "reading" });
      await this.library.follow(run);
      if (job.leaving.signal.aborted) return;
      const read = await this.api.document(document.id);
      this.library.put(read);
      if (read.error) {
        this.fail(job, reasonOf(read.error, file.name));
        await this.withdraw(job, read);
      } else if (read.indexed) this.end(key);
      else this.fail(job, "It was not read to its end.", true);
    } catch (error) {
      if (job.leaving.signal.aborted) return;
      const isDeleted = error instanceof ProblemError && error.status === 404;
      if (isDeleted && job.document) this.forget(key);
      else this.fail(job, obstacleOf(error), mayPass(error));
    }
  }

  /** Send the file, again where the server has too much to do. */
  private async upload(job: Job): Promise<{ document: Document; run: string }> {
    const { signal } = job.leaving;
    const onProgress = (sent: number, all: number) => this.mark(job.key, { part: all ? sent / all : 0 });
    for (let attempt = 1; ; attempt++) {
      this.mark(job.key, { state: "sending", part: 0, why: undefined });
      try {
        const { documents, run } = await this.api.upload([job.file], { onProgress, signal });
        const [document] = documents;
        if (!document) throw new Error("The server took no document from it.");
        return { document, run: run.id };
      } catch (error) {
        const wait = waitOf(error);
        if (wait === undefined || attempt === TRIES || signal.aborted) throw error;
        this.mark(job.key, { state: "waiting", why: `The server is busy: again in ${Math.ceil(wait / 1000)} s` });
        await new Promise((resume) => {
          const timer = setTimeout(resume, wait);
          const leave = () => {
            clearTimeout(timer);
            resume(undefined);
          };
          signal.addEventListener("abort", leave, { once: true });
        });
        signal.throwIfAborted();
      }
    }
  }

  /** The document is of no use: it is left in no chat, and deleted, unless it was there before. */
  private async withdraw(job: Job, document: Document): Promise<void> {
    await job.adding.refused(document);
    await this.library.discard(document);
  }

  private fail(job: Job, why: string, again = false): void {
    job.sent = true;
    this.mark(job.key, { state: "failed", why, again });
  }

  private end(key: number): void {
    this.mark(key, { state: "ready", part: 1 });
    clearTimeout(this.clearing);
    // They go together, so that what stands around them moves once.
    if (this.all.every((one) => one.state === "ready" || one.state === "failed"))
      this.clearing = setTimeout(() => {
        for (const one of this.all) if (one.state === "ready") this.forget(one.key);
      }, SHOWN);
  }

  private forget(key: number): void {
    const job = this.jobs.get(key);
    if (job) job.sent = true;
    this.jobs.delete(key);
    this.all = this.all.filter((one) => one.key !== key);
    this.changed();
  }

  private mark(key: number, change: { [Name in keyof Upload]?: Upload[Name] | undefined }): void {
    const found = this.all.find((one) => one.key === key);
    if (!found) return;
    const marked = Object.fromEntries(
      Object.entries({ ...found, ...change }).filter(([, value]) => value !== undefined),
    );
    this.all = this.all.map((one) => (one === found ? (marked as unknown as Upload) : one));
    this.changed();
  }

  private once(watcher: () => void): void {
    const end = this.watch(() => {
      end();
      watcher();
    });
  }
}
