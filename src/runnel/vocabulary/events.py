"""The events of a run: the whole vocabulary, version 1, each defined here and nowhere else.

An event is one immutable fact. The log gives it `seq` (1, 2, 3 … without a gap) and the runner `at` (milliseconds
since the run began); both are 0 on an event that is not in a log yet. The tag field is `type`. Lengths and offsets are
in Unicode code points.
"""

from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from .failures import ErrorValue
from .messages import MessageValue, Source, Status, Usage
from .tokens import Token

__all__ = [
    "EVENT_TYPES",
    "VERSION",
    "AttemptStarted",
    "Captured",
    "Event",
    "EventBase",
    "InputGiven",
    "InputRequested",
    "MetricsSampled",
    "PartDelta",
    "QueryRewritten",
    "ReasoningDelta",
    "RunEnded",
    "RunStarted",
    "SourcesFound",
    "StateChanged",
    "StatusLine",
    "Steered",
    "StepStarted",
    "TextDelta",
    "TextRetracted",
    "ToolApprovalGiven",
    "ToolApprovalRequested",
    "ToolCallDelta",
    "ToolCalled",
    "ToolReturned",
    "UsageReported",
]

VERSION = 1


class EventBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """What every event has."""

    type: ClassVar[str]
    seq: int = 0
    at: int = 0


class RunStarted(EventBase, frozen=True, omit_defaults=False, tag="run.started"):
    """Seq 1, written when the run is queued. Carries the assistant message as far as it is known; the rest of the
    stream never repeats it. `began_at` is Unix milliseconds: the zero of every `at`. Written with its defaults, since
    `version` must be there when the default has moved on."""

    type: ClassVar[str] = "run.started"
    run: str
    kind: str = "answer"
    message: MessageValue | None = None
    began_at: int = 0
    version: int = VERSION


class StateChanged(EventBase, frozen=True, tag="state.changed"):
    """The run is `queued`, `running` or `waiting` from here on."""

    type: ClassVar[str] = "state.changed"
    status: Status


class StatusLine(EventBase, frozen=True, tag="status"):
    """A line for people about what is going on; `done` of `total` where it can be counted; `call` of a tool's line."""

    type: ClassVar[str] = "status"
    text: str
    done: int | None = None
    total: int | None = None
    call: str | None = None


class QueryRewritten(EventBase, frozen=True, tag="query.rewritten"):
    """The question as it was put to retrieval and the model, standing by itself."""

    type: ClassVar[str] = "query.rewritten"
    question: str


class SourcesFound(EventBase, frozen=True, tag="sources.found"):
    """The sources, once."""

    type: ClassVar[str] = "sources.found"
    sources: tuple[Source, ...]


class StepStarted(EventBase, frozen=True, tag="step.started"):
    """A call of the model begins; `step` counts from 1. What it says follows what the steps before said."""

    type: ClassVar[str] = "step.started"
    step: int
    model: str | None = None


class TextDelta(EventBase, frozen=True, gc=False, tag="text.delta"):
    """The answer goes on with `text`, made of `tokens` where the model says."""

    type: ClassVar[str] = "text.delta"
    text: str
    tokens: tuple[Token, ...] | None = None


class ReasoningDelta(EventBase, frozen=True, gc=False, tag="reasoning.delta"):
    """The model's thinking aloud goes on with `text`. A `signature` ends a thought, and is the vendor's: it takes the
    thought back by it."""

    type: ClassVar[str] = "reasoning.delta"
    text: str
    tokens: tuple[Token, ...] | None = None
    signature: str | None = None


class PartDelta(EventBase, frozen=True, tag="part.delta"):
    """Another medium: part `part` (from 0 within the run) goes on with base64 `data`, or is at `url`."""

    type: ClassVar[str] = "part.delta"
    part: int
    media_type: str
    data: str = ""
    url: str | None = None


class TextRetracted(EventBase, frozen=True, tag="text.retracted"):
    """The last `count` code points of the text are taken back."""

    type: ClassVar[str] = "text.retracted"
    count: int
    reason: str | None = None


