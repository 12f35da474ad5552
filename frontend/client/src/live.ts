import type { Connection, FollowOptions, Frame } from "./follow.ts";
import type { Ask, ChatChange } from "./types.ts";

/** Many runs and chats over one socket; where there is none to be had, over a stream each. */
export declare class Live {
  constructor(base: string | URL, options?: { onState?: (state: Connection) => void });
  run(run: string, options?: Pick<FollowOptions, "after" | "signal">): AsyncIterable<readonly Frame[]>;
  chat(chat: string, options?: Pick<FollowOptions, "after" | "signal">): AsyncIterable<readonly ChatChange[]>;
  /** Ask for something over the socket; resolves with the answer. Rejects with ProblemError or ConnectionLost. */
  ask(ask: Ask): Promise<unknown>;
  close(): void;
}
