"""Runs as values."""

from typing import Any

import msgspec

from .messages import Status

__all__ = ["RunValue", "TraceContext"]


class TraceContext(msgspec.Struct, frozen=True, omit_defaults=True):
    """The span of a caller's in which something was asked, as the headers of W3C Trace Context say it. What was asked
    is a part of that trace; `linked` is a trace of its own that refers to it."""

    traceparent: str
    tracestate: str = ""
    linked: bool = False


class RunValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run as it stands at a moment. `kind` is `answer` or `index`; `began_at` is when it was asked for, in Unix
    milliseconds. `message` is the id of what it makes, `question` of what that answers; an indexing run has neither.
    `memo` is what a surface keeps of the request, for itself; `trace` the caller's, where spans are made of runs."""

    id: str
    kind: str
    status: Status
    began_at: int
    chat: str | None = None
    message: str | None = None
    question: str | None = None
    model: str | None = None
    memo: dict[str, Any] = {}
    trace: TraceContext | None = None
