"""Runs as values."""

from typing import Any

import msgspec

from .messages import Status

__all__ = ["RunValue"]


class RunValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run as it stands at a moment. `kind` is `answer` or `index`; `began_at` is when it was asked for, in Unix
    milliseconds. `message` is the id of what it makes, `question` of what that answers; an indexing run has neither.
    `memo` is what a surface keeps of the request, for itself."""

    id: str
    kind: str
    status: Status
    began_at: int
    chat: str | None = None
    message: str | None = None
    question: str | None = None
    model: str | None = None
    memo: dict[str, Any] = {}
