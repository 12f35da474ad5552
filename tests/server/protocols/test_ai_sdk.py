"""The AI SDK's own chat against a server: asking, resuming, stopping, going back, consenting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from runnel import Chat, Runnel
from runnel.errors import Overloaded
from runnel.models.base import Model
from runnel.models.fallback import Fallback
from runnel.models.scripted import Scripted, tool_call
from runnel.server import create_app
from runnel.tools import tool
from runnel.vocabulary.events import ReasoningDelta
from tests.apps import config
from tests.server.protocols.node import Program, needs, program
from tests.server.serving import served

pytestmark = needs("ai")

FILE = Path(__file__).with_name("ai_sdk.mjs")


@asynccontextmanager
async def page(model: Model, *arguments: str, **settings: Any) -> AsyncIterator[tuple[Program, Chat, str]]:
    """A page whose chat is answered by `model`, and that chat."""
    async with Runnel("sqlite://", config=config()) as app:
        chat = await app.chat(model=model, key={"ai-sdk": "page"}, **settings)
        async with served(create_app(app)) as url, program(FILE, url, "page", *arguments) as run:
            yield run, chat, url


def text(shown: dict[str, Any]) -> str:
    return "".join([part["text"] for part in shown["last"]["parts"] if part["type"] == "text"])


async def test_an_answer_streams_into_the_page() -> None:
    async with page(Scripted(ReasoningDelta("Hm. "), "Hello", " world")) as (run, chat, _):
        await run("send", "Hi?")
        shown = await run("end")
        assert (shown["status"], shown["count"], text(shown)) == ("ready", 2, "Hello world")
        assert [part["type"] for part in shown["last"]["parts"]] == ["step-start", "reasoning", "text"]
        assert [part.get("state") for part in shown["last"]["parts"]] == [None, "done", "done"]
        answer = (await chat.messages())[-1]
        assert shown["last"]["id"] == answer.id
        assert shown["last"]["metadata"]["run"] == answer.run.id


async def test_a_second_question_follows_the_first_and_keeps_what_was_said() -> None:
    model = Scripted(answers=[["one"], ["two"]])
    async with page(model) as (run, chat, _):
        await run("send", "first")
        await run("end")
        await run("send", "second")
        shown = await run("end")
        assert (shown["count"], text(shown)) == (4, "two")
        assert [message.content for message in await chat.messages()] == ["first", "one", "second", "two"]
        assert [message.content for message in model.calls[-1].prompt.history] == ["first", "one"]


async def test_a_page_that_is_loaded_anew_gets_the_whole_answer_once() -> None:
    gate = asyncio.Event()
    async with page(Scripted("one ", "two ", gate, "three")) as (run, _, _):
        await run("send", "Count")
        await run("text", "two")
        await run("abort")
        await run("reload")
        shown = await run("text", "two")
        assert text(shown) == "one two "
        gate.set()
        shown = await run("end")
        assert (shown["status"], text(shown)) == ("ready", "one two three")


async def test_leaving_stops_nothing_and_stop_ends_it() -> None:
    async with page(Scripted("one ", "two ", asyncio.Event())) as (run, chat, url):
        await run("send", "Count")
        await run("text", "two")
        await run("abort")
        [going] = await chat.runs()
        await run("reload")
        await run("text", "two")
        await run("stop")
        shown = await run("end")
        message = await going.message()
        assert (message.status, message.content) == ("cancelled", "one two ")
        assert text(shown) == "one two "
        async with httpx2.AsyncClient() as client:
            assert (await client.get(f"{url}/ai-sdk/chat/page/stream")).status_code == 204


async def test_a_question_after_leaving_ends_the_answer_that_nobody_reads() -> None:
    model = Scripted(answers=[["one ", asyncio.Event()], ["two"]])
    async with page(model) as (run, chat, _):
        await run("send", "first")
        await run("text", "one")
        await run("abort")
        await run("send", "second")
        shown = await run("end")
        assert text(shown) == "two"
        assert [message.status for message in await chat.messages()] == ["completed", "cancelled"] + ["completed"] * 2


async def test_asking_again_and_going_back_make_branches() -> None:
    model = Scripted(answers=[["one"], ["other"], ["third"]])
    async with page(model) as (run, chat, _):
        await run("send", "first")
        await run("end")
        await run("again")
        shown = await run("end")
        assert (shown["count"], text(shown)) == (2, "other")
        await run("edit", "first, otherwise", 0)
        shown = await run("end")
        assert (shown["count"], text(shown)) == (2, "third")
        messages = await chat.messages()
        assert [message.content for message in messages] == ["first, otherwise", "third"]
        assert [message.content for message in await chat.alternatives(messages[0])] == ["first", "first, otherwise"]


async def test_a_call_is_consented_to_in_the_page_and_the_answer_goes_on() -> None:
    calls: list[str] = []

    @tool(permission="ask")
    def send(to: str) -> str:
        """Send it."""
        calls.append(to)
        return "sent"

    for approve, expected in [(True, ["Ann"]), (False, [])]:
        calls.clear()
        model = Scripted(answers=[["I send. ", tool_call("send", to="Ann")], ["Done."]])
        async with page(model, "consents", tools=[send]) as (run, chat, _):
            await run("send", "Send it")
            shown = await run("asked")
            assert calls == []
            await run("end")
            await run("consent", approve)
            shown = await run("text", "Done.")
            shown = await run("end")
            assert "error" not in shown
            assert text(shown) == "I send. Done."
            [part] = [part for part in shown["last"]["parts"] if part["type"] == "dynamic-tool"]
            assert part["state"] == ("output-available" if approve else "output-denied")
            assert calls == expected
            assert shown["count"] == 2
            assert len(await chat.messages()) == 2


async def test_an_answer_that_fails_is_an_error_in_the_page_with_the_partial_kept() -> None:
    async with page(Scripted("half", RuntimeError("broken"))) as (run, chat, _):
        await run("send", "Hi?")
        shown = await run("end")
        assert "broken" in shown["error"]
        assert text(shown) == "half"
        assert (await chat.messages())[-1].content == "half"


async def test_text_of_an_attempt_that_failed_is_withdrawn_by_name() -> None:
    async with page(Fallback([Scripted("half", Overloaded("busy")), Scripted("whole")])) as (run, _, _):
        await run("send", "Hi?")
        shown = await run("end")
        parts = [part for part in shown["last"]["parts"] if part["type"] in ("text", "data-withdrawn")]
        assert [part.get("text") or part["data"] for part in parts] == ["half", {"count": 4}, "whole"]
