"""Small appends of several runs in one commit lie together in the journal, and nobody who reads sees a difference."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from runnel.database import Database, Migrations
from runnel.errors import StaleEpoch, UnknownRun
from runnel.log import SQLiteLog, journal, sqlite
from runnel.log.sqlite import MIGRATIONS
from runnel.testing.following import PATIENCE, ended, followed, said, texts
from tests.house import ROOT

RUNS = [f"run_{i}" for i in range(8)]


@contextlib.asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[Database, SQLiteLog]]:
    database = Database(path)
    await database.open(MIGRATIONS)
    try:
        yield database, SQLiteLog(database)
    finally:
        await database.close()


def rows(path: Path, table: str) -> int:
    connection = apsw.Connection(str(path))
    count: int = connection.execute(f"SELECT count(*) FROM {table} WHERE length(data) > 0").get
    connection.close()
    return count


async def claimed(log: SQLiteLog) -> dict[str, int]:
    return {run: await log.claim(run) for run in RUNS}


async def all_say(log: SQLiteLog, epochs: dict[str, int], text: str) -> list[Any]:
    appends = [log.append(run, texts(f"{run} {text}"), epoch) for run, epoch in epochs.items()]
    return await asyncio.gather(*appends, return_exceptions=True)


async def test_what_runs_say_at_once_is_one_row_until_it_is_merged(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as (database, log), opened(path) as (_, other):
        epochs = await claimed(log)
        for i in range(5):
            assert await all_say(log, epochs, str(i)) == [i + 1] * len(RUNS)
            for reader in (log, other):
                assert said(await reader.read("run_3", 1)) == [f"run_3 {n}" for n in range(1, i + 1)]
                assert await reader.last_seq("run_3") == i + 1
        assert (rows(path, "log_journal"), rows(path, "log_segments")) == (5, 0)
        await database.write(journal.merge)
        assert (rows(path, "log_journal"), rows(path, "log_segments")) == (0, len(RUNS))
        await all_say(log, epochs, "5")
        for reader in (log, other):
            assert said(await reader.read("run_3")) == [f"run_3 {n}" for n in range(6)]


async def test_a_reader_elsewhere_sees_that_the_only_row_was_merged(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as (database, log), opened(path) as (_, other):
        epochs = await claimed(log)
        for i in range(3):
            await all_say(log, epochs, str(i))
            for _ in range(2):
                assert said(await other.read("run_1")) == [f"run_1 {n}" for n in range(i + 1)]
                await database.write(journal.merge)


async def test_a_run_that_says_something_large_or_alone_in_between_keeps_its_order(tmp_path: Path) -> None:
    async with opened(tmp_path / "runnel.db") as (database, log):
        epochs = await claimed(log)
        await all_say(log, epochs, "0")
        await log.append("run_3", texts("alone"), epochs["run_3"])
        await all_say(log, epochs, "1")
        await log.append("run_3", texts("x" * 10_000), epochs["run_3"])
        await all_say(log, epochs, "2")
        whole = said(await log.read("run_3"))
        assert whole == ["run_3 0", "alone", "run_3 1", "x" * 10_000, "run_3 2"]
        await database.write(journal.merge)
        assert said(await log.read("run_3")) == whole
        assert await log.append("run_3", ended(), epochs["run_3"]) == 6


async def test_a_run_that_was_taken_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as (_, log), opened(path) as (_, other):
        epochs = await claimed(log)
        await all_say(log, epochs, "0")
        taken = await other.claim("run_2")
        await other.forget("run_5")
        results = dict(zip(RUNS, await all_say(log, epochs, "1"), strict=True))
        assert isinstance(results.pop("run_2"), StaleEpoch)
        assert isinstance(results.pop("run_5"), UnknownRun)
        assert set(results.values()) == {2}
        assert await other.append("run_2", texts("on"), taken) == 2
        # A claim of one's own is no reason to refuse the others, and the old one of the same run is.
        mine = asyncio.ensure_future(log.claim("run_7"))
        await asyncio.sleep(0)
        going = {run: epoch for run, epoch in epochs.items() if run not in ("run_2", "run_5")}
        results = dict(zip(going, await all_say(log, going, "2"), strict=True))
        assert isinstance(results.pop("run_7"), StaleEpoch)
        assert set(results.values()) == {3}
        assert await log.append("run_7", texts("again"), await mine) == 3


async def test_closing_merges_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as (_, log):
        await all_say(log, await claimed(log), "0")
        assert rows(path, "log_journal") == 1
    assert (rows(path, "log_journal"), rows(path, "log_segments")) == (0, len(RUNS))


async def test_the_journal_is_merged_when_it_has_grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "runnel.db"
    monkeypatch.setattr(sqlite, "_MOST_ROWS", 10)
    async with opened(path) as (database, log):
        epochs = await claimed(log)
        for i in range(30):
            await all_say(log, epochs, str(i))
        await database.write(lambda connection: None)
        assert rows(path, "log_journal") <= 10
        assert said(await log.read("run_0")) == [f"run_0 {i}" for i in range(30)]


async def test_what_was_followed_is_there_though_the_journals_writer_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    async with opened(path) as (_, log), asyncio.timeout(PATIENCE):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.log.other_process", "crowd", str(path), "run"),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        await process.stdout.readline()
        seen = await asyncio.gather(*[followed(log, f"run_{i}", most=30) for i in range(8)])
        process.send_signal(signal.SIGSTOP)
        while rows(path, "log_journal") == 0:  # just emptied: killed now, the process would leave nothing there
            process.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.005)
            process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        for run, events in zip(RUNS, seen, strict=True):
            kept = await log.read(run)
            assert kept[:30] == events
            assert said(kept) == [str(event.seq) for event in kept]
            assert await log.append(run, ended(), await log.claim(run)) == len(kept) + 1
        assert rows(path, "log_journal") == 0


async def test_a_file_from_before_the_journal_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    before = Database(path)
    await before.open(Migrations("log", MIGRATIONS.steps[:1]))

    def old(connection: apsw.Connection) -> None:
        connection.execute("UPDATE log_claims SET count = 1")
        connection.execute("INSERT INTO log_heads VALUES (1, 'run_0', 1, 1, 0)")
        line = b'{"type":"text.delta","seq":1,"at":0,"text":"old"}\n'
        connection.execute("INSERT INTO log_segments VALUES (?, 1, ?)", (1 << 32 | 1, line))

    await before.write(old)
    await before.close()
    async with opened(path) as (_, log):
        epochs = await claimed(log)
        assert await all_say(log, epochs, "new") == [2, *[1] * (len(RUNS) - 1)]
        assert said(await log.read("run_0")) == ["old", "run_0 new"]
