"""When the storage fails, each failure has its error, what was durable stays, and the log goes on without a gap."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import apsw
import pytest

from runnel.database import Database
from runnel.errors import (
    Closed,
    DatabaseCorrupt,
    DatabaseLocked,
    DatabaseTooNew,
    DiskFull,
    LogError,
)
from runnel.log import SQLiteLog
from runnel.log.sqlite import MIGRATIONS
from runnel.testing.following import ended, followed, said, texts, turn
from runnel.vocabulary.events import RunStarted


@contextlib.asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[Database, SQLiteLog]]:
    database = Database(path, busy_timeout=0.05)
    await database.open(MIGRATIONS)
    try:
        yield database, SQLiteLog(database)
    finally:
        await database.close()


async def limit_pages(database: Database, more: int) -> None:
    def work(connection: apsw.Connection) -> None:
        connection.pragma("max_page_count", connection.pragma("page_count") + more)

    await database.write(work)


async def fails_and_goes_on(log: SQLiteLog, run: str, epoch: int, path: Path) -> None:
    """Appends that do not fit fail, with those that counted on them; small ones fit again or fail as well."""
    last = await log.last_seq(run)
    large = texts("x" * 4_000_000)
    appends = [log.append(run, events, epoch) for events in (large, texts("on top"), ended())]
    first, *others = await asyncio.gather(*appends, return_exceptions=True)
    assert isinstance(first, DiskFull)
    assert str(path) in str(first)
    assert first.details["database"] == str(path)
    assert all(isinstance(other, LogError) for other in others)
    assert await log.last_seq(run) == last


async def test_a_full_database_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as (database, log):
        epoch = await log.claim("run")
        reader = asyncio.ensure_future(followed(log, "run"))
        await log.append("run", texts("a", "b"), epoch)
        await limit_pages(database, 3)
        await fails_and_goes_on(log, "run", epoch, path)
        await fails_and_goes_on(log, "run", epoch, path)
        await limit_pages(database, 1_000_000)
        assert await log.append("run", texts("c"), epoch) == 3
        assert await log.append("run", ended(), epoch) == 4
        assert said(await reader) == ["a", "b", "c"]


async def test_a_full_database_harms_only_what_does_not_fit(tmp_path: Path) -> None:
    async with opened(tmp_path / "runnel.db") as (database, log):
        epochs = [await log.claim(f"run_{i}") for i in range(9)]
        await limit_pages(database, 60)
        lengths = [1_000_000 if i == 4 else 1 for i in range(9)]
        appends = [log.append(f"run_{i}", texts("x" * lengths[i]), epoch) for i, epoch in enumerate(epochs)]
        results = await asyncio.gather(*appends, return_exceptions=True)
        assert [isinstance(result, DiskFull) for result in results] == [i == 4 for i in range(9)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "runnel", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk can be mounted by root only")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_says_so_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    path = small_disk / "runnel.db"
    async with opened(path) as (_, log):
        epoch = await log.claim("run")
        await log.append("run", texts("a"), epoch)
        (small_disk / "ballast").write_bytes(b"x" * 300_000)
        await fails_and_goes_on(log, "run", epoch, path)

        async def fill() -> None:
            while True:
                await log.append("run", texts("small"), epoch)

        with pytest.raises(DiskFull):
            await fill()
        kept = await log.read("run", limit=100_000)
        (small_disk / "ballast").unlink()
        assert await log.append("run", ended(), epoch) == len(kept) + 1
    async with opened(path) as (_, log):
        assert [event.seq for event in await log.read("run", limit=100_000)] == list(range(1, len(kept) + 2))


async def test_a_locked_database_says_so_and_goes_on_when_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as (_, log):
        epoch = await log.claim("run")
        await log.append("run", texts("a"), epoch)
        other = apsw.Connection(str(path))
        other.execute("BEGIN IMMEDIATE")
        appends = [log.append("run", texts("x"), epoch) for _ in range(500)]  # all at once, not 50 ms each
        results = await asyncio.gather(*appends, return_exceptions=True)
        assert all(isinstance(result, LogError) for result in results)
        assert isinstance(results[0], DatabaseLocked)
        assert str(path) in str(results[0])
        assert said(await log.read("run")) == ["a"]
        other.execute("ROLLBACK")
        other.close()
        assert await log.append("run", texts("b"), epoch) == 2


async def test_an_append_whose_caller_left_may_fail_too(tmp_path: Path) -> None:
    async with opened(tmp_path / "runnel.db") as (database, log):
        epoch = await log.claim("run")
        await limit_pages(database, 3)
        append = asyncio.ensure_future(log.append("run", texts("x" * 1_000_000), epoch))
        await turn()
        append.cancel()
        await database.write(lambda connection: None)
        assert await log.append("run", texts("a"), epoch) == 1


async def test_what_cannot_be_encoded_is_not_appended(tmp_path: Path) -> None:
    async with opened(tmp_path / "runnel.db") as (_, log):
        epoch = await log.claim("run")
        with pytest.raises(UnicodeEncodeError):
            await log.append("run", texts("fine", "half a surrogate: \ud83d"), epoch)
        assert await log.append("run", texts("a"), epoch) == 1


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to have a header" * 100, b"SQLite format 3\0" * 99]
)
async def test_a_file_that_is_no_database_says_so_and_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "runnel.db"
    path.write_bytes(content)
    database = Database(path)
    with pytest.raises(DatabaseCorrupt, match=str(path)):
        await database.open(MIGRATIONS)
    assert path.read_bytes() == content
    with pytest.raises(Closed):
        await database.read(lambda connection: None)


async def test_a_damaged_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as (_, log):
        epoch = await log.claim("run")
        for i in range(50):
            await log.append("run", texts(str(i) * 3000), epoch)
    whole = path.read_bytes()
    path.write_bytes(whole[: 4096 * 2] + b"\xff" * (len(whole) - 4096 * 2))
    with pytest.raises(DatabaseCorrupt, match=str(path)):
        async with opened(path) as (_, log):
            await log.read("run")


async def test_a_later_databases_tables_are_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as (database, _):
        await database.write(lambda connection: connection.execute("UPDATE versions SET version = 99").get)
    database = Database(path)
    with pytest.raises(DatabaseTooNew, match=r"99.*upgrade"):
        await database.open(MIGRATIONS)


async def test_a_run_recorded_by_a_later_version_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path / "runnel.db") as (_, log):
        epoch = await log.claim("run")
        await log.append("run", [RunStarted("run", version=2), *ended()], epoch)
        with pytest.raises(DatabaseTooNew, match=r"run .*version 2"):
            await log.read("run")


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "file" / "deep" / "runnel.db", tmp_path):
        database = Database(path)
        with pytest.raises(LogError, match=str(path)):
            await database.open(MIGRATIONS)


async def test_the_end_is_kept_when_the_database_closes_at_once(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    database = Database(path)
    await database.open(MIGRATIONS)
    log = SQLiteLog(database)
    epoch = await log.claim("run")
    reader = asyncio.ensure_future(followed(log, "run"))
    await asyncio.sleep(0)
    appends = [asyncio.ensure_future(log.append("run", events, epoch)) for events in (texts("a"), ended())]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*appends) == [1, 2]
    assert said(await reader) == ["a"]
    async with opened(path) as (_, log):
        assert len(await log.read("run")) == 2
