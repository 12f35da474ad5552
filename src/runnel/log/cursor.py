"""A cursor: a reader's place in a run's log. It looks without waiting, and is told when another look is worth it; so
one task can read any number of runs, and a reader that waits costs no more than its place."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ..database import Signal, all_at, unheard
from ..errors import UnknownRun
from .segment import Segment
from .tail import Tail

if TYPE_CHECKING:
    from .base import EventLog

__all__ = ["Cursor"]

# Events that are read from the log's store at a time: what a slow reader holds.
_READ = 512


class Cursor:
    """The place in a run after the event `seq`. `over` once nothing can follow, `whole` where that is because the run
    has ended, not because it was deleted. `changed` is called in the loop's thread when there may be more than the last
    `take` gave, and `closed` when the cursor is closed; both are set before the first one."""

    __slots__ = ("_known", "_log", "_run", "_signal", "_tail", "_watching", "changed", "closed", "over", "seq", "whole")

    def __init__(self, log: "EventLog", run: str, after: int = 0) -> None:
        self.seq = after
        self.over = False
        self.whole = False
        self.changed: Callable[[], None] = unheard
        self.closed: Callable[[], object] = unheard
        self._log = log
        self._run = run
        self._tail: Tail | None = None
        self._signal: Signal | None = None
        self._watching: AbstractContextManager[None] | None = None
        self._known = False

    def take_now(self) -> list[Segment] | None:
        """`take`, where that needs no waiting; else None."""
        tail = self._tail
        if tail is None or tail.lost or tail.error is not None:
            return None
        segments = tail.since(self.seq)
        if segments is None:
            return None
        if segments:
            self.seq = segments[-1].last
        if tail.ended and self.seq >= tail.last:
            self.over = True
            self.whole = tail.last > 0
        return segments

    async def take(self) -> list[Segment]:
        """What is visible after the place, in as few segments as it is kept in; the place is after them then. Nothing
        where there is nothing yet, or the run is `over`.

        Raises UnknownRun where there was no such run at the first look, LogError where the log fails or cannot be
        written on.
        """
        while not self.over:
            tail = self._listen()
            segments = self.take_now()
            if segments is None:
                try:
                    segments = await self._read()
                except UnknownRun:
                    if not self._known:
                        raise
                    self.over = True
                    return []
            self._known = True
            if segments or self.over:
                return segments
            if not self._moved():
                if tail is not None and tail.error is not None:
                    raise tail.error
                return []
        return []

    def segments(self) -> AsyncIterator[Segment]:
        """All that comes after the place, until the run's end; closes the cursor then."""
        return all_at(self)

    def close(self) -> None:
        """Be told nothing more. Idempotent."""
        self.over = True
        self._leave()
        self.closed()

    def _listen(self) -> Tail | None:
        """Be told by where the run is written now: its tail, where that is this process."""
        if self._signal is None or self._moved():
            self._leave()
            self._tail = tail = self._log.tail(self._run)
            if tail is None:
                self._watching = self._log.watching()
                self._watching.__enter__()
            self._signal = self._log.signal(self._run) if tail is None else tail.signal
            self._signal.listen(self.changed)
        return self._tail

    def _leave(self) -> None:
        if self._signal is not None:
            self._signal.unlisten(self.changed)
            self._signal = None
        if self._watching is not None:
            self._watching.__exit__(None, None, None)
            self._watching = None

    def _moved(self) -> bool:
        """Whether the run is written elsewhere now: the tail was lost, or where there was none, there is one."""
        tail = self._tail
        return tail.lost if tail is not None else self._log.tail(self._run) is not None

    async def _read(self) -> list[Segment]:
        """What the log's store has after the place; sets `over` where nothing can follow that."""
        segments = await self._log.read_segments(self._run, self.seq, _READ)
        if segments:
            self.seq = segments[-1].last
            self.over = self.whole = segments[-1].ended
        elif self._tail is None:
            self.over = self.whole = await self._at_end()
        return segments

    async def _at_end(self) -> bool:
        """Whether the run has ended, and not after the place: a reader may begin at, or beyond, the end."""
        last = await self._log.last_seq(self._run)
        if not 0 < last <= self.seq:
            return False
        newest = (await self._log.read_segments(self._run, last - 1))[-1]  # more may have come since
        return newest.ended and newest.last <= self.seq
