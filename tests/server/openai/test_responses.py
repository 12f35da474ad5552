"""Responses by the official client."""

import asyncio
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, AsyncStream, OpenAI
from openai.types.responses import FunctionToolParam, Response, ResponseStreamEvent

from runnel import Runnel
from runnel.errors import UnknownRun
from tests.apps import LONG, in_time
from tests.server.openai import scripts
from tests.server.openai.typed import checked_event

MODEL = scripts.NAME
WEATHER: FunctionToolParam = {
    "type": "function",
    "name": "weather",
    "description": "The weather of a town.",
    "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
    "strict": False,
}


async def read(stream: AsyncStream[ResponseStreamEvent]) -> list[ResponseStreamEvent]:
    return [event async for event in stream]


def numbers(events: list[ResponseStreamEvent]) -> list[int]:
    return [event.sequence_number for event in events]


def plain(events: list[ResponseStreamEvent]) -> list[dict[str, Any]]:
    found = [event.to_dict() for event in events]
    for one in found:
        checked_event(one)
    return found


async def until_before(stream: AsyncStream[ResponseStreamEvent]) -> list[ResponseStreamEvent]:
    """Read until the script waits."""
    events: list[ResponseStreamEvent] = []
    async for event in stream:
        events.append(event)
        if event.type == "response.output_text.delta" and event.delta == "before":
            break
    return events


async def test_a_response_comes_whole(client: AsyncOpenAI, app: Runnel) -> None:
    response = await client.responses.create(
        model=MODEL, input="hello", instructions="Be brief.", metadata={"a": "b"}, temperature=0.5, max_output_tokens=9
    )
    assert (response.status, response.output_text, response.model) == ("completed", "Hello", MODEL)
    assert (response.instructions, response.metadata, response.temperature) == ("Be brief.", {"a": "b"}, 0.5)
    assert response.usage is not None
    assert response.usage.total_tokens == 7
    assert scripts.said[-1].system == "Be brief."
    assert scripts.said[-1].sampling.max_tokens == 9
    assert (await client.responses.retrieve(response.id)).to_dict() == response.to_dict()
    assert await app.chats() == []


async def test_a_stream_is_numbered_from_0_and_ends_with_the_response(client: AsyncOpenAI) -> None:
    events = await read(await client.responses.create(model=MODEL, input="hello", stream=True))
    assert numbers(events) == list(range(len(events)))
    plain(events)
    last = events[-1]
    assert last.type == "response.completed"
    again = await client.responses.retrieve(last.response.id)
    assert again.to_dict() == last.response.to_dict()


async def test_the_clients_own_helper_takes_the_stream(client: AsyncOpenAI) -> None:
    async with client.responses.stream(model=MODEL, input="think") as stream:
        async for _ in stream:
            pass
        response = await stream.get_final_response()
    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.output_text == "Yes."


async def test_a_reader_that_begins_in_the_middle_gets_exactly_what_is_left(client: AsyncOpenAI) -> None:
    events = plain(await read(await client.responses.create(model=MODEL, input="think", stream=True)))
    id = events[0]["response"]["id"]
    for after in range(len(events)):
        rest = await read(await client.responses.retrieve(id, stream=True, starting_after=after))
        assert plain(rest) == events[after + 1 :]
    assert plain(await read(await client.responses.retrieve(id, stream=True))) == events
    assert await read(await client.responses.retrieve(id, stream=True, starting_after=10_000)) == []


async def test_background_goes_on_without_its_client_and_is_read_on_by_another(client: AsyncOpenAI) -> None:
    question = "wait background"
    async with await client.responses.create(model=MODEL, input=question, background=True, stream=True) as stream:
        seen = await until_before(stream)
    id = seen[0].response.id  # type: ignore[union-attr]
    assert (await client.responses.retrieve(id)).status == "in_progress"
    following = asyncio.ensure_future(
        read(await client.responses.retrieve(id, stream=True, starting_after=seen[-1].sequence_number))
    )
    scripts.gate(question).set()
    rest = await in_time(following)
    assert numbers([*seen, *rest]) == list(range(len(seen) + len(rest)))
    assert rest[-1].type == "response.completed"
    assert rest[-1].response.output_text == "before after"


