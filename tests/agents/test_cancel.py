"""A cancel at every phase of an answer that calls tools: nothing is begun after it, and the chat can go on."""

import asyncio
import os
import sys
from math import inf
from pathlib import Path
from typing import Any

import pytest

from runnel import Runnel
from runnel.errors import NotWaiting, RateLimited
from runnel.models.scripted import Pause, Scripted, tool_call
from runnel.tools import ThreadContext, ToolContext, tool
from runnel.tools.process import run_process
from runnel.vocabulary.chats import Limits
from runnel.vocabulary.events import (
    InputRequested,
    StatusLine,
    StepStarted,
    ToolApprovalRequested,
    ToolCallDelta,
    ToolCalled,
    ToolReturned,
)
from tests.agents.helpers import (
    Doing,
    Never,
    accepts_another_turn,
    each_call_once,
    first,
    results_of,
    steps,
)
from tests.apps import config, ends_once, events_of, in_time, until, until_true
from tests.processes import lives

STOPPED = "The call was stopped before it gave a result."


async def test_each_of_parallel_calls_gets_a_cancelled_result(app: Runnel) -> None:
    one, other, quick = Never("one"), Never("other"), Doing("quick")
    model = steps(["Look. ", tool_call("quick"), tool_call("one"), tool_call("other")], ["never said"])
    chat = await app.chat(model=model, tools=[one, other, quick])
    run = await chat.start("go")
    await first(run, ToolReturned)
    await in_time(one.begun.wait())
    await in_time(other.begun.wait())
    message = await in_time(run.cancel())
    assert message.status == "cancelled"
    assert message.content == "Look. "
    assert results_of(message) == [
        ("quick", "ok", "done"),
        ("one", "cancelled", STOPPED),
        ("other", "cancelled", STOPPED),
    ]
    events = await events_of(run)
    ends_once(events, "cancelled")
    each_call_once(events)
    await until_true(lambda: one.stopped == other.stopped == 1)
    assert all(context.cancelled.requested for context in one.contexts + other.contexts)
    assert len(model.calls) == 1
    sent = await accepts_another_turn(chat)
    assert len([part for part in sent.history[-1].parts if part.kind == "tool"]) == 3


async def test_calls_that_waited_for_room_are_not_begun(app: Runnel) -> None:
    tools = [Never("first"), Doing("second")]
    chat = await app.chat(
        model=steps([tool_call("first"), tool_call("second")]), tools=tools, limits=Limits(parallel=1)
    )
    run = await chat.start("go")
    await first(run, ToolCalled)
    await in_time(tools[0].begun.wait())  # type: ignore[attr-defined]
    message = await in_time(run.cancel())
    assert results_of(message) == [("first", "cancelled", STOPPED), ("second", "pending", None)]
    assert tools[1].calls == []
    await accepts_another_turn(chat)


async def test_a_tool_in_a_thread_is_told(app: Runnel) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    told: list[bool] = []

    @tool
    def wait(context: ThreadContext) -> str:
        loop.call_soon_threadsafe(begun.set)
        told.append(context.cancelled.wait_in_thread(20))
        return "too late"

    chat = await app.chat(model=steps([tool_call("wait")]), tools=[wait])
    run = await chat.start("go")
    await in_time(begun.wait())
    message = await in_time(run.cancel())
    assert results_of(message) == [("wait", "cancelled", STOPPED)]
    await until_true(lambda: told == [True])
    await accepts_another_turn(chat)


async def test_the_programs_of_a_call_are_ended(app: Runnel) -> None:
    pids: list[int] = []

    async def program(arguments: dict[str, Any], context: ToolContext) -> str:
        code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
        try:
            assert process.stdout is not None
            pids.append(int(await process.stdout.readline()))
            context.status("started")
            return str(await process.wait())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            process._transport.close()  # type: ignore[attr-defined]

    chat = await app.chat(model=steps([tool_call("program"), tool_call("program")]), tools=[Doing("program", program)])
    run = await chat.start("go")
    await first(run, StatusLine, 2)
    assert all(map(lives, pids))
    await in_time(run.cancel())
    await until_true(lambda: not any(map(lives, pids)))
    assert os.getpid() not in pids
    await accepts_another_turn(chat)


