"""A run belongs to its process, not to its readers: they come late, leave early and lag, and each gets all of it."""

import asyncio
import gc
import random
from collections.abc import AsyncIterator
from math import inf

import pytest

from runnel import Runnel
from runnel.errors import MessageNotReady, Overloaded
from runnel.models.scripted import Pause, Scripted, tool_call
from runnel.vocabulary.events import Event
from runnel.vocabulary.prompt import Delta, Prompt
from tests.apps import Model, config, ends_once, events_of, in_time, is_partial, text_of, turns, until_said


async def paced(_: Prompt) -> AsyncIterator[Delta]:
    """A hundred words, with the loop turning in between."""
    for number in range(100):
        yield f"{number} "
        await asyncio.sleep(0)


WHOLE = "".join([f"{number} " for number in range(100)])


# Leaving


async def test_a_reader_whose_task_is_cancelled_stops_nothing(app: Runnel) -> None:
    message = await (await app.chat(model=Model(paced))).answer("go", stream=True)
    first = asyncio.Event()

    async def read() -> None:
        async for _ in message:
            first.set()

    reader = asyncio.ensure_future(read())
    await in_time(first.wait())
    reader.cancel()
    await asyncio.wait([reader])
    whole = await in_time(message.run.wait())
    assert is_partial(whole, "completed", WHOLE)


async def test_an_iterator_that_is_dropped_stops_nothing(app: Runnel) -> None:
    message = await (await app.chat(model=Model(paced))).answer("go", stream=True)
    async for _ in message:
        break
    gc.collect()
    assert is_partial(await in_time(message.run.wait()), "completed", WHOLE)


async def test_a_caller_who_gives_up_waiting_stops_nothing(app: Runnel) -> None:
    go_on = asyncio.Event()
    chat = await app.chat(model=Scripted("a", go_on, "b"))
    asking = asyncio.ensure_future(chat.answer("go"))
    async for change in chat.events():
        if change.type == "run.started":
            break
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asking, 0.02)
    (run,) = await chat.runs()
    go_on.set()
    assert is_partial(await in_time(run.wait()), "completed", "ab")


async def test_a_caller_who_leaves_while_a_run_is_being_started_leaves_a_run_that_goes_on(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("whole"))
    for moment in range(25):
        asking = asyncio.ensure_future(chat.start("go", id=f"run_{moment}", if_busy="enqueue"))
        await turns(moment)
        asking.cancel()
        await asyncio.wait([asking])
    await in_time(chat.answer("go", if_busy="enqueue"))
    for run in await app.runs():
        assert is_partial(await in_time(run.wait()), "completed", "whole")


async def test_a_wait_that_is_cancelled_can_be_made_again(app: Runnel) -> None:
    run = await (await app.chat(model=Scripted("a", Pause(0.05), "b"))).start("go")
    waiting = asyncio.ensure_future(run.wait())
    await turns(3)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert is_partial(await in_time(run.wait()), "completed", "ab")


