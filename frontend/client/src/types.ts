/* Made from Python by `python -m tests.frontend.types`: change it there. */

/** The version of the events. */
export const VERSION = 1;

export const EVENT_TYPES = ["run.started", "state.changed", "status", "query.rewritten", "sources.found", "step.started", "text.delta", "reasoning.delta", "part.delta", "text.retracted", "tool.call.delta", "tool.called", "tool.approval.requested", "tool.approval.given", "tool.returned", "input.requested", "input.given", "capture", "attempt.started", "steered", "usage", "metrics.sampled", "run.ended"] as const;

export const STATUSES = ["queued", "running", "waiting", "completed", "cancelled", "failed", "interrupted", "incomplete"] as const;

/** After these nothing can follow. */
export const ENDED: readonly Status[] = ["completed", "cancelled", "failed", "interrupted", "incomplete"];

export type ErrorCode = "document.broken" | "document.empty" | "document.error" | "document.missing" | "document.protected" | "document.scanned" | "document.too_large" | "document.unsupported" | "error" | "failure" | "internal" | "log.corrupt" | "log.disk_full" | "log.error" | "log.locked" | "log.run_ended" | "log.stale_epoch" | "log.too_new" | "log.unreadable" | "misuse" | "misuse.cannot_continue" | "misuse.closed" | "misuse.config" | "misuse.invalid_request" | "misuse.key_conflict" | "misuse.limit_reached" | "misuse.limit_reached.too_large" | "misuse.message_not_ready" | "misuse.model_missing" | "misuse.model_unknown" | "misuse.name_taken" | "misuse.not_allowed" | "misuse.not_found" | "misuse.not_waiting" | "misuse.run_in_progress" | "misuse.tool_invalid" | "misuse.tool_missing" | "misuse.tool_unknown" | "misuse.unauthenticated" | "misuse.unknown_chat" | "misuse.unknown_document" | "misuse.unknown_message" | "misuse.unknown_run" | "misuse.unknown_token" | "misuse.unknown_user" | "model.authentication" | "model.bad_request" | "model.connection" | "model.context_too_long" | "model.error" | "model.overloaded" | "model.quota_exceeded" | "model.rate_limited" | "model.refused" | "model.stream_ended_early" | "model.timeout" | "model.timeout.between_tokens" | "model.timeout.connect" | "model.timeout.first_token" | "run.process_died" | "server.unreachable" | "tool.arguments" | "tool.cancelled" | "tool.denied" | "tool.error" | "tool.failed" | "tool.timeout" | "tool.unreachable" | "webhook.signature_invalid";

export type Role = "user" | "assistant" | "tool" | "system";

export type PartKind = "text" | "reasoning" | "tool" | "media" | "steered";

export type Origin = "generated" | "forced" | "prompt";

export type IfBusy = "reject" | "enqueue" | "interrupt" | "rollback";

export type Retrieving = "always" | "tool";

export type Steering = "next_step" | "interrupt";

export type ChangeType = "message.added" | "message.changed" | "run.started" | "run.changed" | "chat.changed";

export type RequestKind = "approval" | "input";

export type SpanKind = "run" | "queue" | "retrieval" | "step" | "attempt" | "call" | "approval" | "input";

export type Sources = "first" | "last" | "none";

export type Status = (typeof STATUSES)[number];

/** What was said. */
export interface TextPart {
  readonly kind: "text";
  readonly text: string;
}

/**
 * What the model thought aloud on the way. `signature` is for the vendor that gave it, which takes the thought back
 * by it; it means nothing to others. A signed thought may have no text.
 */
export interface ReasoningPart {
  readonly kind: "reasoning";
  readonly text: string;
  readonly signature?: string;
}

/**
 * A call of a tool and what came of it.
 *
 * `arguments` is the text as it streamed, or as a person changed it; `called` whether it was ever complete and carried
 * out: a call that was not is never sent back to a vendor. One that was `called` and stays `pending` is carried out by
 * the caller, who brings the result in a message by `tool`. `step` is the step that asked for it: calls of one step
 * are answered together. `result` is what the model is told. `approval` is where a person's consent stands, for calls
 * that need it.
 */
