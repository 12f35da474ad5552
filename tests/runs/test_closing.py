"""Closing drains, then interrupts with the partial kept; what is queued stays; nobody is left waiting."""

import asyncio
from collections.abc import AsyncIterator
from math import inf

import pytest

from runnel import Runnel
from runnel.errors import Closed, ModelMissing, Overloaded, ProcessDied
from runnel.models.scripted import Pause, Scripted
from runnel.vocabulary.prompt import Delta, Prompt
from tests.apps import Model, config, ends_once, events_of, in_time, is_partial, turns, until_said


async def test_closing_waits_for_runs_that_end_soon(file_url: str) -> None:
    async with Runnel(file_url, config=config(drain=20)) as app:
        run = await (await app.chat(model=Scripted("a", Pause(0.05), "b"))).start("go")
    async with Runnel(file_url, config=config()) as app:
        assert is_partial(await (await app.run(run.id)).message(), "completed", "ab")


async def test_closing_interrupts_what_does_not_end_and_keeps_its_partial(file_url: str) -> None:
    model = Scripted("said", Pause(inf))
    async with Runnel(file_url, config=config(drain=0)) as app:
        run = await (await app.chat(model=model)).start("go")
        await until_said(run)
        waiting = asyncio.ensure_future(run.wait())
        following = asyncio.ensure_future(events_of(run))
        await asyncio.sleep(0)
    assert is_partial(await in_time(waiting), "interrupted", "said")
    ends_once(await in_time(following), "interrupted")
    assert model.calls[0].ended == "cancelled"
    async with Runnel(file_url, config=config()) as app:
        message = await (await app.run(run.id)).message()
        assert is_partial(message, "interrupted", "said")
        assert type(message.error) is ProcessDied


async def test_what_is_queued_stays_queued_and_goes_on_at_the_next_opening(file_url: str) -> None:
    async with Runnel(file_url, config=config(drain=0)) as app:
        chat = await app.chat(model=Scripted("said", Pause(inf)))
        first = await chat.start("one")
        await until_said(first)
        queued = [await chat.start(question, if_busy="enqueue") for question in ("two", "three")]
        waiting = asyncio.ensure_future(queued[0].wait())
        events = aiter(queued[0].events())
        await anext(events)
        following = asyncio.ensure_future(until_it_ends(events))
        await turns(3)
    for reader in (waiting, following):
        with pytest.raises(Closed, match="queued"):
            await in_time(reader)
    async with Runnel(file_url, config=config(model_wait=5)) as app:
        model = Scripted(answers=lambda prompt: ["to ", prompt.question])
        chat = await app.get_chat(chat.id, model=model)
        for run in queued:
            await in_time((await app.run(run.id)).wait())
        branch = [(message.content, message.status) for message in await chat.messages()]
        assert branch == [
            ("one", "completed"),
            ("said", "interrupted"),
            ("two", "completed"),
            ("to two", "completed"),
            ("three", "completed"),
            ("to three", "completed"),
        ]
        assert [prompt.question for prompt in model.prompts] == ["two", "three"]
        for run in queued:
            ends_once(await events_of(await app.run(run.id)), "completed")


async def test_a_queued_run_found_again_fails_naming_its_model_when_that_does_not_come(file_url: str) -> None:
    async with Runnel(file_url, config=config(drain=0)) as app:
        chat = await app.chat(model=Scripted(Pause(inf), name="my own"))
        await chat.start("one")
        queued = await chat.start("two", if_busy="enqueue")
    async with Runnel(file_url, config=config(model_wait=0.02)) as app:
        message = await in_time((await app.run(queued.id)).wait())
        assert is_partial(message, "failed", "")
        assert type(message.error) is ModelMissing
        assert "my own" in str(message.error)
        assert chat.id in str(message.error)


