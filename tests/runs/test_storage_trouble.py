"""A full disk or a locked database: the run ends `failed`, what was durable stays, and the chat goes on afterwards."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from runnel import Runnel
from runnel.errors import DatabaseLocked, DiskFull, LogError
from runnel.log import Feeder
from runnel.models.scripted import Scripted
from runnel.vocabulary.prompt import Delta, Prompt
from tests.apps import Model, config, ends_once, events_of, in_time, is_partial, text_of, tune, until, until_said


async def limit_pages(app: Runnel, more: int | None) -> None:
    """Leave so many pages of room in the database; None for any number."""

    def work(connection: Any) -> None:
        connection.pragma("max_page_count", 1 << 30 if more is None else connection.pragma("page_count") + more)

    await app._open.database.write(work)


class Filling:
    """A model that says more than there is room for, after a while."""

    name = "filling"

    def __init__(self) -> None:
        self.full = asyncio.Event()

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        yield "durable "
        await self.full.wait()
        while True:
            yield "x" * 20_000
            await asyncio.sleep(0.001)


async def test_a_full_disk_fails_the_run_and_keeps_what_was_durable(file_url: str) -> None:
    model = Filling()
    async with Runnel(file_url, config=config()) as app:
        chat = await app.chat(model=model)
        run = await chat.start("go")
        reading = run.events()
        seen = [await anext(reading) for _ in range(5)]
        assert text_of(seen) == "durable "
        await limit_pages(app, 40)
        model.full.set()
        message = await in_time(run.wait())
        assert message.status == "failed"
        assert type(message.error) is DiskFull
        assert "free some space" in str(message.error)
        assert message.content.startswith("durable x")
        seen += [event async for event in reading]
        ends_once(seen, "failed")
        assert text_of(seen) == message.content
        await limit_pages(app, None)
        chat = await app.get_chat(chat.id, model=Scripted("there is room again"))
        assert is_partial(await in_time(chat.answer("and now?")), "completed", "there is room again")
    async with Runnel(file_url, config=config()) as app:
        again = await app.message(message.id)
        assert again.value == message.value
        assert type(again.error) is DiskFull


async def test_where_not_even_the_end_can_be_written_readers_are_told_and_the_run_ends_later(
    file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Runnel(file_url, config=config()) as app:
        tune(app, end_wait=0.05)
        model = Filling()
        chat = await app.chat(model=model)
        run = await chat.start("go")
        reading = asyncio.ensure_future(events_of(run))
        waiting = asyncio.ensure_future(run.wait())
        log = app._open.runner.log
        feed, full = type(log).feed, True

        def no_room(self: Any, feeder: Feeder) -> None:
            if full:
                asyncio.get_running_loop().call_soon(feeder.failed, DiskFull("no space left"))
            else:
                feed(self, feeder)

        await until_said(run)
        monkeypatch.setattr(type(log), "feed", no_room)
        model.full.set()
        for reader in (reading, waiting):
            with pytest.raises(DiskFull):
                await in_time(reader)
        assert (await app.message(str(run.message_id))).content == "durable "
        full = False
        message = await in_time(run.wait())
        assert is_partial(message, "failed", "durable ")
        assert type(message.error) is DiskFull
        ends_once(await events_of(run), "failed")
        assert (await in_time((await app.chat(model=Scripted("yes"))).answer("go"))).content == "yes"


async def test_a_database_that_another_program_locks_fails_what_waits_too_long(
    file_url: str,
) -> None:
    async with Runnel(file_url, config=config()) as app:
        chat = await app.chat(model=Scripted("x"))
        await app._open.database.write(lambda connection: connection.set_busy_timeout(50))
        other = apsw.Connection(file_url.removeprefix("sqlite:///"))
        try:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseLocked, match="another program"):
                await in_time(chat.start("go"))
            assert await chat.messages() == [], "reading goes on"
        finally:
            other.execute("ROLLBACK")
            other.close()
        assert is_partial(await in_time(chat.answer("go")), "completed", "x")


async def test_a_lock_that_is_let_go_in_time_is_only_a_pause(file_url: str) -> None:
    go_on = asyncio.Event()

    async def stream(_: Prompt) -> AsyncIterator[Delta]:
        yield "before "
        await go_on.wait()
        yield "after"

    async with Runnel(file_url, config=config()) as app:
        run = await (await app.chat(model=Model(stream))).start("go")
        await until_said(run)
        other = apsw.Connection(file_url.removeprefix("sqlite:///"))
        other.execute("BEGIN IMMEDIATE")
        go_on.set()
        await asyncio.sleep(0.05)
        assert (await run.message()).status == "running"
        other.execute("ROLLBACK")
        other.close()
        assert is_partial(await in_time(run.wait()), "completed", "before after")


async def test_a_database_that_cannot_be_opened_is_an_error_that_names_it(tmp_path: Any) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(LogError, match=r"runnel\.db"):
        async with Runnel(f"sqlite:///{tmp_path}/file/runnel.db", config=config()):
            pass


async def test_a_model_that_is_kept_waiting_by_the_disk_is_not_silent(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        tune(app, between_tokens=0.05)
        begin = asyncio.Event()
        run = await (await app.chat(model=Scripted(begin, "before ", "after"))).start("go")
        await until(run, "running")
        other = apsw.Connection(file_url.removeprefix("sqlite:///"))
        other.execute("BEGIN IMMEDIATE")
        begin.set()
        await asyncio.sleep(0.3)
        other.execute("ROLLBACK")
        other.close()
        assert is_partial(await in_time(run.wait()), "completed", "before after")


@pytest.mark.parametrize("how", ["deleted", "replaced"])
async def test_a_question_is_not_taken_where_it_would_be_lost(file_url: str, how: str) -> None:
    path = Path(file_url.removeprefix("sqlite:///"))
    async with Runnel(file_url, config=config()) as app:
        chat = await app.chat(model=Scripted("yes"))
        await in_time(chat.answer("before"))
        aside = path.rename(path.with_suffix(".aside"))
        if how == "replaced":
            path.write_bytes(b"")
        with pytest.raises(LogError, match="moved, deleted or replaced"):
            await chat.start("lost")
        with pytest.raises(LogError, match="moved, deleted or replaced"):
            await app.check()
        aside.replace(path)
        await app.check()
        assert str(await in_time(chat.answer("after"))) == "yes"
