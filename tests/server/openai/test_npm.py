"""Responses and chat completions by OpenAI's package for node, as it is."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from runnel import Runnel
from tests.apps import in_time
from tests.server.openai import scripts
from tests.server.openai.typed import checked_event
from tests.server.protocols.node import Program, needs, program

pytestmark = needs("openai")

MODEL = scripts.NAME
FILE = Path(__file__).with_name("openai.mjs")
WEATHER = {"name": "weather", "parameters": {"type": "object", "properties": {"town": {"type": "string"}}}}


@pytest.fixture
async def node(url: str) -> AsyncIterator[Program]:
    """The client, in a process of its own."""
    async with program(FILE, url) as run:
        yield run


async def found(node: Program, *command: Any) -> Any:
    answer = await node(*command)
    assert "error" not in answer, answer
    return answer["found"]


async def test_models(node: Program) -> None:
    assert (await found(node, "models.list"))[0]["id"] == MODEL
    assert (await found(node, "models.retrieve", MODEL))["id"] == MODEL


async def test_chat_completions(node: Program) -> None:
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
    whole = await found(node, "chat.completions.create", asked)
    assert whole["choices"][0]["message"]["content"] == "Hello"
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = await found(node, "chat.completions.create", {**asked, **options})
    assert [chunk["choices"][0]["delta"].get("content") for chunk in chunks[:-1]] == ["", "Hel", "lo", None]
    assert chunks[-1]["usage"]["total_tokens"] == 7


async def test_a_tool_of_the_callers(node: Program) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "weather"}]
    tools = [{"type": "function", "function": WEATHER}]
    first = await found(node, "chat.completions.create", {"model": MODEL, "messages": messages, "tools": tools})
    message = first["choices"][0]["message"]
    (call,) = message["tool_calls"]
    messages += [message, {"role": "tool", "tool_call_id": call["id"], "content": "raining"}]
    second = await found(node, "chat.completions.create", {"model": MODEL, "messages": messages, "tools": tools})
    assert second["choices"][0]["message"]["content"] == "It is raining."


async def test_responses_whole_streamed_retrieved_and_from_the_middle(node: Program) -> None:
    whole = await found(node, "responses.create", {"model": MODEL, "input": "hello"})
    assert (whole["status"], whole["output_text"]) == ("completed", "Hello")
    events = await found(node, "responses.create", {"model": MODEL, "input": "think", "stream": True})
    for event in events:
        checked_event(event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    id = events[0]["response"]["id"]
    assert (await found(node, "responses.retrieve", id))["output"] == events[-1]["response"]["output"]
    rest = await found(node, "responses.retrieve", id, {"stream": True, "starting_after": 7})
    assert rest == events[8:]


async def test_a_function_and_what_goes_on_from_it(node: Program) -> None:
    tools = [{"type": "function", "strict": False, **WEATHER}]
    first = await found(node, "responses.create", {"model": MODEL, "input": "weather", "tools": tools})
    output = {"type": "function_call_output", "call_id": first["output"][0]["call_id"], "output": "raining"}
    asked = {"model": MODEL, "input": [output], "tools": tools, "previous_response_id": first["id"]}
    second = await found(node, "responses.create", asked)
    assert second["output_text"] == "It is raining."
    (item,) = await found(node, "responses.inputItems.list", second["id"])
    assert item["output"] == "raining"


async def test_background_is_left_read_on_and_cancelled(node: Program, url: str) -> None:
    question = "wait npm-background"
    asked = {"model": MODEL, "input": question, "background": True, "stream": True}
    seen = await found(node, "until", "before", "responses.create", asked)
    await found(node, "leave")
    id = seen[0]["response"]["id"]
    following = {"stream": True, "starting_after": seen[-1]["sequence_number"]}
    scripts.gate(question).set()
    rest = await found(node, "responses.retrieve", id, following)
    assert [event["sequence_number"] for event in seen + rest] == list(range(len(seen + rest)))
    assert rest[-1]["response"]["status"] == "completed"

    seen = await found(node, "until", "before", "responses.create", {**asked, "input": "wait npm-cancelled"})
    async with program(FILE, url) as second:
        cancelled = await found(second, "responses.cancel", seen[0]["response"]["id"])
    assert cancelled["status"] == "cancelled"
    assert (await found(node, "rest"))[-1]["response"]["status"] == "cancelled"


async def test_a_client_that_leaves_cancels_its_run(node: Program, app: Runnel) -> None:
    question = {"model": MODEL, "input": "wait npm-left", "stream": True}
    await found(node, "until", "before", "responses.create", question)
    (run,) = await app.runs()
    await found(node, "leave")
    assert (await in_time(run.wait())).status == "cancelled"


async def test_conversations(node: Program) -> None:
    conversation = await found(node, "conversations.create", {})
    asked = {"model": MODEL, "input": "hello", "conversation": conversation["id"]}
    await found(node, "responses.create", asked)
    second = await found(node, "responses.create", {**asked, "input": "history"})
    assert second["output_text"] == "user: hello; assistant: Hello"
    items = await found(node, "conversations.items.list", conversation["id"], {"order": "asc"})
    assert [item["role"] for item in items] == ["user", "assistant", "user", "assistant"]


async def test_what_is_deleted_or_was_never_there_is_an_error_of_the_clients_class(node: Program) -> None:
    response = await found(node, "responses.create", {"model": MODEL, "input": "hello"})
    await found(node, "responses.delete", response["id"])
    assert (await node("responses.retrieve", response["id"]))["error"] == "NotFoundError"
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}], "n": 2}
    refused = await node("chat.completions.create", asked)
    assert (refused["error"], refused["param"]) == ("BadRequestError", "n")
    unknown = await node("responses.create", {"model": "nobody", "input": "hello"})
    assert (unknown["error"], unknown["code"]) == ("NotFoundError", "model_not_found")