class ToolCallDelta(EventBase, frozen=True, tag="tool.call.delta"):
    """The arguments of call `call` go on with `arguments` (a piece of JSON text); `name` comes with the first."""

    type: ClassVar[str] = "tool.call.delta"
    call: str
    arguments: str = ""
    name: str | None = None


class ToolCalled(EventBase, frozen=True, tag="tool.called"):
    """The call is complete, its arguments parse, and it is being carried out; by the caller where `client`, who brings
    its result with the next turn."""

    type: ClassVar[str] = "tool.called"
    call: str
    name: str
    arguments: dict[str, Any] = {}
    client: bool = False


class ToolApprovalRequested(EventBase, frozen=True, tag="tool.approval.requested"):
    """The call waits for a person's consent."""

    type: ClassVar[str] = "tool.approval.requested"
    call: str
    name: str
    arguments: dict[str, Any] = {}


class ToolApprovalGiven(EventBase, frozen=True, tag="tool.approval.given"):
    """A person has consented or not, perhaps with other arguments."""

    type: ClassVar[str] = "tool.approval.given"
    call: str
    approve: bool
    arguments: dict[str, Any] | None = None
    note: str | None = None


class ToolReturned(EventBase, frozen=True, tag="tool.returned"):
    """What came of a call: `result` is what the model is told."""

    type: ClassVar[str] = "tool.returned"
    call: str
    status: Literal["ok", "error", "cancelled"] = "ok"
    result: str = ""


class InputRequested(EventBase, frozen=True, tag="input.requested"):
    """A tool asks a person something and waits."""

    type: ClassVar[str] = "input.requested"
    id: str
    question: str
    call: str | None = None


class InputGiven(EventBase, frozen=True, tag="input.given"):
    """A person's answer to what was asked."""

    type: ClassVar[str] = "input.given"
    id: str
    text: str


class Captured(EventBase, frozen=True, tag="capture"):
    """A named value was taken from what was generated."""

    type: ClassVar[str] = "capture"
    name: str
    value: Any = None


class AttemptStarted(EventBase, frozen=True, tag="attempt.started"):
    """A retry or a fallback of the present step begins; `attempt` counts from 2. Once it says something, it replaces
    what the attempt before said in this step."""

    type: ClassVar[str] = "attempt.started"
    attempt: int
    model: str | None = None
    reason: str | None = None
    error: ErrorValue | None = None


class Steered(EventBase, frozen=True, tag="steered"):
    """The user said `text` while the run was going; `input` is the number of what was given, the same each time."""

    type: ClassVar[str] = "steered"
    text: str
    input: int = 0


class UsageReported(EventBase, frozen=True, tag="usage"):
    """The tokens of the present attempt so far, as the vendor counts them: the last one of an attempt holds."""

    type: ClassVar[str] = "usage"
    usage: Usage


class MetricsSampled(EventBase, frozen=True, tag="metrics.sampled"):
    """Measured values, by name. What is no number (NaN, an infinity) comes back from a log as None."""

    type: ClassVar[str] = "metrics.sampled"
    values: dict[str, float | None]


class RunEnded(EventBase, frozen=True, tag="run.ended"):
    """The last event; there is exactly one."""

    type: ClassVar[str] = "run.ended"
    status: Status
    finish_reason: str | None = None
    error: ErrorValue | None = None
    usage: Usage | None = None


Event: TypeAlias = (
    RunStarted
    | StateChanged
    | StatusLine
    | QueryRewritten
    | SourcesFound
    | StepStarted
    | TextDelta
    | ReasoningDelta
    | PartDelta
    | TextRetracted
    | ToolCallDelta
    | ToolCalled
    | ToolApprovalRequested
    | ToolApprovalGiven
    | ToolReturned
    | InputRequested
    | InputGiven
    | Captured
    | AttemptStarted
    | Steered
    | UsageReported
    | MetricsSampled
    | RunEnded
)

EVENT_TYPES: tuple[str, ...] = tuple(kind.type for kind in Event.__args__)
