"""The runner: owns the runs that this process makes, finds those that others left, and routes a cancel to its owner."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable

from ..database import Database, Owner, Signal
from ..errors import (
    Closed,
    LogError,
    Misuse,
    NotWaiting,
    ProcessDied,
    RunInProgress,
    RunnelError,
    StaleEpoch,
    UnknownRun,
)
from ..log import Beginning, Cursor, EventLog, Segment
from ..store import Chats, Inputs, RunInput, RunRow, Runs, RunSpec, kept, now_ms
from ..vocabulary import events
from ..vocabulary.events import Event
from ..vocabulary.fold import MessageFold
from ..vocabulary.messages import MessageValue, Status
from ..vocabulary.requests import Request, RequestsFold
from .inbox import addressed
from .recovery import Recovery
from .settings import RunSettings
from .task import Body, RunTask
from .tracing import Origin, traced
from .writer import RunWriter

__all__ = ["Runner"]

logger = logging.getLogger("runnel")

# How often a follower of another process's run looks whether its owner still lives.
_OWNER_LOOK = 0.25


class Runner:
    """Makes runs go on without their readers.

    `kinds` gives, for each kind of run, the body that a run found again is to go on with; whoever gives runs to the
    runner says it there.
    """

    def __init__(
        self, database: Database, log: EventLog, runs: Runs, chats: Chats, owner: Owner, settings: RunSettings
    ) -> None:
        self.log = log
        self.runs = runs
        self.inputs = Inputs(database)
        self._heard = 0
        self.chats = chats
        self.settings = settings
        self.kinds: dict[str, Callable[[RunRow], Body]] = {}
        self.origin: Origin | None = None
        self._database = database
        self._owner = owner
        self._going: dict[str, RunTask] = {}
        self._starts: set[asyncio.Task[RunRow]] = set()
        self._starting: Counter[str] = Counter()
        self._begun = Signal()
        self._recovery = Recovery(log, runs, chats, owner, self._go_on)
        self._settling: dict[str, asyncio.Task[bool]] = {}
        self._closed = False
        self._listening: asyncio.Task[None] | None = None

    # Starting

    async def start(
        self,
        spec: RunSpec,
        id: str,
        messages: Iterable[MessageValue] = (),
        chat: str | None = None,
        after_head: bool = True,
        body: Body | None = None,
        user: str | None = None,
    ) -> RunRow:
        """Store a run and its turn's new messages, the assistant's last, then begin it.

        The first of the messages follows the chat's head where `after_head` says so, else the parent it names. `body`
        is what the run does, where that is not what its kind says; `user` whose it is, where it has no chat. Returns
        the run that has this id already where there is one. Raises RunInProgress, KeyConflict and UnknownChat like
        `Runs.begin`, Closed, and Misuse for what could not be read again.
        """
        if self._closed:
            raise Closed("this Runnel is closed: no run can be started")
        self._database.check_file()
        # A caller who leaves meanwhile leaves no run behind that is stored and not begun.
        spec = traced(spec, self.origin)
        start = asyncio.ensure_future(self._start(spec, id, tuple(messages), chat, after_head, body, user))
        self._starts.add(start)
        start.add_done_callback(self._started)
        return await asyncio.shield(start)

    def _started(self, start: asyncio.Task[RunRow]) -> None:
        self._starts.discard(start)
        if not start.cancelled():
            start.exception()  # its caller may have left

    async def _start(
        self,
        spec: RunSpec,
        id: str,
        new: tuple[MessageValue, ...],
        chat: str | None,
        after_head: bool,
        body: Body | None,
        user: str | None,
    ) -> RunRow:
        new = tuple([kept("the message", message) for message in new])
        message = new[-1] if new else None
        about = None if message is None else message.id
        row = RunRow(id, spec.kind, chat, about, Status.QUEUED, self._owner.id, False, now_ms(), spec, user=user)
        row = kept("the run", row)
        self._starting[id] += 1
        try:
            first: list[Event] = [
                events.RunStarted(id, spec.kind, message, row.began_at),
                events.StateChanged(Status.QUEUED),
            ]
            beginning = self.log.beginning(id, first)
            there = await self._begin(row, new, after_head, beginning)
            if there is not row:
                return there
            task = self._task(row, beginning.epoch)
            task.writer.fold.apply_all(first)
        finally:
            self._starting[id] -= 1
            if not self._starting[id]:
                del self._starting[id]
            self._begun.fire()
        task.start(body or self.kinds[row.kind](row))
        return row

    async def _begin(
        self, row: RunRow, messages: tuple[MessageValue, ...], after_head: bool, beginning: Beginning
    ) -> RunRow:
        """Store the run; a run in its way that is over in truth (its owner died, or is just writing it down) is
        settled first."""
        while True:
            try:
                return await self.runs.begin(row, messages, after_head, beginning)
            except RunInProgress as error:
                if not await self.settle(await self.runs.get(error.details["run"])):
                    raise

    def _task(self, row: RunRow, epoch: int) -> RunTask:
        def open_writer(on_error: Callable[[RunnelError], None]) -> RunWriter:
            return RunWriter(self.log, row.id, epoch, row.began_at, on_error)

        task = RunTask(row, self.runs, self.settings, open_writer)
        self._going[row.id] = task
        task.ended.add_done_callback(lambda _: self._ended(task))
        if self._listening is None or self._listening.done():
            self._listening = asyncio.ensure_future(self._listen())
        return task

    def _ended(self, task: RunTask) -> None:
        del self._going[task.row.id]
        if not self._going:
            self._database.fire("asked")
        if task.last is not None and isinstance(task.ended.exception(), LogError):
            self._recovery.unwritten[task.row.id] = task.last

    # Looking and acting

    def task(self, id: str) -> RunTask | None:
        """The run, where this process makes it and it has not ended."""
        return self._going.get(id)

    def makes(self, id: str) -> bool:
        """Whether this process makes the run now."""
        return id in self._going

    async def last_seq(self, id: str) -> int:
        """The `seq` of the run's last event that is there now. Raises UnknownRun."""
        return await self.log.last_seq(id)

    async def waits_for(self, id: str) -> tuple[Request, ...]:
        """What the run asks of people now. Raises UnknownRun."""
        fold, seen = RequestsFold(), 0
        while segments := await self.log.read_segments(id, seen):
            for event in [event for segment in segments for event in segment.events]:
                fold.apply(event)
                seen = event.seq
        return fold.value()

    async def cancel(self, id: str) -> None:
        """End the run as `cancelled`, wherever it is made, and return once it has ended, however. Raises UnknownRun."""
        while id in self._starting:
            await self._begun.after(self._begun.version)
        task = self._going.get(id)
        if task is not None:
            task.end(Status.CANCELLED)
        else:
            row = await self.runs.get(id)
            if row.status.ended or await self.settle(row, Status.CANCELLED):
                return
            if id in self._going:  # it was found again meanwhile
                await self.cancel(id)
                return
            await self.runs.ask_to_cancel(id)
        await self.wait(id)

    async def wait(self, id: str) -> MessageValue:
        """What the run made, once it has ended and its message is stored. Raises UnknownRun, and the LogError that
        keeps its end from being written."""
        task = self._going.get(id)
        if task is not None:
            try:
                return await task.wait()
            except StaleEpoch:
                pass  # another process owns it now
        row = await self.runs.get(id)
        if not row.status.ended:
            async for _ in self.follow(id):
                pass
            await self._settled(id)
        return await (self.folded(id) if row.message is None else self.message(row.message))

    async def _settled(self, id: str) -> None:
        """The log says that the run has ended: wait for its owner to write that down, or do it where he died."""
        while not (row := await self.runs.get(id)).status.ended:
            if await self.settle(row):
                return
            await asyncio.sleep(0.005)

    async def follow(self, id: str, after: int = 0) -> AsyncIterator[Segment]:
        """The run's events after `after`, by segments, until it ends; also when its owner dies on the way. Raises
        UnknownRun."""
        async for segment in (await self.cursor(id, after)).segments():
            yield segment

    async def cursor(self, id: str, after: int = 0) -> Cursor:
        """A reader's place in the run, to be closed; while another process makes the run, its owner is looked after.
        Raises UnknownRun."""
        cursor = self.log.cursor(id, after)
        if id not in self._going and not await self._in_log(id):
            cursor.closed = asyncio.ensure_future(self._guard(id)).cancel
        return cursor

    async def _in_log(self, id: str) -> bool:
        """Whether the run has ended, once its log is there: another process may have stored the run and not begun its
        log yet, or died in between."""
        row = await self.runs.get(id)
        if not row.status.ended:
            await self.settle(row)
        while True:
            try:
                await self.log.last_seq(id)
                return row.status.ended
            except UnknownRun:
                await asyncio.sleep(0.005)
                await self.settle(await self.runs.get(id))

    async def _guard(self, id: str) -> None:
        while id not in self._going:
            try:
                row = await self.runs.get(id)
                if row.status.ended:
                    return
                await self.settle(row)
            except Misuse:  # closed, or deleted: the reader is told by the log
                return
            except RunnelError:
                logger.exception("cannot settle run %s, whose owner is dead", id)
            await asyncio.sleep(_OWNER_LOOK)

    async def message(self, id: str) -> MessageValue:
        """A message as it now stands, its text so far where its run is going. Raises UnknownMessage."""
        return await self.current(await self.chats.message(id))

    async def current(self, value: MessageValue) -> MessageValue:
        """A stored message as it now stands: until a run has ended, its log alone knows what it says."""
        if value.status.ended or value.run is None:
            return value
        task = self._going.get(value.run)
        if task is not None:
            fold = task.writer.fold
            return fold.value() if fold.last_seq else value
        try:
            return (await self._recovery.fold(value.run)).value()
        except UnknownRun:  # its owner has not begun its log yet
            return value

    async def folded(self, id: str) -> MessageValue:
        """What the run's events so far make, also for a run that has no message. Raises UnknownRun."""
        return (await self._recovery.fold(id)).value()

    # Finding again what others left

    async def recover(self, go_on: bool = True) -> None:
        """Settle every run whose owner is dead: what was running is `interrupted`, what was queued or waiting goes
        on here, unless `go_on` says that it is left for another."""
        for row in await self.runs.going():
            if row.owner != self._owner.id and (go_on or row.status is Status.RUNNING):
                await self.settle(row)

    async def settle(self, row: RunRow, status: Status = Status.INTERRUPTED) -> bool:
        """Bring a run that is over in truth to its end; returns whether it has ended now.

        It is over where its log has ended, or where its owner died while it was running. One that was queued or
        waiting is taken over and goes on, unless `status` is that somebody cancels it.
        """
        task = self._going.get(row.id)
        if task is not None:
            if task.deciding:
                await asyncio.wait({task.ended})
            return task.deciding
        if self._closed or (row.owner == self._owner.id and row.id in self._starting):
            return False
        settling = self._settling.get(row.id)
        if settling is None:
            settling = self._settling[row.id] = asyncio.ensure_future(self._recovery.settle(row, status))
            settling.add_done_callback(lambda _: self._settling.pop(row.id))
        return await asyncio.shield(settling)

    async def _go_on(self, row: RunRow, fold: MessageFold) -> None:
        task = self._task(row, await self.log.claim(row.id))
        task.writer.fold = fold
        task.context.parked = True
        task.context.inbox.forget(fold.steered)
        for given in await self.inputs.of(row.id):
            task.context.inbox.put(given)
        task.start(self.kinds[row.kind](row))

    async def give(self, run: str, given: RunInput) -> None:
        """Hand a person's word to a run, wherever it is made: durable once this returns. Raises UnknownRun, and
        NotWaiting where the run does not wait for it."""
        row = await self.runs.get(run)
        if not row.status.ended and run not in self._going:
            await self.settle(row)
        task = self._going.get(run)
        fold = task.writer.fold if task is not None else await self._recovery.fold(run)
        stored = await self.inputs.add(run, addressed(run, fold, given))
        if stored is None:
            raise NotWaiting(f"run {run} waits for this no more: it has ended, or somebody was first", run=run)
        if task is not None:
            task.context.inbox.put(stored)
            if not task.context.inbox.took(stored):
                raise NotWaiting(f"run {run} has just ended: there is nothing to say to it", run=run)
        self._database.fire("asked")

    async def _listen(self) -> None:
        """While runs are made here, hear the cancels and the words that others leave for them."""
        signal = self._database.signal("asked")
        with self._database.watch():
            while self._going:
                version = signal.version
                try:
                    for id in await self.runs.to_cancel(self._owner.id):
                        while id in self._starting:
                            await self._begun.after(self._begun.version)
                        task = self._going.get(id)
                        if task is not None:
                            task.end(Status.CANCELLED)
                    for run, given in await self.inputs.since(self._heard, self._owner.id):
                        self._heard = given.number
                        if run in self._going:
                            self._going[run].context.inbox.put(given)
                except LogError:
                    logger.exception("cannot look for what other processes ask")
                await signal.after(version)

    # Closing

    async def close(self) -> None:
        """Wait for runs that are going for as long as `drain` says, then interrupt them with their partials kept.
        Queued and waiting ones stay as they are, to go on when the database is opened again."""
        self._closed = True
        if beginning := [*self._starts, *self._settling.values()]:
            await asyncio.wait(beginning)
        for task in list(self._going.values()):
            if task.context.parked or task.context.status is Status.WAITING:
                task.leave()
        going = [task.ended for task in self._going.values()]
        if going:
            await asyncio.wait(going, timeout=self.settings.drain)
        for task in list(self._going.values()):
            task.end(Status.INTERRUPTED, ProcessDied("the process was asked to end; what was said is kept"))
        if self._going:
            await asyncio.wait([task.ended for task in self._going.values()], timeout=self.settings.end_wait)
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None
