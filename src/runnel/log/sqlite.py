"""The log in SQLite. Events are kept in segments, many events a row: what one append brought while the run goes on,
and rows of some 64 kB, joined, once it has ended. Small appends of several runs in one commit go into the journal
together first.

An epoch is the number of the claim among all claims of the file, so that none is ever given twice, not even to a run
that was forgotten and made anew. The check of the epoch and of the end is part of the transaction that appends: it
holds between processes. In the journal it is one look for all: while nobody else has claimed or forgotten anything,
every run that was claimed here is this log's still.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from heapq import merge as in_order
from typing import Any

import apsw

from ..database import Database, Migrations, Signal
from ..errors import Closed, DatabaseLocked, LogError, RunEnded, StaleEpoch, UnknownRun
from ..vocabulary.events import Event
from . import journal, rows
from .base import EventLog
from .beginning import SQLiteBeginning, erase
from .claims import Claims
from .crowd import GATHER_SECONDS, Crowd
from .feeder import Append, Feeder
from .head import Head, Share
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
        "CREATE TABLE log_journal (number INTEGER PRIMARY KEY, heads BLOB NOT NULL, data BLOB NOT NULL);",
    ),
)

# A commit's appends go into the journal if there are so many that are so small, in bytes.
_FEWEST = 4
_SMALL = 1 << 12
# Bytes that are written at once, in the loop's thread.
_AT_ONCE = 1 << 14
# The journal is merged when it has so many rows, or this log has written so many bytes there.
_MOST_ROWS = 64
_MOST_BYTES = 1 << 22


class SQLiteLog(EventLog):
    """A log in a `Database` that was opened with `MIGRATIONS`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._heads: dict[str, Head] = {}
        self._claims = Claims()
        self._journal = journal.Journal()
        self._journal_bytes = 0
        self._merges = 0
        self._crowd = Crowd()
        self._ready: list[Head] = []
        self._refused: list[Feeder] = []
        self._sending: asyncio.Handle | None = None
        database.before_close(self._close)

    # Claiming

    async def claim(self, run: str) -> int:
        """See EventLog."""
        self._contest(run)

        def work(connection: apsw.Connection) -> tuple[int, int, int, int, int]:
            if connection.execute("SELECT 1 FROM log_heads WHERE run = ?", (run,)).get is not None:
                journal.merge(connection)
            epoch, others = self._claims.count(connection)
            row: Any = connection.execute(
                "INSERT INTO log_heads (run, epoch, last_seq, ended) VALUES (?, ?, 0, 0)"
                " ON CONFLICT (run) DO UPDATE SET epoch = excluded.epoch RETURNING id, epoch, last_seq, ended",
                (run, epoch),
            ).fetchone()
            return (*row, others)

        def keep(row: tuple[int, int, int, int, int]) -> None:
            id, epoch, last, ended, others = row
            if last:
                self._merged()
            self._lose(run)
            if not ended:
                self._heads[run] = Head(run, id, epoch, last, others)
            self._database.fire(f"log:{run}")  # those who followed another owner's go on here

        return (await self._database.write(work, keep))[1]

    def beginning(self, run: str, events: Sequence[Event]) -> SQLiteBeginning:
        """See EventLog."""
        return SQLiteBeginning(self._claims, run, events, self._begun)

    def _begun(self, head: Head, segment: Segment) -> None:
        self._lose(head.run)
        head.tail.push(segment, False)
        self._heads[head.run] = head
        self._database.fire(f"log:{head.run}")
        for observe in self.observers:
            observe(head.run, segment, 0.0)

    async def forget(self, run: str) -> None:
        """See EventLog."""
        self._contest(run)

        def work(connection: apsw.Connection) -> None:
            if erase(connection, run):
                self._claims.count(connection)

        def show(_: None) -> None:
            head = self._heads.pop(run, None)
            if head is not None:
                head.tail.forget()
            self._database.fire(f"log:{run}")

        await self._database.write(work, show)

    def _contest(self, run: str) -> None:
        """Before a claim or forgetting: what was to be appended until now comes first, what comes now looks twice."""
        self._send()
        head = self._heads.get(run)
        if head is not None:
            head.contested = True

    def _lose(self, run: str) -> None:
        """The run has another owner now: readers of the old tail look again for where it goes on."""
        head = self._heads.pop(run, None)
        if head is not None:
            head.tail.lose()

    # Appending

    async def append(self, run: str, events: Sequence[Event], epoch: int) -> int:
        """See EventLog."""
        append = Append(run, events, epoch)
        self.feed(append)
        return await append.future

    def feed(self, feeder: Feeder) -> None:
        """See EventLog."""
        head = self._heads.get(feeder.run)
        if head is None or head.epoch != feeder.epoch:
            self._refused.append(feeder)
            self._send_soon()
        elif head.wait(feeder):
            self._make_ready(head)

    def _make_ready(self, head: Head) -> None:
        self._ready.append(head)
        self._send_soon()

    def _send_soon(self) -> None:
        if self._sending is None:
            loop = asyncio.get_running_loop()
            if self._crowd.patient:
                self._sending = loop.call_later(GATHER_SECONDS, self._send)
            else:
                self._sending = loop.call_soon(self._send)

    def _send(self) -> None:
        """Give the writer thread all that has gathered."""
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        refused, self._refused = self._refused, []
        for feeder in refused:
            self._refuse(feeder)
        ready, self._ready = self._ready, []
        shares = [share for head in ready if (share := head.share()) is not None]
        if shares:
            self._crowd.add([share.head.id for share in shares])
            self._write(shares)

    def _refuse(self, feeder: Feeder) -> None:
        try:
            self._database.write(
                lambda connection: _refusal(connection, feeder.run, feeder.epoch), feeder.failed, feeder.failed
            ).add_done_callback(_look_at)
        except Closed as error:
            feeder.failed(error)

    def _write(self, shares: list[Share]) -> None:
        """Have `shares` committed. One that is refused fails alone, what else fails is tried again in halves."""

        def failed(error: BaseException) -> None:
            if len(shares) == 1 or isinstance(error, DatabaseLocked | Closed):  # it is no share's fault
                for share in shares:
                    self._done(share, error)
                return
            middle = len(shares) // 2
            self._write(shares[:middle])
            self._write(shares[middle:])

        try:
            small = sum([len(share.segment.data) for share in shares]) <= _AT_ONCE
            written = self._database.write(
                lambda connection: self._commit(connection, shares), self._written, failed, small
            )
        except Closed as error:
            failed(error)
        else:
            written.add_done_callback(_look_at)

    def _commit(self, connection: apsw.Connection, shares: list[Share]) -> "_Written":
        """Write the rows, in the writer's thread."""
        written = _Written(shares)
        alone: list[Share] = []
        together: list[Share] = []
        for share in shares:
            (alone if share.ended or len(share.segment.data) > _SMALL else together).append(share)
        if len(together) >= _FEWEST:
            self._journalize(connection, together, written)
        else:
            alone = shares
        for share in alone:
            head, segment = share.head, share.segment
            connection.execute(
                "UPDATE log_heads SET last_seq = ?, ended = ? WHERE id = ? AND epoch = ? AND ended = 0",
                (segment.last, share.ended, head.id, head.epoch),
            )
            if connection.changes() == 1:
                rows.insert(connection, head.id, segment.first, segment.last, segment.data)
            else:
                written.refused[share] = _refusal(connection, head.run, head.epoch)
        return written

    def _journalize(self, connection: apsw.Connection, shares: list[Share], written: "_Written") -> None:
        written.others = others = self._claims.others(connection)
        for share in shares:
            head = share.head
            if head.contested or head.others != others:
                held = connection.execute("SELECT epoch, ended FROM log_heads WHERE id = ?", (head.id,)).fetchone()
                if held != (head.epoch, 0):
                    written.refused[share] = _refusal(connection, head.run, head.epoch)
                    continue
            written.together.append(share)
        if written.together:
            journal.insert(connection, [(share.head.id, share.segment) for share in written.together])
            written.rows = journal.length(connection)

    def _written(self, written: "_Written") -> None:
        """Show what is durable, in the loop."""
        for share in written.together:
            share.head.others = written.others
            share.head.journaled = self._merges
            self._journal_bytes += len(share.segment.data)
        for share in written.shares:
            self._done(share, written.refused.get(share))
        if written.rows >= _MOST_ROWS or self._journal_bytes >= _MOST_BYTES:
            self._merge()

    def _done(self, share: Share, error: BaseException | None = None) -> None:
        head = share.head
        if isinstance(error, StaleEpoch | UnknownRun) and self._heads.get(head.run) is head:
            self._lose(head.run)
        if head.done(share, error):
            self._make_ready(head)
        if error is not None:
            return
        if share.ended:
            self._end(head)
        for observe in self.observers:
            observe(head.run, share.segment, time.monotonic() - share.began)

    def _end(self, head: Head) -> None:
        """Readers that are here keep the tail; later ones read the run's rows, joined."""
        if self._heads.get(head.run) is head:
            del self._heads[head.run]
        if head.journaled != self._merges:  # else the merge does it
            self._tidy(lambda connection: rows.compact(connection, head.id))

    def _merge(self) -> None:
        self._journal_bytes = 0
        self._tidy(journal.merge, self._merged)

    def _merged(self, _: None = None) -> None:
        self._merges += 1

    def _tidy(self, work: Callable[[apsw.Connection], None], after: Callable[[None], None] | None = None) -> None:
        """Do what may also be left: when the database closes, or fails."""
        with suppress(Closed):
            self._database.write(work, after).add_done_callback(_look_at)

    def _close(self) -> None:
        self._send()
        if self._journal_bytes:
            self._merge()

    # Reading

    async def read_segments(self, run: str, after: int = 0, limit: int = 4096) -> list[Segment]:
        """See EventLog."""
        after = max(after, 0)

        def work(connection: apsw.Connection) -> list[Segment]:
            id = _known(connection, run)[0]
            found: list[Segment] = []
            count = 0
            pieces = self._pieces().segments(connection, id, after)
            for segment in in_order(rows.segments(connection, id, after), pieces, key=_first):
                found.append(segment.after(after))
                count += found[-1].last - found[-1].first + 1
                if count >= limit:
                    break
            return found

        return await self._database.read(work)

    async def last_seq(self, run: str) -> int:
        """See EventLog."""

        def work(connection: apsw.Connection) -> int:
            id, _, last, _ = _known(connection, run)
            return max(last, self._pieces().last_seq(connection, id))

        return await self._database.look(work)

    def _pieces(self) -> journal.Journal:
        """The journal for a reader. In memory it may see what is rolled back later, and nothing of it is to be kept."""
        return journal.Journal() if self._database.in_memory else self._journal

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


