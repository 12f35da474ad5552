"""Answers whose process was killed while they waited for people: another finds them, and goes on where they were."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from runnel import Run, Runnel
from runnel.errors import ToolMissing
from runnel.models.scripted import Script, tool_call
from runnel.testing.crashes import crash
from runnel.tools import ToolContext, ToolResult
from runnel.vocabulary.chats import Limits
from runnel.vocabulary.events import InputRequested, Steered, ToolApprovalRequested, ToolCalled
from runnel.vocabulary.messages import Source
from tests.agents import parts
from tests.agents.helpers import Doing, accepts_another_turn, calls_of, each_call_once, first, results_of, steps
from tests.apps import config, ends_once, events_of, in_time, until
from tests.runs.processes import child, line

CHILD = "tests.agents.child"


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = str(tmp_path / "journal")
    monkeypatch.setenv(parts.JOURNAL, path)
    return path


@asynccontextmanager
async def killed_while_waiting(url: str, question: str) -> AsyncIterator[tuple[Runnel, Run]]:
    """A `Runnel` on the file of a process that was killed while its answer waited, and that answer's run."""
    async with child("start", url, "run_1", question, of=CHILD) as process:
        await line(process)
        while await line(process) != "state.changed waiting":
            pass
        process.kill()
        await process.wait()
    async with Runnel(url, config=config(model_wait=20)) as app:
        yield app, await app.run("run_1")


async def test_a_call_that_waited_for_consent_is_made_once(file_url: str, journal: str) -> None:
    async with killed_while_waiting(file_url, "note pay|note") as (app, run):
        assert (await run.message()).status == "waiting"
        asked = await first(run, ToolApprovalRequested)
        await run.approve(asked.call)
        message = await in_time(run.wait())
        assert results_of(message) == [("note", "ok", "noted"), ("pay", "ok", "paid 1"), ("note", "ok", "noted")]
        assert message.content == "Step 1. Step 2. Done: note=noted; pay=paid 1; note=noted"
        assert [what for _, _, what in parts.read_journal(journal)] == ["note", "pay", "note"]
        events = await events_of(run)
        ends_once(events, "completed")
        each_call_once(events)
        assert len([event for event in events if isinstance(event, ToolApprovalRequested)]) == 1
        await accepts_another_turn(await app.get_chat(message.chat_id or ""))


async def test_a_run_that_waited_is_cancelled_by_whoever_finds_it(file_url: str, journal: str) -> None:
    async with killed_while_waiting(file_url, "pay") as (app, run):
        message = await in_time(run.cancel())
        assert (message.status, results_of(message)) == ("cancelled", [("pay", "pending", None)])
        assert parts.read_journal(journal) == []
        await accepts_another_turn(await app.get_chat(message.chat_id or ""))


async def test_an_idempotent_tool_that_asked_is_called_again_and_asks_no_more_than_before(
    file_url: str, journal: str
) -> None:
    async with child("start", file_url, "run_1", "ask_first", of=CHILD) as process:
        await line(process)
        async with Runnel(file_url, config=config()) as app:
            run = await app.run("run_1")
            await run.reply((await first(run, InputRequested)).id, "one")
            await first(run, InputRequested, 2)
            await until_waiting_again(run)
            process.kill()
            await process.wait()
    async with Runnel(file_url, config=config(model_wait=20)) as app:
        run = await app.run("run_1")
        await run.reply((await first(run, InputRequested, 2)).id, "two")
        message = await in_time(run.wait())
        assert results_of(message) == [("ask_first", "ok", "one two")]
        events = await events_of(run)
        assert len([event for event in events if isinstance(event, InputRequested)]) == 2
        each_call_once(events)
        assert len(parts.read_journal(journal)) == 1


async def until_waiting_again(run: Run) -> None:
    """It asked, was answered, and asks again."""
    waits = 0
    async for event in run.events():
        waits += getattr(event, "status", None) == "waiting" and event.type == "state.changed"
        if waits == 2:
            return


async def test_another_tool_that_asked_is_not_called_again_and_says_so(file_url: str, journal: str) -> None:
    async with killed_while_waiting(file_url, "ask_first_again|note") as (_, run):
        message = await in_time(run.wait())
        (_, status, result), after = results_of(message)
        assert (status, result) == ("error", "The process was restarted during this call; it was not made again.")
        assert (message.status, after) == ("completed", ("note", "ok", "noted"))
        assert [what for _, _, what in parts.read_journal(journal)] == ["note"]


async def test_a_follower_finds_the_run_of_a_process_that_dies_meanwhile(file_url: str, journal: str) -> None:
    async with (
        Runnel(file_url, config=config(model_wait=20)) as app,
        child("start", file_url, "run_1", "pay", of=CHILD) as process,
    ):
        await line(process)
        run = await app.run("run_1")
        asked = await first(run, ToolApprovalRequested)
        await until(run, "waiting")
        process.kill()
        await process.wait()
        await run.approve(asked.call)
        assert results_of(await in_time(run.wait())) == [("pay", "ok", "paid 1")]
        assert len(parts.read_journal(journal)) == 1


