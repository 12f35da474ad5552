"""AG-UI's own agent against a server: running, joining in the middle, interrupts. The client checks every event by its
schema and the order of all of them, and raises on what is not AG-UI."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from runnel import Chat, Runnel
from runnel.errors import Overloaded
from runnel.models.base import Model
from runnel.models.fallback import Fallback
from runnel.models.scripted import Scripted, tool_call
from runnel.server import create_app
from runnel.tools import ToolContext, tool
from runnel.vocabulary.events import ReasoningDelta
from tests.apps import config
from tests.server.protocols.node import Program, needs, program
from tests.server.serving import served

pytestmark = needs("@ag-ui/client")

FILE = Path(__file__).with_name("agui.mjs")
TEXT = ["TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END"]


@asynccontextmanager
async def page(model: Model, **settings: Any) -> AsyncIterator[tuple[Program, Chat]]:
    """An agent in a page, answered by `model`, and its chat."""
    async with Runnel("sqlite://", config=config()) as app:
        chat = await app.chat(model=model, key={"ag-ui": "page"}, **settings)
        async with served(create_app(app)) as url, program(FILE, url, "page") as run:
            yield run, chat


async def test_an_answer_is_a_message_of_the_agents() -> None:
    async with page(Scripted(ReasoningDelta("Hm. "), "Hello")) as (run, chat):
        await run("send", "one", "Hi?")
        shown = await run("end")
        assert shown.get("problem") is None
        thought = [f"REASONING_{what}" for what in ("START", "MESSAGE_START", "MESSAGE_CONTENT", "MESSAGE_END", "END")]
        whole = ["RUN_STARTED", "STEP_STARTED", *thought, *TEXT, "STEP_FINISHED", "RUN_FINISHED"]
        assert shown["types"] == whole
        assert [message["role"] for message in shown["messages"]] == ["user", "reasoning", "assistant"]
        answer = (await chat.messages())[-1]
        assert (shown["messages"][-1]["id"], shown["messages"][-1]["content"]) == (answer.id, "Hello")


async def test_calls_of_tools_and_their_results_are_messages_that_the_next_turn_follows() -> None:
    @tool
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    model = Scripted(answers=[["Let me see. ", tool_call("add", a=1, b=2)], ["It is 3."], ["Bye."]])
    async with page(model, tools=[add]) as (run, chat):
        await run("send", "one", "1 + 2?")
        shown = await run("end")
        assert shown.get("problem") is None
        roles = [message["role"] for message in shown["messages"]]
        assert roles == ["user", "assistant", "tool", "assistant"]
        call = shown["messages"][1]["toolCalls"][0]
        assert (call["function"]["name"], shown["messages"][2]["toolCallId"]) == ("add", call["id"])
        assert shown["messages"][2]["content"] == "3"
        await run("send", "two", "Bye")
        shown = await run("end")
        assert [message.content for message in await chat.messages()] == [
            "1 + 2?",
            "Let me see. It is 3.",
            "Bye",
            "Bye.",
        ]


async def test_tools_of_the_page_are_called_there_and_their_results_come_with_the_next_run() -> None:
    model = Scripted(answers=[["Let me see. ", tool_call("weather", town="Graz")], ["It rains."]])
    async with page(model) as (run, chat):
        tools = [{"name": "weather", "description": "Of a town", "parameters": {"type": "object", "properties": {}}}]
        context = [{"description": "The user's name", "value": "Ann"}]
        await run("with", {"tools": tools, "context": context})
        await run("send", "one", "Weather?")
        shown = await run("end")
        assert shown.get("problem") is None
        [call] = shown["messages"][-1]["toolCalls"]
        assert shown["events"][-1]["outcome"] == {"type": "success", "pendingToolCallIds": [call["id"]]}
        assert model.prompts[0].system == "The user's name:\nAnn"
        await run("result", "two", call["id"], "rain")
        shown = await run("end")
        assert shown.get("problem") is None
        assert [message["role"] for message in shown["messages"]] == ["user", "assistant", "tool", "assistant"]
        assert [message.role for message in await chat.messages()] == ["user", "assistant", "tool", "assistant"]
        assert shown["text"] == "It rains."


async def test_a_thread_that_is_new_here_brings_what_was_said_before() -> None:
    model = Scripted("third")
    async with page(model) as (run, _):
        await run("said", "user", "first")
        await run("said", "assistant", "second")
        await run("send", "one", "And?")
        await run("end")
        assert [message.content for message in model.prompts[0].history] == ["first", "second"]


async def test_whoever_joins_in_the_middle_is_told_the_opening_events() -> None:
    gate = asyncio.Event()
    async with page(Scripted("one ", "two ", gate, "three")) as (run, chat):
        await run("send", "run", "Count")
        await run("text", "two")
        await run("abort")
        [going] = await chat.runs()
        last = await going.last_seq()
        # From the beginning, by the same request.
        await run("join", "run")
        shown = await run("text", "two")
        assert shown["types"][:3] == ["RUN_STARTED", "STEP_STARTED", "TEXT_MESSAGE_START"]
        assert shown["text"] == "one two "
        await run("abort")
        # After what was read already.
        await run("join", "run", last)
        gate.set()
        shown = await run("end")
        assert shown.get("problem") is None
        opening = ["RUN_STARTED", "STEP_STARTED", "TEXT_MESSAGE_START"]
        assert shown["types"] == [*opening, "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "STEP_FINISHED", "RUN_FINISHED"]
        assert shown["text"] == "three"
        assert len(await chat.messages()) == 2


async def test_a_cancel_from_elsewhere_ends_the_agents_run_as_cancelled() -> None:
    async with page(Scripted("one ", asyncio.Event())) as (run, chat):
        await run("send", "run", "Count")
        await run("text", "one")
        [going] = await chat.runs()
        await going.cancel()
        shown = await run("end")
        assert shown["events"][-1]["outcome"] == {"type": "cancelled"}


async def test_what_is_asked_of_people_interrupts_the_run_and_their_answers_resume_it() -> None:
    calls: list[str] = []

    @tool(permission="ask")
    async def send(context: ToolContext, to: str) -> str:
        """Send it."""
        calls.append(to)
        return await context.ask("Which colour?")

    model = Scripted(answers=[["I send. ", tool_call("send", to="Ann")], ["Done."]])
    async with page(model, tools=[send]) as (run, chat):
        await run("send", "one", "Send it")
        shown = await run("end")
        [asked] = shown["interrupts"]
        assert (asked["reason"], shown["events"][-1]["outcome"]["type"]) == ("tool_approval", "interrupt")
        answer = {"approved": True, "arguments": {"to": "Bob"}}
        await run("resume", "two", [{"interruptId": asked["id"], "status": "resolved", "payload": answer}])
        shown = await run("end")
        [asked] = shown["interrupts"]
        assert (asked["reason"], asked["message"], calls) == ("input", "Which colour?", ["Bob"])
        await run("resume", "three", [{"interruptId": asked["id"], "status": "resolved", "payload": "blue"}])
        shown = await run("end")
        assert shown.get("problem") is None
        assert (shown["text"], shown["interrupts"]) == ("Done.", [])
        assert [message["role"] for message in shown["messages"]] == ["user", "assistant", "tool", "assistant"]
        assert len(await chat.messages()) == 2


async def test_text_of_an_attempt_that_failed_is_withdrawn_by_name() -> None:
    async with page(Fallback([Scripted("half", Overloaded("busy")), Scripted("whole")])) as (run, chat):
        await run("send", "one", "Hi?")
        shown = await run("end")
        assert shown.get("problem") is None
        half, whole = [message for message in shown["messages"] if message["role"] == "assistant"]
        assert (half["content"], whole["content"]) == ("half", "whole")
        [withdrawn] = [event["value"] for event in shown["events"] if event.get("name") == "runnel.withdrawn"]
        assert withdrawn == {"count": 4, "messageId": half["id"]}
        # The next question follows the answer, whichever of its messages the client names.
        await run("send", "two", "And?")
        await run("end")
        assert [message.role for message in await chat.messages()] == ["user", "assistant"] * 2


async def test_a_run_that_fails_is_an_error_and_the_thread_goes_on() -> None:
    async with page(Scripted(answers=[["half", Overloaded("busy")], ["whole"]])) as (run, _):
        await run("send", "one", "Hi?")
        shown = await run("end")
        assert (shown["types"][-1], shown["text"]) == ("RUN_ERROR", "half")
        await run("send", "two", "Again?")
        shown = await run("end")
        assert (shown["types"][-1], shown["text"]) == ("RUN_FINISHED", "whole")


async def test_the_same_id_for_another_question_is_refused() -> None:
    async with page(Scripted("one")) as (run, _):
        await run("send", "one", "first")
        await run("end")
        await run("send", "one", "second")
        assert "409" in (await run("end"))["problem"]
