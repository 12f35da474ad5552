"""Schedules: questions that are asked at a time, or again and again by a cron expression, while nobody looks.

They lie in the database. Any process that has it open asks what is due: the id of the run that an occurrence begins is
made of the schedule and the moment, so that two that ask at once begin one run; and one of them moves the schedule on,
by compare and set. What came due while nobody had the database open is asked once, when somebody opens it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from ..database import Database
from ..errors import KeyConflict, Misuse, NotFound, RunnelError, UnknownChat
from ..ids import new_id
from ..runs.handles import Run
from ..runs.runner import Runner
from ..store import Schedules, ScheduleValue, now_ms
from ..vocabulary.chats import IfBusy
from ..vocabulary.messages import MediaPart

__all__ = ["Schedule", "ScheduleBackend", "Scheduler", "following", "is_later", "moment"]

logger = logging.getLogger("runnel")

# How often, in seconds, it is looked for what other processes have added, and for clocks that were set; and how soon
# what could not be asked is tried again.
_LOOK = 5.0
_AGAIN = 1.0
# From one look to the next, at least: while other processes write, all signals are fired all the time.
_SPACING = 0.05


class ScheduleBackend(Protocol):
    """What stands behind schedules: `Scheduler`, and in another program a server."""

    async def value(self, id: str) -> ScheduleValue:
        """How a schedule stands."""

    async def runs(self, id: str, limit: int | None = None, before: str | None = None) -> list[Run]:
        """The runs that a schedule began, in order: the last `limit` of them, of those before the run `before`."""

    async def cancel(self, id: str) -> None:
        """Nothing more comes of a schedule. Idempotent."""


class Schedule:
    """A question that a chat will be asked at a time, or again and again; as it stood when it was looked at."""

    def __init__(self, backend: ScheduleBackend, value: ScheduleValue) -> None:
        self.id = value.id
        self._backend = backend
        self._value = value

    def __repr__(self) -> str:
        return f"Schedule({self.id!r}, next_at={self.next_at})"

    @property
    def chat_id(self) -> str:
        """The id of its chat."""
        return self._value.chat

    @property
    def question(self) -> str:
        """What will be asked."""
        return self._value.question

    @property
    def every(self) -> str | None:
        """The cron expression; None where it is asked once."""
        return self._value.every

    @property
    def zone(self) -> str:
        """The time zone in which the cron expression is read."""
        return self._value.zone

    @property
    def created_at(self) -> int:
        """When it was made, in Unix milliseconds."""
        return self._value.created_at

    @property
    def next_at(self) -> datetime | None:
        """When it is due next, in its zone; None where nothing more comes of it."""
        at = self._value.next_at
        return None if at is None else datetime.fromtimestamp(at / 1000, ZoneInfo(self._value.zone))

    async def runs(self, limit: int | None = None, before: Run | str | None = None) -> list[Run]:
        """The runs that it began until now, in order, or the last `limit` of them; of those before the run `before`."""
        return await self._backend.runs(self.id, limit, before.id if isinstance(before, Run) else before)

    async def cancel(self) -> None:
        """Nothing more comes of it; runs that it began already go on. Idempotent."""
        await self._backend.cancel(self.id)
        self._value = await self._backend.value(self.id)


class Scheduler:
    """Asks what is due. `ask(schedule, run)` asks it, as the run with that id; `now` gives Unix milliseconds."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        ask: Callable[[ScheduleValue, str], Awaitable[object]],
        zone: str = "UTC",
        now: Callable[[], int] = now_ms,
    ) -> None:
        self.now = now
        self._schedules = Schedules(database)
        self._runner = runner
        self._ask = ask
        self._zone = zone
        self._signal = database.signal("schedules")
        self._told: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    # Adding and looking

    async def add(
        self,
        chat: str,
        question: str,
        media: Sequence[MediaPart],
        id: str | None,
        at: datetime | None,
        every: str | None,
        zone: str | None,
    ) -> Schedule:
        """A new schedule, or the one that has the caller's `id` already. Raises Misuse and KeyConflict."""
        now = self.now()
        trace = None if self._runner.origin is None else self._runner.origin()
        value = ScheduleValue(
            id or new_id("schedule"),
            chat,
            question,
            now,
            tuple(media),
            every,
            _zone(zone or self._zone).key,
            # Who made it is long gone when it is asked: a trace of its own each time, which refers to theirs.
            trace=None if trace is None else msgspec.structs.replace(trace, linked=True),
        )
        next_at: int | None
        if at is not None:
            next_at = moment(at)
        else:
            next_at = following(value, now)
            if next_at is None:
                raise Misuse(f"the cron expression {every!r} names no moment of the next 50 years")
        return Schedule(self, await self._schedules.add(msgspec.structs.replace(value, next_at=next_at)))

    async def of(self, chat: str) -> list[Schedule]:
        """The schedules of a chat of which something more comes, the next first."""
        return [Schedule(self, value) for value in await self._schedules.of(chat)]

    async def get(self, chat: str, *ids: str) -> Schedule:
        """The schedule of a chat with one of these ids. Raises NotFound."""
        for id in ids:
            value = await self._schedules.get(id)
            if value is not None and value.chat == chat:
                return Schedule(self, value)
        raise NotFound(f"there is no schedule {ids[0]} in chat {chat}", schedule=ids[0], chat=chat)

    async def value(self, id: str) -> ScheduleValue:
        """See ScheduleBackend."""
        value = await self._schedules.get(id)
        assert value is not None
        return value

    async def runs(self, id: str, limit: int | None = None, before: str | None = None) -> list[Run]:
        """See ScheduleBackend."""
        return [Run(self._runner, row.value) for row in await self._schedules.runs(id, limit, before)]

    async def cancel(self, id: str) -> None:
        """See ScheduleBackend."""
        await self._schedules.cancel(id)

    # Asking

    def start(self) -> None:
        """Begin to ask what is due."""
        self._task = asyncio.ensure_future(self._work())

    async def close(self) -> None:
        """Leave the rest to others, or to the next that opens the database."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        while True:
            version = self._signal.version
            seconds = _LOOK
            try:
                if not await self.ask_due():
                    seconds = _AGAIN
                now = self.now()
                soonest = await self._schedules.soonest(now)
                if soonest is not None:
                    seconds = min(seconds, (soonest - now) / 1000)
            except RunnelError:
                logger.exception("cannot look for what is due")
            await asyncio.sleep(_SPACING)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):  # `wait_for` may swallow a cancellation
                    await self._signal.after(version)

    async def ask_due(self) -> bool:
        """Ask all that is due now; returns whether all could be asked."""
        done = [await self._ask_one(value) for value in await self._schedules.due(self.now())]
        return all(done)

    async def _ask_one(self, value: ScheduleValue) -> bool:
        assert value.next_at is not None
        run = f"{value.id}:{value.next_at}"
        before = await self._schedules.runs(value.id, 1)
        if not before or before[0].status.ended:
            try:
                await self._ask(value, run)
            except UnknownChat:
                await self._schedules.cancel(value.id)
                return True
            except KeyConflict as error:
                logger.error("schedule %s is left out this time: %s", value.id, error)
            except RunnelError as error:  # another process may have the model, or this one later
                if run not in self._told:
                    self._told.add(run)
                    logger.warning("schedule %s is due and waits: %s", value.id, error)
                return False
        self._told.discard(run)
        await self._schedules.advance(value.id, value.next_at, following(value, self.now()))
        return True


def is_later(at: datetime | None, every: str | None, after: Run | str | None, if_busy: IfBusy | None) -> bool:
    """Whether a question is to be asked at a time, not now. Raises Misuse where that makes no sense."""
    if at is None and every is None:
        return False
    if None not in (at, every) or after is not None or if_busy not in (None, "enqueue"):
        raise Misuse("say one of at=, every= and after=; what is scheduled is always enqueued")
    return True


def moment(at: datetime) -> int:
    """A moment in Unix milliseconds. Raises Misuse where it has no time zone."""
    if at.tzinfo is None:
        raise Misuse("at= needs a time zone: datetime(…, tzinfo=ZoneInfo('Europe/Berlin')), or .astimezone()")
    return round(at.timestamp() * 1000)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Misuse(f"there is no time zone {name!r}: name one as 'Europe/Berlin' or 'UTC'") from error


def following(value: ScheduleValue, after: int) -> int | None:
    """When a schedule is due after a moment, in Unix milliseconds; None where it is asked once. Where clocks are put
    forward, what falls in the gap comes at its end; where they are put back, it comes once. Raises Misuse."""
    if value.every is None:
        return None
    from cronsim import CronSim, CronSimError

    try:
        moments = CronSim(value.every, datetime.fromtimestamp(after / 1000, _zone(value.zone)))
    except CronSimError as error:
        raise Misuse(f"{value.every!r} is no cron expression ({error}): minute hour day month weekday") from error
    found = next(moments, None)
    return None if found is None else round(found.timestamp() * 1000)
