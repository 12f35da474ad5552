"""The log in SQLite. Events are kept in segments, many events a row: what one append brought while the run goes on,
and rows of some 64 kB, merged, once it has ended.

A row's key is the run's number and its last `seq` in one integer, so that a run's rows lie together and in order, and
no index is needed. The check of the epoch and of the end is part of the transaction that appends: it holds between
processes. An epoch is the number of the claim among all claims of the file, so that none is ever given twice, not even
to a run that was forgotten and made anew.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

import apsw

from ..database import Database, Migrations, Signal
from ..errors import Closed, LogError, RunEnded, StaleEpoch, UnknownRun
from ..vocabulary.events import Event
from .base import EventLog, stamp
from .segment import Segment
from .tail import Tail

__all__ = ["MIGRATIONS", "SQLiteLog"]

MIGRATIONS = Migrations(
    "log",
    (
        """
        CREATE TABLE log_heads (
            id INTEGER PRIMARY KEY,
            run TEXT NOT NULL UNIQUE,
            epoch INTEGER NOT NULL,
            last_seq INTEGER NOT NULL,
            ended INTEGER NOT NULL
        );
        CREATE TABLE log_segments (key INTEGER PRIMARY KEY, first_seq INTEGER NOT NULL, data BLOB NOT NULL);
        CREATE TABLE log_claims (count INTEGER NOT NULL);
        INSERT INTO log_claims VALUES (0);
        """,
    ),
)

_SEQ_BITS = 32
_SEQ_MASK = (1 << _SEQ_BITS) - 1
_MERGED_BYTES = 1 << 16


class _Head:
    """What this process knows of a run it has claimed. `last` counts what was given to the writer, durable or not;
    `failures` how often it had to begin again from what was durable."""

    __slots__ = ("ended", "epoch", "failures", "id", "last", "tail")

    def __init__(self, id: int, epoch: int, last: int, ended: bool) -> None:
        self.id = id
        self.epoch = epoch
        self.last = last
        self.ended = ended
        self.failures = 0
        self.tail = Tail(last)
        self.tail.ended = ended


class SQLiteLog(EventLog):
    """A log in a `Database` that was opened with `MIGRATIONS`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._heads: dict[str, _Head] = {}

    async def claim(self, run: str) -> int:
        """See EventLog."""

        def work(connection: apsw.Connection) -> tuple[int, int, int, int]:
            epoch = connection.execute("UPDATE log_claims SET count = count + 1 RETURNING count").get
            return connection.execute(  # type: ignore[return-value]  # the columns' types are the schema's
                "INSERT INTO log_heads (run, epoch, last_seq, ended) VALUES (?, ?, 0, 0)"
                " ON CONFLICT (run) DO UPDATE SET epoch = excluded.epoch RETURNING id, epoch, last_seq, ended",
                (run, epoch),
            ).fetchone()

        def keep(row: tuple[int, int, int, int]) -> None:
            self._lose(run)
            if not row[3]:
                self._heads[run] = _Head(row[0], row[1], row[2], bool(row[3]))
            self._database.fire(f"log:{run}")  # those who followed another owner's go on here

        return (await self._database.write(work, keep))[1]

    async def append(self, run: str, events: Sequence[Event], epoch: int) -> int:
        """See EventLog."""
        head = self._heads.get(run)
        if head is None or head.epoch != epoch:
            raise await self._refusal(run, epoch)
        if head.ended:
            raise RunEnded(f"run {run} has ended: nothing can be appended", run=run)
        if not events:
            return head.last
        before = head.last
        segment, ended = stamp(events, before)
        head.last = segment.last
        head.ended = ended
        failures = head.failures
        began = time.monotonic()

        def work(connection: apsw.Connection) -> None:
            connection.execute(
                "UPDATE log_heads SET last_seq = ?, ended = ?"
                " WHERE id = ? AND epoch = ? AND last_seq = ? AND ended = 0",
                (segment.last, ended, head.id, epoch, before),
            )
            if connection.changes() != 1:
                raise _refused(connection, run, epoch)
            connection.execute(
                "INSERT INTO log_segments VALUES (?, ?, ?)",
                (head.id << _SEQ_BITS | segment.last, segment.first, segment.data),
            )

        def show(_: None) -> None:
            head.tail.push(segment, ended)
            if ended:
                self._end(run, head)
            for observe in self.observers:
                observe(run, segment, time.monotonic() - began)

        def fail(error: BaseException) -> None:
            if isinstance(error, StaleEpoch | UnknownRun):
                if self._heads.get(run) is head:
                    self._lose(run)
            elif failures == head.failures:
                # Begin again from what holds. Appends that counted on this one are before any new one in the writer's
                # queue, and fail by their `last_seq`.
                head.failures += 1
                head.last = head.tail.last
                head.ended = False

        await self._database.write(work, show, fail, head.id)
        return segment.last

    def _lose(self, run: str) -> None:
        """The run has another owner now: readers of the old tail look again for where it goes on."""
        head = self._heads.pop(run, None)
        if head is not None:
            head.tail.lose()

    def _end(self, run: str, head: _Head) -> None:
        """Readers that are here keep the tail; later ones read the merged rows."""
        if self._heads.get(run) is head:
            del self._heads[run]
        with suppress(Closed):  # closing: the rows stay as they are
            merged = self._database.write(lambda connection: _merge(connection, head.id))
            merged.add_done_callback(lambda future: future.cancelled() or future.exception())

    async def read_segments(self, run: str, after: int = 0, limit: int = 4096) -> list[Segment]:
        """See EventLog."""

        def work(connection: apsw.Connection) -> list[Segment]:
            id = _known(connection, run)[0]
            found: list[Segment] = []
            count = 0
            rows = connection.execute(
                "SELECT key, first_seq, data FROM log_segments WHERE key > ? AND key <= ? ORDER BY key",
                (id << _SEQ_BITS | max(after, 0), id << _SEQ_BITS | _SEQ_MASK),
            )
            for key, first, data in rows:
                segment = Segment(first, key & _SEQ_MASK, data).after(after)
                found.append(segment)
                count += segment.last - segment.first + 1
                if count >= limit:
                    break
            return found

        return await self._database.read(work)

    async def last_seq(self, run: str) -> int:
        """See EventLog."""
        return (await self._database.read(lambda connection: _known(connection, run)))[2]

    async def forget(self, run: str) -> None:
        """See EventLog."""

        def work(connection: apsw.Connection) -> None:
            row = connection.execute("DELETE FROM log_heads WHERE run = ? RETURNING id", (run,)).fetchone()
            if row is not None:
                low = row[0] << _SEQ_BITS
                connection.execute("DELETE FROM log_segments WHERE key BETWEEN ? AND ?", (low, low | _SEQ_MASK))

        def show(_: None) -> None:
            head = self._heads.pop(run, None)
            if head is not None:
                head.tail.forget()
            self._database.fire(f"log:{run}")

        await self._database.write(work, show)

    def tail(self, run: str) -> Tail | None:
        """See EventLog."""
        head = self._heads.get(run)
        return None if head is None else head.tail

    def signal(self, run: str) -> Signal:
        """See EventLog."""
        return self._database.signal(f"log:{run}")

    def watching(self) -> AbstractContextManager[None]:
        """See EventLog."""
        return self._database.watch()

    async def _refusal(self, run: str, epoch: int) -> LogError | UnknownRun:
        return await self._database.read(lambda connection: _refused(connection, run, epoch))


