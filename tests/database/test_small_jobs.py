"""Small jobs are done at once where nothing is in their way, and in their turn where something is."""

import asyncio
import threading
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runnel.database import Database, Synchronous
from runnel.errors import DatabaseLocked
from tests.database.test_database import TABLE, database, insert, numbers

__all__ = ["database"]


def thread(connection: apsw.Connection) -> int:
    return threading.get_ident()


async def test_a_small_job_is_done_before_write_returns(database: Database) -> None:
    heard: list[object] = []
    future = database.write(insert(1), heard.append, small=True)
    assert (future.done(), heard) == (True, [None])
    assert await database.read(numbers) == [1]
    assert await database.write(thread, small=True) == threading.get_ident()
    assert await database.write(thread) != threading.get_ident()


async def test_a_small_job_waits_for_those_before_it(database: Database) -> None:
    jobs = [database.write(insert(number), small=number % 2 == 1) for number in range(20)]
    assert not jobs[1].done()
    await asyncio.gather(*jobs)
    assert await database.read(numbers) == list(range(20))


async def test_a_small_job_that_fails_leaves_nothing_behind(database: Database) -> None:
    failed: list[BaseException] = []

    def half(connection: apsw.Connection) -> None:
        insert(1)(connection)
        raise ValueError("no")

    future = database.write(half, None, failed.append, small=True)
    with pytest.raises(ValueError, match="no"):
        await future
    assert [str(error) for error in failed] == ["no"]
    await database.write(insert(1), small=True)
    assert await database.read(numbers) == [1]


async def test_the_loop_never_waits_for_another_programs_lock(tmp_path: Path) -> None:
    database = Database(tmp_path / "runnel.db", busy_timeout=0.05)
    await database.open(TABLE)
    other = apsw.Connection(str(tmp_path / "runnel.db"))
    other.execute("BEGIN IMMEDIATE")
    future = database.write(insert(1), small=True)
    assert not future.done()  # the thread waits for it
    with pytest.raises(DatabaseLocked):
        await future
    other.execute("COMMIT")
    assert database.write(insert(2), small=True).done()
    other.close()
    await database.close()


async def test_what_waits_for_the_disk_is_never_done_in_the_loop(tmp_path: Path) -> None:
    database = Database(tmp_path / "runnel.db", Synchronous.FULL)
    await database.open(TABLE)
    assert await database.write(thread, small=True) != threading.get_ident()
    await database.close()


async def test_the_write_ahead_log_of_small_jobs_does_not_grow_for_ever(database: Database, tmp_path: Path) -> None:
    page = b"x" * 4000
    await database.write(lambda connection: connection.execute("CREATE TABLE pages (data BLOB)").get)
    for _ in range(6000):
        await database.write(
            lambda connection: connection.execute("INSERT INTO pages VALUES (?)", (page,)).get, small=True
        )
        await asyncio.sleep(0)
    await database.write(thread)  # what the thread has to do is done by now
    assert (tmp_path / "deep" / "runnel.db-wal").stat().st_size < 4000 * 6000


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=40))
def test_jobs_are_done_in_order_however_they_are_given(jobs: list[tuple[bool, bool, bool]]) -> None:
    async def run() -> None:
        database = Database()
        await database.open(TABLE)
        given = []
        for number, (small, fails, turns) in enumerate(jobs):
            given.append(database.write(insert(0 if fails and number else number), small=small))
            if turns:
                await asyncio.sleep(0)
        results = await asyncio.gather(*given, return_exceptions=True)
        failed = [isinstance(result, apsw.ConstraintError) for result in results]
        assert failed == [fails and number > 0 for number, (_, fails, _) in enumerate(jobs)]
        assert await database.read(numbers) == [number for number, wrong in enumerate(failed) if not wrong]
        await database.close()

    asyncio.run(run())
