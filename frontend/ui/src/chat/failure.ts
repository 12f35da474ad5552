/** Why an answer failed, for people: what happened, what to do, and the vendor's own words. */
import type { ErrorValue, Message } from "@runnel/client";

export interface Failure {
  readonly sentence: string;
  readonly advice: string;
  /** What the vendor said itself. */
  readonly quote: string;
}

type Words = readonly [sentence: string, advice: string];
type Details = Readonly<Record<string, unknown>>;

const LATER = "Try again in a while, or with another model.";

/** By the errors' codes, as far as a person needs other words than the error's own. */
const FAILURES: Readonly<Record<string, (who: string, details: Details) => Words>> = {
  "model.authentication": (who, { key_env }) => [
    `${who} does not accept the key of this server.`,
    typeof key_env === "string"
      ? `It is missing, wrong, or may not be used for this: whoever runs the server sets ${key_env}.`
      : "It is missing, wrong, or may not be used for this: whoever runs the server sets it.",
  ],
  "model.rate_limited": (who, { retry_after }) => [
    `${who} takes no more requests for now.`,
    typeof retry_after === "number" ? `Try again in ${Math.ceil(retry_after)} s, or with another model.` : LATER,
  ],
  "model.quota_exceeded": (who) => [
    `The account at ${who} has no credit left, or has reached its limit.`,
    "Waiting does not help: whoever runs the server sees to it there. Another model may answer.",
  ],
  "model.overloaded": (who) => [`${who} has no capacity now, or an error of its own.`, LATER],
  "model.context_too_long": () => [
    "The question and what goes with it are too long for the model.",
    "Ask in a new chat, tell the model less of what was said before, or choose fewer documents.",
  ],
  "model.refused": (who) => [`${who} will not answer this.`, "Rephrase the question, or ask another model."],
  "model.bad_request": (who) => [
    `${who} does not take the request as it is.`,
    "The model may not be there under this name, or may not take a setting, a picture or a tool of this chat.",
  ],
  "model.connection": (who) => [
    `The server cannot reach ${who}, or was cut off.`,
    "Try again once it can, or with another model.",
  ],
  "model.stream_ended_early": (who) => [
    `${who} broke off in the middle of the answer.`,
    "Continue, or try again: it may not be all that was to be said.",
  ],
};

/** What happened, to whom, in a sentence. */
export function wordsOf(error: ErrorValue, model?: string): string {
  return FAILURES[error.code]?.(whoIn(error, model), error.details ?? {})[0] ?? ended(error.message);
}

export function failureOf(message: Message): Failure {
  const error: ErrorValue = message.error ?? { code: "", message: "Nothing was said about why." };
  const { details = {} } = error;
  const words = FAILURES[error.code];
  if (words === undefined) return { sentence: ended(error.message), advice: "", quote: "" };
  const [sentence, advice] = words(whoIn(error, message.model), details);
  return { sentence, advice, quote: quoteOf(error, details) };
}

/** The provider that an error is of. */
function whoIn({ details }: ErrorValue, model: string | undefined): string {
  const provider = details?.["provider"];
  return typeof provider === "string" ? provider : (model?.replace(/:.*/, "") ?? "The model");
}

function quoteOf(error: ErrorValue, { vendor_message, status_code }: Details): string {
  const quote = `“${typeof vendor_message === "string" ? vendor_message : error.message}”`;
  return typeof status_code === "number" ? `${quote} (${status_code})` : quote;
}

const LIMITS: Readonly<Record<string, string>> = {
  steps: "as many steps as an answer may take",
  calls: "as many calls of tools as an answer may make",
  tokens: "as many tokens as an answer may take",
  seconds: "as long as an answer may take",
  cost: "as much money as an answer may cost",
};

/** Why an answer is not whole, though nothing went wrong. */
export function shortfallOf(message: Message): Failure {
  const reason = message.finish_reason ?? "";
  const limit = LIMITS[reason.replace(/^limit:/, "")];
  if (reason.startsWith("limit:"))
    return {
      sentence: `It has taken ${limit ?? "what an answer may take"}.`,
      advice: "Continue gives it as much again.",
      quote: "",
    };
  switch (reason) {
    case "length":
      return {
        sentence: "The model has said as much as it may at once.",
        advice: "Continue, or raise “At most so many tokens” in the settings.",
        quote: "",
      };
    case "content_filter":
      return { sentence: "The model’s provider withheld the rest.", advice: "Rephrase the question.", quote: "" };
    case "tool_calls":
      return { sentence: "The model left the rest to a tool of the caller’s.", advice: "", quote: "" };
    default:
      return { sentence: ended(message.error?.message ?? "It was cut short."), advice: "", quote: "" };
  }
}

/** Some errors' sentences go on in what quotes them, and have no end of their own. */
function ended(sentence: string): string {
  const first = sentence.charAt(0).toUpperCase() + sentence.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