export interface ToolPart {
  readonly kind: "tool";
  readonly call: string;
  readonly name?: string;
  readonly arguments?: string;
  readonly called?: boolean;
  readonly status?: "cancelled" | "error" | "ok" | "pending" | "running";
  readonly result?: string;
  readonly step?: number;
  readonly approval?: "approved" | "denied" | "requested";
}

/** An image or another medium: base64 `data`, or a `url`. */
export interface MediaPart {
  readonly kind: "media";
  readonly media_type: string;
  readonly data?: string;
  readonly url?: string;
}

/** What the user said while the answer was being made, in its place. */
export interface SteeredPart {
  readonly kind: "steered";
  readonly text: string;
}

/**
 * A passage of a document, retrieved for a question.
 *
 * `start` and `end` are offsets in Unicode code points into the document's text; `page` counts from 1; `heading` is
 * the path of headings above the passage, outermost first; `location` is the document's name (never where it lies)
 * with `#page=3` or `#anchor`; `score` is higher for better, and finite (others are 0: JSON has no word for them).
 */
export interface Source {
  readonly id: string;
  readonly document: string;
  readonly title: string;
  readonly text: string;
  readonly start?: number;
  readonly end?: number;
  readonly page?: number;
  readonly heading?: readonly string[];
  readonly location?: string;
  readonly score?: number;
}

/** An error as a value: the code of its class in `runnel.errors`, its sentence, its plain details. */
export interface ErrorValue {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Tokens taken and given. `estimated` where the vendor did not say (a run that was cut). */
export interface Usage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly reasoning_tokens?: number;
  readonly cached_tokens?: number;
  readonly estimated?: boolean;
}

/** One turn of a chat. Times are Unix milliseconds. */
export interface Message {
  readonly id: string;
  readonly role: Role;
  readonly status: Status;
  readonly chat?: string;
  readonly parent?: string;
  readonly run?: string;
  readonly model?: string;
  readonly parts?: readonly Part[];
  readonly sources?: readonly Source[];
  readonly created_at?: number;
  readonly finish_reason?: string;
  readonly error?: ErrorValue;
  readonly usage?: Usage;
  readonly rewritten_question?: string;
}

/**
 * Seq 1, written when the run is queued. Carries the assistant message as far as it is known; the rest of the
 * stream never repeats it. `began_at` is Unix milliseconds: the zero of every `at`. Written with its defaults, since
 * `version` must be there when the default has moved on.
 */
export interface RunStarted {
  readonly type: "run.started";
  readonly run: string;
  readonly kind: string;
  readonly message: Message | null;
  readonly began_at: number;
  readonly version: number;
  readonly seq: number;
  readonly at: number;
}

/** The run is `queued`, `running` or `waiting` from here on. */
export interface StateChanged {
  readonly type: "state.changed";
  readonly status: Status;
  readonly seq?: number;
  readonly at?: number;
}

/** A line for people about what is going on; `done` of `total` where it can be counted; `call` of a tool's line. */
export interface StatusLine {
  readonly type: "status";
  readonly text: string;
  readonly done?: number;
  readonly total?: number;
  readonly call?: string;
  readonly seq?: number;
  readonly at?: number;
}

/** The question as it was put to retrieval and the model, standing by itself. */
export interface QueryRewritten {
  readonly type: "query.rewritten";
  readonly question: string;
  readonly seq?: number;
  readonly at?: number;
}

/** The sources, once. */
export interface SourcesFound {
  readonly type: "sources.found";
  readonly sources: readonly Source[];
  readonly seq?: number;
  readonly at?: number;
}

/** A call of the model begins; `step` counts from 1. What it says follows what the steps before said. */
export interface StepStarted {
  readonly type: "step.started";
  readonly step: number;
  readonly model?: string;
  readonly seq?: number;
  readonly at?: number;
}

/**
 * A token that could have stood in the place of another: its text, natural-log probability, and whether a
 * constraint forbade it.
 */
export interface Alternative {
  readonly text: string;
  readonly logprob?: number;
  readonly masked?: boolean;
}

