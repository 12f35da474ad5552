"""One file, many processes: readers beside the writer, and what is left when the writer is killed."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runnel.database import Database
from runnel.errors import RunEnded, StaleEpoch, UnknownRun
from runnel.log import SQLiteLog
from runnel.log.sqlite import MIGRATIONS
from runnel.testing.following import PATIENCE, ended, followed, said, texts
from tests.house import ROOT


@contextlib.asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SQLiteLog]:
    database = Database(path)
    await database.open(MIGRATIONS)
    try:
        yield SQLiteLog(database)
    finally:
        await database.close()


async def other_process(what: str, path: Path, run: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.log.other_process", what, str(path), run),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )


async def test_a_follower_in_another_process_gets_every_event_in_order(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as log, asyncio.timeout(PATIENCE):
        epoch = await log.claim("run")
        await log.append("run", texts("before"), epoch)
        process = await other_process("follow", path, "run")
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        for i in range(200):
            await log.append("run", texts(*"x" * (i % 3 + 1)), epoch)
        await log.append("run", ended(), epoch)
        lines = (await process.communicate())[0].split()
        assert lines == [*[b"%d" % seq for seq in range(1, await log.last_seq("run") + 1)], b"end"]


async def test_a_follower_elsewhere_is_woken_while_it_waits(tmp_path: Path) -> None:
    async with opened(tmp_path / "runnel.db") as here, opened(tmp_path / "runnel.db") as there:
        epoch = await here.claim("run")
        following = there.follow("run")
        for i in range(5):
            waiting = asyncio.ensure_future(anext(following))
            await asyncio.sleep(0.05)  # it waits by now
            assert not waiting.done()
            await here.append("run", texts(str(i)), epoch)
            async with asyncio.timeout(PATIENCE):
                assert (await waiting).seq == i + 1
        await here.append("run", ended(), epoch)
        async with asyncio.timeout(PATIENCE):
            assert [event.type async for event in following] == ["run.ended"]


async def test_an_event_that_is_seen_is_in_the_file(tmp_path: Path) -> None:
    import apsw

    path = tmp_path / "runnel.db"
    async with opened(path) as log:
        epoch = await log.claim("run")
        independent = apsw.Connection(str(path))

        async def look() -> int:
            seen = 0
            async for event in log.follow("run"):
                stored = independent.execute("SELECT max(key & 0xffffffff) FROM log_segments").get
                assert stored >= event.seq
                seen += 1
            return seen

        looking = asyncio.ensure_future(look())
        appends = [asyncio.ensure_future(log.append("run", texts(str(i)), epoch)) for i in range(200)]
        await asyncio.gather(*appends)
        await log.append("run", ended(), epoch)
        assert await looking == 201
        independent.close()


@pytest.mark.parametrize("events", [1, 30, 300])
async def test_what_was_followed_is_there_after_the_writer_was_killed(tmp_path: Path, events: int) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as log, asyncio.timeout(PATIENCE):
        process = await other_process("write", path, "run")
        while True:
            with contextlib.suppress(UnknownRun):
                seen = await followed(log, "run", most=events)
                break
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        kept = await log.read("run", limit=1_000_000)
        assert kept[:events] == seen
        assert [event.seq for event in kept] == list(range(1, len(kept) + 1))
        assert said(kept) == [str(event.seq) for event in kept]
        # Another goes on where it stopped.
        reader = asyncio.ensure_future(followed(log, "run", len(kept)))
        await asyncio.sleep(0)
        epoch = await log.claim("run")
        await log.append("run", ended(), epoch)
        assert [event.type for event in await reader] == ["run.ended"]


async def test_a_run_that_another_takes_over_goes_on_for_the_readers_of_both(tmp_path: Path) -> None:
    async with opened(tmp_path / "runnel.db") as one, opened(tmp_path / "runnel.db") as two:
        epoch = await one.claim("run")
        readers = [asyncio.ensure_future(followed(log, "run")) for log in (one, two)]
        await one.append("run", texts("a"), epoch)
        taken = await two.claim("run")
        await two.append("run", texts("b"), taken)
        with pytest.raises(StaleEpoch):
            await one.append("run", texts("x"), epoch)
        await two.append("run", texts("c"), taken)
        await two.append("run", ended(), taken)
        for reader in readers:
            assert said(await reader) == ["a", "b", "c"]
        for log, old in ((one, epoch), (two, taken)):
            with pytest.raises((RunEnded, StaleEpoch)):
                await log.append("run", texts("y"), old)


async def test_a_run_that_another_forgets_ends_for_all(tmp_path: Path) -> None:
    async with opened(tmp_path / "runnel.db") as one, opened(tmp_path / "runnel.db") as two:
        epoch = await one.claim("run")
        await one.append("run", texts("a"), epoch)
        readers = [log.follow("run") for log in (one, two)]
        assert [(await anext(reader)).seq for reader in readers] == [1, 1]
        await two.forget("run")
        other = await two.claim("other")  # may get the number of the row that is free now
        with pytest.raises(UnknownRun):
            await one.append("run", texts("b"), epoch)
        async with asyncio.timeout(PATIENCE):
            assert [[event async for event in reader] for reader in readers] == [[], []]
        assert await two.append("other", texts("c"), other) == 1
        assert said(await one.read("other")) == ["c"]


async def test_rows_are_merged_after_the_end_and_nothing_changes(tmp_path: Path) -> None:
    async with opened(tmp_path / "runnel.db") as log:
        epoch = await log.claim("run")
        for i in range(300):
            await log.append("run", texts(f"{i} 🜂 ".ljust(i * 3)), epoch)

        async def read() -> tuple[bytes, int]:
            segments = await log.read_segments("run", limit=1_000_000)
            return b"".join(segment.data for segment in segments), len(segments)

        before, rows = await read()
        beside = log.follow("run", 100)  # reads rows before and after they are merged
        first = await anext(beside)
        await log.append("run", ended(), epoch)
        await log.claim("later")  # the merging is before it in the writer's queue
        after, merged = await read()
        assert after.startswith(before)
        assert rows == 300
        assert merged == -(-len(after) // (1 << 16)) or merged < 6
        for cut in range(0, 302, 7):
            assert [event.seq for event in await log.read("run", cut)] == list(range(cut + 1, 302))
        assert [first.seq, *[event.seq async for event in beside]] == list(range(101, 302))
