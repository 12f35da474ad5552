"""The rows of schedules: questions that are to be asked later, once or again and again."""

import apsw
import msgspec

from ..database import Database
from ..errors import KeyConflict
from ..vocabulary.messages import MediaPart
from ..vocabulary.runs import TraceContext
from .kept import kept
from .runs import RunRow, numbered_runs

__all__ = ["ScheduleValue", "Schedules"]


class ScheduleValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """A schedule. `every` is a cron expression, read in the time zone `zone`; None is once. `next_at` is when it is due
    next, in Unix milliseconds; None where nothing more comes of it. `trace` is that of who made it."""

    id: str
    chat: str
    question: str
    created_at: int
    media: tuple[MediaPart, ...] = ()
    every: str | None = None
    zone: str = "UTC"
    next_at: int | None = None
    trace: TraceContext | None = None


_value: msgspec.json.Decoder[ScheduleValue] = msgspec.json.Decoder(ScheduleValue)


def _read(values: tuple[object, ...]) -> ScheduleValue:
    next_at, body = values
    return msgspec.structs.replace(_value.decode(str(body)), next_at=None if next_at is None else int(str(next_at)))


class Schedules:
    """Schedules in a `Database` that was opened with the store's migrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, schedule: ScheduleValue) -> ScheduleValue:
        """Add a schedule; returns the one that has this id already, as it now stands. Raises KeyConflict where that is
        for something else, and Misuse for what could not be read again."""
        schedule = kept("the schedule", schedule)
        body = msgspec.json.encode(msgspec.structs.replace(schedule, next_at=None)).decode()

        def work(connection: apsw.Connection) -> ScheduleValue:
            there = _find(connection, schedule.id)
            if there is not None:
                if not _same(there, schedule):
                    raise KeyConflict(f"the id {schedule.id} was used before, for another schedule")
                return there
            connection.execute(
                "INSERT INTO schedules (id, chat, next_at, body) VALUES (?, ?, ?, ?)",
                (schedule.id, schedule.chat, schedule.next_at, body),
            )
            return schedule

        added = await self._database.write(work)
        self._database.fire("schedules")
        return added

    async def get(self, id: str) -> ScheduleValue | None:
        """A schedule, if there is one."""
        return await self._database.read(lambda connection: _find(connection, id))

    async def of(self, chat: str) -> list[ScheduleValue]:
        """The schedules of a chat of which something more comes, the next first."""
        return await self._database.read(
            lambda connection: [
                _read(values)
                for values in connection.execute(
                    "SELECT next_at, body FROM schedules WHERE chat = ? AND next_at IS NOT NULL ORDER BY next_at, id",
                    (chat,),
                )
            ]
        )

    async def due(self, now: int) -> list[ScheduleValue]:
        """Those whose moment has come, the first first."""
        return await self._database.read(
            lambda connection: [
                _read(values)
                for values in connection.execute(
                    "SELECT next_at, body FROM schedules WHERE next_at <= ? ORDER BY next_at, id", (now,)
                )
            ]
        )

    async def soonest(self, now: int) -> int | None:
        """When the next one after `now` is due."""

        def work(connection: apsw.Connection) -> int | None:
            row = connection.execute("SELECT min(next_at) FROM schedules WHERE next_at > ?", (now,)).fetchone()
            return None if row is None or row[0] is None else int(str(row[0]))

        return await self._database.read(work)

    async def advance(self, id: str, was: int, next_at: int | None) -> bool:
        """What was due at `was` is done, and it is due at `next_at`; False where another process was first, or somebody
        cancelled it."""

        def work(connection: apsw.Connection) -> bool:
            connection.execute("UPDATE schedules SET next_at = ? WHERE id = ? AND next_at = ?", (next_at, id, was))
            return connection.changes() == 1

        return await self._database.write(work)

    async def cancel(self, id: str) -> None:
        """Nothing more comes of it. Idempotent."""

        def work(connection: apsw.Connection) -> None:
            connection.execute("UPDATE schedules SET next_at = NULL WHERE id = ?", (id,))

        await self._database.write(work)
        self._database.fire("schedules")

    async def runs(self, id: str, limit: int | None = None, before: str | None = None) -> list[RunRow]:
        """The runs that it began, in order: the last `limit` of them, of those before the run `before`. Their ids are
        its own and the moment, in Unix milliseconds."""
        return await self._database.read(lambda connection: numbered_runs(connection, f"{id}:", limit, before))


def _find(connection: apsw.Connection, id: str) -> ScheduleValue | None:
    values = connection.execute("SELECT next_at, body FROM schedules WHERE id = ?", (id,)).fetchone()
    return None if values is None else _read(values)


def _same(one: ScheduleValue, other: ScheduleValue) -> bool:
    def what(value: ScheduleValue) -> tuple[object, ...]:
        return value.chat, value.question, value.media, value.every, value.zone

    return what(one) == what(other)
