"""What is known of a request once it is over, put together by whoever comes to know it."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Note", "note_of"]

_KEY = "runnel.note"


@dataclass(slots=True)
class Note:
    """`user` who called and `run` what it was about, where there is one. Of a stream, `events` is how many were sent,
    and `ended` why it ended: `ended` (so did what it followed), `left` (its reader did), `draining`, `failed`."""

    user: str | None = None
    run: str | None = None
    events: int | None = None
    ended: str | None = None


def note_of(scope: MutableMapping[str, Any]) -> Note:
    """The note of the request with this ASGI scope."""
    note: Note | None = scope.get(_KEY)
    if note is None:
        note = scope[_KEY] = Note()
    return note