async def test_consent_that_nobody_heard_is_heard_by_the_next_process(file_url: str) -> None:
    """Stored, then everything was killed before the run's owner looked."""
    pay = Doing("pay", permission="ask")
    app = await Runnel(file_url, config=config()).__aenter__()
    chat = await app.chat(model=steps([tool_call("pay")], ["Done."]), tools=[pay])
    run = await chat.start("go")
    asked = await first(run, ToolApprovalRequested)
    await until(run, "waiting")
    runner = app._open.runner
    runner._going[run.id].context.inbox.closed = True  # deaf
    async with Runnel(file_url, config=config()) as other:
        await (await other.run(run.id)).approve(asked.call)
        await crash(app)
    async with Runnel(file_url, config=config(model_wait=20)) as app:
        await app.get_chat(chat.id, model=steps([], ["Done."]), tools=[pay])
        assert results_of(await in_time((await app.run(run.id)).wait())) == [("pay", "ok", "done")]
        assert len(pay.calls) == 1


async def test_what_was_heard_before_a_restart_is_not_heard_again(file_url: str) -> None:
    """Neither a word of the user's, nor consent to an earlier call that had the same id."""
    pay = Doing("pay", permission="ask")
    script: list[Script] = [[tool_call("pay", "call_0", n=1)], [tool_call("pay", "call_0", n=2)], ["Done."]]
    app = await Runnel(file_url, config=config()).__aenter__()
    chat = await app.chat(model=steps(*script), tools=[pay])
    run = await chat.start("go")
    await first(run, ToolApprovalRequested)
    await run.steer("Be brief.")
    await run.approve("call_0")
    await first(run, ToolApprovalRequested, 2)
    await until_waiting_again(run)
    await crash(app)
    async with Runnel(file_url, config=config(model_wait=20)) as app:
        await app.get_chat(chat.id, model=steps(*script), tools=[pay])
        run = await app.run(run.id)
        assert (await run.message()).status == "waiting"
        await run.approve("call_0", False)
        message = await in_time(run.wait())
        assert pay.calls == [{"n": 1}]
        assert [part.approval for part in calls_of(message)] == ["approved", "denied"]
        assert len([event for event in await events_of(run) if isinstance(event, Steered)]) == 1


async def test_a_run_found_again_waits_for_its_tools_then_names_them(file_url: str) -> None:
    app = await Runnel(file_url, config=config()).__aenter__()
    chat = await app.chat(model="tests.agents.parts:model", tools=[Doing("pay", permission="ask")])
    run = await chat.start("pay")
    await until(run, "waiting")
    await crash(app)
    async with Runnel(file_url, config=config()) as app:
        message = await in_time((await app.run(run.id)).wait())
        assert message.status == "failed"
        assert type(message.error) is ToolMissing
        assert "pay" in str(message.error)
        chat = await app.get_chat(chat.id, tools=[Doing("pay")])
        await accepts_another_turn(chat)


async def test_the_time_of_an_answer_stands_still_after_a_restart_too(file_url: str) -> None:
    pay = Doing("pay", permission="ask")
    app = await Runnel(file_url, config=config()).__aenter__()
    chat = await app.chat(model=steps([tool_call("pay")], ["Done."]), tools=[pay], limits=Limits(seconds=1.5))
    run = await chat.start("go")
    asked = await first(run, ToolApprovalRequested)
    await until(run, "waiting")
    await crash(app)
    async with Runnel(file_url, config=config(model_wait=20)) as app:
        await app.get_chat(chat.id, model=steps([], ["Done."]), tools=[pay])
        run = await app.run(run.id)
        await asyncio.sleep(1.7)
        assert (await run.message()).status == "waiting"
        await run.approve(asked.call)
        assert (await in_time(run.wait())).content == "Done."


async def test_sources_that_were_found_before_a_restart_stay(file_url: str) -> None:
    class Finds(Doing):
        async def call(self, arguments: dict[str, Any], context: ToolContext) -> Any:
            yield ToolResult("found", sources=(Source(arguments["id"], "d", "Title", "Text."),))

    tools = [Finds("find"), Doing("pay", permission="ask")]
    script: list[Script] = [[tool_call("find", id="a")], [tool_call("pay")], [tool_call("find", id="b")], ["Done."]]
    app = await Runnel(file_url, config=config()).__aenter__()
    chat = await app.chat(model=steps(*script), tools=tools)
    run = await chat.start("go")
    asked = await first(run, ToolApprovalRequested)
    await until(run, "waiting")
    await crash(app)
    async with Runnel(file_url, config=config(model_wait=20)) as app:
        await app.get_chat(chat.id, model=steps(*script), tools=tools)
        run = await app.run(run.id)
        await run.approve(asked.call)
        assert [one.id for one in (await in_time(run.wait())).sources] == ["a", "b"]
        assert len([event for event in await events_of(run) if isinstance(event, ToolCalled)]) == 3
