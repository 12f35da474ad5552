"""A run can be followed, cancelled and found again from another process on the same file."""

import asyncio
from math import inf

import pytest

from runnel import Runnel
from runnel.errors import LogError
from runnel.models.scripted import Pause, Scripted
from runnel.store import Runs
from runnel.webhooks import Notice
from tests.apps import config, ends_once, events_of, in_time, is_partial, text_of, until_said
from tests.runs.processes import child, line, lines


async def test_a_run_is_cancelled_from_another_process(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        model = Scripted("said", Pause(inf))
        run = await (await app.chat(model=model)).start("go")
        await until_said(run)
        async with child("cancel", file_url, run.id) as other:
            assert await lines(other) == ["cancelled said"]
        assert is_partial(await in_time(run.wait()), "cancelled", "said")
        assert model.calls[0].ended == "cancelled"
        ends_once(await events_of(run), "cancelled")


async def test_the_owner_sees_a_cancel_that_another_leaves(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as owner, Runnel(file_url, config=config()) as other:
        runs = [await (await owner.chat(model=Scripted("said", Pause(inf)))).start("go") for _ in range(5)]
        for run in runs:
            await until_said(run)
        messages = await in_time(asyncio.gather(*[(await other.run(run.id)).cancel() for run in runs]))
        assert [(message.status, message.content) for message in messages] == [("cancelled", "said")] * 5
        for run in runs:
            ends_once(await events_of(run), "cancelled")


async def test_a_run_is_followed_from_another_process_to_its_end(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        go_on = asyncio.Event()
        run = await (await app.chat(model=Scripted("a", go_on, ["b"] * 50))).start("go")
        await until_said(run)
        async with child("follow", file_url, run.id, "2") as other:
            assert (await line(other)).startswith("3 ")
            go_on.set()
            rest = await lines(other)
        events = await events_of(run)
        assert [f"{event.seq} {event.type}" for event in events[3:]] == rest


async def test_a_run_of_another_process_is_awaited_streamed_and_cancelled(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app, child("answer", file_url, "theirs", "30", "0.002") as other:
        chat_id = await line(other)
        run = await app.run("theirs")
        message = await in_time(run.wait())
        assert is_partial(message, "completed", "".join([f"{number} " for number in range(30)]))
        assert message.chat_id == chat_id
        events = await events_of(run)
        ends_once(events, "completed")
        assert text_of(events) == message.content
        assert await line(other) == "ended"


async def test_what_a_killed_process_left_is_settled_though_nobody_looks(file_url: str) -> None:
    ended: asyncio.Queue[str] = asyncio.Queue()

    async def told(notice: Notice) -> None:
        await ended.put(f"{notice.run_id} {notice.status}")

    async with Runnel(file_url, config=config(model_wait=5), notify=told) as app:
        chat = await app.chat(model=Scripted("answered here"))
        async with child("queue", file_url, chat.id) as other:
            assert await line(other) == "queued"
            other.kill()
            assert await in_time(ended.get()) == "run_first interrupted"
            assert await in_time(ended.get()) == "run_second completed"


async def test_trouble_with_looking_for_the_dead_is_told_once_for_each_kind(
    app: Runnel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    troubles = iter(["locked", "locked", "full", None, "full"])

    async def owners(_: Runs) -> list[str]:
        if (trouble := next(troubles)) is not None:
            raise LogError(trouble)
        return []

    monkeypatch.setattr(Runs, "owners", owners)
    deaths = app._open.deaths
    await deaths.close()
    for _ in range(5):
        await deaths._look()
    told = [str(record.exc_info[1]) for record in caplog.records if record.exc_info]
    assert told == ["locked", "full", "full"]


async def test_what_a_killed_process_left_in_the_queue_goes_on_elsewhere(file_url: str) -> None:
    async with Runnel(file_url, config=config(model_wait=5)) as app:
        model = Scripted("answered here")
        chat = await app.chat(model=model)
        async with child("queue", file_url, chat.id) as other:
            assert await line(other) == "queued"
            waiting = asyncio.ensure_future((await app.run("run_second")).wait())
            following = asyncio.ensure_future(events_of(await app.run("run_second")))
            other.kill()
            assert is_partial(await in_time(waiting), "completed", "answered here")
            ends_once(await in_time(following), "completed")
        first = await (await app.run("run_first")).message()
        assert first.status == "interrupted"
        assert first.content
        assert [message.role for message in await chat.messages()] == ["user", "assistant"] * 2
        assert [one.content for one in model.prompts[0].history] == ["first", first.content]
