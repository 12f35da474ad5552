"""What a log promises, and the one way of following that all logs share: history, then the live tail, no gap."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeAlias

from ..database.signals import Signal
from ..vocabulary.events import Event
from .beginning import Beginning
from .cursor import Cursor
from .feeder import Feeder
from .segment import Segment
from .tail import Tail

__all__ = ["EventLog", "Observer"]

# Is told of each segment that is appended here: the run, the segment, and the seconds from the call of `append` until
# it was durable. It is called in the loop when readers are woken, so it neither waits nor raises.
Observer: TypeAlias = Callable[[str, Segment, float], None]

_READ = 4096
# Tasks are held here: the loop would not keep them.
_feeding: set[asyncio.Task[None]] = set()


class EventLog(ABC):
    """An ordered, durable log of events for each run.

    Promises: `seq` is 1, 2, 3 … without a gap, in the order of the appends. An event is durable before any reader sees
    it. A reader that begins after any `seq`, at any moment, gets every later event once, in order. Nothing follows
    `run.ended`. Only the last claimer appends.

    Errors: UnknownRun for a run that was never claimed, StaleEpoch and RunEnded (see `append`), LogError and its
    children where the storage fails; what was durable before stays.

    `observers` are told of what is appended here, not of what other processes append.
    """

    observers: tuple[Observer, ...] = ()

    @abstractmethod
    async def claim(self, run: str) -> int:
        """Become the run's only writer; returns the epoch, a number higher than that of any claim before. The first
        claim makes the run's log."""

    @abstractmethod
    def beginning(self, run: str, events: Sequence[Event]) -> Beginning:
        """The first claim of a new run, and its first events, to be written with something else: the claim is made, and
        the events are visible, once that is durable."""

    @abstractmethod
    async def append(self, run: str, events: Sequence[Event], epoch: int) -> int:
        """Append `events`, give them their `seq`, and return the last one once they are durable.

        Events that are in no log yet (`seq` 0) are stamped in place; others are copied first. Appends of one run take
        effect in the order of the calls, so a second one may be made before the first has returned. Raises StaleEpoch
        where the run was claimed since, RunEnded where it has ended; then nothing was appended.
        """

    def feed(self, feeder: Feeder) -> None:
        """Append what `feeder` has when the log is ready for it: see Feeder. Feeding and appending take
        effect in the order of the calls."""
        feeding = asyncio.ensure_future(self._take_from(feeder))
        _feeding.add(feeding)
        feeding.add_done_callback(_feeding.discard)

    async def _take_from(self, feeder: Feeder) -> None:
        try:
            last = await self.append(feeder.run, feeder.take(), feeder.epoch)
        except BaseException as error:
            feeder.failed(error)
        else:
            feeder.appended(last)

    @abstractmethod
    async def read_segments(self, run: str, after: int = 0, limit: int = _READ) -> list[Segment]:
        """The events after `after` that are durable now, in segments: at least one event where there is one, and no
        more segments than needed for `limit` events. Raises UnknownRun."""

    @abstractmethod
    async def last_seq(self, run: str) -> int:
        """The `seq` of the last durable event, 0 where there is none yet. Raises UnknownRun."""

    @abstractmethod
    async def forget(self, run: str) -> None:
        """Delete the run's log, whatever its state. Its readers end. Raises nothing for a run that is not there."""

    def tail(self, run: str) -> Tail | None:
        """The live tail, where this process writes the run."""
        return None

    def signal(self, run: str) -> Signal:
        """What fires when a run that another process writes may have more."""
        return Signal()

    def watching(self) -> AbstractContextManager[None]:
        """Held while a run of another process is followed."""
        return nullcontext()

    async def read(self, run: str, after: int = 0, limit: int = _READ) -> list[Event]:
        """The first `limit` events after `after` that are durable now. Raises UnknownRun."""
        events: list[Event] = []
        for segment in await self.read_segments(run, after, limit):
            events.extend(segment.events)
        return events[:limit]

    async def follow(self, run: str, after: int = 0) -> AsyncIterator[Event]:
        """Every event after `after`, those to come too, until `run.ended`. Raises UnknownRun."""
        async for segment in self.follow_segments(run, after):
            for event in segment.events:
                yield event

    def follow_segments(self, run: str, after: int = 0) -> AsyncIterator[Segment]:
        """`follow`, by segments: what is visible comes in as few pieces as it is kept in."""
        return self.cursor(run, after).segments()

    def cursor(self, run: str, after: int = 0) -> Cursor:
        """A place in the run's log, after the event `after`, to be closed."""
        return Cursor(self, run, after)
