"""Jobs are done in order, together where they can be, and each hears of its own end."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import apsw
import pytest

from runnel.database import Database, Migrations, Synchronous
from runnel.database.connection import connect
from runnel.errors import Closed, DatabaseLocked, DatabaseTooNew, LogError
from runnel.log.crowd import Crowd

TABLE = Migrations("test", ("CREATE TABLE numbers (number INTEGER UNIQUE)",))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "deep" / "runnel.db")
    await database.open(TABLE)
    yield database
    await database.close()


def insert(number: int) -> Any:
    return lambda connection: connection.execute("INSERT INTO numbers VALUES (?)", (number,)).get


def numbers(connection: apsw.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT number FROM numbers ORDER BY rowid")]


def test_a_new_file_may_be_opened_by_several_at_once(tmp_path: Path) -> None:
    many = 6
    together = threading.Barrier(many)

    def open_one(path: str) -> None:
        together.wait()
        connect(path).close()

    with ThreadPoolExecutor(many) as threads:
        for attempt in range(80):  # few of them meet
            list(threads.map(open_one, [f"{tmp_path}/{attempt}.db"] * many))


async def test_jobs_are_done_in_order(database: Database) -> None:
    await asyncio.gather(*[database.write(insert(i)) for i in range(500)])
    assert await database.read(numbers) == list(range(500))


@pytest.mark.parametrize("bad", [[0], [7], [0, 3, 4, 9], list(range(10))])
async def test_a_job_that_fails_fails_alone(database: Database, bad: list[int]) -> None:
    await database.write(insert(-1))
    jobs = [database.write(insert(-1 if i in bad else i)) for i in range(10)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [isinstance(result, apsw.ConstraintError) for result in results] == [i in bad for i in range(10)]
    assert await database.read(numbers) == [-1, *[i for i in range(10) if i not in bad]]


async def test_after_and_failed_run_before_the_future_is_done_and_for_those_who_left(database: Database) -> None:
    heard: list[object] = []
    staying = database.write(lambda connection: 1, heard.append)
    leaving = database.write(lambda connection: 2, heard.append)
    failing = database.write(lambda connection: 1 // 0, heard.append, lambda error: heard.append(type(error)))
    leaving.cancel()
    staying.add_done_callback(lambda future: heard.append("done"))
    with pytest.raises(ZeroDivisionError):
        await failing
    await staying
    assert heard == [1, 2, ZeroDivisionError, "done"]


async def test_an_error_in_after_is_heard_by_its_own_caller_only(database: Database) -> None:
    def after(_: None) -> None:
        raise ValueError("mine")

    jobs = [database.write(lambda connection: None, after if i == 1 else None) for i in range(3)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), ValueError, type(None)]


async def test_a_read_sees_one_moment(database: Database) -> None:
    began, go_on = threading.Event(), threading.Event()

    def work(connection: apsw.Connection) -> tuple[int, int]:
        first = len(numbers(connection))
        began.set()
        go_on.wait(10)
        return first, len(numbers(connection))

    await database.write(insert(1))
    reading = asyncio.ensure_future(database.read(work))
    await asyncio.to_thread(began.wait, 10)
    await database.write(insert(2))
    go_on.set()
    assert await reading == (1, 1)
    assert await database.read(numbers) == [1, 2]


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(LogError, match="readonly"):
        await database.read(insert(1))
    await database.write(insert(1))


async def test_a_check_fails_where_nothing_can_be_written(tmp_path: Path) -> None:
    database = Database(tmp_path / "file.db", busy_timeout=0.01)
    await database.open(Migrations("some", ()))
    other = apsw.Connection(str(tmp_path / "file.db"))
    try:
        await database.check()
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked):
            await database.check()
        other.execute("ROLLBACK")
        await database.check()
    finally:
        other.close()
        await database.close()


async def test_closing_does_what_is_queued(tmp_path: Path) -> None:
    for _ in range(20):  # the closing word and the jobs may be taken from the queue together
        database = Database(tmp_path / "runnel.db")
        await database.open(TABLE)
        jobs = [database.write(lambda connection: connection.execute("DELETE FROM numbers").get) for _ in range(5)]
        async with asyncio.timeout(10):
            await database.close()
        assert all(job.done() for job in jobs)
        await database.close()
        with pytest.raises(Closed):
            database.write(insert(1))
        with pytest.raises(Closed):
            await database.read(numbers)


@pytest.mark.parametrize(("synchronous", "number"), [(Synchronous.NORMAL, 1), (Synchronous.FULL, 2)])
async def test_synchronous_is_what_was_asked_for(tmp_path: Path, synchronous: Synchronous, number: int) -> None:
    database = Database(tmp_path / "runnel.db", synchronous)
    await database.open(TABLE)
    assert await database.write(lambda connection: connection.pragma("synchronous")) == number
    assert await database.write(lambda connection: connection.pragma("journal_mode")) == "wal"
    await database.close()


async def test_migrations_are_added_to_and_only_then_run(tmp_path: Path) -> None:
    longer = Migrations("test", (*TABLE.steps, "ALTER TABLE numbers ADD COLUMN name TEXT"))
    for migrations in (TABLE, TABLE, longer, longer):
        database = Database(tmp_path / "runnel.db")
        await database.open(migrations, Migrations("other", ()))
        await database.close()
    database = Database(tmp_path / "runnel.db")
    with pytest.raises(DatabaseTooNew, match="test tables are of version 2"):
        await database.open(TABLE)


async def test_a_failing_migration_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    database = Database(tmp_path / "runnel.db")
    with pytest.raises(apsw.SQLError):
        await database.open(TABLE, Migrations("broken", ("CREATE TABLE fine (x)", "CREATE TABLE (")))
    database = Database(tmp_path / "runnel.db")
    await database.open()
    tables = await database.read(lambda c: c.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall())
    assert tables == []
    await database.close()


async def test_a_signal_that_fires_between_look_and_wait_is_not_missed(database: Database) -> None:
    signal = database.signal("topic")
    version = signal.version
    database.fire("topic")
    async with asyncio.timeout(10):
        await signal.after(version)
    waiting = [asyncio.ensure_future(signal.after(signal.version)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    database.fire("topic")
    async with asyncio.timeout(10):
        await asyncio.gather(*waiting[1:])


async def test_what_another_connection_writes_fires_while_somebody_watches(database: Database) -> None:
    other = apsw.Connection(database.path)
    signal = database.signal("topic")
    with database.watch():
        for i in range(3):
            version = signal.version
            other.execute("INSERT INTO numbers VALUES (?)", (i,))
            async with asyncio.timeout(10):
                await signal.after(version)
    other.close()


def test_few_sources_and_busy_ones_are_no_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    for sources, times, patient in ((1, 5, False), (15, 5, False), (16, 5, True), (200, 5, True), (16, 100, False)):
        crowd = Crowd()
        for _ in range(times):
            crowd.add(list(range(sources)))
        now += 0.11
        crowd.add([0])
        assert crowd.patient == patient, (sources, times)
