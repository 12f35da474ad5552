import { ConnectionLost, ProblemError } from "./problems.ts";
import type * as t from "./types.ts";

/** So many bytes of all have been sent. */
export type Progress = (sent: number, all: number) => void;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The chat in which a message is meant, where a fork shares it with the chat that it was made in. */
type Within = { readonly chat: string };

type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

interface Call extends CallOptions {
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/**
 * The server's API below `base`, which ends with a slash (for a page: where the page stands). Each call rejects with
 * ProblemError where the server says no, with ConnectionLost where it does not answer, and with the signal's reason
 * where it is aborted.
 */
export class Api {
  readonly base: URL;
  /** Called where the caller is not known, or no longer: a page goes to `loginUrl()`. */
  onUnauthenticated: (() => void) | undefined;
  /** Told of each call whether the server has answered it at all. */
  onAnswered: ((answered: boolean) => void) | undefined;

  constructor(base?: string | URL) {
    const { document } = globalThis as { document?: Document };
    this.base = new URL(base ?? document?.baseURI ?? "http://127.0.0.1:8642/", document?.baseURI);
  }

  /** The URL of a path that is written without a slash in front. */
  url(path: string): string {
    return new URL(path, this.base).href;
  }

  /** Where one logs in, and comes back from to the path `next`. */
  loginUrl(next?: string): string {
    const url = new URL("login", this.base);
    if (next !== undefined) url.searchParams.set("next", next);
    return url.href;
  }

  chats(query?: { limit?: number; before?: string; search?: string }, options?: CallOptions): Promise<t.ChatPage> {
    return this.get("api/chats", query, options);
  }

  createChat(chat: t.NewChat = {}): Promise<t.Chat> {
    return this.post("api/chats", chat);
  }

  chat(chat: string, options?: CallOptions): Promise<t.Chat> {
    return this.get(path`api/chats/${chat}`, undefined, options);
  }

  changeChat(chat: string, changes: t.ChatChanges): Promise<t.Chat> {
    return this.call("PATCH", path`api/chats/${chat}`, { body: changes });
  }

  deleteChat(chat: string): Promise<void> {
    return this.call("DELETE", path`api/chats/${chat}`);
  }

  /** Another chat, with this one's settings, whose branch ends with `message`. */
  fork(chat: string, message: string): Promise<t.Chat> {
    return this.post(path`api/chats/${chat}/fork`, { message });
  }

  messages(
    chat: string,
    query?: { kinds?: readonly t.PartKind[]; after?: string; before?: string; branch?: string; limit?: number },
    options?: CallOptions,
  ): Promise<t.BranchPage> {
    return this.get(path`api/chats/${chat}/messages`, query, options);
  }

  /** Ask, and have the run at once. `key` is the caller's own: the same key means the same run. */
  ask(chat: string, question: t.Question, key?: string): Promise<t.StartedRun> {
    const headers: Record<string, string> = key === undefined ? {} : { "Idempotency-Key": key };
    return this.call("POST", path`api/chats/${chat}/runs`, { body: question, headers });
  }

  message(message: string, options?: CallOptions): Promise<t.Message> {
    return this.get(path`api/messages/${message}`, undefined, options);
  }

  /** What else stands in a message's place, itself among them. */
  alternatives(message: string, query?: Within, options?: CallOptions): Promise<t.MessagePage> {
    return this.get(path`api/messages/${message}/alternatives`, query, options);
  }

  compare(message: string, other: string, query?: Within): Promise<t.Branches> {
    return this.get(path`api/messages/${message}/compare`, { with: other, ...query });
  }

  /** Make the branch of `message` the current one. */
  switchTo(message: string, query?: Within): Promise<t.Chat> {
    return this.post(path`api/messages/${message}/switch`, undefined, query);
  }

  retry(message: string, query?: Within): Promise<t.StartedRun> {
    return this.post(path`api/messages/${message}/retry`, undefined, query);
  }

  edit(message: string, edit: t.Edit, query?: Within): Promise<t.StartedRun> {
    return this.post(path`api/messages/${message}/edit`, edit, query);
  }

  runs(query?: { limit?: number; before?: string; chat?: string; status?: readonly t.Status[] }): Promise<t.RunPage> {
    return this.get("api/runs", query);
  }

  run(run: string, options?: CallOptions): Promise<t.Run> {
    return this.get(path`api/runs/${run}`, undefined, options);
  }

  trace(run: string, options?: CallOptions): Promise<t.Span> {
    return this.get(path`api/runs/${run}/trace`, undefined, options);
  }

  /** End the run; the message with what was said until then. As often as one likes. */
  cancel(run: string): Promise<t.Message> {
    return this.post(path`api/runs/${run}/cancel`);
  }

  steer(run: string, text: string): Promise<void> {
    return this.post(path`api/runs/${run}/steer`, { text });
  }

  async canContinue(run: string, query?: Within): Promise<boolean> {
    return (await this.get<t.Continuing>(path`api/runs/${run}/continue`, query)).possible;
  }

  continueRun(run: string, query?: Within): Promise<t.StartedRun> {
    return this.post(path`api/runs/${run}/continue`, undefined, query);
  }

