"""What a run does beside its text, as lines: calls of tools, thoughts, what the user says on the way.

Pure: it takes events, and gives lines that stand for good and lines that still move. It writes nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec
from rich.text import Text

from ..vocabulary import events
from ..vocabulary.messages import SteeredPart, ToolPart
from .calls import CallLine
from .safe import one_line, safe

__all__ = ["Activity", "Line", "NoteLine", "part_line"]

_THOUGHT = 400


class Line(Protocol):
    """A line that knows how to fit."""

    def text(self, width: int) -> Text:
        """The line, for a terminal so wide."""


@dataclass(frozen=True)
class NoteLine:
    """Some words. `apart`: an empty line stands before them."""

    words: Text
    apart: bool = False

    def text(self, width: int) -> Text:
        """The words; the terminal wraps them."""
        return self.words


@dataclass(frozen=True)
class _Thought:
    """What the model thought, folded to a line."""

    thought: str

    def text(self, width: int) -> Text:
        words = one_line(self.thought, _THOUGHT)
        line = Text(f"✻ {words}", style="dim italic", no_wrap=True)
        line.truncate(width, overflow="ellipsis")
        return line


class Activity:
    """Folds a run's events into lines. `reasoning`: whether thoughts are shown. `asked_here`: whether consent is asked
    for where the lines are shown, so that the call it is about needs no line of its own meanwhile."""

    def __init__(
        self, *, reasoning: bool = True, asked_here: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.reasoning = reasoning
        self.asked_here = asked_here
        self._clock = clock
        self._calls: dict[str, CallLine] = {}
        self._thought: list[str] = []

    @property
    def moving(self) -> bool:
        """Whether the lines change by themselves, as time passes."""
        return bool(self._calls)

    def apply(self, event: events.Event) -> list[Line]:
        """Take the next event; returns the lines that stand for good by now."""
        lines: list[Line] = []
        if isinstance(event, events.ReasoningDelta):
            self._thought.append(event.text)
            return lines
        if _ends_thought(event):
            lines += self._thoughts()
        match event:
            case events.ToolCallDelta(call=call, arguments=piece, name=name):
                line = self._call(call)
                line.stream(piece)
                line.name = name or line.name
            case events.ToolApprovalRequested(call=call, name=name, arguments=arguments):
                self._change(call, "consent", name, arguments)
            case events.ToolApprovalGiven(call=call, approve=approve, arguments=changed, note=note):
                line = self._call(call)
                line.arguments = line.arguments if changed is None else changed
                line.refused = None if approve else note or ""
            case events.InputGiven(text=text):
                lines.append(NoteLine(Text(f"› {safe(text)}", style="bold")))
            case events.ToolCalled(call=call, name=name, arguments=arguments):
                self._change(call, "running", name, arguments)
            case events.ToolReturned(call=call, status=status, result=result):
                line = self._call(call)
                line.state, line.result = status, result
            case events.StatusLine(call=str(call)) if call in self._calls:
                counted = f" ({event.done} of {event.total})" if event.total else ""
                self._calls[call].says = event.text + counted
            case events.AttemptStarted():
                self._calls = {id: line for id, line in self._calls.items() if line.state != "coming"}
            case events.Steered(text=text):
                lines.append(NoteLine(Text(f"› {safe(text)}", style="bold"), apart=True))
            case events.RunEnded():
                for line in self._calls.values():
                    line.state = line.state if line.ended else "cancelled"
            case _:
                pass
        return lines + self._ended()

    def lines(self, width: int) -> list[Text]:
        """The lines that still move."""
        now = self._clock()
        shown = list(self._calls.values())
        asked = next((line for line in shown if line.state == "consent"), None) if self.asked_here else None
        return [line.text(width, now) for line in shown if line is not asked]

    def thinking(self) -> str | None:
        """The end of the thought that is going on."""
        thought = "".join(self._thought[-200:])
        return " ".join(safe(thought[-400:]).split()) if thought.strip() else None

    def said(self, event: events.StatusLine) -> str:
        """A status line, with the name of the tool that says it, and how far it is."""
        line = self._calls.get(event.call or "")
        counted = f" ({event.done} of {event.total})" if event.total else ""
        return (f"{line.name}: " if line is not None and line.name else "") + event.text + counted

    def _call(self, id: str) -> CallLine:
        if id not in self._calls:
            self._calls[id] = CallLine(since=self._clock())
        return self._calls[id]

    def _change(self, call: str, state: str, name: str, arguments: dict[str, object]) -> None:
        line = self._call(call)
        line.state = "consent" if state == "consent" else "running"
        line.name, line.since = name, self._clock()
        # A person's other arguments are in the event that begins the call.
        line.arguments = msgspec.to_builtins(arguments)

    def _ended(self) -> list[Line]:
        """The calls that have ended, in the order in which they were asked for: those behind one that goes on wait."""
        lines: list[Line] = []
        while self._calls:
            id, line = next(iter(self._calls.items()))
            if not line.ended:
                break
            lines.append(line)
            del self._calls[id]
        return lines

    def _thoughts(self) -> list[Line]:
        thought = "".join(self._thought)
        self._thought.clear()
        return [_Thought(thought)] if self.reasoning and thought.strip() else []


def part_line(part: ToolPart | SteeredPart) -> Line:
    """The line of a part of a message, as its run left it."""
    if isinstance(part, SteeredPart):
        return NoteLine(Text(f"› {safe(part.text)}", style="bold"), apart=True)
    line = CallLine(part.name, result=part.result or "")
    line.stream(part.arguments)
    line.state = part.status if part.status in ("ok", "error") else "cancelled"
    return line


def _ends_thought(event: events.Event) -> bool:
    match event:
        case events.TextDelta(text=text):
            return bool(text)
        case (
            events.ToolCallDelta()
            | events.ToolCalled()
            | events.StepStarted()
            | events.AttemptStarted()
            | events.Steered()
            | events.RunEnded()
        ):
            return True
        case _:
            return False