/**
 * One token: `text`; `bytes` where it is not valid UTF-8 by itself; natural-log `logprob`; the likeliest
 * alternatives, itself among them; where it comes from; `ms` since the token before.
 */
export interface Token {
  readonly text: string;
  readonly logprob?: number;
  readonly top?: readonly Alternative[];
  readonly bytes?: string;
  readonly origin?: Origin;
  readonly ms?: number;
}

/** The answer goes on with `text`, made of `tokens` where the model says. */
export interface TextDelta {
  readonly type: "text.delta";
  readonly text: string;
  readonly tokens?: readonly Token[];
  readonly seq?: number;
  readonly at?: number;
}

/**
 * The model's thinking aloud goes on with `text`. A `signature` ends a thought, and is the vendor's: it takes the
 * thought back by it.
 */
export interface ReasoningDelta {
  readonly type: "reasoning.delta";
  readonly text: string;
  readonly tokens?: readonly Token[];
  readonly signature?: string;
  readonly seq?: number;
  readonly at?: number;
}

/** Another medium: part `part` (from 0 within the run) goes on with base64 `data`, or is at `url`. */
export interface PartDelta {
  readonly type: "part.delta";
  readonly part: number;
  readonly media_type: string;
  readonly data?: string;
  readonly url?: string;
  readonly seq?: number;
  readonly at?: number;
}

/** The last `count` code points of the text are taken back. */
export interface TextRetracted {
  readonly type: "text.retracted";
  readonly count: number;
  readonly reason?: string;
  readonly seq?: number;
  readonly at?: number;
}

/** The arguments of call `call` go on with `arguments` (a piece of JSON text); `name` comes with the first. */
export interface ToolCallDelta {
  readonly type: "tool.call.delta";
  readonly call: string;
  readonly arguments?: string;
  readonly name?: string;
  readonly seq?: number;
  readonly at?: number;
}

/**
 * The call is complete, its arguments parse, and it is being carried out; by the caller where `client`, who brings
 * its result with the next turn.
 */
export interface ToolCalled {
  readonly type: "tool.called";
  readonly call: string;
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly client?: boolean;
  readonly seq?: number;
  readonly at?: number;
}

/** The call waits for a person's consent. */
export interface ToolApprovalRequested {
  readonly type: "tool.approval.requested";
  readonly call: string;
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly seq?: number;
  readonly at?: number;
}

/** A person has consented or not, perhaps with other arguments. */
export interface ToolApprovalGiven {
  readonly type: "tool.approval.given";
  readonly call: string;
  readonly approve: boolean;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly note?: string;
  readonly seq?: number;
  readonly at?: number;
}

/** What came of a call: `result` is what the model is told. */
export interface ToolReturned {
  readonly type: "tool.returned";
  readonly call: string;
  readonly status?: "cancelled" | "error" | "ok";
  readonly result?: string;
  readonly seq?: number;
  readonly at?: number;
}

/** A tool asks a person something and waits. */
export interface InputRequested {
  readonly type: "input.requested";
  readonly id: string;
  readonly question: string;
  readonly call?: string;
  readonly seq?: number;
  readonly at?: number;
}

/** A person's answer to what was asked. */
export interface InputGiven {
  readonly type: "input.given";
  readonly id: string;
  readonly text: string;
  readonly seq?: number;
  readonly at?: number;
}

/** A named value was taken from what was generated. */
export interface Captured {
  readonly type: "capture";
  readonly name: string;
  readonly value?: unknown;
  readonly seq?: number;
  readonly at?: number;
}

/**
 * A retry or a fallback of the present step begins; `attempt` counts from 2. Once it says something, it replaces
 * what the attempt before said in this step.
 */
export interface AttemptStarted {
  readonly type: "attempt.started";
  readonly attempt: number;
  readonly model?: string;
  readonly reason?: string;
  readonly error?: ErrorValue;
  readonly seq?: number;
  readonly at?: number;
}

/** The user said `text` while the run was going; `input` is the number of what was given, the same each time. */
export interface Steered {
  readonly type: "steered";
  readonly text: string;
  readonly input?: number;
  readonly seq?: number;
  readonly at?: number;
}

