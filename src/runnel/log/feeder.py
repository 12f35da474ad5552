"""What has something to append to a log, and is asked for it when the log is ready."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from ..vocabulary.events import Event

__all__ = ["Append", "Feeder"]


class Feeder(Protocol):
    """Given to `EventLog.feed`, after which the log calls `take` once, and then `appended` or `failed`, soon but never
    within `feed`; only then it may be fed again. All of it in the loop's thread."""

    @property
    def run(self) -> str:
        """The run."""

    @property
    def epoch(self) -> int:
        """The epoch of the feeder's claim."""

    def take(self) -> Sequence[Event]:
        """All that is to be appended now."""

    def appended(self, last: int) -> None:
        """What was taken is durable; `last` is the `seq` of its last event. Raises nothing."""

    def failed(self, error: BaseException) -> None:
        """Nothing of it was appended: the errors are those of `EventLog.append`. Raises nothing."""


class Append:
    """Feeds the log once, with what is given; `future` is the last `seq`."""

    __slots__ = ("_events", "epoch", "future", "run")

    def __init__(self, run: str, events: Sequence[Event], epoch: int) -> None:
        self.run = run
        self.epoch = epoch
        self.future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._events = events

    def take(self) -> Sequence[Event]:
        """See Feeder."""
        return self._events

    def appended(self, last: int) -> None:
        """See Feeder."""
        if not self.future.done():
            self.future.set_result(last)

    def failed(self, error: BaseException) -> None:
        """See Feeder."""
        if not self.future.done():
            self.future.set_exception(error)
