import { ConnectionLost } from "@runnel/client";

/** Do it, and again where the server could not be reached: for some ten seconds. */
export async function persistently<T>(action: () => Promise<T>): Promise<T> {
  for (let wait = 300; ; wait *= 2)
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ConnectionLost) || wait > 5000) throw error;
      await new Promise((resume) => setTimeout(resume, wait));
    }
}
