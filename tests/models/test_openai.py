"""The model that speaks OpenAI's dialect, against a vendor that behaves and misbehaves."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from runnel import errors
from runnel.models.openai import OpenAIModel
from runnel.models.provider import Provider
from runnel.testing.models import read, text_of
from runnel.testing.openai_dialect import error_body
from runnel.testing.upstream import Answer, Received, Upstream
from runnel.vocabulary.events import TextDelta, ToolCallDelta, UsageReported
from runnel.vocabulary.messages import Usage
from runnel.vocabulary.prompt import Delta, Finish, Prompt, Sampling
from tests.models.waiting import until

KEY = "sk-very-secret-key"
GO = Prompt("Go")


@asynccontextmanager
async def vendor(
    answer: Answer | Callable[[Received], Answer] | None = None, **members: Any
) -> AsyncIterator[tuple[OpenAIModel, Upstream]]:
    """A vendor, and a model of it."""
    async with Upstream(answer, **members) as upstream:
        model = OpenAIModel("any", base_url=upstream.url, api_key=KEY)
        yield model, upstream
        await model.aclose()


async def failure(model: OpenAIModel, prompt: Prompt = GO) -> tuple[list[Delta], errors.ModelError]:
    """What was said, and the error after it."""
    said: list[Delta] = []
    try:
        async for delta in model.stream(prompt):
            said.append(delta)
    except errors.ModelError as error:
        return said, error
    raise AssertionError("it did not fail")


async def test_text_comes_as_it_is_sent() -> None:
    async with vendor(tokens=["Hel", "lo"]) as (model, _):
        assert await read(model) == ["Hel", "lo", UsageReported(Usage(7, 2)), Finish("stop")]


async def test_log_probabilities_are_asked_for_and_given() -> None:
    async with vendor(tokens=["Hel"]) as (model, upstream):
        said = await read(model, Prompt("Go", sampling=Sampling(top_logprobs=5)))
        assert isinstance(said[0], TextDelta)
        assert said[0].tokens is not None
        assert len(said[0].tokens[0].top) == 5
        assert upstream.requests[0].body["top_logprobs"] == 5


async def test_calls_of_tools_are_given_in_pieces() -> None:
    async with vendor(tokens=[], calls=[("add", '{"a": 1}'), ("look", "{}")]) as (model, _):
        said = await read(model)
        pieces = [delta for delta in said if isinstance(delta, ToolCallDelta)]
        assert "".join(piece.arguments for piece in pieces if piece.call == "call_0") == '{"a": 1}'
        assert [piece.name for piece in pieces if piece.name] == ["add", "look"]
        assert said[-1] == Finish("tool_calls")


async def test_the_key_and_the_headers_are_sent() -> None:
    async with Upstream(key=KEY) as upstream:
        settings = {"base_url": upstream.url, "api_key": KEY, "headers": {"X-Team": "a"}}
        model = OpenAIModel("any", provider=Provider.of("mine", settings))
        assert text_of(await read(model))
        assert model.name == "mine:any"
        assert upstream.requests[0].headers["x-team"] == "a"
        await model.aclose()


async def test_a_connection_serves_one_answer_after_the_other() -> None:
    async with vendor() as (model, upstream):
        for _ in range(3):
            await read(model)
        assert upstream.connections == 1


async def test_a_reader_that_stops_at_the_finish_leaves_the_connection_usable() -> None:
    async with vendor() as (model, upstream):
        for _ in range(3):
            stream = model.stream(GO)
            while not isinstance(await anext(stream), Finish):
                pass
            await stream.aclose()
        assert upstream.connections == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, error_body("m", code="invalid_api_key"), errors.AuthenticationFailed),
        (403, error_body("m"), errors.AuthenticationFailed),
        (403, {"error": {"code": 403, "message": "m", "metadata": {"reasons": ["violence"]}}}, errors.Refused),
        (402, {"error": {"code": 402, "message": "m"}}, errors.QuotaExceeded),
        (429, error_body("m", code="rate_limit_exceeded"), errors.RateLimited),
        (429, error_body("m", code="insufficient_quota"), errors.QuotaExceeded),
        (400, error_body("m", code="context_length_exceeded"), errors.ContextTooLong),
        (400, error_body("m", "exceed_context_size_error", code=400), errors.ContextTooLong),
        (400, error_body("m", code="content_policy_violation"), errors.Refused),
        (400, error_body("m", code="content_filter"), errors.Refused),
        (400, error_body("m"), errors.BadRequest),
        (400, {"detail": "m"}, errors.BadRequest),
        (404, error_body("m", code="model_not_found"), errors.BadRequest),
        (404, {"error": "m"}, errors.BadRequest),
        (422, error_body("m"), errors.BadRequest),
        (500, error_body("m", "server_error"), errors.Overloaded),
        (503, {"error": {"code": 503, "message": "m", "type": "unavailable_error"}}, errors.Overloaded),
    ],
)
async def test_each_status_is_an_error_of_its_kind(status: int, body: Any, kind: type[errors.ModelError]) -> None:
    async with vendor(status=status, error=body) as (model, upstream):
        said, error = await failure(model)
        assert said == []
        assert type(error) is kind
        assert error.details["vendor_message"] == "m"
        assert error.status_code == status
        assert len(upstream.requests) == 1, "retries are for those who run the model"


async def test_a_prompt_too_long_for_a_server_without_codes_is_known_by_its_words() -> None:
    words = "This model's maximum context length is 4096 tokens and your request has 5000 input tokens"
    async with vendor(status=400, error=error_body(words, "BadRequestError", code=400)) as (model, _):
        _, error = await failure(model)
        assert type(error) is errors.ContextTooLong


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after": "3"}, 3.0), ({"retry-after-ms": "250"}, 0.25), ({"retry-after": "soon"}, None), ({}, None)],
)
async def test_a_vendor_says_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    async with vendor(status=429, headers=headers) as (model, _):
        _, error = await failure(model)
        assert isinstance(error, errors.RateLimited)
        assert error.retry_after == seconds


async def test_a_date_to_come_back_is_seconds_from_now() -> None:
    async with vendor(status=429, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) as (model, _):
        _, error = await failure(model)
        assert isinstance(error, errors.RateLimited)
        assert error.retry_after == 0.0


async def test_an_error_in_the_stream_comes_after_what_was_said() -> None:
    async with vendor(tokens=["Hi"], error={"message": "boom", "code": 502}) as (model, _):
        said, error = await failure(model)
        assert said == ["Hi"]
        assert type(error) is errors.Overloaded


@pytest.mark.parametrize("how", [{"end": False}, {"cut": True}])
async def test_a_stream_without_its_end_ended_early(how: dict[str, Any]) -> None:
    async with vendor(tokens=["Hi"], **how) as (model, _):
        said, error = await failure(model)
        assert said == ["Hi"]
        assert type(error) is errors.StreamEndedEarly


async def test_bytes_cut_in_an_event_are_a_stream_that_ended_early() -> None:
    async with vendor(raw=[b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: {"choi']) as (model, _):
        said, error = await failure(model)
        assert said == ["Hi"]
        assert type(error) is errors.StreamEndedEarly


async def test_a_last_event_without_its_blank_line_is_read() -> None:
    last = b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n'
    async with vendor(raw=[last]) as (model, _):
        assert await read(model) == ["Hi", Finish("stop")]


async def test_malformed_bytes_are_an_error() -> None:
    async with vendor(raw=[b"data: {nonsense}\n\n", b"data: [DONE]\n\n"]) as (model, _):
        _, error = await failure(model)
        assert type(error) is errors.ModelError


async def test_a_host_that_is_not_there_is_a_failed_connection() -> None:
    model = OpenAIModel("any", base_url="http://127.0.0.1:9/v1")
    _, error = await failure(model)
    assert type(error) is errors.ConnectionFailed
    await model.aclose()


async def test_a_provider_that_needs_a_key_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    _, error = await failure(OpenAIModel("gpt-5-mini"))
    assert type(error) is errors.AuthenticationFailed
    assert "OPENAI_API_KEY" in error.message


async def test_keys_show_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    echo = error_body(f"Incorrect API key provided: {KEY}. Also sk-other-key-123.", code="invalid_api_key")
    with caplog.at_level(logging.DEBUG):
        async with vendor(status=401, error=echo) as (model, _):
            _, error = await failure(model)
            shown = f"{error!r} {error.details} {error.__cause__} {model!r} {model.provider!r} {model.__dict__}"
    assert KEY not in shown
    assert "sk-other-key" not in shown
    assert KEY not in caplog.text


@pytest.mark.parametrize("closes", ["task", "generator"])
async def test_cancelling_closes_the_vendors_socket(closes: str) -> None:
    async with vendor(tokens=["x"] * 2000, delay=0.005) as (model, upstream):
        stream = model.stream(GO)
        await anext(stream)
        if closes == "task":
            task = asyncio.create_task(anext(stream))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
        else:
            await stream.aclose()
        await asyncio.wait_for(upstream.requests[0].over.wait(), 10)
        assert upstream.requests[0].closed_at is not None
        assert upstream.requests[0].sent_after_close == 0


async def test_cancelling_before_the_first_token_closes_the_vendors_socket() -> None:
    async with vendor(never=True) as (model, upstream):
        task = asyncio.create_task(read(model))
        await until(lambda: upstream.requests)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        await asyncio.wait_for(upstream.requests[0].over.wait(), 10)
        assert upstream.requests[0].closed_at is not None


async def test_models_are_warmed_before_they_are_asked() -> None:
    async with vendor() as (model, upstream):
        await model.warm()
        assert not upstream.requests
        assert text_of(await read(model))


def test_each_event_loop_has_a_client_of_its_own() -> None:
    model = OpenAIModel("any", base_url="http://127.0.0.1:9/v1")

    async def ask() -> type[errors.ModelError]:
        _, error = await failure(model)
        await model.aclose()
        return type(error)

    assert asyncio.run(ask()) is errors.ConnectionFailed
    assert asyncio.run(ask()) is errors.ConnectionFailed


async def test_an_answer_that_was_cancelled_is_sent_on_as_it_stands() -> None:
    from runnel.testing.models import HISTORY

    async with vendor(alternating=True) as (model, upstream):
        await read(model, Prompt("And now?", history=HISTORY, system="Be brief."))
        roles = [turn["role"] for turn in upstream.requests[0].body["messages"]]
        assert roles == ["system", "user", "assistant", "user", "assistant", "tool", "tool", "assistant", "user"]


async def test_the_fake_vendor_keeps_time() -> None:
    async with vendor(tokens=["a", "b"], first_delay=0.01, delay=0.01) as (model, upstream):
        before = time.monotonic()
        await read(model)
        received = upstream.requests[0]
        assert before < received.began_at < received.writes[-1][0]
        assert received.sent == 2
        assert received.sent_since(received.began_at) == 2
        assert received.ended_at is not None
        assert received.closed_at is None


async def test_the_fake_vendor_answers_the_official_client() -> None:
    from openai import AsyncOpenAI, AuthenticationError

    async with Upstream(tokens=["Hel", "lo"], calls=[("add", "{}")], key=KEY) as upstream:
        async with AsyncOpenAI(base_url=upstream.url, api_key=KEY) as client:
            whole = await client.chat.completions.create(model="any", messages=[{"role": "user", "content": "Hi"}])
            assert whole.choices[0].message.content == "Hello"
            assert whole.choices[0].finish_reason == "tool_calls"
            assert [each.id async for each in client.models.list()] == ["gpt-5-mini", "gpt-5"]
            async with client.chat.completions.stream(
                model="any", messages=[{"role": "user", "content": "Hi"}]
            ) as stream:
                final = await stream.get_final_completion()
            assert final.choices[0].message.content == "Hello"
        async with AsyncOpenAI(base_url=upstream.url, api_key="wrong", max_retries=0) as client:
            with pytest.raises(AuthenticationError):
                await client.models.list()


@pytest.mark.parametrize(
    "turns",
    [
        [],
        [{"role": "user", "content": ""}],
        [{"role": "nobody", "content": "Hi"}],
        [{"role": "tool", "tool_call_id": "a", "content": "Hi"}],
        [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None}],
        [
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "a", "type": "function", "function": {"name": "x", "arguments": "{}"}}],
            },
            {"role": "user", "content": "Hi"},
        ],
    ],
)
async def test_the_fake_vendor_refuses_what_the_vendor_refuses(turns: list[dict[str, Any]]) -> None:
    import httpx2

    async with Upstream() as upstream, httpx2.AsyncClient() as client:
        answer = await client.post(f"{upstream.url}/chat/completions", json={"model": "any", "messages": turns})
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"
