import type { Event } from "../src/index.ts";

/** What a fake server does with one connection. */
export type Act = (after: number, connection: Sending) => Response | Promise<Response> | undefined;

/** The server's side of one open stream. */
export class Sending {
  readonly response: Response;
  readonly signal: AbortSignal | undefined;
  private controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor(signal?: AbortSignal | null) {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.controller = controller) });
    this.response = new Response(body, { headers: { "Content-Type": "text/event-stream" } });
    this.signal = signal ?? undefined;
    this.signal?.addEventListener("abort", () => this.drop());
  }

  say(text: string): this {
    this.controller.enqueue(new TextEncoder().encode(text));
    return this;
  }

  events(events: readonly Event[]): this {
    return this.say(events.map(frame).join(""));
  }

  end(): void {
    this.controller.close();
  }

  drop(): void {
    try {
      this.controller.error(new TypeError("the connection broke"));
    } catch {
      // it has ended already
    }
  }
}

export function frame(event: Event): string {
  const { type, seq, ...rest } = event;
  return `id:${seq ?? 0}\nevent:${type}\ndata:${JSON.stringify(rest)}\n\n`;
}

/** A `fetch` that answers each call with the next act, and the calls it got. */
export function serving(acts: readonly Act[]): { fetch: typeof fetch; asked: URL[] } {
  const asked: URL[] = [];
  const answer = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const act = acts[asked.length];
    asked.push(url);
    if (!act) return Promise.reject(new TypeError("no server"));
    const sending = new Sending(init?.signal);
    return Promise.resolve(act(Number(url.searchParams.get("after") ?? 0), sending) ?? sending.response);
  };
  return { fetch: answer, asked };
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  const document = { type: `urn:runnel:error:${code}`, title: "No", status, detail: "it cannot be", code };
  return new Response(JSON.stringify(document), { status, headers });
}