async def test_the_errors_of_a_run_have_the_same_class_after_a_restart(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        message = await (await app.chat(model=Scripted("x", Overloaded("busy", status=529)))).answer("go")
    async with Runnel(file_url, config=config()) as app:
        again = await app.message(message.id)
        assert again.value == message.value
        assert type(again.error) is Overloaded
        assert again.error == message.error


async def test_readers_of_another_process_are_told_when_their_own_side_closes(file_url: str) -> None:
    async with Runnel(file_url, config=config(drain=0)) as owner:
        chat = await owner.chat(model=Scripted("said", Pause(inf)))
        run = await chat.start("go")
        await until_said(run)
        async with Runnel(file_url, config=config()) as other:
            theirs = await other.run(run.id)
            following = asyncio.ensure_future(events_of(theirs))
            waiting = asyncio.ensure_future(theirs.wait())
            feed = aiter((await other.get_chat(chat.id)).events())
            changes = asyncio.ensure_future(until_it_ends(feed))
            await asyncio.sleep(0.05)
        for reader in (following, waiting, changes):
            with pytest.raises(Closed):
                await in_time(reader)
        assert (await run.message()).status == "running"


async def until_it_ends(feed: AsyncIterator[object]) -> None:
    """Read what goes on for ever."""
    async for _ in feed:
        pass


async def test_a_reader_of_a_chats_feed_is_told(url: str) -> None:
    async with Runnel(url, config=config()) as app:
        chat = await app.chat(model=Scripted("x"))
        reading = asyncio.ensure_future(until_it_ends(chat.events()))
        await asyncio.sleep(0.02)
    with pytest.raises(Closed):
        await in_time(reading)


async def test_a_closed_runnel_says_so(url: str) -> None:
    app = Runnel(url, config=config())
    with pytest.raises(Closed, match="async with"):
        await app.chat()
    async with app:
        chat = await app.chat(model=Scripted("x"))
        message = await chat.answer("go")
        with pytest.raises(Closed, match="open already"):
            await app.__aenter__()
    await app.close()
    for ask in (lambda: chat.start("go"), chat.messages, message.run.wait, message.run.cancel, lambda: app.run("x")):
        with pytest.raises(Closed):
            await in_time(ask())


async def test_a_model_that_ignores_closing_does_not_keep_it(file_url: str, caplog: pytest.LogCaptureFixture) -> None:
    let_go = asyncio.Event()

    async def deaf(_: Prompt) -> AsyncIterator[Delta]:
        yield "said"
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    async with Runnel(file_url, config=config(drain=0, close=0.01)) as app:
        run = await (await app.chat(model=Model(deaf))).start("go")
        await until_said(run)
    let_go.set()
    await asyncio.sleep(0.05)
    async with Runnel(file_url, config=config()) as app:
        assert is_partial(await (await app.run(run.id)).message(), "interrupted", "said")


async def test_a_start_while_closing_is_refused_or_found_again(file_url: str) -> None:
    async with Runnel(file_url, config=config(drain=0)) as app:
        chat = await app.chat(model=Scripted("x", Pause(inf)))
        starting = [asyncio.ensure_future(chat.start(f"{n}", id=f"run_{n}", if_busy="enqueue")) for n in range(20)]
        await asyncio.sleep(0.003)
    results = await in_time(asyncio.gather(*starting, return_exceptions=True))
    assert all(not isinstance(result, BaseException) or isinstance(result, Closed) for result in results)
    async with Runnel(file_url, config=config(model_wait=0.01)) as app:
        for run in await app.runs():
            message = await in_time(run.wait())
            assert message.status in {"failed", "interrupted"}


def test_a_loop_that_ends_without_closing_leaves_its_runs_to_the_next(file_url: str) -> None:
    async def leave() -> str:
        app = await Runnel(file_url, config=config()).__aenter__()
        run = await (await app.chat(model=Scripted("said", Pause(inf)))).start("go")
        await until_said(run)
        return run.id

    async def find(run: str) -> None:
        async with Runnel(file_url, config=config()) as app:
            assert is_partial(await (await app.run(run)).message(), "interrupted", "said")

    asyncio.run(find(asyncio.run(leave())))
