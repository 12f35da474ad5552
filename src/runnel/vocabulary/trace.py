"""The trace of a run: what it did, when, and how long each thing took, as a tree."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from .events import (
    AttemptStarted,
    Event,
    InputGiven,
    InputRequested,
    PartDelta,
    QueryRewritten,
    ReasoningDelta,
    RunEnded,
    RunStarted,
    SourcesFound,
    StateChanged,
    StepStarted,
    TextDelta,
    ToolApprovalGiven,
    ToolApprovalRequested,
    ToolCallDelta,
    ToolCalled,
    ToolReturned,
    UsageReported,
)
from .failures import ErrorValue
from .messages import Status, Usage

__all__ = ["Span", "SpanKind", "TraceFold", "fold_trace"]

SpanKind: TypeAlias = Literal["run", "queue", "retrieval", "step", "attempt", "call", "approval", "input"]


class Span(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a run did, and within it others.

    `at` and `until` are milliseconds since the run began; `until` is None while it goes on. `name` is the model of a
    step or an attempt, the tool of a call, the question of a retrieval or an input; `call` the id of a call. `status`
    is how it ended. Of an attempt, `first_at` is when the model said something first. `sources` is how many were found.
    """

    kind: SpanKind
    at: int
    until: int | None = None
    name: str = ""
    status: str | None = None
    call: str | None = None
    first_at: int | None = None
    sources: int | None = None
    usage: Usage | None = None
    error: ErrorValue | None = None
    spans: tuple["Span", ...] = ()


class _Open:
    """A span that grows."""

    def __init__(self, kind: SpanKind, at: int, name: str = "", call: str | None = None) -> None:
        self.known = Span(kind, at, name=name, call=call)
        self.inner: list[_Open] = []
        self.last_at = at

    def add(self, kind: SpanKind, at: int, name: str = "", call: str | None = None) -> "_Open":
        inner = _Open(kind, at, name, call)
        self.inner.append(inner)
        return inner

    def change(self, **fields: object) -> None:
        self.known = msgspec.structs.replace(self.known, **fields)

    def end(self, at: int, **fields: object) -> None:
        """End it, and what is open in it; what has ended stays as it is."""
        if self.known.until is None:
            self.change(until=at, **fields)
        for inner in self.inner:
            inner.end(at)

    def value(self) -> Span:
        return msgspec.structs.replace(self.known, spans=tuple([inner.value() for inner in self.inner]))


class TraceFold:
    """Folds a run's events into its trace."""

    def __init__(self) -> None:
        self._run = _Open("run", 0)
        self._queue: _Open | None = None
        self._retrieval: _Open | None = None
        self._step: _Open | None = None
        self._attempt: _Open | None = None
        self._spoke: _Open | None = None  # the last attempt: its usage may come after its calls
        self._calls: dict[str, _Open] = {}
        self._asked: dict[tuple[SpanKind, str], _Open] = {}

    def apply(self, event: Event) -> None:
        """Take the next event."""
        at = event.at
        match event:
            case RunStarted(kind=kind, message=message):
                self._run.change(name=kind if message is None else message.model or kind)
            case StateChanged(status=status):
                self._state(status, at)
            case QueryRewritten(question=question):
                self._retrieval = self._run.add("retrieval", at, question)
            case SourcesFound(sources=sources):
                found = self._retrieval or self._run.add("retrieval", self._run.last_at)
                found.end(at, sources=len(sources))
                self._retrieval = None
            case StepStarted(model=model):
                self._end_step(at)
                self._step = self._run.add("step", at, model or "")
                self._spoke = self._attempt = self._step.add("attempt", at, model or "")
            case AttemptStarted(model=model, error=error):
                name = model or (self._attempt.known.name if self._attempt else "")
                self._end_attempt(at, status="failed", error=error)
                self._spoke = self._attempt = (self._step or self._run).add("attempt", at, name)
            case TextDelta() | ReasoningDelta() | PartDelta() | ToolCallDelta():
                self._said(at)
            case UsageReported(usage=usage) if self._spoke is not None:
                self._spoke.change(usage=usage)
            case RunEnded(status=status, error=error, usage=usage):
                self._end_attempt(at, status=status.value, error=error)
                self._run.end(at, status=status.value, error=error, usage=usage)
            case _:
                self._about_call(event, at)
        self._run.last_at = at

    def value(self) -> Span:
        """The trace so far."""
        return self._run.value()

    def _state(self, status: Status, at: int) -> None:
        if status is Status.QUEUED and self._queue is None:
            self._queue = self._run.add("queue", at)
        elif self._queue is not None:
            self._queue.end(at)

    def _said(self, at: int) -> None:
        attempt = self._attempt
        if attempt is None:  # a run that goes on from a partial says that before its first step
            return
        attempt.last_at = at
        if attempt.known.first_at is None:
            attempt.change(first_at=at)

    def _about_call(self, event: Event, at: int) -> None:
        match event:
            case ToolApprovalRequested(call=call, name=name):
                self._ask("approval", call, name, at, self._call(call, name, at))
            case ToolApprovalGiven(call=call, approve=approve):
                self._answered("approval", call, at, "approved" if approve else "denied")
            case ToolCalled(call=call, name=name):
                self._call(call, name, at)
            case ToolReturned(call=call, status=status):
                if call in self._calls:
                    self._calls.pop(call).end(at, status=status)
            case InputRequested(id=asked, question=question, call=call):
                self._ask("input", asked, question, at, self._calls.get(call or "") or self._step or self._run)
            case InputGiven(id=asked):
                self._answered("input", asked, at, "given")
            case _:
                pass  # what else there is takes no time

    def _call(self, call: str, name: str, at: int) -> _Open:
        """The open call of that id: it begins where consent is asked for, or else where it is carried out."""
        self._end_attempt(at, status="ok")
        if call not in self._calls:
            self._calls[call] = (self._step or self._run).add("call", at, name, call)
        return self._calls[call]

    def _ask(self, kind: SpanKind, id: str, name: str, at: int, within: _Open) -> None:
        self._asked[kind, id] = within.add(kind, at, name)

    def _answered(self, kind: SpanKind, id: str, at: int, status: str) -> None:
        if (kind, id) in self._asked:
            self._asked.pop((kind, id)).end(at, status=status)

    def _end_step(self, at: int) -> None:
        if self._step is not None:
            self._end_attempt(at, status="ok")
            self._step.end(at)
            self._calls.clear()

    def _end_attempt(self, at: int, **fields: object) -> None:
        """It has ended with the last that it said, or now where it said nothing."""
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.end(at if attempt.known.first_at is None else attempt.last_at, **fields)


def fold_trace(events: Iterable[Event]) -> Span:
    """The trace that `events`, a run's from its first, make."""
    fold = TraceFold()
    for event in events:
        fold.apply(event)
    return fold.value()
