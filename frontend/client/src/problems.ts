import type { Problem } from "./types.ts";

/** What the server could not do, in its words: `code` is the error's class, `message` a sentence for people. */
export class ProblemError extends Error {
  readonly problem: Problem;
  /** Seconds after which to try again, where that may help. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter?: number) {
    super(problem.detail);
    this.name = "ProblemError";
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }

  get details(): Readonly<Record<string, unknown>> {
    return this.problem.details ?? {};
  }

  /** The error that a response which is not ok tells of, whatever made it (a proxy says it in HTML). */
  static async of(response: Response): Promise<ProblemError> {
    const text = await response.text().catch(() => "");
    return ProblemError.parse(text, response.status, response.statusText, response.headers.get("Retry-After"));
  }

  static parse(text: string, status: number, title: string, retryAfter: string | null): ProblemError {
    let problem: Problem | undefined;
    try {
      const parsed: unknown = JSON.parse(text);
      if (isProblem(parsed)) problem = parsed;
    } catch {
      // not the server's own answer
    }
    problem ??= {
      type: "about:blank",
      title,
      status,
      detail: `the server answered ${status}${title ? ` (${title})` : ""}`,
      code: `http.${status}`,
    };
    const seconds = retryAfter === null ? NaN : Number(retryAfter);
    return new ProblemError(problem, Number.isFinite(seconds) ? seconds : undefined);
  }
}

/** Whether a value is a problem document. */
export function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value && "status" in value;
}

/** The server could not be reached, or the connection broke before it had answered. */
export class ConnectionLost extends Error {
  constructor(cause?: unknown) {
    super("the server cannot be reached", { cause });
    this.name = "ConnectionLost";
  }
}
