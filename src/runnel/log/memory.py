"""A log in memory: all of every run, gone with the process. For tests, and for programs that keep nothing."""

from collections.abc import Sequence

import apsw

from ..errors import RunEnded, StaleEpoch, UnknownRun
from ..vocabulary.events import Event
from .base import EventLog
from .segment import Segment
from .stamping import stamp
from .tail import Tail

__all__ = ["MemoryLog"]


class _Stored:
    __slots__ = ("epoch", "segments", "tail")

    def __init__(self) -> None:
        self.epoch = 0
        self.segments: list[Segment] = []
        self.tail = Tail()


class MemoryLog(EventLog):
    """Keeps events as segments in lists. Durable means: appended."""

    def __init__(self) -> None:
        self._runs: dict[str, _Stored] = {}
        self._claims = 0

    async def claim(self, run: str) -> int:
        """See EventLog."""
        stored = self._runs.setdefault(run, _Stored())
        self._claims += 1
        stored.epoch = self._claims
        return stored.epoch

    def beginning(self, run: str, events: Sequence[Event]) -> "_MemoryBeginning":
        """See EventLog."""
        return _MemoryBeginning(self, run, events)

    def begin(self, run: str, events: Sequence[Event]) -> int:
        """Claim a run and append its first events."""
        stored = self._runs[run] = _Stored()
        self._claims += 1
        stored.epoch = self._claims
        self._append(run, stored, events)
        return stored.epoch

    async def append(self, run: str, events: Sequence[Event], epoch: int) -> int:
        """See EventLog."""
        stored = self._stored(run)
        if epoch != stored.epoch:
            raise StaleEpoch(f"run {run} was claimed by another owner (epoch {stored.epoch}, not {epoch})", run=run)
        if stored.tail.ended:
            raise RunEnded(f"run {run} has ended: nothing can be appended", run=run)
        if events:
            self._append(run, stored, events)
        return stored.tail.last

    def _append(self, run: str, stored: _Stored, events: Sequence[Event]) -> None:
        segment, ended = stamp(events, stored.tail.last)
        stored.segments.append(segment)
        stored.tail.push(segment, ended)
        for observe in self.observers:
            observe(run, segment, 0.0)

    async def read_segments(self, run: str, after: int = 0, limit: int = 4096) -> list[Segment]:
        """See EventLog."""
        segments = self._stored(run).segments
        low, high = 0, len(segments)
        while low < high:
            middle = (low + high) // 2
            if segments[middle].last > after:
                high = middle
            else:
                low = middle + 1
        found: list[Segment] = []
        count = 0
        for segment in segments[low:]:
            if count >= limit:
                break
            segment = segment.after(after)
            found.append(segment)
            count += segment.last - segment.first + 1
        return found

    async def last_seq(self, run: str) -> int:
        """See EventLog."""
        return self._stored(run).tail.last

    async def forget(self, run: str) -> None:
        """See EventLog."""
        stored = self._runs.pop(run, None)
        if stored is not None:
            stored.tail.forget()

    def tail(self, run: str) -> Tail | None:
        """See EventLog."""
        stored = self._runs.get(run)
        return None if stored is None else stored.tail

    def _stored(self, run: str) -> _Stored:
        stored = self._runs.get(run)
        if stored is None:
            raise UnknownRun(f"there is no run {run}", run=run)
        return stored


class _MemoryBeginning:
    """There is nothing to write."""

    def __init__(self, log: MemoryLog, run: str, events: Sequence[Event]) -> None:
        self.epoch = 0
        self._log = log
        self._run = run
        self._events = events

    def write(self, connection: apsw.Connection) -> None:
        pass

    def written(self) -> None:
        self.epoch = self._log.begin(self._run, self._events)
