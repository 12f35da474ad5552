"""Any order of claims, appends, readers and forgetting keeps the contract."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from runnel.database import Database
from runnel.errors import RunEnded as RunEndedError
from runnel.errors import StaleEpoch, UnknownRun
from runnel.log import EventLog, MemoryLog, SQLiteLog, journal, sqlite
from runnel.log.sqlite import MIGRATIONS
from runnel.testing.following import PATIENCE, ended, said, texts
from runnel.vocabulary.events import Event

T = TypeVar("T")
NOBODY = -1
RUNS = st.sampled_from(["a", "b", "c"])


@dataclass
class Kept:
    """What a run's log should hold, and which log claimed it last."""

    epoch: int
    log: EventLog
    events: list[str] = field(default_factory=list)
    ended: bool = False
    readers: list["Reader"] = field(default_factory=list)

    @property
    def last(self) -> int:
        return len(self.events) + self.ended


class Reader:
    """Reads a run from after some `seq`; `rest` is set where it stops reading for a while."""

    def __init__(self, log: EventLog, run: str, after: int) -> None:
        self.after = after
        self.events: list[Event] = []
        self.going = asyncio.Event()
        self.going.set()
        self.task = asyncio.ensure_future(self._read(log, run))

    async def _read(self, log: EventLog, run: str) -> None:
        async for event in log.follow(run, self.after):
            self.events.append(event)
            await self.going.wait()