async def test_a_start_returns_while_its_model_goes_on_at_full_speed(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        chat = await app.chat(model=Scripted(answers=lambda _: iter(lambda: "more ", "never")))
        run = await in_time(chat.start("go"))
        assert set((await in_time(run.cancel())).content.split()) <= {"more"}


# Coming


async def test_a_second_reader_that_joins_late_gets_the_whole_run_and_the_tail(app: Runnel) -> None:
    go_on = asyncio.Event()
    chat = await app.chat(model=Scripted("one ", "two ", go_on, "three"))
    first = await chat.answer("go", stream=True)
    early = asyncio.ensure_future(first.read())
    await until_said(first.run, "two")
    late = await app.message(first.id)
    chunks: list[str] = []

    async def read() -> None:
        async for chunk in late:
            chunks.append(chunk)
            go_on.set()

    await in_time(read())
    assert "".join(chunks) == await in_time(early) == "one two three"


async def test_who_has_seen_the_end_finds_the_message_at_its_end(app: Runnel) -> None:
    run = await (await app.chat(model=Model(paced))).start("go")
    ends_once(await events_of(run), "completed")
    assert is_partial(await run.message(), "completed", WHOLE)


async def test_a_reader_that_comes_after_the_end_gets_the_whole_run(app: Runnel) -> None:
    run = await (await app.chat(model=Model(paced))).start("go")
    await in_time(run.wait())
    events = await events_of(await app.run(run.id))
    ends_once(events, "completed")
    assert text_of(events) == WHOLE
    assert await events_of(run, after=events[-1].seq) == []
    assert await events_of(run, after=events[-1].seq + 100) == []


async def test_many_readers_that_come_at_any_moment_get_the_same(app: Runnel) -> None:
    run = await (await app.chat(model=Model(paced))).start("go")

    async def read(delay: int) -> list[Event]:
        await turns(delay)
        return await events_of(run)

    (first, *rest) = await in_time(asyncio.gather(*[read(random.randrange(200)) for _ in range(100)]))
    ends_once(first, "completed")
    assert text_of(first) == WHOLE
    assert all(one == first for one in rest)


async def test_a_slow_reader_gets_every_event_and_keeps_nobody_waiting(app: Runnel) -> None:
    run = await (await app.chat(model=Model(paced))).start("go")
    reading = run.events()
    seen = [await anext(reading) for _ in range(3)]
    await in_time(run.wait())  # which does not wait for its reader
    async for event in reading:
        seen.append(event)
        await asyncio.sleep(0.001)
    ends_once(seen, "completed")
    assert text_of(seen) == WHOLE


async def test_a_reader_that_is_far_behind_reads_what_is_no_longer_kept_in_memory(app: Runnel) -> None:
    async def large(_: Prompt) -> AsyncIterator[Delta]:
        for number in range(3000):
            yield f"{number} {'x' * 500} "
            if number % 100 == 0:
                await asyncio.sleep(0.001)

    run = await (await app.chat(model=Model(large))).start("go")
    reading = run.events()
    seen = [await anext(reading)]
    whole = await in_time(run.wait())
    seen += [event async for event in reading]
    ends_once(seen, "completed")
    assert text_of(seen) == whole.content


# What a handle shows


async def test_a_handle_from_a_stream_is_read_only_after_its_end(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("one ", Pause(0.01), "two"))
    message = await chat.answer("go", stream=True)
    shows = ("content", "parts", "sources", "status", "error", "finish_reason", "usage", "model", "value")
    for name in shows:
        with pytest.raises(MessageNotReady, match=r"message\.read\(\)"):
            getattr(message, name)
    for function in (str, repr, format):
        with pytest.raises(RuntimeError):
            function(message)
    assert (message.role, message.chat_id) == ("assistant", chat.id)
    assert message.id == message.run.message_id
    async for _ in message:
        with pytest.raises(MessageNotReady):
            message.content  # noqa: B018
    for name in shows:
        getattr(message, name)
    assert str(message) == "one two"
    assert "one two" in repr(message)


async def test_a_handle_can_be_iterated_again_and_by_two_at_once(app: Runnel) -> None:
    message = await (await app.chat(model=Model(paced))).answer("go", stream=True)

    async def read() -> str:
        return "".join([chunk async for chunk in message])

    assert set(await in_time(asyncio.gather(read(), read()))) == {WHOLE}
    assert await read() == message.content == WHOLE
    assert await message.read() == WHOLE


async def test_a_reader_that_breaks_off_still_has_an_unread_handle(app: Runnel) -> None:
    message = await (await app.chat(model=Model(paced))).answer("go", stream=True)
    async for _ in message:
        break
    with pytest.raises(MessageNotReady):
        str(message)
    assert await in_time(message.read()) == WHOLE


async def test_a_message_that_was_asked_for_stays_as_it_stood(app: Runnel) -> None:
    go_on = asyncio.Event()
    chat = await app.chat(model=Scripted("one ", go_on, "two"))
    run = await chat.start("go")
    await until_said(run)
    snapshot = await run.message()
    from_chat = (await chat.messages())[-1]
    by_id = await app.message(snapshot.id)
    assert [(m.status, m.content) for m in (snapshot, from_chat, by_id)] == [("running", "one ")] * 3
    go_on.set()
    await in_time(run.wait())
    assert is_partial(snapshot, "running", "one ")
    assert is_partial(await run.message(), "completed", "one two")


async def test_every_message_of_an_assistant_knows_its_run(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("hello"))
    await in_time(chat.answer("hi"))
    user, assistant = await chat.messages()
    assert assistant.run.id
    assert (await assistant.run.wait()).value == assistant.value
    assert assistant.parent_id == user.id
    with pytest.raises(AttributeError, match="no run"):
        user.run  # noqa: B018
    assert [chunk async for chunk in user] == ["hi"]


async def test_a_whole_run_is_told_in_its_events(app: Runnel) -> None:
    message = await in_time((await app.chat(model=Scripted("hi", tool_call("add", a=1)))).answer("go"))
    events = await events_of(message.run)
    assert [event.type for event in events if event.type != "tool.call.delta"] == [
        "run.started",
        "state.changed",
        "state.changed",
        "step.started",
        "text.delta",
        "run.ended",
    ]
    started = events[0]
    assert getattr(started, "message").id == message.id  # noqa: B009
    assert getattr(started, "message").parent == message.parent_id  # noqa: B009


async def test_neither_question_nor_answer_nor_key_is_in_a_handles_repr(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("a secret answer", Pause(inf)), system="a secret prompt")
    run = await chat.start("a secret question")
    await until_said(run)
    for handle in (app, chat, run):
        assert "secret" not in repr(handle)
    await run.cancel()


async def test_an_error_keeps_its_class_in_every_view(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x", Overloaded("busy", status=529)))
    waited = await in_time(chat.answer("go"))
    streamed = await chat.answer("go", stream=True)
    assert [chunk async for chunk in streamed] == ["x"]
    listed = (await chat.messages())[-1]
    for message in (waited, streamed, listed):
        assert type(message.error) is Overloaded
        assert message.error.details == {"status": 529}
