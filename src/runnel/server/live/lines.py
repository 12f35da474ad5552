"""What a socket does, in the access log: a line for each thing that is asked of it, and one for each run or chat
that it followed, at its end. They name runs and chats that were found, and nothing else that a client says."""

import time
from collections.abc import Mapping

from starlette.types import Scope

from ...errors import RunnelError
from ..operating.access_log import record
from ..operating.notes import note_of
from ..problems import status_of
from .messages import Ask
from .places import Followed

__all__ = ["Lines"]


class Lines:
    """The lines of the socket with this ASGI scope."""

    def __init__(self, scope: Scope) -> None:
        self._note = note_of(scope)
        self.ended = "left"  # as long as nothing else is known
        self._path = getattr(scope.get("route"), "path", "-")

    @property
    def ended(self) -> str:
        """Why the socket ended, or is about to; see Note."""
        return self._ended

    @ended.setter
    def ended(self, why: str) -> None:
        self._ended = self._note.ended = why

    def opened(self) -> None:
        """It was accepted."""
        self._record("open", 101)

    def asked(self, ask: Ask, began: float, about: Mapping[str, str], error: RunnelError | None = None) -> None:
        """Something was asked at `began` (monotonic), and done or refused; `about` is the run or chat that it found."""
        status = 200 if error is None else status_of(error)
        self._record(type(ask).__struct_config__.tag, status, about, ms=round((time.monotonic() - began) * 1000, 1))

    def over(self, followed: Followed, why: str) -> None:
        """A run or a chat is not followed any more."""
        last = getattr(followed.place, "seq", None)
        events = None if last is None else max(0, last - followed.after)
        self._record("follow", 200, dict([followed.key]), events=events, ended=why)

    def _record(self, do: object, status: int, about: Mapping[str, str] = {}, **more: object) -> None:
        record(
            {"method": "WS", "path": self._path, "status": status, "do": do, "user": self._note.user, **about, **more}
        )