async def test_background_answers_at_once(client: AsyncOpenAI) -> None:
    question = "wait queued"
    response = await client.responses.create(model=MODEL, input=question, background=True)
    assert response.background
    assert response.to_dict()["status"] in ("queued", "in_progress")
    scripts.gate(question).set()
    async with asyncio.timeout(LONG):
        while response.status != "completed":
            response = await client.responses.retrieve(response.id)
    assert response.output_text == "before after"


async def test_a_second_client_cancels_and_all_who_follow_come_to_the_end(client: AsyncOpenAI, url: str) -> None:
    stream = await client.responses.create(model=MODEL, input="wait cancelled", background=True, stream=True)
    seen = await until_before(stream)
    id = seen[0].response.id  # type: ignore[union-attr]
    async with AsyncOpenAI(base_url=url, api_key="other") as second:
        following = asyncio.ensure_future(read(await second.responses.retrieve(id, stream=True)))
        cancelled = await second.responses.cancel(id)
        assert (cancelled.status, cancelled.output_text) == ("cancelled", "before")
        assert (await second.responses.cancel(id)).to_dict() == cancelled.to_dict()
    rest = await in_time(read(stream))
    assert plain([*seen, *rest]) == plain(await in_time(following))
    last = rest[-1]
    assert last.type == "response.incomplete"
    assert last.response.to_dict() == cancelled.to_dict()


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_leaves_cancels_unless_it_is_in_the_background(
    client: AsyncOpenAI, app: Runnel, stream: bool
) -> None:
    question = f"wait left-{stream}"
    asking = asyncio.ensure_future(client.responses.create(model=MODEL, input=question, stream=stream))
    await in_time(scripts.began(question).wait())
    (run,) = await app.runs()
    if stream:
        events: Any = await asking
        await until_before(events)
        await events.close()
    else:
        asking.cancel()
    assert (await in_time(run.wait())).status == "cancelled"


async def test_a_response_goes_on_from_another(client: AsyncOpenAI) -> None:
    first = await client.responses.create(model=MODEL, input="hello", instructions="One.")
    last = ""
    for _ in range(2):  # also two from the same
        second = await client.responses.create(model=MODEL, input="history", previous_response_id=first.id)
        assert second.output_text == "user: hello; assistant: Hello"
        assert second.previous_response_id == first.id
        assert scripts.said[-1].system is None
        last = second.id
    third = await client.responses.create(model=MODEL, input="history", previous_response_id=last)
    assert third.output_text.endswith("user: history; assistant: user: hello; assistant: Hello")


async def test_a_function_is_the_callers_to_carry_out(client: AsyncOpenAI) -> None:
    first = await client.responses.create(model=MODEL, input="weather", tools=[WEATHER])
    (call,) = first.output
    assert call.type == "function_call"
    assert (call.name, call.arguments, call.status) == ("weather", '{"town":"Graz"}', "completed")
    output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "raining"}
    second = await client.responses.create(model=MODEL, previous_response_id=first.id, input=[output], tools=[WEATHER])
    assert second.output_text == "It is raining."
    items = [item async for item in client.responses.input_items.list(second.id)]
    assert [item.type for item in items] == ["function_call_output"]


async def test_a_whole_history_comes_as_items(client: AsyncOpenAI) -> None:
    thought = await client.responses.create(model=MODEL, input="think", include=["reasoning.encrypted_content"])
    call = (await client.responses.create(model=MODEL, input="weather", tools=[WEATHER])).output[0]
    items: list[Any] = [
        {"role": "user", "content": "think"},
        *[item.to_dict() for item in thought.output],
        {"role": "user", "content": [{"type": "input_text", "text": "weather"}]},
        call.to_dict(),
        {"type": "function_call_output", "call_id": "call_1", "output": [{"type": "input_text", "text": "fine"}]},
    ]
    response = await client.responses.create(model=MODEL, input=items, tools=[WEATHER], store=False)
    assert response.output_text == "It is fine."
    history = scripts.said[-1].history
    assert [message.role for message in history] == ["user", "assistant", "user", "assistant", "tool"]
    assert [part.kind for part in history[1].parts] == ["reasoning", "text"]
    assert getattr(history[1].parts[0], "signature", None) == "signed"