/** The tokens of the present attempt so far, as the vendor counts them: the last one of an attempt holds. */
export interface UsageReported {
  readonly type: "usage";
  readonly usage: Usage;
  readonly seq?: number;
  readonly at?: number;
}

/** Measured values, by name. What is no number (NaN, an infinity) comes back from a log as None. */
export interface MetricsSampled {
  readonly type: "metrics.sampled";
  readonly values: Readonly<Record<string, number | null>>;
  readonly seq?: number;
  readonly at?: number;
}

/** The last event; there is exactly one. */
export interface RunEnded {
  readonly type: "run.ended";
  readonly status: Status;
  readonly finish_reason?: string;
  readonly error?: ErrorValue;
  readonly usage?: Usage;
  readonly seq?: number;
  readonly at?: number;
}

/**
 * One thing asked. An `approval` is of the call `id` of the tool `name` with `arguments`; an `input` has the
 * `id` to reply to, the `question`, and the tool's `name` where a call asks.
 */
export interface Request {
  readonly kind: RequestKind;
  readonly id: string;
  readonly name?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly question?: string;
}

/**
 * One thing that a run did, and within it others.
 *
 * `at` and `until` are milliseconds since the run began; `until` is None while it goes on. `name` is the model of a
 * step or an attempt, the tool of a call, the question of a retrieval or an input; `call` the id of a call. `status`
 * is how it ended. Of an attempt, `first_at` is when the model said something first. `sources` is how many were found.
 */
export interface Span {
  readonly kind: SpanKind;
  readonly at: number;
  readonly until?: number;
  readonly name?: string;
  readonly status?: string;
  readonly call?: string;
  readonly first_at?: number;
  readonly sources?: number;
  readonly usage?: Usage;
  readonly error?: ErrorValue;
  readonly spans?: readonly Span[];
}

/**
 * How tokens are chosen; None leaves it to the model. `top_logprobs` asks for log-probabilities and so many
 * alternatives a token (0: the token's own only). `tool_choice` has the model call a tool first: `required` for
 * whichever, or a tool's name.
 */
export interface Sampling {
  readonly temperature?: number;
  readonly top_p?: number;
  readonly max_tokens?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly top_logprobs?: number;
  readonly reasoning_effort?: string;
  readonly tool_choice?: string;
}

/**
 * What one answer may take; None is no limit. Reaching one ends the run `incomplete`, with the partial kept.
 *
 * `steps` are calls of the model, `calls` those of tools, `tokens` input and output together, `seconds` the whole
 * answer but for waiting for people, `cost` US dollars, for models that say their `price`. `parallel` is how many
 * calls are carried out at once.
 */
export interface Limits {
  readonly steps?: number | null;
  readonly calls?: number | null;
  readonly tokens?: number;
  readonly seconds?: number;
  readonly cost?: number;
  readonly parallel?: number;
}

/**
 * A tool that the caller carries out: a run whose model calls it ends with the finish reason `tool_calls`, and the
 * caller brings the result with the next turn. `parameters` is the JSON schema of an object.
 */