async def test_a_call_that_is_cut_in_its_arguments_is_never_carried_out(app: Runnel) -> None:
    pay = Doing("pay")
    half = [ToolCallDelta(call="c1", name="pay"), ToolCallDelta(call="c1", arguments='{"amount": 1')]
    chat = await app.chat(model=Scripted(tool_call("pay"), half, Pause(inf)), tools=[pay])
    run = await chat.start("go")
    await first(run, ToolCallDelta, where=lambda event: event.arguments == '{"amount": 1')
    message = await in_time(run.cancel())
    assert [(name, status) for name, status, _ in results_of(message)] == [("pay", "pending")] * 2
    assert pay.calls == []
    assert not [event for event in await events_of(run) if isinstance(event, ToolCalled)]
    sent = await accepts_another_turn(chat)
    assert not any(getattr(part, "called", False) for message in sent.history for part in message.parts)


async def test_a_call_that_waits_for_consent_is_not_carried_out(app: Runnel) -> None:
    pay = Doing("pay", permission="ask")
    chat = await app.chat(model=steps([tool_call("pay", amount=1)]), tools=[pay])
    run = await chat.start("go")
    asked = await first(run, ToolApprovalRequested)
    await until(run, "waiting")
    message = await in_time(run.cancel())
    assert results_of(message) == [("pay", "pending", None)]
    with pytest.raises(NotWaiting):
        await run.approve(asked.call)
    assert pay.calls == []
    events = await events_of(run)
    ends_once(events, "cancelled")
    assert await chat.runs() == []
    await accepts_another_turn(chat)


async def test_a_call_that_asks_gets_a_cancelled_result(app: Runnel) -> None:
    async def ask(arguments: dict[str, Any], context: ToolContext) -> str:
        return await context.ask("Sure?")

    chat = await app.chat(model=steps([tool_call("ask")]), tools=[Doing("ask", ask)])
    run = await chat.start("go")
    asked = await first(run, InputRequested)
    await until(run, "waiting")
    message = await in_time(run.cancel())
    assert results_of(message) == [("ask", "cancelled", STOPPED)]
    with pytest.raises(NotWaiting):
        await run.reply(asked.id, "yes")
    await accepts_another_turn(chat)


async def test_a_cancel_between_steps_takes_no_other(app: Runnel) -> None:
    """In the tool's last moment, before its result is there."""

    async def cancels(arguments: dict[str, Any], context: ToolContext) -> str:
        await in_time((await app.run(context.run_id)).cancel())
        return "too late"

    model = steps([tool_call("cancels")], ["never said"])
    chat = await app.chat(model=model, tools=[Doing("cancels", cancels)])
    message = await in_time(chat.answer("go"))
    assert (message.status, results_of(message)) == ("cancelled", [("cancels", "cancelled", STOPPED)])
    assert len(model.calls) == 1
    await accepts_another_turn(chat)


async def test_a_cancel_while_a_failed_step_is_tried_again(app: Runnel) -> None:
    model = Scripted(answers=[[tool_call("act")], [RateLimited("slow down", retry_after=60)], ["never said"]])
    chat = await app.chat(model=model, tools=[Doing("act")])
    run = await chat.start("go")
    await first(run, StatusLine, where=lambda event: "trying again" in event.text)
    message = await in_time(run.cancel())
    assert (message.status, results_of(message)) == ("cancelled", [("act", "ok", "done")])
    assert len(model.calls) == 2
    await accepts_another_turn(chat)