async def test_the_model_is_told_which_tool_to_call(client: AsyncOpenAI) -> None:
    choices: list[tuple[Any, str | None]] = [
        ("auto", None),
        ("required", "required"),
        ({"type": "function", "name": "weather"}, "weather"),
    ]
    for choice, asked in choices:
        response = await client.responses.create(model=MODEL, input="hello", tools=[WEATHER], tool_choice=choice)
        assert scripts.said[-1].sampling.tool_choice == asked
        assert response.to_dict()["tool_choice"] == choice
    await client.responses.create(model=MODEL, input="hello", tools=[WEATHER], tool_choice="none")
    assert scripts.said[-1].tools == ()
    wrong: list[Any] = ["required", {"type": "function", "name": "other"}, {"type": "web_search_preview"}]
    for choice in wrong:
        with pytest.raises(openai.BadRequestError):
            await client.responses.create(model=MODEL, input="hello", tool_choice=choice)


async def test_the_same_key_means_the_same_response(client: AsyncOpenAI, app: Runnel) -> None:
    key = {"Idempotency-Key": "my-own"}
    first = await client.responses.create(model=MODEL, input="hello", extra_headers=key)
    again = await client.responses.create(model=MODEL, input="hello", extra_headers=key)
    assert again.to_dict() == first.to_dict()
    assert (await client.responses.retrieve(first.id)).to_dict() == first.to_dict()
    assert len(await app.runs()) == 1
    with pytest.raises(openai.ConflictError):
        await client.responses.create(model=MODEL, input="think", extra_headers=key)


async def test_what_is_still_being_made_is_not_gone_on_from(client: AsyncOpenAI) -> None:
    question = "wait previous"
    first = await client.responses.create(model=MODEL, input=question, background=True)
    with pytest.raises(openai.BadRequestError) as raised:
        await client.responses.create(model=MODEL, input="hello", previous_response_id=first.id)
    assert raised.value.param == "previous_response_id"
    scripts.gate(question).set()


async def test_conversations_hold_what_was_said(client: AsyncOpenAI, app: Runnel) -> None:
    conversation = await client.conversations.create(metadata={"topic": "x"})
    assert (await client.conversations.retrieve(conversation.id)).to_dict() == conversation.to_dict()
    first = await client.responses.create(model=MODEL, input="hello", conversation=conversation.id)
    assert first.conversation is not None
    assert first.conversation.id == conversation.id
    second = await client.responses.create(model=MODEL, input="history", conversation={"id": conversation.id})
    assert second.output_text == "user: hello; assistant: Hello"
    items = [item async for item in client.conversations.items.list(conversation.id, order="asc", limit=3)]
    assert [getattr(item, "role", None) for item in items] == ["user", "assistant", "user", "assistant"]
    assert [chat.id for chat in await app.chats()] == [conversation.id.replace("conv_", "chat_")]
    await client.conversations.delete(conversation.id)
    with pytest.raises(openai.NotFoundError):
        await client.conversations.retrieve(conversation.id)


async def test_a_conversation_answers_one_at_a_time(client: AsyncOpenAI) -> None:
    conversation = await client.conversations.create()
    question = "wait busy"
    await client.responses.create(model=MODEL, input=question, conversation=conversation.id, background=True)
    with pytest.raises(openai.ConflictError):
        await client.responses.create(model=MODEL, input="hello", conversation=conversation.id)
    scripts.gate(question).set()


async def test_the_input_of_a_response_is_listed_by_pages(client: AsyncOpenAI) -> None:
    asked: list[Any] = [{"role": "user", "content": f"hello {number}"} for number in range(5)]
    response = await client.responses.create(model=MODEL, input=asked)
    items: list[Any] = [item async for item in client.responses.input_items.list(response.id, limit=2, order="asc")]
    assert [item.content[0].text for item in items] == [f"hello {number}" for number in range(5)]
    newest: list[Any] = (await client.responses.input_items.list(response.id, limit=2)).data
    assert [item.content[0].text for item in newest] == ["hello 4", "hello 3"]


async def test_what_was_deleted_is_not_there_and_what_goes_on_from_it_stays(client: AsyncOpenAI) -> None:
    first = await client.responses.create(model=MODEL, input="hello")
    second = await client.responses.create(model=MODEL, input="history", previous_response_id=first.id)
    await client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(first.id)
    assert (await client.responses.retrieve(second.id)).output_text == "user: hello; assistant: Hello"
    third = await client.responses.create(model=MODEL, input="history", previous_response_id=second.id)
    assert third.output_text.startswith("user: hello; assistant: Hello")