  approve(run: string, call: string, consent: t.Consent): Promise<void> {
    return this.post(path`api/runs/${run}/approvals/${call}`, consent);
  }

  reply(run: string, input: string, text: string): Promise<void> {
    return this.post(path`api/runs/${run}/inputs/${input}`, { text });
  }

  documents(query?: { limit?: number; before?: string }, options?: CallOptions): Promise<t.DocumentPage> {
    return this.get("api/documents", query, options);
  }

  document(document: string, options?: CallOptions): Promise<t.Document> {
    return this.get(path`api/documents/${document}`, undefined, options);
  }

  /** Upload files; the answer comes once they are there, and names the run that indexes them. */
  upload(files: Iterable<File>, options: CallOptions & { onProgress?: Progress } = {}): Promise<t.Uploaded> {
    const form = new FormData();
    for (const file of files) form.append("files", file, file.name);
    if (options.onProgress && typeof XMLHttpRequest === "function")
      return this.send(form, options.onProgress, options.signal);
    return this.call("POST", "api/documents", { body: form, signal: options.signal });
  }

  /** A passage of a document's text; places are in code points. */
  passage(document: string, start?: number, end?: number, options?: CallOptions): Promise<t.Passage> {
    return this.get(path`api/documents/${document}/text`, { start, end }, options);
  }

  /** The bytes of the file itself. */
  async content(document: string, options?: CallOptions): Promise<Blob> {
    const response = await this.fetch(path`api/documents/${document}/content`, { signal: options?.signal ?? null });
    if (!response.ok) throw this.refused(await ProblemError.of(response));
    return response.blob();
  }

  /** The file itself. */
  contentUrl(document: string): string {
    return this.url(path`api/documents/${document}/content`);
  }

  deleteDocument(document: string): Promise<void> {
    return this.call("DELETE", path`api/documents/${document}`);
  }

  /** Who calls: nobody, where the server has no users. */
  me(options?: CallOptions): Promise<t.Me> {
    return this.get("api/me", undefined, options);
  }

  models(options?: CallOptions): Promise<t.OfferedModels> {
    return this.get("api/models", undefined, options);
  }

  tools(options?: CallOptions): Promise<t.OfferedTools> {
    return this.get("api/tools", undefined, options);
  }

  /** End the browser's session. */
  async logout(): Promise<void> {
    const response = await this.fetch("logout", { method: "POST", redirect: "manual" });
    if (response.status >= 400) throw await ProblemError.of(response);
  }

  private get<T>(path: string, query?: Query, options: CallOptions = {}): Promise<T> {
    return this.call("GET", path, { ...options, query });
  }

  private post<T>(path: string, body?: unknown, query?: Query): Promise<T> {
    return this.call("POST", path, { body, query });
  }

  private async call<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json", ...call.headers };
    const init: RequestInit = { method, headers, signal: call.signal ?? null };
    if (call.body instanceof FormData) init.body = call.body;
    else if (call.body !== undefined) {
      init.body = JSON.stringify(call.body);
      headers["Content-Type"] = "application/json";
    }
    const response = await this.fetch(path + search(call.query), init);
    if (!response.ok) throw this.refused(await ProblemError.of(response));
    try {
      return (response.status === 204 ? undefined : await response.json()) as T;
    } catch (error) {
      throw call.signal?.aborted ? error : new ConnectionLost(error);
    }
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      const response = await fetch(this.url(path), { cache: "no-store", credentials: "same-origin", ...init });
      this.onAnswered?.(true);
      return response;
    } catch (error) {
      if (init.signal?.aborted) throw error;
      this.onAnswered?.(false);
      throw new ConnectionLost(error);
    }
  }

  /** Like `call`; a browser tells of the bytes of a request only this way. */
  private send<T>(form: FormData, onProgress: Progress, signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const abort = (): void => request.abort();
      request.open("POST", this.url("api/documents"));
      request.setRequestHeader("Accept", "application/json");
      request.upload.onprogress = (event) => onProgress(event.loaded, event.total);
      request.onload = () => {
        const { status, statusText, responseText } = request;
        if (status >= 200 && status < 300) resolve(JSON.parse(responseText) as T);
        else {
          const wait = request.getResponseHeader("Retry-After");
          reject(this.refused(ProblemError.parse(responseText, status, statusText, wait)));
        }
      };
      request.onerror = () => reject(new ConnectionLost());
      request.onabort = () => reject(signal?.reason instanceof Error ? signal.reason : new ConnectionLost());
      request.onloadend = () => signal?.removeEventListener("abort", abort);
      signal?.addEventListener("abort", abort);
      if (signal?.aborted) request.onabort(new ProgressEvent("abort"));
      else request.send(form);
    });
  }

  private refused(error: ProblemError): ProblemError {
    if (error.status === 401) this.onUnauthenticated?.();
    return error;
  }
}

/** A path whose values are names, whatever they have in them. */
function path(texts: TemplateStringsArray, ...names: readonly string[]): string {
  return String.raw({ raw: texts }, ...names.map(encodeURIComponent));
}

function search(query: Query | undefined): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) found.set(name, typeof value === "object" ? value.join(",") : String(value));
  const text = found.toString();
  return text && `?${text}`;
}