class LogMachine(RuleBasedStateMachine):
    """Drives a log beside a plain model of what it should hold."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = contextlib.AsyncExitStack()
        self.kept: dict[str, Kept] = {}
        self.epochs: list[tuple[str, int]] = []
        self.forgotten: list[Reader] = []

    async def open_log(self) -> EventLog:
        return MemoryLog()

    def do(self, work: Any) -> Any:
        async def limited() -> Any:
            async with asyncio.timeout(PATIENCE):
                return await work

        return self.runner.run(limited())

    @initialize()
    def open(self) -> None:
        self.log: EventLog = self.do(self.open_log())

    def teardown(self) -> None:
        async def end() -> None:
            try:
                for run, kept in list(self.kept.items()):
                    if not kept.ended:
                        if kept.epoch == NOBODY:
                            kept.log, kept.epoch = self.log, await self.log.claim(run)
                        await kept.log.append(run, ended(), kept.epoch)
                        kept.ended = True
                    for reader in kept.readers:
                        reader.going.set()
                        await reader.task
                        self.check_reader(reader, kept)
                        assert len(reader.events) == max(0, kept.last - reader.after)
                for reader in self.forgotten:
                    reader.going.set()
                    try:
                        await reader.task
                    except UnknownRun:
                        assert not reader.events  # the run was gone before the first look
            finally:
                await self.stack.aclose()

        self.do(end())
        self.runner.close()

    @rule(run=RUNS)
    def claim(self, run: str) -> None:
        epoch = self.do(self.log.claim(run))
        assert all(epoch > older for _, older in self.epochs if _ == run)
        self.epochs.append((run, epoch))
        kept = self.kept.setdefault(run, Kept(epoch, self.log))
        kept.epoch, kept.log = epoch, self.log

    @precondition(lambda self: self.epochs)
    @rule(
        data=st.data(),
        sizes=st.lists(st.integers(0, 4), min_size=1, max_size=4),
        ends=st.booleans(),
        large=st.booleans(),
    )
    def append(self, data: st.DataObject, sizes: list[int], ends: bool, large: bool) -> None:
        """Some appends at once, with any epoch that was ever given; perhaps one of them ends the run."""
        run, epoch = data.draw(st.sampled_from(self.epochs))
        kept = self.kept.get(run)
        last = kept.last if kept is not None else 0
        batches = [
            [f"{last} {i} {j}".ljust(70_000 if large else 0) for j in range(size)] for i, size in enumerate(sizes)
        ]

        log = kept.log if kept is not None and kept.epoch == epoch else self.log

        async def all_at_once() -> list[Any]:
            appends = [log.append(run, texts(*batch), epoch) for batch in batches]
            if ends:
                appends.append(log.append(run, ended(), epoch))
            return await asyncio.gather(*appends, return_exceptions=True)

        results = self.do(all_at_once())
        if kept is None:
            assert all(isinstance(result, UnknownRun) for result in results)
        elif kept.epoch != epoch:
            assert all(isinstance(result, StaleEpoch) for result in results)
        elif kept.ended:
            assert all(isinstance(result, RunEndedError) for result in results)
        else:
            for batch, result in zip(batches, results, strict=False):
                kept.events += batch
                assert result == kept.last
            if ends:
                kept.ended = True
                assert results[-1] == kept.last

    @precondition(lambda self: self.kept)
    @rule(sizes=st.lists(st.integers(1, 3), min_size=3, max_size=3), ends=st.booleans())
    def append_to_all(self, sizes: list[int], ends: bool) -> None:
        """What several runs say at once, with their epochs; perhaps the first of them ends."""
        going = [(run, kept) for run, kept in sorted(self.kept.items()) if not kept.ended and kept.epoch != NOBODY]

        async def all_at_once() -> None:
            for (run, kept), size in zip(going, sizes, strict=False):
                said = [f"{kept.last} {n}" for n in range(size)]
                kept.events += said
                appends.append(kept.log.append(run, texts(*said), kept.epoch))
            if ends and going:
                run, kept = going[0]
                kept.ended = True
                appends.append(kept.log.append(run, ended(), kept.epoch))
            await asyncio.gather(*appends)

        appends: list[Any] = []
        self.do(all_at_once())

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), after=st.integers(0, 12))
    def follow(self, data: st.DataObject, after: int) -> None:
        run = data.draw(st.sampled_from(sorted(self.kept)))

        async def begin() -> Reader:
            return Reader(self.log, run, after)

        self.kept[run].readers.append(self.do(begin()))

    @precondition(lambda self: any(kept.readers for kept in self.kept.values()))
    @rule(data=st.data(), going=st.booleans())
    def hold_or_let_go(self, data: st.DataObject, going: bool) -> None:
        reader = data.draw(st.sampled_from([reader for kept in self.kept.values() for reader in kept.readers]))
        (reader.going.set if going else reader.going.clear)()

    @precondition(lambda self: any(kept.readers for kept in self.kept.values()))
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from([run for run, kept in sorted(self.kept.items()) if kept.readers]))
        reader = self.kept[run].readers.pop()
        reader.task.cancel()
        self.do(asyncio.wait([reader.task]))

    @rule()
    def let_the_readers_read(self) -> None:
        self.do(asyncio.sleep(0.002))

    @rule(run=RUNS)
    def forget(self, run: str) -> None:
        self.do(self.log.forget(run))
        kept = self.kept.pop(run, None)
        if kept is not None:
            self.forgotten += kept.readers
            for reader in kept.readers:
                self.check_reader(reader, kept)

    @rule(run=RUNS, after=st.integers(0, 12), limit=st.integers(1, 5))
    def read(self, run: str, after: int, limit: int) -> None:
        kept = self.kept.get(run)
        if kept is None:
            with pytest.raises(UnknownRun):
                self.do(self.log.read(run, after, limit))
            return
        events = self.do(self.log.read(run, after, limit))
        assert [event.seq for event in events] == list(range(after + 1, min(after + limit, kept.last) + 1))
        assert said(events) == kept.events[after : after + limit]
        assert self.do(self.log.last_seq(run)) == kept.last

    @invariant()
    def every_reader_has_a_gapless_part(self) -> None:
        for kept in self.kept.values():
            for reader in kept.readers:
                self.check_reader(reader, kept)
                if reader.task.done():
                    reader.task.result()

    def check_reader(self, reader: Reader, kept: Kept) -> None:
        seen = reader.events
        assert [event.seq for event in seen] == list(range(reader.after + 1, reader.after + len(seen) + 1))
        assert said(seen) == kept.events[reader.after : reader.after + len(seen)]


class SQLiteLogMachine(LogMachine):
    """The same over a file."""

    async def open_log(self) -> EventLog:
        self.path = Path(self.stack.enter_context(TemporaryDirectory())) / "runnel.db"
        return await self.stack.enter_async_context(_opened(self.path))


class JournalMachine(SQLiteLogMachine):
    """Small appends go into the journal, even one alone. It is merged at any moment; another owner of the same file
    reads, claims, appends and forgets too, and leaves without a word."""

    async def open_log(self) -> EventLog:
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(sqlite, "_FEWEST", 1)
        patch.setattr(sqlite, "_MOST_ROWS", 9)
        log = await super().open_log()
        self.elsewhere = await self.stack.enter_async_context(contextlib.AsyncExitStack())
        self.other: EventLog = await self.elsewhere.enter_async_context(_opened(self.path))
        return log

    @contextlib.contextmanager
    def as_other(self) -> Iterator[None]:
        self.log, self.other = self.other, self.log
        try:
            yield
        finally:
            self.log, self.other = self.other, self.log

    @rule(here=st.booleans())
    def merge(self, here: bool) -> None:
        log = self.log if here else self.other
        assert isinstance(log, SQLiteLog)
        database = log._database

        async def merge() -> None:
            await database.write(journal.merge)

        self.do(merge())

    @rule(run=RUNS)
    def claim_elsewhere(self, run: str) -> None:
        with self.as_other(), self.found_out(run):
            self.claim(run)

    @rule(run=RUNS)
    def forget_elsewhere(self, run: str) -> None:
        with self.as_other(), self.found_out(run):
            self.forget(run)

    @rule(run=RUNS)
    def claim(self, run: str) -> None:
        with self.found_out(run):
            super().claim(run)

    @rule(run=RUNS)
    def forget(self, run: str) -> None:
        with self.found_out(run):
            super().forget(run)

    @contextlib.contextmanager
    def found_out(self, run: str) -> Iterator[None]:
        """An owner whose run was taken hears of it when it appends, and only then tells its readers."""
        before = self.kept.get(run)
        log, epoch = (before.log, before.epoch) if before is not None else (self.log, NOBODY)
        yield
        if log is not self.log and epoch != NOBODY:
            with pytest.raises((StaleEpoch, UnknownRun, RunEndedError)):
                self.do(log.append(run, texts("late"), epoch))

    @rule(run=RUNS, after=st.integers(0, 12), limit=st.integers(1, 5))
    def read_elsewhere(self, run: str, after: int, limit: int) -> None:
        with self.as_other():
            self.read(run, after, limit)

    @rule()
    def die_elsewhere(self) -> None:
        """The journal stays as it is, and what was claimed there is nobody's."""
        assert isinstance(self.other, SQLiteLog)
        self.other._journal_bytes = 0
        for kept in self.kept.values():
            if kept.log is self.other:
                kept.log = self.log
                kept.epoch = kept.epoch if kept.ended else NOBODY
        self.do(self.elsewhere.aclose())
        self.other = self.do(self.elsewhere.enter_async_context(_opened(self.path)))


@contextlib.asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[SQLiteLog]:
    database = Database(path)
    await database.open(MIGRATIONS)
    yield SQLiteLog(database)
    await database.close()


_settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestMemoryLogMachine = LogMachine.TestCase
TestMemoryLogMachine.settings = _settings
TestSQLiteLogMachine = SQLiteLogMachine.TestCase
TestSQLiteLogMachine.settings = _settings
TestJournalMachine = JournalMachine.TestCase
TestJournalMachine.settings = _settings
