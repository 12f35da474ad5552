"""Cancel by id works at every phase, from anywhere, any number of times; the partial is kept."""

import asyncio
import random
from collections.abc import AsyncIterator
from math import inf

import pytest

from runnel import Run, Runnel
from runnel.errors import UnknownRun
from runnel.models.scripted import Pause, Scripted
from runnel.vocabulary.events import SourcesFound, TextDelta, ToolCallDelta, ToolCalled
from runnel.vocabulary.messages import Status, ToolPart
from runnel.vocabulary.prompt import Delta, Prompt
from tests.apps import (
    Documents,
    Model,
    at_any_moment,
    config,
    ends_once,
    events_of,
    in_time,
    is_partial,
    text_of,
    turns,
    until,
    until_said,
    until_true,
)


async def test_a_queued_run_is_cancelled_before_its_model_is_asked(app: Runnel) -> None:
    model = Scripted("first", Pause(inf))
    chat = await app.chat(model=model)
    going = await chat.start("one")
    await until_said(going)
    queued = await chat.start("two", if_busy="enqueue")
    message = await in_time(queued.cancel())
    assert is_partial(message, "cancelled", "")
    ends_once(await events_of(queued), "cancelled")
    assert len(model.calls) == 1
    await in_time(going.cancel())
    assert [run.id for run in await chat.runs()] == []