export interface ClientTool {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/**
 * How a chat answers.
 *
 * `model` is a name, or `object:NAME` for an object of the program that made the chat. `history` is whether the model
 * gets what was said before, or how many turns of it. `documents` are the ids of documents; `retrieval` is whether
 * they are searched for every question, or by the model as a tool. `tools` are references to tools. `if_busy` is what
 * a question that comes while a run is going does; `steering` whether what the user says meanwhile waits for the
 * next step, or interrupts the text. `notify` is a URL that is told when a run of the chat ends, or waits for a
 * person. `output` is the JSON schema of the answers, for models that can hold to one. `client_tools` are those
 * that the caller carries out.
 */
export interface ChatSettings {
  readonly model?: string;
  readonly system?: string;
  readonly history?: boolean | number;
  readonly documents?: readonly string[];
  readonly sampling?: Sampling;
  readonly if_busy?: IfBusy;
  readonly tools?: readonly string[];
  readonly limits?: Limits;
  readonly retrieval?: Retrieving;
  readonly steering?: Steering;
  readonly notify?: string;
  readonly output?: Readonly<Record<string, unknown>>;
  readonly client_tools?: readonly ClientTool[];
}

/**
 * A chat: its settings, and `head`, the last message of its current branch. Times are Unix milliseconds. `key` is
 * the caller's own, as canonical JSON. `user` is whose it is; `going` the run that it is answering with, the first
 * where others wait behind it. An `unlisted` chat is there for who has its id, and in no list.
 */
export interface Chat {
  readonly id: string;
  readonly settings: ChatSettings;
  readonly created_at: number;
  readonly updated_at: number;
  readonly title?: string;
  readonly head?: string;
  readonly key?: string;
  readonly user?: string;
  readonly going?: string;
  readonly unlisted?: boolean;
}

/** One change in a chat's feed; `seq` is 1, 2, 3 … without a gap, `at` Unix milliseconds. */
export interface ChatChange {
  readonly seq: number;
  readonly at: number;
  readonly type: ChangeType;
  readonly message_id?: string;
  readonly run_id?: string;
  readonly status?: Status;
}

/**
 * Messages of a chat's current branch, the oldest first. `alternatives` has, for each that is not alone in its
 * place, the ids of all that stand there, in the order in which they were made. `last_change` is where the chat's feed
 * stood when they were read: who follows it after that misses nothing.
 */
export interface BranchPage {
  readonly messages: readonly Message[];
  readonly alternatives: Readonly<Record<string, readonly string[]>>;
  readonly last_change: number;
}

/** Two branches: what they share, and what each has for itself after that; the oldest first. */
export interface Branches {
  readonly common: readonly Message[];
  readonly left: readonly Message[];
  readonly right: readonly Message[];
}

/**
 * Where a search has found a chat: `text` is some of what the message `message` of it says, in one line; None where
 * no message has what was searched for. `marks` are where in it, and `title_marks` where in the chat's title: each
 * with its start and end, in Unicode code points, in order, none upon another.
 */
export interface Match {
  readonly message?: string;
  readonly text?: string;
  readonly marks?: readonly (readonly [number, number])[];
  readonly title_marks?: readonly (readonly [number, number])[];
}

/**
 * A chat in a list. `going` is the run that it is answering with; times are Unix milliseconds. `settings`, `head`
 * (the message that it ends with) and `key` (the caller's own, as JSON) are there where they were asked for; `match`
 * is where a search has found it.
 */
export interface ChatSummary {
  readonly id: string;
  readonly title: string;
  readonly model: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly going?: string;
  readonly settings?: ChatSettings;
  readonly head?: string;
  readonly key?: string;
  readonly match?: Match;
}

/**
 * Chats by their last use, the latest first. `next` is what `before` is for the next page, where there may be
 * one.
 */
export interface ChatPage {
  readonly chats: readonly ChatSummary[];
  readonly next: string | null;
}

/** Whether the message of a run can be gone on from now. */
export interface Continuing {
  readonly possible: boolean;
}

/**
 * A document. `size` in bytes, `length` of its text in code points, `pages` where it has some; times are Unix
 * milliseconds. It can be searched once it is `indexed`; where it never will be, `error` says why.
 */
export interface Document {
  readonly id: string;
  readonly name: string;
  readonly indexed: boolean;
  readonly size: number;
  readonly added_at: number;
  readonly title?: string;
  readonly media_type?: string;
  readonly length?: number;
  readonly pages?: number;
  readonly error?: ErrorValue;
}

/** Documents, the newest first. `next` is what `before` is for the next page, where there may be one. */
export interface DocumentPage {
  readonly documents: readonly Document[];
  readonly next: string | null;
}

/** Messages of one branch, the oldest first. */
export interface MessagePage {
  readonly messages: readonly Message[];
}

/** A page of a document, from 1, and the code point of its text with which it begins. */
export interface PageStart {
  readonly page: number;
  readonly start: number;
}

/**
 * A piece of a document's text: code points `start` to `end` of `length`. `pages` are those that it lies on, where
 * the document has some.
 */
export interface Passage {
  readonly document: string;
  readonly start: number;
  readonly end: number;
  readonly length: number;
  readonly text: string;
  readonly pages?: readonly PageStart[];
}

/**
 * A run as it stands; `waits_for` is what it asks of people now, `events` the path of its stream, `last_seq` the
 * number of its last event there now (0 in lists). `kind` is `answer` or `index`; times are Unix milliseconds.
 */
export interface Run {
  readonly id: string;
  readonly kind: string;
  readonly status: Status;
  readonly began_at: number;
  readonly events: string;
  readonly chat_id?: string;
  readonly message_id?: string;
  readonly question_id?: string;
  readonly model?: string;
  readonly waits_for?: readonly Request[];
  readonly last_seq?: number;
}

/** Runs, the newest first. `next` is what `before` is for the next page, where there may be one. */
export interface RunPage {
  readonly runs: readonly Run[];
  readonly next: string | null;
}

/** A run that has been started; `events` is the path of its stream. */
export interface StartedRun {
  readonly id: string;
  readonly chat_id: string | null;
  readonly message_id: string | null;
  readonly status: Status;
  readonly events: string;
}

/** Documents that were taken, and the run that indexes them. */
export interface Uploaded {
  readonly documents: readonly Document[];
  readonly run: StartedRun;
}

/**
 * A question that is asked later; `next_at` is when it is due next, null where nothing more comes of it, and
 * `created_at` when it was made, in Unix milliseconds.
 */
export interface Schedule {
  readonly id: string;
  readonly chat_id: string;
  readonly prompt: string;
  readonly every: string | null;
  readonly zone: string;
  readonly next_at: number | null;
  readonly created_at: number;
}

/** An image or another medium that comes with a question: base64 `data`, or a `url` that the model is given. */
export interface Medium {
  readonly media_type: string;
  readonly data?: string;
  readonly url?: string;
}

/**
 * A question, and when it is asked: `at` a moment (Unix milliseconds), or `every` time that a cron expression says,
 * read in the time zone `zone` (such as `Europe/Berlin`).
 */
export interface NewSchedule {
  readonly prompt: string;
  readonly at?: number;
  readonly every?: string;
  readonly zone?: string;
  readonly media?: readonly Medium[];
}

/**
 * A model that may be chosen by its `name`. `label` is for people; `reason` says why it is not `usable`, and what
 * to do; `default` is the one that answers a chat which names none. `pictures`: whether it takes any, where that is
 * known.
 */
export interface Model {
  readonly name: string;
  readonly label: string;
  readonly usable: boolean;
  readonly default?: boolean;
  readonly reason?: string;
  readonly pictures?: boolean;
}

/**
 * The models, the default first, then those that can be used. `advice` is how to get a better one, where the
 * default is none that writes by itself.
 */
export interface OfferedModels {
  readonly models: readonly Model[];
  readonly advice?: string;
}

/**
 * A tool as a model knows it. `permission` is whether it may be called: `always`, only after a person agreed
 * (`ask`), or `never`.
 */
export interface OfferedTool {
  readonly name: string;
  readonly description?: string;
  readonly permission?: "always" | "ask" | "never";
}

/** What a chat gets by naming `name`: one tool, or all of a server's; of what cannot be used now, the `reason`. */
export interface Offer {
  readonly name: string;
  readonly tools?: readonly OfferedTool[];
  readonly reason?: string;
}

/** What a chat's `tools` may name. */
export interface OfferedTools {
  readonly tools: readonly Offer[];
}

/** Who calls: the id and the name of a user; neither where the server has no users. */
export interface Me {
  readonly user?: string;
  readonly name?: string;
}

/** What OpenAI's clients read of an error. */
export interface OpenAIError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/**
 * A problem document (RFC 9457). `code` and `details` are those of the error's class in `runnel.errors`: a client
 * makes the same error of them again. `error` is there on OpenAI's wire, for its clients.
 */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly error?: OpenAIError;
}

