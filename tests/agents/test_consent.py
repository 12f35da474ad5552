"""Calls that a person must agree to, and tools that ask: who may answer, when, and how often."""

import asyncio
from math import inf
from typing import Any

import pytest

from runnel import Run, Runnel
from runnel.errors import NotWaiting
from runnel.models.scripted import Pause, Script, Scripted, tool_call
from runnel.tools import ThreadContext, ToolContext, tool
from runnel.vocabulary.chats import Limits
from runnel.vocabulary.events import (
    InputGiven,
    InputRequested,
    StateChanged,
    ToolApprovalGiven,
    ToolApprovalRequested,
    ToolCalled,
    ToolReturned,
)
from tests.agents.helpers import Doing, accepts_another_turn, calls_of, first, refusals, results_of, steps
from tests.apps import config, events_of, in_time, until


async def paying(app: Runnel, *scripts: Script, **settings: Any) -> tuple[Run, Doing]:
    """A run whose one call waits for consent."""
    pay = Doing("pay", permission="ask")
    chat = await app.chat(model=steps(*scripts or ([tool_call("pay", amount=5)], ["Done."])), tools=[pay], **settings)
    run = await chat.start("go")
    await until(run, "waiting")
    return run, pay


async def test_an_approved_call_is_made(app: Runnel) -> None:
    run, pay = await paying(app)
    assert pay.calls == []
    assert (await run.message()).status == "waiting"
    asked = await first(run, ToolApprovalRequested)
    assert (asked.name, asked.arguments) == ("pay", {"amount": 5})
    await run.approve(asked.call)
    message = await in_time(run.wait())
    assert (pay.calls, message.content, calls_of(message)[0].approval) == ([{"amount": 5}], "Done.", "approved")
    states = [str(event.status) for event in await events_of(run) if isinstance(event, StateChanged)]
    assert states == ["queued", "running", "waiting", "running"]


@pytest.mark.parametrize("note", [None, "Too dear."])
async def test_the_model_is_told_of_a_refusal_and_why(app: Runnel, note: str | None) -> None:
    run, pay = await paying(app)
    await run.approve((await first(run, ToolApprovalRequested)).call, False, note=note)
    message = await in_time(run.wait())
    said = "The user refused this call." + (f" They said: {note}" if note else "")
    assert (pay.calls, results_of(message), message.content) == ([], [("pay", "error", said)], "Done.")
    assert calls_of(message)[0].approval == "denied"
    await accepts_another_turn(await app.get_chat(message.chat_id or ""))


async def test_a_person_may_change_the_arguments(app: Runnel) -> None:
    run, pay = await paying(app)
    await run.approve((await first(run, ToolApprovalRequested)).call, arguments={"amount": 4})
    message = await in_time(run.wait())
    assert pay.calls == [{"amount": 4}]
    assert calls_of(message)[0].arguments == '{"amount":4}'
    called = await first(run, ToolCalled)
    assert called.arguments == {"amount": 4}


async def test_changed_arguments_that_do_not_fit_call_nothing(app: Runnel) -> None:
    made: list[int] = []

    @tool(permission="ask")
    def pay(amount: int) -> str:
        made.append(amount)
        return "paid"

    chat = await app.chat(model=steps([tool_call("pay", amount=5)], ["Done."]), tools=[pay])
    run = await chat.start("go")
    await run.approve((await first(run, ToolApprovalRequested)).call, arguments={"amount": "much"})
    message = await in_time(run.wait())
    assert (made, calls_of(message)[0].status, message.content) == ([], "error", "Done.")


async def test_consent_is_given_once(app: Runnel) -> None:
    run, _ = await paying(app)
    call = (await first(run, ToolApprovalRequested)).call
    given = await asyncio.gather(*[run.approve(call, number == 0) for number in range(5)], return_exceptions=True)
    assert sorted(type(one).__name__ for one in given) == ["NoneType", *["NotWaiting"] * 4]
    await in_time(run.wait())
    assert len([event for event in await events_of(run) if isinstance(event, ToolApprovalGiven)]) == 1
    with pytest.raises(NotWaiting, match="has ended"):
        await run.approve(call)


async def test_consent_to_a_call_that_needs_none_or_is_not_there_is_refused(app: Runnel) -> None:
    model = steps([tool_call("pay", "call_1"), tool_call("act", "call_2")], ["Done."])
    pay, act = Doing("pay", permission="ask"), Doing("act")
    run = await (await app.chat(model=model, tools=[pay, act])).start("go")
    await until(run, "waiting")
    for call, why in (("call_2", "needs no consent"), ("call_3", "has made no call call_3")):
        with pytest.raises(NotWaiting, match=why):
            await run.approve(call)
    await run.approve("call_1")
    await in_time(run.wait())


async def test_consent_is_to_one_call_though_its_id_comes_again(app: Runnel) -> None:
    """Some vendors number the calls of each step anew."""
    model = steps([tool_call("pay", "call_0", n=1)], [tool_call("pay", "call_0", n=2)], ["Done."])
    pay = Doing("pay", permission="ask")
    run = await (await app.chat(model=model, tools=[pay])).start("go")
    await first(run, ToolApprovalRequested)
    await run.approve("call_0")
    await first(run, ToolApprovalRequested, 2)
    await until(run, "waiting")
    assert pay.calls == [{"n": 1}]
    await run.approve("call_0", False)
    message = await in_time(run.wait())
    assert (pay.calls, [part.approval for part in calls_of(message)]) == ([{"n": 1}], ["approved", "denied"])