class _Written:
    """What became of the shares of a commit. `others` is how many claims others have made, where that was asked."""

    __slots__ = ("others", "refused", "rows", "shares", "together")

    def __init__(self, shares: list[Share]) -> None:
        self.shares = shares
        self.together: list[Share] = []
        self.refused: dict[Share, BaseException] = {}
        self.others = 0
        self.rows = 0


def _first(segment: Segment) -> int:
    return segment.first


def _look_at(future: "asyncio.Future[Any]") -> None:
    """Whom an error concerns has been told."""
    if not future.cancelled():
        future.exception()


def _known(connection: apsw.Connection, run: str) -> tuple[int, int, int, int]:
    row: tuple[int, int, int, int] | None = connection.execute(
        "SELECT id, epoch, last_seq, ended FROM log_heads WHERE run = ?", (run,)
    ).fetchone()
    if row is None:
        raise UnknownRun(f"there is no run {run}", run=run)
    return row


def _refusal(connection: apsw.Connection, run: str, epoch: int) -> LogError | UnknownRun:
    """Why an append with `epoch` is not taken."""
    try:
        _, held, _, ended = _known(connection, run)
    except UnknownRun as error:
        return error
    if held != epoch or not ended:  # an epoch may be known to those whose claim it is not
        return StaleEpoch(f"run {run} was claimed by another owner (epoch {held}, not {epoch})", run=run)
    return RunEnded(f"run {run} has ended: nothing can be appended", run=run)