/**
 * What a chat may be made with. `model` is one that `/api/models` lists; `documents` are ids of documents. `key` is
 * the caller's own: the chat that has it already is given back as it is. `notify` is a URL that is told when a run
 * ends or waits for a person. `tools` are those that the server's configuration names.
 */
export interface NewChat {
  readonly title?: string;
  readonly model?: string;
  readonly system?: string | null;
  readonly history?: boolean | number;
  readonly documents?: readonly string[];
  readonly sampling?: Sampling;
  readonly if_busy?: IfBusy;
  readonly tools?: readonly string[];
  readonly limits?: Limits;
  readonly retrieval?: Retrieving;
  readonly steering?: Steering;
  readonly output?: Readonly<Record<string, unknown>> | null;
  readonly key?: Readonly<Record<string, unknown>>;
  readonly notify?: string;
}

/**
 * What of a chat is to change; the rest stays. `model` is one that `/api/models` lists; `documents` are ids of
 * documents. `tools` are those that the server's configuration names.
 */
export interface ChatChanges {
  readonly title?: string;
  readonly model?: string;
  readonly system?: string | null;
  readonly history?: boolean | number;
  readonly documents?: readonly string[];
  readonly sampling?: Sampling;
  readonly if_busy?: IfBusy;
  readonly tools?: readonly string[];
  readonly limits?: Limits;
  readonly retrieval?: Retrieving;
  readonly steering?: Steering;
  readonly output?: Readonly<Record<string, unknown>> | null;
}

