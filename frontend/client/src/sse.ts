/** One message of a stream of server-sent events. */
export interface Said {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** Makes messages of the text of a `text/event-stream`, in whatever pieces it comes. */
export class SseParser {
  /** After how many milliseconds the server wants one to come back, where it has said so. */
  retry: number | undefined;
  private rest = "";
  private id: string | undefined;
  private event = "";
  private data: string | undefined;

  /** The messages that are complete with this piece. */
  take(piece: string): Said[] {
    const text = this.rest + piece;
    const found: Said[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const line = text.slice(start, text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end);
      start = end + 1;
      if (line !== "") {
        this.line(line);
        continue;
      }
      if (this.data !== undefined) found.push({ id: this.id, event: this.event || "message", data: this.data });
      this.id = this.data = undefined;
      this.event = "";
    }
    this.rest = text.slice(start);
    return found;
  }

  private line(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment: a sign of life
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1);
    if (field === "data") this.data = this.data === undefined ? value : `${this.data}\n${value}`;
    else if (field === "event") this.event = value;
    else if (field === "id") this.id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
  }
}
