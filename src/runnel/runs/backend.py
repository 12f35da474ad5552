"""What the handles of runs stand on: a runner here, or a server."""

from collections.abc import AsyncIterator
from typing import Protocol

from ..log import Cursor, Segment
from ..store import RunInput
from ..vocabulary.messages import MessageValue
from ..vocabulary.requests import Request

__all__ = ["RunBackend"]


class RunBackend(Protocol):
    """Knows runs by their ids; see `runnel.runs.handles.Run` for what each method promises."""

    def makes(self, id: str) -> bool: ...
    def follow(self, id: str, after: int = 0) -> AsyncIterator[Segment]: ...
    async def cursor(self, id: str, after: int = 0) -> Cursor: ...
    async def wait(self, id: str) -> MessageValue: ...
    async def cancel(self, id: str) -> None: ...
    async def give(self, run: str, given: RunInput) -> None: ...
    async def waits_for(self, id: str) -> tuple[Request, ...]: ...
    async def last_seq(self, id: str) -> int: ...

    async def message(self, id: str) -> MessageValue:
        """A message, by its own id."""

    async def folded(self, id: str) -> MessageValue:
        """What the run's events so far make, also for a run that has no message."""