async def test_what_is_not_to_be_stored_is_not_there_afterwards(client: AsyncOpenAI, app: Runnel) -> None:
    response = await client.responses.create(model=MODEL, input="hello", store=False)
    assert response.output_text == "Hello"
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(response.id)
    with pytest.raises(UnknownRun):
        await app.run(response.id.replace("resp_", "run_"))


async def test_a_schema_and_logprobs_are_asked_of_the_model(client: AsyncOpenAI) -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {"answer": {"type": "integer"}}}
    format: Any = {"type": "json_schema", "name": "answer", "schema": schema}
    response = await client.responses.create(model=MODEL, input="json", text={"format": format})
    assert response.output_text == '{"answer":42}'
    assert scripts.said[-1].output == {"title": "answer", **schema}
    response = await client.responses.create(
        model=MODEL, input="logprobs", include=["message.output_text.logprobs"], top_logprobs=2
    )
    item: Any = response.output[0]
    logprobs = item.content[0].logprobs
    assert [(one.token, one.logprob, len(one.top_logprobs)) for one in logprobs] == [
        ("Hi", -0.25, 2),
        ("!", -0.5, 0),
    ]


async def test_a_failing_model_is_a_failed_response(client: AsyncOpenAI) -> None:
    response = await client.responses.create(model=MODEL, input="fail")
    assert (response.status, response.output_text) == ("failed", "half")
    assert response.error is not None
    assert response.error.code == "server_error"
    short = await client.responses.create(model=MODEL, input="length")
    assert short.status == "incomplete"
    assert short.incomplete_details is not None
    assert short.incomplete_details.reason == "max_output_tokens"


async def test_errors_are_of_the_clients_own_classes(client: AsyncOpenAI) -> None:
    for id in ("resp_none", "run_none", "resp_", "conv_none"):
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(id)
        with pytest.raises(openai.NotFoundError):
            await client.responses.cancel(id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.create(model=MODEL, input="hello", previous_response_id="resp_none")
    with pytest.raises(openai.NotFoundError):
        await client.responses.create(model=MODEL, input="hello", conversation="conv_none")
    with pytest.raises(openai.NotFoundError):
        await client.responses.create(model="tests.server.openai.scripts:other", input="hello")
    wrong: list[Any] = [[], [{"type": "computer_call"}], [7], [{"role": "user", "content": 7}], [{"type": "reasoning"}]]
    for value in wrong:
        with pytest.raises(openai.BadRequestError):
            await client.responses.create(model=MODEL, input=value)
    with pytest.raises(openai.BadRequestError) as raised:
        await client.responses.create(model=MODEL, input="hello", tools=[{"type": "web_search"}])
    assert raised.value.param == "tools[0]"


async def test_a_chat_of_runnels_is_a_conversation_and_any_run_a_response(client: AsyncOpenAI, app: Runnel) -> None:
    chat = await app.chat(model=MODEL)
    message = await chat.answer("hello")
    response = await client.responses.retrieve(message.run.id.replace("run_", "resp_"))
    assert (response.status, response.output_text) == ("completed", "Hello")
    conversation = chat.id.replace("chat_", "conv_")
    assert (await client.responses.create(input="history", conversation=conversation)).output_text == (
        "user: hello; assistant: Hello"
    )


async def test_the_blocking_client_takes_the_same(url: str) -> None:
    def ask() -> tuple[Response, list[str], str]:
        with OpenAI(base_url=url, api_key="none", max_retries=0) as client:
            whole = client.responses.create(model=MODEL, input="hello")
            rest = client.responses.retrieve(whole.id, stream=True, starting_after=4)
            kinds: list[str] = [event.type for event in rest]
            with client.responses.stream(model=MODEL, input="hello") as stream:
                final = stream.get_final_response()
            return whole, kinds, final.output_text

    whole, kinds, text = await asyncio.to_thread(ask)
    assert (whole.output_text, text) == ("Hello", "Hello")
    assert kinds[0] == "response.output_text.delta"
    assert kinds[-1] == "response.completed"
