"""Runs that others left: what becomes of a run whose owner is dead."""

import logging
from collections.abc import Awaitable, Callable

import msgspec

from ..database import Owner
from ..errors import EventsUnreadable, ProcessDied, StaleEpoch
from ..log import EventLog
from ..store import Chats, RunRow, Runs, now_ms
from ..vocabulary import events
from ..vocabulary.failures import ErrorValue
from ..vocabulary.fold import MessageFold
from ..vocabulary.messages import Status
from .closing import closing_events

__all__ = ["Recovery"]

logger = logging.getLogger("runnel")


class Recovery:
    """Settles runs that no task of this process makes. `go_on` begins again one that was queued or waiting.

    `unwritten` are the last events of runs of this process whose end could not be written when it came.
    """

    def __init__(
        self,
        log: EventLog,
        runs: Runs,
        chats: Chats,
        owner: Owner,
        go_on: Callable[[RunRow, MessageFold], Awaitable[None]],
    ) -> None:
        self.unwritten: dict[str, events.RunEnded] = {}
        self._log = log
        self._runs = runs
        self._chats = chats
        self._owner = owner
        self._go_on = go_on

    async def fold(self, id: str) -> MessageFold:
        """The fold of the run's events so far. Raises UnknownRun."""
        fold = MessageFold()
        while segments := await self._log.read_segments(id, fold.last_seq):
            for segment in segments:
                fold.apply_all(segment.events)
        return fold

    async def settle(self, row: RunRow, status: Status) -> bool:
        """Bring the run to its end if it is over in truth, as `status` where it was cut; returns whether it has ended
        now. Begins it again where it was queued or waiting."""
        if row.cancelling:
            status = Status.CANCELLED
        if row.owner != self._owner.id:
            if self._owner.alive(row.owner):
                return False
            if not await self._runs.adopt(row.id, row.owner, self._owner.id):
                return (await self._runs.get(row.id)).status.ended
        try:
            fold = await self._fold_or_nothing(row)
        except EventsUnreadable as error:
            await self._give_up(row, error)
            return True
        if not fold.ended:
            # Its row follows its log, and may not have got so far: what ran is not to be begun again.
            row = msgspec.structs.replace(row, status=fold.value().status)
            if row.status is not Status.RUNNING and status is not Status.CANCELLED:
                await self._go_on(row, fold)
                return False
            await self._end(row, fold, status)
        await self._runs.end(row, fold.value().status, fold.value())
        return True

    async def _fold_or_nothing(self, row: RunRow) -> MessageFold:
        """The fold of what the run's dead owner wrote; it may have died before it wrote anything."""
        epoch = await self._log.claim(row.id)
        fold = await self.fold(row.id)
        if fold.last_seq == 0:
            message = None if row.message is None else await self._chats.message(row.message)
            started = events.RunStarted(row.id, row.kind, message, row.began_at)
            await self._log.append(row.id, [started, events.StateChanged(row.status)], epoch)
            fold = await self.fold(row.id)
        return fold

    async def _give_up(self, row: RunRow, error: EventsUnreadable) -> None:
        """Nobody can read what the run has said: its chat, and the database, are to go on without it."""
        logger.error("run %s cannot be read, and ends here: %s", row.id, error)
        value = MessageFold().value() if row.message is None else await self._chats.message(row.message)
        failed = msgspec.structs.replace(value, status=Status.FAILED, error=ErrorValue.of(error))
        await self._runs.end(row, Status.FAILED, failed)

    async def _end(self, row: RunRow, fold: MessageFold, status: Status) -> None:
        died = ProcessDied("the process that made this answer ended before it was whole; what was said is kept")
        error = ErrorValue.of(died) if status is Status.INTERRUPTED else None
        said = (await self._log.read(row.id, fold.last_seq - 1, 1))[0].at
        last = self.unwritten.pop(row.id, None) or events.RunEnded(
            status,
            None,
            error,
            fold.usage.cut() if row.message is not None else None,
            at=max(said, now_ms() - row.began_at),
        )
        try:
            ending = [*closing_events(fold.calls, last.at), last]
            await self._log.append(row.id, ending, await self._log.claim(row.id))
        except StaleEpoch:
            return
        fold.apply_all(ending)
        logger.info("run %s was left by a process that ended: it is %s now", row.id, status)