async def test_a_run_waits_only_when_nothing_else_of_it_goes_on(app: Runnel) -> None:
    gate = asyncio.Event()

    async def works(arguments: dict[str, Any], context: ToolContext) -> str:
        await gate.wait()
        return ""

    pay = Doing("pay", permission="ask")
    model = steps([tool_call("pay"), tool_call("works")], ["Done."])
    run = await (await app.chat(model=model, tools=[pay, Doing("works", works)])).start("go")
    asked = await first(run, ToolApprovalRequested)
    await first(run, ToolCalled)
    assert (await run.message()).status == "running"
    gate.set()
    await until(run, "waiting")
    await run.approve(asked.call)
    await in_time(run.wait())


async def test_a_call_without_room_does_not_keep_a_run_from_waiting(app: Runnel) -> None:
    async def asks(arguments: dict[str, Any], context: ToolContext) -> str:
        return await context.ask("Sure?")

    model = steps([tool_call("asks"), tool_call("asks")], ["Done."])
    chat = await app.chat(model=model, tools=[Doing("asks", asks)], limits=Limits(parallel=1))
    run = await chat.start("go")
    await until(run, "waiting")
    await run.reply((await first(run, InputRequested)).id, "one")
    await run.reply((await first(run, InputRequested, 2)).id, "two")
    assert [result for _, _, result in results_of(await in_time(run.wait()))] == ["one", "two"]


async def test_the_time_of_an_answer_stands_still_while_it_waits() -> None:
    async with Runnel("sqlite://", config=config()) as app:
        run, _ = await paying(app, limits=Limits(seconds=1.5))
        await asyncio.sleep(1.7)
        assert (await run.message()).status == "waiting"
        await run.approve((await first(run, ToolApprovalRequested)).call)
        assert (await in_time(run.wait())).status == "completed"


async def test_a_tool_asks_and_goes_on_with_the_answer(app: Runnel) -> None:
    @tool
    def greet(context: ThreadContext) -> str:
        """From a thread."""
        return f"Hello {context.ask('Who?')} of {context.ask('Where?')}"

    chat = await app.chat(model=steps([tool_call("greet")], ["Done."]), tools=[greet])
    run = await chat.start("go")
    who = await first(run, InputRequested)
    await until(run, "waiting")
    await run.reply(who.id, "Ada")
    where = await first(run, InputRequested, 2)
    assert [who.question, where.question] == ["Who?", "Where?"]
    with pytest.raises(NotWaiting):
        await run.reply(who.id, "Eve")
    with pytest.raises(NotWaiting):
        await run.reply("ask_of_nobody", "x")
    await run.reply(where.id, "London")
    assert results_of(await in_time(run.wait())) == [("greet", "ok", "Hello Ada of London")]
    assert [event.text for event in await events_of(run) if isinstance(event, InputGiven)] == ["Ada", "London"]


async def test_a_tools_timeout_stands_still_while_it_asks(app: Runnel) -> None:
    async def asks(arguments: dict[str, Any], context: ToolContext) -> str:
        return await context.ask("Sure?")

    chat = await app.chat(model=steps([tool_call("asks")], ["Done."]), tools=[Doing("asks", asks, timeout=0.3)])
    run = await chat.start("go")
    asked = await first(run, InputRequested)
    await asyncio.sleep(0.5)
    await run.reply(asked.id, "yes")
    assert results_of(await in_time(run.wait())) == [("asks", "ok", "yes")]


async def test_consent_and_answers_may_come_from_another_process(file_url: str) -> None:
    async def asks(arguments: dict[str, Any], context: ToolContext) -> str:
        return await context.ask("Sure?")

    model = steps([tool_call("pay"), tool_call("asks")], [Pause(0.01), "Done."])
    tools = [Doing("pay", permission="ask"), Doing("asks", asks)]
    async with Runnel(file_url, config=config()) as one, Runnel(file_url, config=config()) as other:
        run = await (await one.chat(model=model, tools=tools)).start("go")
        theirs = await other.run(run.id)
        await theirs.approve((await first(theirs, ToolApprovalRequested)).call)
        await theirs.reply((await first(theirs, InputRequested)).id, "yes")
        await first(theirs, ToolReturned, 2)
        message = await in_time(theirs.wait())
        assert results_of(message) == [("pay", "ok", "done"), ("asks", "ok", "yes")]


async def test_an_answer_that_goes_on_is_a_prompt_that_vendors_take(app: Runnel) -> None:
    run, _ = await paying(app, ["A", tool_call("pay"), tool_call("nope")], ["B", tool_call("nope")], ["C"])
    await run.approve((await first(run, ToolApprovalRequested)).call, False)
    message = await in_time(run.wait())
    chat = await app.get_chat(message.chat_id or "")
    model = chat._rooms.models.get(chat.settings.model, chat.id)
    assert isinstance(model, Scripted)
    assert [refusals(prompt) for prompt in model.prompts] == [[], [], []]


async def test_a_run_that_waits_is_a_run_in_progress(app: Runnel) -> None:
    run, _ = await paying(app)
    chat = await app.get_chat((await run.message()).chat_id or "")
    await chat.change(model=Scripted("yes", Pause(inf)))
    other = await chat.start("now", if_busy="interrupt")
    assert (await run.message()).status == "cancelled"
    await in_time(other.cancel())
