"""What a run asks of people and has no answer to yet, folded from its events."""

from typing import Any, Literal, TypeAlias

import msgspec

from .events import (
    Event,
    InputGiven,
    InputRequested,
    RunEnded,
    ToolApprovalGiven,
    ToolApprovalRequested,
    ToolCalled,
    ToolReturned,
)

__all__ = ["Request", "RequestsFold"]

RequestKind: TypeAlias = Literal["approval", "input"]


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing asked. An `approval` is of the call `id` of the tool `name` with `arguments`; an `input` has the
    `id` to reply to, the `question`, and the tool's `name` where a call asks."""

    kind: RequestKind
    id: str
    name: str = ""
    arguments: dict[str, Any] = {}
    question: str = ""


class RequestsFold:
    """Folds a run's events into its open requests."""

    def __init__(self) -> None:
        self._open: dict[tuple[RequestKind, str], Request] = {}
        self._names: dict[str, str] = {}
        self._asked: dict[str, str] = {}

    def apply(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case ToolApprovalRequested(call=call, name=name, arguments=arguments):
                self._open["approval", call] = Request("approval", call, name, arguments)
            case ToolApprovalGiven(call=call):
                self._open.pop(("approval", call), None)
            case ToolCalled(call=call, name=name):
                self._names[call] = name
            case InputRequested(id=id, question=question, call=asked_by):
                self._asked[id] = asked_by or ""
                name = self._names.get(asked_by or "", "")
                self._open["input", id] = Request("input", id, name, question=question)
            case InputGiven(id=id):
                self._open.pop(("input", id), None)
            case ToolReturned(call=call):
                for key in [key for key in self._open if call in (key[1], self._asked.get(key[1]))]:
                    del self._open[key]
            case RunEnded():
                self._open.clear()
            case _:
                pass

    def value(self) -> tuple[Request, ...]:
        """What waits for a person, in the order in which it was asked."""
        return tuple(self._open.values())
