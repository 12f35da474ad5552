import type { ChatChange, Event } from "./types.ts";

/** An event of a log, or several deltas of text (or of reasoning) in a row, joined: `first_seq` is the first one's. */
export type Frame = Event & { readonly seq: number; readonly first_seq?: number };

/** `live`: what happens is seen at once; `reconnecting`: the next attempt is under way or waited for; `offline`: the
 * browser says that there is no network; `ended`: there is nothing more to come. */
export type Connection = "connecting" | "live" | "reconnecting" | "offline" | "ended";

export interface FollowOptions {
  /** The last `seq` that is there already. */
  readonly after?: number;
  readonly signal?: AbortSignal;
  readonly onState?: (state: Connection) => void;
  readonly fetch?: typeof fetch;
}

export declare function follow(
  base: string | URL,
  run: string,
  options?: FollowOptions,
): AsyncIterable<readonly Frame[]>;
export declare function followChat(
  base: string | URL,
  chat: string,
  options?: FollowOptions,
): AsyncIterable<readonly ChatChange[]>;
