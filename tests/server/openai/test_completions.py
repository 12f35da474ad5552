"""Chat completions by the official client."""

import asyncio
import base64

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from runnel import Runnel
from tests.apps import LONG, in_time, until_said
from tests.server.openai import scripts

MODEL = scripts.NAME
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a town.",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
    },
}


def asked(question: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": question}]


async def test_models_are_listed_the_servers_default_first(client: AsyncOpenAI) -> None:
    names = [model.id async for model in client.models.list()]
    assert names[0] == MODEL
    assert "excerpts" in names
    assert (await client.models.retrieve(MODEL)).owned_by == "tests.server.openai.scripts"


@pytest.mark.parametrize("name", ["os:system", "nobody", "tests.server.openai.scripts:gate", "recorded:/etc/passwd"])
async def test_what_is_not_listed_is_not_found(client: AsyncOpenAI, name: str) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        await client.chat.completions.create(model=name, messages=asked("hello"))
    assert raised.value.code == "model_not_found"


async def test_an_answer_comes_whole(client: AsyncOpenAI, app: Runnel) -> None:
    completion = await client.chat.completions.create(model=MODEL, messages=asked("hello"))
    (choice,) = completion.choices
    assert (choice.message.content, choice.finish_reason, choice.message.role) == ("Hello", "stop", "assistant")
    assert completion.usage is not None
    assert (completion.usage.prompt_tokens, completion.usage.total_tokens) == (5, 7)
    run = await app.run(completion.id.replace("chatcmpl-", "run_"))
    assert (await run.wait()).content == "Hello"
    assert await app.chats() == []


async def test_an_answer_comes_as_it_is_made(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model=MODEL, messages=asked("hello"), stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert [chunk.choices[0].delta.content for chunk in chunks[:-1]] == ["", "Hel", "lo", None]
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None, None, None, "stop"]
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 2


async def test_the_clients_own_helper_takes_the_stream(client: AsyncOpenAI) -> None:
    async with client.chat.completions.stream(model=MODEL, messages=asked("weather"), tools=[WEATHER]) as stream:
        async for _ in stream:
            pass
        completion = await stream.get_final_completion()
    (call,) = completion.choices[0].message.tool_calls or []
    assert (call.id, call.function.name, call.function.arguments) == ("call_1", "weather", '{"town":"Graz"}')
    assert completion.choices[0].finish_reason == "tool_calls"


async def test_the_given_messages_are_the_history(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "assistant", "content": "Hi."},
            {"role": "user", "content": [{"type": "text", "text": "One"}]},
            {"role": "assistant", "content": "Two"},
            {"role": "user", "content": "history"},
        ],
    )
    assert completion.choices[0].message.content == "assistant: Hi.; user: One; assistant: Two"
    assert scripts.said[-1].system == "Be brief."


async def test_a_call_is_the_callers_to_carry_out_and_its_result_is_brought_back(client: AsyncOpenAI) -> None:
    messages = asked("weather")
    first = await client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER])
    message = first.choices[0].message
    assert first.choices[0].finish_reason == "tool_calls"
    assert message.content is None
    (call,) = message.tool_calls or []
    messages.append(message.model_dump(exclude_none=True))  # type: ignore[arg-type]
    messages.append({"role": "tool", "tool_call_id": call.id, "content": "raining"})
    second = await client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER])
    assert second.choices[0].message.content == "It is raining."
    assert [tool.name for tool in scripts.said[-1].tools] == ["weather"]