async def test_a_cancel_before_the_second_step_has_said_anything(app: Runnel) -> None:
    chat = await app.chat(model=steps(["A. ", tool_call("act")], [Pause(inf)]), tools=[Doing("act")])
    run = await chat.start("go")
    await first(run, StepStarted, 2)
    message = await in_time(run.cancel())
    assert (message.status, message.content, results_of(message)) == ("cancelled", "A. ", [("act", "ok", "done")])
    await accepts_another_turn(chat)


async def test_a_cancel_after_the_end_changes_nothing(app: Runnel) -> None:
    chat = await app.chat(model=steps([tool_call("act")], ["whole"]), tools=[Doing("act")])
    run = await chat.start("go")
    before = await in_time(run.wait())
    assert (await in_time(run.cancel())).value == before.value
    ends_once(await events_of(run), "completed")


async def test_a_cancel_from_another_process_stops_the_tools(file_url: str) -> None:
    """Another `Runnel` on the file, that is: what it knows of the run is in the file alone."""
    never = Never()
    async with Runnel(file_url, config=config()) as one, Runnel(file_url, config=config()) as other:
        chat = await one.chat(model=steps([tool_call("never"), tool_call("never")]), tools=[never])
        run = await chat.start("go")
        await in_time(never.begun.wait())
        message = await in_time((await other.run(run.id)).cancel())
        assert results_of(message) == [("never", "cancelled", STOPPED)] * 2
        await until_true(lambda: never.stopped == 2)
        await accepts_another_turn(chat)


async def test_a_tool_that_ignores_its_end_keeps_no_run_from_ending(app: Runnel) -> None:
    release = asyncio.Event()

    async def stubborn(arguments: dict[str, Any], context: ToolContext) -> str:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                context.status("never heard")
        return "too late"

    chat = await app.chat(model=steps([tool_call("stubborn")]), tools=[Doing("stubborn", stubborn)])
    run = await chat.start("go")
    await first(run, ToolCalled)
    message = await in_time(run.cancel())
    assert results_of(message) == [("stubborn", "cancelled", STOPPED)]
    release.set()
    await accepts_another_turn(chat)
    assert (await run.message()).value == message.value


async def test_a_process_that_closes_interrupts_calls_and_leaves_those_that_wait(file_url: str) -> None:
    never = Never()
    async with Runnel(file_url, config=config()) as app:
        busy = await app.chat(model=steps([tool_call("never")]), tools=[never])
        waits = await app.chat(model=steps([tool_call("pay")]), tools=[Doing("pay", permission="ask")])
        runs = [await busy.start("go"), await waits.start("go")]
        await in_time(never.begun.wait())
        await until(runs[1], "waiting")
    assert never.stopped == 1
    async with Runnel(file_url, config=config(model_wait=20)) as app:
        message = await (await app.run(runs[0].id)).message()
        assert (message.status, results_of(message)) == ("interrupted", [("never", "cancelled", STOPPED)])
        run = await app.run(runs[1].id)
        assert (await run.message()).status == "waiting"
        pay = Doing("pay", permission="ask")
        await app.get_chat(waits.id, model=steps([], ["Paid."]), tools=[pay])
        await run.approve((await first(run, ToolApprovalRequested)).call)
        assert (await in_time(run.wait())).content == "Paid."
        assert len(pay.calls) == 1
        await accepts_another_turn(await app.get_chat(busy.id, tools=[never]))


async def test_run_process_is_ended_by_a_cancel(app: Runnel, tmp_path: Path) -> None:
    """A tool that runs a program with the means that Runnel gives."""
    place = tmp_path / "pid"

    async def program(arguments: dict[str, Any], context: ToolContext) -> str:
        code = f"import os, time; open({str(place)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
        return str(await run_process([sys.executable, "-c", code], context))

    chat = await app.chat(model=steps([tool_call("program")]), tools=[Doing("program", program)])
    run = await chat.start("go")
    await until_true(lambda: place.exists() and bool(place.read_text()))
    await in_time(run.cancel())
    await until_true(lambda: not lives(int(place.read_text())))
