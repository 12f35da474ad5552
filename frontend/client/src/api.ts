import type * as t from "./types.ts";

/** So many bytes of all have been sent. */
export type Progress = (sent: number, all: number) => void;

export declare class Api {
  readonly base: URL;
  /** Called where a call is not that of a known user any more: the page goes to `loginUrl`. */
  onUnauthenticated: (() => void) | undefined;
  constructor(base?: string | URL);
  url(path: string): string;
  loginUrl(next?: string): string;

  chats(query?: { limit?: number; before?: string; search?: string }, signal?: AbortSignal): Promise<t.ChatPage>;
  createChat(chat?: t.NewChat): Promise<t.Chat>;
  chat(chat: string): Promise<t.Chat>;
  changeChat(chat: string, changes: t.ChatChanges): Promise<t.Chat>;
  deleteChat(chat: string): Promise<void>;
  fork(chat: string, message: string): Promise<t.Chat>;
  messages(
    chat: string,
    query?: { kinds?: readonly t.PartKind[]; after?: string; before?: string; limit?: number },
  ): Promise<t.MessagePage>;
  /** `key` is the caller's own: the same key means the same run. */
  ask(chat: string, question: t.Question, key?: string): Promise<t.StartedRun>;

  message(message: string): Promise<t.Message>;
  alternatives(message: string): Promise<t.MessagePage>;
  compare(message: string, other: string): Promise<t.Branches>;
  switchTo(message: string): Promise<t.Chat>;
  retry(message: string): Promise<t.StartedRun>;
  edit(message: string, edit: t.Edit): Promise<t.StartedRun>;

  runs(query?: { limit?: number; before?: string; chat?: string; status?: readonly t.Status[] }): Promise<t.RunPage>;
  run(run: string): Promise<t.Run>;
  trace(run: string): Promise<t.Span>;
  cancel(run: string): Promise<t.Message>;
  steer(run: string, text: string): Promise<void>;
  canContinue(run: string): Promise<boolean>;
  continueRun(run: string): Promise<t.StartedRun>;
  approve(run: string, call: string, consent: t.Consent): Promise<void>;
  reply(run: string, input: string, text: string): Promise<void>;

  documents(query?: { limit?: number; before?: string }): Promise<t.DocumentPage>;
  document(document: string): Promise<t.Document>;
  upload(files: Iterable<File>, options?: { onProgress?: Progress; signal?: AbortSignal }): Promise<t.Uploaded>;
  passage(document: string, start?: number, end?: number): Promise<t.Passage>;
  contentUrl(document: string): string;
  deleteDocument(document: string): Promise<void>;

  models(): Promise<t.OfferedModels>;
  logout(): Promise<void>;
}
