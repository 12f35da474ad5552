"""The transcript of a run: all that was said and done, in order, failed attempts and withdrawn text included."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from .events import (
    AttemptStarted,
    Event,
    InputGiven,
    InputRequested,
    QueryRewritten,
    ReasoningDelta,
    RunEnded,
    SourcesFound,
    StatusLine,
    Steered,
    TextDelta,
    TextRetracted,
    ToolApprovalGiven,
    ToolApprovalRequested,
    ToolCallDelta,
    ToolCalled,
    ToolReturned,
)
from .text import GrowingText

__all__ = ["Entry", "EntryKind", "TranscriptFold", "fold_transcript"]

EntryKind: TypeAlias = Literal[
    "text",
    "reasoning",
    "retracted",
    "status",
    "query",
    "sources",
    "tool",
    "approval",
    "input",
    "attempt",
    "steered",
    "end",
]


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened: from event `first_seq` to `last_seq`, beginning `at` milliseconds into the run."""

    kind: EntryKind
    text: str
    first_seq: int
    last_seq: int
    at: int
    call: str | None = None


class TranscriptFold:
    """Folds a run's events into entries: neighbouring deltas of one kind make one entry."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._open: tuple[EntryKind, str | None, Event, GrowingText] | None = None
        self._open_last = 0

    def apply(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case TextDelta(text=text):
                self._grow("text", None, event, text)
            case ReasoningDelta(text=text):
                if text:
                    self._grow("reasoning", None, event, text)
            case ToolCallDelta(call=call, arguments=arguments):
                self._grow("tool", call, event, (event.name or "") + arguments)
            case _:
                said = _said(event)
                if said is not None:
                    self._close()
                    kind, what, about = said
                    self._entries.append(Entry(kind, what, event.seq, event.seq, event.at, about))

    def value(self) -> tuple[Entry, ...]:
        """The entries so far."""
        return (*self._entries, *self._closing())

    def _grow(self, kind: EntryKind, call: str | None, event: Event, text: str) -> None:
        if self._open is None or self._open[:2] != (kind, call):
            self._close()
            self._open = (kind, call, event, GrowingText())
        self._open[3].append(text)
        self._open_last = event.seq

    def _closing(self) -> tuple[Entry, ...]:
        if self._open is None:
            return ()
        kind, call, first, text = self._open
        return (Entry(kind, str(text), first.seq, self._open_last, first.at, call),)

    def _close(self) -> None:
        self._entries.extend(self._closing())
        self._open = None


def _said(event: Event) -> tuple[EntryKind, str, str | None] | None:
    """What a single event adds, if anything: its kind, its text, the call it is about."""
    match event:
        case StatusLine(text=text):
            return "status", text, None
        case QueryRewritten(question=question):
            return "query", question, None
        case SourcesFound(sources=sources):
            return "sources", "\n".join(source.title for source in sources), None
        case TextRetracted(count=count):
            return "retracted", str(count), None
        case AttemptStarted(reason=reason):
            return "attempt", reason or "", None
        case Steered(text=text):
            return "steered", text, None
        case ToolCalled(call=call, name=name):
            return "tool", name, call
        case ToolReturned(call=call, result=result):
            return "tool", result, call
        case ToolApprovalRequested(call=call, name=name):
            return "approval", name, call
        case ToolApprovalGiven(call=call, approve=approve):
            return "approval", "approved" if approve else "denied", call
        case InputRequested(id=asked, question=question):
            return "input", question, asked
        case InputGiven(id=asked, text=text):
            return "input", text, asked
        case RunEnded(status=status):
            return "end", status.value, None
        case _:
            return None


def fold_transcript(events: Iterable[Event]) -> tuple[Entry, ...]:
    """The transcript that `events`, a run's from its first, make."""
    fold = TranscriptFold()
    for event in events:
        fold.apply(event)
    return fold.value()
