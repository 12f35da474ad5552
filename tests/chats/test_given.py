"""Turns that a caller gives whole, and tools that the caller carries out."""

import pytest

from runnel import Runnel
from runnel.errors import Misuse
from runnel.models.scripted import Scripted, tool_call
from runnel.tools import tool
from runnel.vocabulary.chats import ChatSettings, ClientTool
from runnel.vocabulary.events import ToolCalled
from runnel.vocabulary.messages import MessageValue, Part, Role, Status, TextPart, ToolPart
from tests.agents.helpers import calls_of, refusals, results_of, steps
from tests.apps import events_of, in_time

WEATHER = ClientTool("weather", "The weather of a town.", {"type": "object", "properties": {"town": {}}})


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def given(role: Role, *parts: Part | str) -> MessageValue:
    made = tuple(TextPart(part) if isinstance(part, str) else part for part in parts)
    return MessageValue("", role, Status.COMPLETED, parts=made)


def with_client_tools(model: str = "object:script") -> ChatSettings:
    return ChatSettings(model, client_tools=(WEATHER,))


async def test_a_prompt_that_comes_whole_is_answered_as_it_stands(app: Runnel) -> None:
    model = Scripted("Fine.")
    chat = await app.chat(model=model, unlisted=True)
    turns = [given("assistant", "Hello."), given("user", "Who?"), given("assistant", "Me."), given("user", "How?")]
    run = await chat.start_from(turns)
    message = await in_time(run.wait())
    assert (message.status, message.content) == ("completed", "Fine.")
    (prompt,) = model.prompts
    assert prompt.question == "How?"
    assert [(one.role, one.content) for one in prompt.history] == [
        ("assistant", "Hello."),
        ("user", "Who?"),
        ("assistant", "Me."),
    ]
    assert [one.content for one in await chat.messages()] == ["Hello.", "Who?", "Me.", "How?", "Fine."]


async def test_an_unlisted_chat_is_in_no_list_and_is_found_by_its_id(app: Runnel) -> None:
    listed = await app.chat(model="excerpts")
    unlisted = await app.chat(model="excerpts", unlisted=True)
    assert [chat.id for chat in await app.chats()] == [listed.id]
    assert (await app.get_chat(unlisted.id)).value.unlisted


async def test_a_chat_goes_on_from_a_message_of_another(app: Runnel) -> None:
    model = Scripted("first")
    chat = await app.chat(model=model)
    message = await in_time(chat.answer("One?"))
    other = Scripted("second")
    further = await app.chat(model=other, after=message.id, unlisted=True)
    await in_time((await further.start_from([given("user", "Two?")])).wait())
    assert [one.content for one in other.prompts[0].history] == ["One?", "first"]
    assert [one.content for one in await chat.messages()] == ["One?", "first"]


async def test_settings_and_a_memo_are_of_one_answer_only(app: Runnel) -> None:
    model = Scripted("fine")
    chat = await app.chat(model=model, system="the chat's")
    settings = ChatSettings("object:script", system="this answer's")
    run = await chat.start_from([given("user", "One?")], settings=settings, memo={"a": 1})
    await in_time(run.wait())
    await in_time(chat.answer("Two?"))
    assert [prompt.system for prompt in model.prompts] == ["this answer's", "the chat's"]
    assert (await app.run(run.id)).value.memo == {"a": 1}


async def test_nothing_to_answer_is_misuse(app: Runnel) -> None:
    chat = await app.chat(model="excerpts")
    with pytest.raises(Misuse):
        await chat.start_from([])


async def test_a_call_of_the_callers_tool_ends_the_run_and_is_not_carried_out(app: Runnel) -> None:
    model = steps(["Let me see.", tool_call("weather", "call_1", town="Graz")], ["never said"])
    chat = await app.chat(model=model)
    run = await chat.start_from([given("user", "Weather?")], settings=with_client_tools())
    message = await in_time(run.wait())
    assert (message.status, message.finish_reason, message.content) == ("completed", "tool_calls", "Let me see.")
    assert results_of(message) == [("weather", "pending", None)]
    assert [part.called for part in calls_of(message)] == [True]
    assert [event.client for event in await events_of(run) if isinstance(event, ToolCalled)] == [True]
    assert WEATHER in model.prompts[0].tools


async def test_the_next_turn_brings_the_result(app: Runnel) -> None:
    model = Scripted(answers=[[tool_call("weather", "call_1", town="Graz")], ["Rain."]])
    chat = await app.chat(model=model)
    await in_time((await chat.start_from([given("user", "Weather?")], settings=with_client_tools())).wait())
    result = given("tool", ToolPart("call_1", status="ok", result="It rains."))
    message = await in_time((await chat.start_from([result], settings=with_client_tools())).wait())
    assert (message.content, message.finish_reason) == ("Rain.", "stop")
    prompt = model.prompts[1]
    assert [(one.role, one.status) for one in prompt.history] == [
        ("user", "completed"),
        ("assistant", "completed"),
        ("tool", "completed"),
    ]
    assert prompt.question == ""
    assert refusals(prompt) == []


async def test_calls_of_both_kinds_ours_are_carried_out_first(app: Runnel) -> None:
    model = steps([tool_call("add", a=1, b=2), tool_call("weather", town="Graz")], ["never said"])
    chat = await app.chat(model=model, tools=[add])
    settings = ChatSettings("object:script", tools=chat.settings.tools, client_tools=(WEATHER,))
    message = await in_time((await chat.start_from([given("user", "Go")], settings=settings)).wait())
    assert message.finish_reason == "tool_calls"
    assert results_of(message) == [("add", "ok", "3"), ("weather", "pending", None)]


async def test_a_call_whose_arguments_do_not_parse_is_left_as_it_is(app: Runnel) -> None:
    from runnel.vocabulary.events import ToolCallDelta

    model = steps([ToolCallDelta(call="call_1", name="weather", arguments='{"town":')], ["never said"])
    chat = await app.chat(model=model)
    message = await in_time((await chat.start_from([given("user", "Go")], settings=with_client_tools())).wait())
    assert (message.finish_reason, results_of(message)) == ("tool_calls", [("weather", "pending", None)])
    assert [part.called for part in calls_of(message)] == [False]


async def test_two_tools_of_one_name_fail_the_run_saying_so(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"), tools=[add])
    settings = ChatSettings("object:script", tools=chat.settings.tools, client_tools=(ClientTool("add"),))
    message = await in_time((await chat.start_from([given("user", "Go")], settings=settings)).wait())
    assert message.status == "failed"
    assert "'add'" in str(message.error)
