"""What is known of a request once it is over, put together by whoever comes to know it."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Note", "note_of"]

_KEY = "runnel.note"


@dataclass(slots=True)
class Note:
    """`user` who called, and `run` what it was about, where there is one. Of a stream: `after` and `last`, the events
    between which it was; `ended` why it ended: `whole` (so did what it followed), `left` (its reader did), `draining`
    (the server is to end), `failed`, or `cut`."""

    user: str | None = None
    run: str | None = None
    after: int = 0
    last: int | None = None
    ended: str | None = None

    @property
    def events(self) -> int | None:
        """How many events were sent, of a stream."""
        return None if self.last is None else max(0, self.last - self.after)


def note_of(scope: MutableMapping[str, Any]) -> Note:
    """The note of the request with this ASGI scope."""
    note: Note | None = scope.get(_KEY)
    if note is None:
        note = scope[_KEY] = Note()
    return note
