"""The calls since the user's last message, also of an answer that is going, at the same cost for any chat."""

import asyncio
from math import inf
from typing import Any

from runnel import Chat, Runnel
from runnel.models.scripted import Pause, Scripted, tool_call
from runnel.tools import ToolContext
from runnel.vocabulary.events import ToolApprovalRequested, ToolCalled
from tests.agents.helpers import Doing, Never, first, steps
from tests.apps import config, in_time


async def shape(chat: Chat) -> list[tuple[str, str]]:
    return [(call.name, call.status) for call in await chat.calls()]


async def test_a_chat_without_messages_has_made_no_calls(app: Runnel) -> None:
    assert await (await app.chat(model=Scripted("x"))).calls() == []


async def test_only_the_last_turn_counts(app: Runnel) -> None:
    act = Doing("act")
    chat = await app.chat(model=steps([tool_call("act"), tool_call("nope")], [tool_call("act")], ["x"]), tools=[act])
    await in_time(chat.answer("one"))
    assert await shape(chat) == [("act", "ok"), ("nope", "error"), ("act", "ok")]
    await chat.change(model=Scripted("no calls"))
    await in_time(chat.answer("two"))
    assert await shape(chat) == []


async def test_calls_of_an_answer_that_goes_on_are_as_they_now_stand(app: Runnel) -> None:
    never = Never()
    model = steps([tool_call("act")], [tool_call("never"), tool_call("pay")])
    chat = await app.chat(model=model, tools=[Doing("act"), never, Doing("pay", permission="ask")])
    run = await chat.start("go")
    await in_time(never.begun.wait())
    await first(run, ToolApprovalRequested)
    await first(run, ToolCalled, 2)
    assert await shape(chat) == [("act", "ok"), ("never", "running"), ("pay", "pending")]
    assert [call.approval for call in await chat.calls()] == [None, None, "requested"]
    await in_time(run.cancel())
    assert await shape(chat) == [("act", "ok"), ("never", "cancelled"), ("pay", "pending")]


async def test_another_process_sees_them_too(file_url: str) -> None:
    async def waits(arguments: dict[str, Any], context: ToolContext) -> str:
        return str(await asyncio.get_running_loop().create_future())

    async with Runnel(file_url, config=config()) as one, Runnel(file_url, config=config()) as other:
        chat = await one.chat(model=steps([tool_call("waits")]), tools=[Doing("waits", waits)])
        run = await chat.start("go")
        await first(run, ToolCalled)
        assert await shape(await other.get_chat(chat.id)) == [("waits", "running")]
        await in_time(run.cancel())


async def test_they_are_those_of_the_current_branch(app: Runnel) -> None:
    chat = await app.chat(model=steps([tool_call("act", n=1)], ["x"]), tools=[Doing("act")])
    one = await in_time(chat.answer("one"))
    await chat.change(model=Scripted("plain"))
    await in_time(chat.retry())
    assert await shape(chat) == []
    await chat.switch(one)
    assert await shape(chat) == [("act", "ok")]


async def test_what_came_before_is_not_looked_at(app: Runnel) -> None:
    """The rows that are read do not grow with the chat."""
    chat = await app.chat(model=steps([tool_call("act")], ["x"]), tools=[Doing("act")])
    store = app._open.store
    read = []
    for _ in range(5):
        await in_time(chat.answer("go"))
        read.append(len(await store.last_turn(chat.id, ["tool"])))
    assert read == [1] * 5


async def test_an_answer_that_calls_nothing_yet_has_none(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x", Pause(inf)), tools=[Doing("act")])
    run = await chat.start("go")
    assert await shape(chat) == []
    await in_time(run.cancel())