async def test_logprobs_come_with_the_tokens(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(
        model=MODEL, messages=asked("logprobs"), logprobs=True, top_logprobs=2
    )
    logprobs = completion.choices[0].logprobs
    assert logprobs is not None
    assert [(one.token, one.logprob) for one in logprobs.content or []] == [("Hi", -0.25), ("!", -0.5)]
    assert [one.token for one in (logprobs.content or [])[0].top_logprobs] == ["Hi", "Ho"]
    assert scripts.said[-1].sampling.top_logprobs == 2


async def test_what_is_asked_of_the_model_reaches_it(client: AsyncOpenAI) -> None:
    await client.chat.completions.create(
        model=MODEL,
        messages=asked("json"),
        temperature=0.5,
        top_p=0.9,
        max_completion_tokens=12,
        seed=7,
        stop=["END"],
        reasoning_effort="low",
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": True},
        },
    )
    prompt = scripts.said[-1]
    sampling = prompt.sampling
    assert (sampling.temperature, sampling.top_p, sampling.max_tokens) == (0.5, 0.9, 12)
    assert (sampling.seed, sampling.stop, sampling.reasoning_effort) == (7, ("END",), "low")
    assert prompt.output == {"title": "answer", "type": "object"}


async def test_images_come_with_the_question(client: AsyncOpenAI) -> None:
    pixel = base64.b64encode(b"png").decode()
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{pixel}"}}
    completion = await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": [{"type": "text", "text": "image"}, image]}],  # type: ignore[list-item,misc]
    )
    assert completion.choices[0].message.content == "1 of image/png"


async def test_what_cannot_be_done_is_a_bad_request_that_says_where(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        await client.chat.completions.create(model=MODEL, messages=asked("hello"), n=2)
    assert raised.value.param == "n"
    assert raised.value.type == "invalid_request_error"
    for messages in ([], [{"role": "nobody", "content": ""}], [{"role": "user", "content": [{"type": "video"}]}]):
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(model=MODEL, messages=messages)  # type: ignore[arg-type]


async def test_a_failing_model_is_an_error_of_its_kind(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.InternalServerError) as raised:
        await client.chat.completions.create(model=MODEL, messages=asked("fail"))
    assert raised.value.status_code == 503
    stream = await client.chat.completions.create(model=MODEL, messages=asked("fail"), stream=True)
    with pytest.raises(openai.APIError, match="no capacity"):
        async for _ in stream:
            pass


async def test_an_answer_that_was_cut_says_length(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model=MODEL, messages=asked("length"))
    assert completion.choices[0].finish_reason == "length"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_leaves_cancels_its_run(client: AsyncOpenAI, app: Runnel, stream: bool) -> None:
    question = f"wait leaving-{stream}"
    asking = asyncio.ensure_future(leave_in_the_middle(client, question, stream))
    await in_time(scripts.began(question).wait())
    (run,) = await app.runs()
    if not stream:
        await until_said(run, "before")
        asking.cancel()
    message = await in_time(run.wait())
    assert (message.status, message.content) == ("cancelled", "before")
    await asyncio.wait({asking})


async def leave_in_the_middle(client: AsyncOpenAI, question: str, stream: bool) -> None:
    if not stream:
        await client.chat.completions.create(model=MODEL, messages=asked(question))
        return
    chunks = await client.chat.completions.create(model=MODEL, messages=asked(question), stream=True)
    async for chunk in chunks:
        if chunk.choices[0].delta.content == "before":
            break
    await chunks.close()


@pytest.mark.parametrize("stream", [True, False])
async def test_what_is_not_to_be_stored_is_deleted_once_it_is_answered(
    client: AsyncOpenAI, app: Runnel, stream: bool
) -> None:
    made = await client.chat.completions.create(model=MODEL, messages=asked("hello"), store=False, stream=stream)
    if stream:
        async for _ in made:  # type: ignore[union-attr]
            pass
    async with asyncio.timeout(LONG):
        while await app.runs():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_the_blocking_client_takes_the_same(url: str) -> None:
    def ask() -> tuple[str | None, list[str]]:
        with OpenAI(base_url=url, api_key="none", max_retries=0) as client:
            whole = client.chat.completions.create(model=MODEL, messages=asked("hello"))
            stream = client.chat.completions.create(model=MODEL, messages=asked("hello"), stream=True)
            return whole.choices[0].message.content, [chunk.choices[0].delta.content or "" for chunk in stream]

    assert await asyncio.to_thread(ask) == ("Hello", ["", "Hel", "lo", ""])
