import type { Event, Request } from "./types.ts";

/** What a run asks of people and has no answer to yet, folded from its events. */
export class RequestsFold {
  private readonly open = new Map<string, Request>();
  private readonly names = new Map<string, string>();
  private readonly askedBy = new Map<string, string>();
  private now: readonly Request[] | undefined = [];

  apply(event: Event): void {
    switch (event.type) {
      case "tool.approval.requested":
        this.set({ kind: "approval", id: event.call, name: event.name, ...withArguments(event.arguments) });
        break;
      case "tool.approval.given":
        this.delete(`approval ${event.call}`);
        break;
      case "tool.called":
        this.names.set(event.call, event.name);
        break;
      case "input.requested": {
        const call = event.call ?? "";
        const name = this.names.get(call);
        this.askedBy.set(event.id, call);
        this.set({ kind: "input", id: event.id, ...(name ? { name } : {}), question: event.question });
        break;
      }
      case "input.given":
        this.delete(`input ${event.id}`);
        break;
      case "tool.returned":
        for (const [key, request] of this.open)
          if (request.id === event.call || this.askedBy.get(request.id) === event.call) this.delete(key);
        break;
      case "run.ended":
        for (const key of this.open.keys()) this.delete(key);
        break;
    }
  }

  applyAll(events: Iterable<Event>): this {
    for (const event of events) this.apply(event);
    return this;
  }

  /** What waits for a person, in the order in which it was asked; the same array until that changes. */
  value(): readonly Request[] {
    return (this.now ??= [...this.open.values()]);
  }

  private set(request: Request): void {
    this.open.set(`${request.kind} ${request.id}`, request);
    this.now = undefined;
  }

  private delete(key: string): void {
    if (this.open.delete(key)) this.now = undefined;
  }
}

function withArguments(given: Request["arguments"]): Pick<Request, "arguments"> {
  return given && Object.keys(given).length ? { arguments: given } : {};
}
