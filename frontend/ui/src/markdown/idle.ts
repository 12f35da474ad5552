/** Work that can wait until the page has nothing else to do. */

const LONGEST_WAIT = 500; // ms

export function whenIdle(work: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(work, { timeout: LONGEST_WAIT });
  else setTimeout(work, 1);
}
