/** Long work, done in slices between which the page draws and answers: no task of it grows long, however much there is. */

const SLICE = 8; // ms of work in one task of the page, all of it together
const FREE = 500; // characters that are done at once, whatever the time, so that short answers are there at once
const FREE_IN_TASK = 8000; // characters that are done so in one task

/** Work yields after each bit of it how many characters that was. */
export type Work = Generator<number, void, undefined>;

let until = 0; // when the slice that goes on ends; 0: none goes on
let done = 0; // characters, in this task
let running = false;

const waiting: Sliced[] = []; // the newest is done first: the reader is at the end of a chat

export class Sliced {
  /** Resolves when all is done, or nothing more is. */
  readonly done: Promise<void>;
  ended = false;
  #resolve!: () => void;

  constructor(private readonly work: Work) {
    this.done = new Promise((resolve) => (this.#resolve = resolve));
    let own = 0;
    while (this.#step((size) => (own += size)) && (goesOn() || (own < FREE && done < FREE_IN_TASK)));
    if (this.ended) return;
    waiting.push(this);
    if (!running) void run();
  }

  /** Do all that is left now. */
  flush(): void {
    while (this.#step(() => 0));
  }

  /** What is left is not done. */
  stop(): void {
    this.#end();
  }

  /** Do a slice; false where all is done. */
  slice(): boolean {
    while (this.#step(() => 0)) if (!goesOn()) return true;
    return false;
  }

  #step(told: (size: number) => void): boolean {
    if (this.ended) return false;
    try {
      const { value, done: last } = this.work.next();
      if (last) this.#end();
      else {
        told(value);
        done += value;
      }
    } catch (error) {
      this.#end();
      queueMicrotask(() => {
        throw error;
      });
    }
    return !this.ended;
  }

  #end(): void {
    this.ended = true;
    const at = waiting.indexOf(this);
    if (at >= 0) waiting.splice(at, 1);
    this.#resolve();
  }
}

/** Whether there is time left in this task. */
function goesOn(): boolean {
  const now = performance.now();
  if (until === 0) {
    until = now + SLICE;
    void rest().then(() => {
      until = done = 0;
    });
  }
  return now < until;
}

async function run(): Promise<void> {
  running = true;
  while (waiting.length) {
    await rest();
    until = performance.now() + SLICE;
    let next = waiting.at(-1);
    while (next && !next.slice()) {
      next = performance.now() < until ? waiting.at(-1) : undefined;
    }
    until = done = 0;
  }
  running = false;
}

/** The next moment at which the page has been able to draw. */
function rest(): Promise<void> {
  if ("scheduler" in globalThis) return scheduler.postTask(() => undefined);
  return new Promise((resolve) => setTimeout(resolve, 0));
}