def _known(connection: apsw.Connection, run: str) -> tuple[int, int, int, int]:
    row: tuple[int, int, int, int] | None = connection.execute(
        "SELECT id, epoch, last_seq, ended FROM log_heads WHERE run = ?", (run,)
    ).fetchone()
    if row is None:
        raise UnknownRun(f"there is no run {run}", run=run)
    return row


def _refused(connection: apsw.Connection, run: str, epoch: int) -> LogError | UnknownRun:
    """Why an append with `epoch` is not taken."""
    try:
        _, held, _, ended = _known(connection, run)
    except UnknownRun as error:
        return error
    if held != epoch:
        return StaleEpoch(f"run {run} was claimed by another owner (epoch {held}, not {epoch})", run=run)
    if ended:
        return RunEnded(f"run {run} has ended: nothing can be appended", run=run)
    return LogError(f"an earlier append to run {run} failed: this one would leave a gap", run=run)


def _merge(connection: apsw.Connection, id: int) -> None:
    """Merge the rows of a run that has ended: small ones into rows of some 64 kB, large ones as they are."""
    low = id << _SEQ_BITS
    sizes: Iterable[Any] = connection.execute(
        "SELECT key, length(data) FROM log_segments WHERE key BETWEEN ? AND ? ORDER BY key", (low, low | _SEQ_MASK)
    ).fetchall()
    group: list[int] = []
    size = 0
    for key, length in [*sizes, (-1, _MERGED_BYTES)]:
        if group and size + length > _MERGED_BYTES:
            if len(group) > 1:
                _merge_rows(connection, group[0], group[-1])
            group, size = [], 0
        group.append(key)
        size += length


def _merge_rows(connection: apsw.Connection, first_key: int, last_key: int) -> None:
    rows: list[Any] = connection.execute(
        "SELECT first_seq, data FROM log_segments WHERE key BETWEEN ? AND ? ORDER BY key", (first_key, last_key)
    ).fetchall()
    connection.execute("DELETE FROM log_segments WHERE key BETWEEN ? AND ?", (first_key, last_key))
    data = b"".join([row[1] for row in rows])
    connection.execute("INSERT INTO log_segments VALUES (?, ?, ?)", (last_key, rows[0][0], data))