/**
 * A question. `media` are images and other media that come with it, as base64 `data`. It is asked once the run
 * `after`, of whichever chat, has ended, however, where there is one.
 */
export interface Question {
  readonly prompt: string;
  readonly media?: readonly Medium[];
  readonly if_busy?: IfBusy;
  readonly after?: string;
}

/** Whether a call of a tool may be carried out, perhaps with other arguments; `note` is told the model where not. */
export interface Consent {
  readonly approve: boolean;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly note?: string;
}

/** A question, put otherwise. */
export interface Edit {
  readonly prompt: string;
  readonly media?: readonly Medium[];
}

/** Get the frames of a run after `after`, until it ends. Once more: begin again, there. */
export interface Subscribe {
  readonly do: "subscribe";
  readonly run: string;
  readonly after?: number;
  readonly sources?: Sources;
  readonly id?: string | number;
}

/** Get no more of a run. */
export interface Unsubscribe {
  readonly do: "unsubscribe";
  readonly run: string;
  readonly id?: string | number;
}

/** Get the changes of a chat after `after`. Once more: begin again, there. */
export interface FollowChat {
  readonly do: "follow_chat";
  readonly chat: string;
  readonly after?: number;
  readonly id?: string | number;
}

/** Get no more of a chat. */
export interface UnfollowChat {
  readonly do: "unfollow_chat";
  readonly chat: string;
  readonly id?: string | number;
}

/** End a run as `cancelled`; the answer has the `message` as it then stands. */
export interface Cancel {
  readonly do: "cancel";
  readonly run: string;
  readonly id?: string | number;
}

/** Say something to the model while the run goes on. */
export interface Steer {
  readonly do: "steer";
  readonly run: string;
  readonly text: string;
  readonly id?: string | number;
}

/** Consent to a call of a tool that waits for it, perhaps with other arguments; or refuse it, with a `note`. */
export interface Approve {
  readonly do: "approve";
  readonly run: string;
  readonly call: string;
  readonly approve?: boolean;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly note?: string;
  readonly id?: string | number;
}

/** Answer what a tool asked: `input` is the `id` in `input.requested`. */
export interface Reply {
  readonly do: "reply";
  readonly run: string;
  readonly input: string;
  readonly text: string;
  readonly id?: string | number;
}

export type Part = TextPart | ReasoningPart | ToolPart | MediaPart | SteeredPart;

export type Event = RunStarted | StateChanged | StatusLine | QueryRewritten | SourcesFound | StepStarted | TextDelta | ReasoningDelta | PartDelta | TextRetracted | ToolCallDelta | ToolCalled | ToolApprovalRequested | ToolApprovalGiven | ToolReturned | InputRequested | InputGiven | Captured | AttemptStarted | Steered | UsageReported | MetricsSampled | RunEnded;

export type Ask = Subscribe | Unsubscribe | FollowChat | UnfollowChat | Cancel | Steer | Approve | Reply;