async def test_a_run_is_cancelled_while_it_searches(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = Documents()
    monkeypatch.setattr("runnel.rooms.Retrieval", lambda *_, **__: documents)
    async with Runnel(url, config=config()) as app:
        model = Scripted("never said")
        chat = await app.chat(model=model, documents=["a.txt"])
        run = await chat.start("where?")
        await in_time(documents.searching.wait())
        message = await in_time(run.cancel())
        assert is_partial(message, "cancelled", "")
        events = await events_of(run)
        assert not [event for event in events if isinstance(event, SourcesFound)]
        assert documents.stopped
        assert model.calls == []


async def test_a_run_is_cancelled_before_the_first_token(app: Runnel) -> None:
    model = Scripted(Pause(inf), "never said")
    run = await (await app.chat(model=model)).start("hello")
    await until(run, "running")
    await turns(5)
    message = await in_time(run.cancel())
    assert is_partial(message, "cancelled", "")
    assert message.usage is not None
    assert message.usage.estimated
    ends_once(await events_of(run), "cancelled")


async def test_a_run_is_cancelled_mid_text_and_keeps_the_partial(app: Runnel) -> None:
    model = Scripted("Rivers: ", "Rhine", Pause(inf), ", Danube")
    chat = await app.chat(model=model)
    run = await chat.start("rivers?")
    await until_said(run, "Rhine")
    message = await in_time(run.cancel())
    assert is_partial(message, "cancelled", "Rivers: Rhine")
    assert (await app.message(message.id)).content == "Rivers: Rhine"
    assert [one.content for one in await chat.messages()] == ["rivers?", "Rivers: Rhine"]
    ends_once(await events_of(run), "cancelled")
    assert model.calls[0].ended == "cancelled"


async def test_a_half_streamed_tool_call_is_never_executed(app: Runnel) -> None:
    half = (ToolCallDelta(call="c1", name="pay"), ToolCallDelta(call="c1", arguments='{"amount": 1'))
    run = await (await app.chat(model=Scripted("Let me see. ", half, Pause(inf)))).start("pay")

    async def half_is_there() -> None:
        async for event in run.events():
            if isinstance(event, ToolCallDelta) and event.arguments:
                return

    await in_time(half_is_there())
    message = await in_time(run.cancel())
    (part,) = [part for part in message.parts if isinstance(part, ToolPart)]
    assert (part.called, part.arguments, part.result) == (False, '{"amount": 1', None)
    events = await events_of(run)
    assert not [event for event in events if isinstance(event, ToolCalled)]
    ends_once(events, "cancelled")


async def test_a_cancel_after_the_end_answers_with_what_holds(app: Runnel) -> None:
    run = await (await app.chat(model=Scripted("whole"))).start("hello")
    await in_time(run.wait())
    message = await in_time(run.cancel())
    assert is_partial(message, "completed", "whole")
    assert message.error is None
    ends_once(await events_of(run), "completed")


async def test_a_second_cancel_changes_nothing(app: Runnel) -> None:
    run = await (await app.chat(model=Scripted("par", Pause(inf)))).start("hello")
    await until_said(run)
    first = await in_time(run.cancel())
    second = await in_time(run.cancel())
    assert first.value == second.value
    ends_once(await events_of(run), "cancelled")


async def test_many_may_cancel_at_once(app: Runnel) -> None:
    run = await (await app.chat(model=Scripted("par", Pause(inf)))).start("hello")
    await until_said(run)
    handles = [Run(run._runner, run.value) for _ in range(50)]
    messages = await in_time(asyncio.gather(*[handle.cancel() for handle in handles]))
    assert {message.content for message in messages} == {"par"}
    assert {message.status for message in messages} == {"cancelled"}
    ends_once(await events_of(run), "cancelled")


async def test_an_unknown_run_is_named(app: Runnel) -> None:
    with pytest.raises(UnknownRun, match="run_nobody"):
        await app.run("run_nobody")
    run = await (await app.chat(model=Scripted("x"))).start("hello")
    run.id = "run_nobody"
    with pytest.raises(UnknownRun, match="run_nobody"):
        await run.cancel()
    with pytest.raises(UnknownRun, match="run_nobody"):
        await run.wait()
    with pytest.raises(UnknownRun, match="run_nobody"):
        await events_of(run)


async def test_a_cancel_that_races_the_end_leaves_exactly_one_end(url: str) -> None:
    count = 1000 if url == "sqlite://" else 200
    ends = set()

    async def race(app: Runnel) -> None:
        started = asyncio.Event()

        async def five(_: Prompt) -> AsyncIterator[Delta]:
            await started.wait()
            for word in ("a ", "b ", "c ", "d ", "e "):
                await turns(2)
                yield word

        run = await (await app.chat(model=Model(five))).start("go")
        started.set()
        if random.random() < 0.5:
            await until_said(run)
        await at_any_moment()
        message = await run.cancel()
        events = await events_of(run)
        end = ends_once(events, message.status)
        assert text_of(events) == message.content
        assert (end.status == "completed") == (message.content == "a b c d e ") or end.status == "cancelled"
        ends.add(str(end.status))

    async with Runnel(url, config=config()) as app:
        for _ in range(count // 50):
            await in_time(asyncio.gather(*[race(app) for _ in range(50)]))
    assert ends == {"completed", "cancelled"}


async def test_what_comes_after_a_cancel_is_dropped(app: Runnel) -> None:
    released = asyncio.Event()

    async def deaf(_: Prompt) -> AsyncIterator[Delta]:
        yield "said"
        try:
            await asyncio.sleep(inf)
        except asyncio.CancelledError:
            released.set()
            yield " too late"

    run = await (await app.chat(model=Model(deaf))).start("go")
    await until_said(run)
    message = await in_time(run.cancel())
    await in_time(released.wait())
    await turns(20)
    assert message.content == "said"
    assert text_of(await events_of(run)) == "said"


async def test_what_came_before_a_cancel_is_appended_before_the_end(app: Runnel) -> None:
    given = []

    async def quick(_: Prompt) -> AsyncIterator[Delta]:
        for number in range(100):
            given.append(f"{number} ")
            yield given[-1]
        app._open.runner.task(run.id).end(Status.CANCELLED)  # type: ignore[union-attr]
        yield "never"

    ready = asyncio.Event()

    async def waits(prompt: Prompt) -> AsyncIterator[Delta]:
        await ready.wait()
        async for delta in quick(prompt):
            yield delta

    run = await (await app.chat(model=Model(waits))).start("go")
    ready.set()
    message = await in_time(run.wait())
    assert is_partial(message, "cancelled", "".join(given))


async def test_the_models_stream_is_closed_before_the_cancel_returns_to_anyone(app: Runnel) -> None:
    order: list[str] = []

    async def stream(_: Prompt) -> AsyncIterator[Delta]:
        try:
            yield "a"
            await asyncio.sleep(inf)
        finally:
            order.append("closed")

    run = await (await app.chat(model=Model(stream))).start("go")
    await until_said(run)
    await in_time(run.cancel())
    order.append("cancelled")
    assert order == ["closed", "cancelled"]


async def test_a_model_that_ignores_its_cancellation_is_left_behind_with_a_warning(
    app: Runnel, caplog: pytest.LogCaptureFixture
) -> None:
    model = Scripted("said", Pause(inf), Pause(0.5), ignores_cancellation=5)
    run = await (await app.chat(model=model)).start("go")
    await until_said(run)
    with caplog.at_level("WARNING", "runnel"):
        message = await in_time(run.cancel())
        assert is_partial(message, "cancelled", "said")
        assert not caplog.records, "the run has ended before its model was waited for"
        await until_true(lambda: bool(caplog.records))
    call = model.calls[0]
    assert call.ended is None
    assert run.id in caplog.text
    assert "did not stop" in caplog.text
    await until_true(lambda: call.ended_at is not None)


async def test_a_cancel_reaches_a_run_that_is_being_started(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("par", Pause(inf)))
    starting = asyncio.ensure_future(chat.start("go", id="mine"))
    while True:
        await turns(1)
        try:
            run = await app.run("mine")
            break
        except UnknownRun:
            continue
    message = await in_time(run.cancel())
    assert message.status == "cancelled"
    assert (await in_time(starting)).id == "mine"
    ends_once(await events_of(run), "cancelled")


async def test_usage_of_a_cut_run_is_an_estimate_of_at_least_what_was_said(app: Runnel) -> None:
    run = await (await app.chat(model=Scripted("x" * 400, Pause(inf)))).start("y" * 40)
    await until_said(run)
    usage = (await in_time(run.cancel())).usage
    assert usage is not None
    assert (usage.estimated, usage.input_tokens, usage.output_tokens) == (True, 10, 100)
    (end,) = [event for event in await events_of(run) if not isinstance(event, TextDelta)][-1:]
    assert getattr(end, "usage", None) == usage
