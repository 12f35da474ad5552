"""When a run waits for people: only once nothing else of it goes on. Its clock stands still meanwhile."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from ..runs.task import RunContext
from ..vocabulary.messages import Status

__all__ = ["Waiting"]


class Waiting:
    """Counts what goes on in an answer, and changes the run's status to `waiting` and back.

    `clock`, where there is one, is the limit on the answer's time.
    """

    def __init__(self, context: RunContext, clock: asyncio.Timeout | None = None) -> None:
        self._context = context
        self._clock = clock
        self._left: float | None = None
        self._going = 0
        self._waiting = 0

    @contextmanager
    def going(self) -> Iterator[None]:
        """Held while something goes on."""
        self._going += 1
        try:
            yield
        finally:
            self._going -= 1
            self._look()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Held, within `going`, while that waits for others of the run to make room."""
        self._going -= 1
        self._look()
        try:
            yield
        finally:
            self._going += 1
            self._look()

    @contextmanager
    def for_people(self) -> Iterator[None]:
        """Held, within `going`, while that waits for people."""
        self._going -= 1
        self._waiting += 1
        self._look()
        try:
            yield
        finally:
            self._going += 1
            self._waiting -= 1
            self._look()

    def _look(self) -> None:
        if self._waiting > 0 and self._going == 0:
            self._stop_clock()
            if self._context.status is Status.RUNNING:
                self._context.change_status(Status.WAITING)
        else:
            self._start_clock()
            if self._context.status is Status.WAITING:
                self._context.change_status(Status.RUNNING)

    def _stop_clock(self) -> None:
        when = self._clock.when() if self._clock is not None else None
        if self._clock is not None and when is not None:
            self._left = when - asyncio.get_running_loop().time()
            self._clock.reschedule(None)

    def _start_clock(self) -> None:
        if self._clock is not None and self._left is not None and not self._clock.expired():
            self._clock.reschedule(asyncio.get_running_loop().time() + self._left)
            self._left = None
