"""A run's way into the log: events are gathered until the log asks for them, and while an append is under way.

So a fast model gets large appends and a slow one small, without a clock and without a task; nothing that is put waits
for the disk, until too much has gathered.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import msgspec

from ..database.signals import Signal
from ..errors import InternalError, RunnelError
from ..log import Append, EventLog
from ..vocabulary.events import Event, TextDelta
from ..vocabulary.fold import MessageFold
from ..vocabulary.wire import sound

__all__ = ["RunWriter"]

# A model that never waits still lets the loop turn, this often (seconds) and after so many events.
_TURN = 0.002
_MOST_GATHERED = 2048


class RunWriter:
    """Puts events into a run's log, as its `Feeder`. `fold` is the message as it is durable; `error` why nothing more
    can be written."""

    def __init__(
        self, log: EventLog, run: str, epoch: int, began_at: int, on_error: Callable[[RunnelError], None]
    ) -> None:
        self.run = run
        self.fold = MessageFold()
        self.error: RunnelError | None = None
        self._on_error = on_error
        self.sealed = False
        self.put_at = time.monotonic()
        self.turning = False
        self.count = 0
        self.flushed = Signal()
        self.epoch = epoch
        self._log = log
        # `at` goes on from when the run began, also in another process, and never goes back within this one.
        self._zero = time.monotonic() - max(0.0, time.time() - began_at / 1000)
        self._gathered: list[Event] = []
        self._taken: Sequence[Event] = ()
        self._feeding = False
        self._heard = False
        self._turned = 0.0

    def put(self, event: Event) -> bool:
        """Add an event; nothing happens once the run is sealed. Returns whether `turn` is to be awaited now. Raises
        InternalError for one that nobody could read again."""
        if self.sealed:
            return True
        if not (type(event) is TextDelta and event.tokens is None and type(event.text) is str and event.text.isascii()):
            event = self._sound(event)
        now = time.monotonic()
        gathered = self._gathered
        if not gathered:  # the loop has turned since the last one
            self._turned = now
            if not self._feeding:
                self._feeding = True
                self._log.feed(self)
        if event.seq:  # in another log already
            event = msgspec.structs.replace(event, seq=0)
        msgspec.structs.force_setattr(event, "at", int((now - self._zero) * 1000))
        gathered.append(event)
        self.put_at = now
        self.count += 1
        if not self._heard and type(event) is TextDelta:
            return True
        return now - self._turned > _TURN or len(gathered) > _MOST_GATHERED

    def _sound(self, event: Event) -> Event:
        try:
            return sound(event)
        except (TypeError, ValueError) as error:
            raise InternalError(f"{event!r:.200} is no event that can be kept: {error}", run=self.run) from error

    async def turn(self) -> None:
        """Let the loop turn; wait while too much has gathered, and for the first word to be seen: a model that is
        fast enough to go on without a pause would keep it from its readers."""
        version = self.flushed.version
        self.turning = True
        try:
            await asyncio.sleep(0)
            if not self._heard and self._feeding:
                await self.flushed.after(version)
            self._heard = True
            while len(self._gathered) > _MOST_GATHERED and self.error is None and not self.sealed:
                await self.flushed.after(self.flushed.version)
        finally:
            self.turning = False
            self.put_at = time.monotonic()  # the model could say nothing until now

    def seal(self) -> None:
        """Drop whatever is put from now on."""
        self.sealed = True

    async def flush(self) -> None:
        """Wait until all that was put is durable. Raises the error that prevents it."""
        while self._feeding:
            await self.flushed.after(self.flushed.version)
        if self.error is not None:
            raise self.error

    async def end(self, last: Sequence[Event]) -> None:
        """Append the last events, once all before them are durable. Raises LogError where that is not possible now; it
        may be tried again."""
        self.sealed = True
        at = int((time.monotonic() - self._zero) * 1000)
        for event in last:
            msgspec.structs.force_setattr(event, "at", at)
        append = _Last(self.run, last, self.epoch, self.fold)
        self._log.feed(append)
        await append.future

    async def recorded(self) -> list[Event]:
        """All durable events."""
        found: list[Event] = []
        while more := await self._log.read(self.run, len(found)):
            found.extend(more)
        return found

    def abandon(self, error: RunnelError) -> None:
        """Tell the readers of this process that the run cannot be written on."""
        tail = self._log.tail(self.run)
        if tail is not None:
            tail.fail(error)

    # What the log asks and tells: see Feeder

    def take(self) -> Sequence[Event]:
        """What has gathered."""
        self._taken, self._gathered = self._gathered, []
        return self._taken

    def appended(self, last: int) -> None:
        """What was taken is durable."""
        taken, self._taken = self._taken, ()
        try:
            self.fold.apply_all(taken)
        except Exception as error:
            self.failed(error)
            return
        self._feeding = bool(self._gathered)
        if self._feeding:
            self._log.feed(self)
        self.flushed.fire()

    def failed(self, error: BaseException) -> None:
        """What was taken cannot be recorded, and nothing after it."""
        if not isinstance(error, RunnelError):
            cause, error = error, InternalError(f"an event of run {self.run} cannot be recorded: {error}", run=self.run)
            error.__cause__ = cause
        self.error = error
        self.sealed = True
        self._gathered = []
        self._taken = ()
        self._feeding = False
        self._on_error(error)
        self.flushed.fire()


class _Last(Append):
    """The last events of a run. What they make of it is known before a reader can have seen them."""

    __slots__ = ("_fold",)

    def __init__(self, run: str, events: Sequence[Event], epoch: int, fold: MessageFold) -> None:
        super().__init__(run, events, epoch)
        self._fold = fold

    def appended(self, last: int) -> None:
        """See Feeder."""
        try:
            self._fold.apply_all(self._events)
        except Exception as error:
            self.failed(error)
        else:
            super().appended(last)
