/** `connecting` at first; `live`: what happens is seen at once; `reconnecting`: it is tried again, by itself; `offline`:
 * so it is, and the browser says that there is no network; `ended`: there is nothing more to come. */
export type Connection = "connecting" | "live" | "reconnecting" | "offline" | "ended";

const FIRST = 100;
const LONGEST = 10_000;

/** What a browser tells of: that the page is looked at again, or that there is a network again. */
export function onWake(wake: () => void): () => void {
  const { document } = globalThis as { document?: Document };
  const seen = (): void => {
    if (document?.visibilityState === "visible") wake();
  };
  const events = typeof globalThis.addEventListener === "function";
  document?.addEventListener("visibilitychange", seen);
  if (events) {
    globalThis.addEventListener("online", wake);
    globalThis.addEventListener("pageshow", wake);
  }
  return () => {
    document?.removeEventListener("visibilitychange", seen);
    if (events) {
      globalThis.removeEventListener("online", wake);
      globalThis.removeEventListener("pageshow", wake);
    }
  };
}

/** Whether the browser says that there is no network: it may be wrong, so it is tried all the same. */
export function offline(): boolean {
  const { navigator } = globalThis as { navigator?: Navigator };
  return navigator?.onLine === false;
}

/** Waits between attempts: longer each time, and never the same for all who wait. */
export class Backoff {
  private failures = 0;

  /** What was wanted has come. */
  reset(): void {
    this.failures = 0;
  }

  /** Milliseconds to wait now; `least` is what the server asks for. */
  next(least = 0): number {
    const longest = Math.min(LONGEST, FIRST * 2 ** this.failures++);
    return least + longest * (0.5 + Math.random() / 2);
  }
}

/** Waits, or less where the page wakes or `signal` is aborted. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, signal.aborted ? 0 : milliseconds);
    const unwatch = onWake(end);
    signal.addEventListener("abort", end);
  });
}
