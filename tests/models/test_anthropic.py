"""The model that speaks Anthropic's dialect, against a vendor that behaves and misbehaves."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from runnel import errors
from runnel.models.anthropic import AnthropicModel
from runnel.models.discovery import discover
from runnel.models.provider import BUILT_IN, Provider
from runnel.testing.anthropic_dialect import error_body
from runnel.testing.models import read, text_of
from runnel.testing.upstream import Answer, Received, Upstream
from runnel.vocabulary.events import ReasoningDelta, ToolCallDelta, UsageReported
from runnel.vocabulary.messages import Usage
from runnel.vocabulary.prompt import Delta, Finish, Prompt
from tests.models.waiting import until

KEY = "sk-ant-very-secret-key"
GO = Prompt("Go")


@asynccontextmanager
async def vendor(
    answer: Answer | Callable[[Received], Answer] | None = None, *, name: str = "any", **members: Any
) -> AsyncIterator[tuple[AnthropicModel, Upstream]]:
    """A vendor, and a model of it."""
    async with Upstream(answer, **members) as upstream:
        model = AnthropicModel(name, base_url=upstream.url, api_key=KEY)
        yield model, upstream
        await model.aclose()


async def failure(model: AnthropicModel, prompt: Prompt = GO) -> tuple[list[Delta], errors.ModelError]:
    """What was said, and the error after it."""
    said: list[Delta] = []
    try:
        async for delta in model.stream(prompt):
            said.append(delta)
    except errors.ModelError as error:
        return said, error
    raise AssertionError("it did not fail")


async def test_text_comes_as_it_is_sent() -> None:
    async with vendor(tokens=["Hel", "lo"]) as (model, upstream):
        first, *said = await read(model)
        assert first == UsageReported(Usage(7, 1))
        assert said == ["Hel", "lo", UsageReported(Usage(7, 2)), Finish("stop")]
        assert upstream.requests[0].path == "/v1/messages"


async def test_thoughts_and_calls_are_given_in_pieces() -> None:
    answer = Answer(["Well."], reasoning=["Hm", "."], redacted=["x"], calls=[("add", '{"a": 1}'), ("look", "{}")])
    async with vendor(answer) as (model, _):
        said = await read(model)
        thoughts = [delta for delta in said if isinstance(delta, ReasoningDelta)]
        assert "".join(delta.text for delta in thoughts) == "Hm."
        assert [delta.signature for delta in thoughts if delta.signature] == [
            "anthropic:signed",
            "anthropic.redacted:x",
        ]
        pieces = [delta for delta in said if isinstance(delta, ToolCallDelta)]
        assert "".join(piece.arguments for piece in pieces if piece.call == "toolu_0") == '{"a": 1}'
        assert [piece.name for piece in pieces if piece.name] == ["add", "look"]
        assert said[-1] == Finish("tool_calls")


async def test_the_key_and_the_headers_are_sent() -> None:
    async with Upstream(key=KEY) as upstream:
        settings = {"dialect": "anthropic", "base_url": upstream.url, "api_key": KEY, "headers": {"X-Team": "a"}}
        model = AnthropicModel("any", provider=Provider.of("mine", settings))
        assert text_of(await read(model))
        assert model.name == "mine:any"
        assert upstream.requests[0].headers["x-team"] == "a"
        await model.aclose()


async def test_a_connection_serves_one_answer_after_the_other() -> None:
    async with vendor() as (model, upstream):
        for _ in range(3):
            await read(model)
        assert upstream.connections == 1


@pytest.mark.parametrize(
    ("status", "kind", "words", "error"),
    [
        (401, "authentication_error", "m", errors.AuthenticationFailed),
        (403, "permission_error", "m", errors.AuthenticationFailed),
        (402, "billing_error", "m", errors.QuotaExceeded),
        (404, "not_found_error", "m", errors.BadRequest),
        (429, "rate_limit_error", "m", errors.RateLimited),
        (400, "invalid_request_error", "m", errors.BadRequest),
        (400, "invalid_request_error", "prompt is too long: 5 tokens > 4 maximum", errors.ContextTooLong),
        (400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 5", errors.ContextTooLong),
        (413, "request_too_large", "m", errors.ContextTooLong),
        (500, "api_error", "m", errors.Overloaded),
        (529, "overloaded_error", "Overloaded", errors.Overloaded),
    ],
)
async def test_each_status_is_an_error_of_its_kind(
    status: int, kind: str, words: str, error: type[errors.ModelError]
) -> None:
    async with vendor(status=status, error=error_body(words, kind), headers={"retry-after": "3"}) as (model, upstream):
        said, raised = await failure(model)
        assert said == []
        assert type(raised) is error
        assert raised.details["vendor_message"] == words
        assert raised.status_code == status
        assert raised.details["retry_after"] == 3.0
        assert len(upstream.requests) == 1, "retries are for those who run the model"


async def test_an_error_in_the_stream_comes_after_what_was_said() -> None:
    async with vendor(tokens=["Hi"], error={"type": "overloaded_error", "message": "Overloaded"}) as (model, _):
        said, error = await failure(model)
        assert text_of(said) == "Hi"
        assert type(error) is errors.Overloaded


async def test_a_refusal_is_an_error() -> None:
    async with vendor(tokens=["Well"], refusal="I won't") as (model, _):
        said, error = await failure(model)
        assert text_of(said) == "Well"
        assert type(error) is errors.Refused


@pytest.mark.parametrize("how", [{"end": False}, {"cut": True}])
async def test_a_stream_without_its_end_ended_early(how: dict[str, Any]) -> None:
    async with vendor(tokens=["Hi"], **how) as (model, _):
        said, error = await failure(model)
        assert text_of(said) == "Hi"
        assert type(error) is errors.StreamEndedEarly


async def test_a_host_that_is_not_there_is_a_failed_connection() -> None:
    model = AnthropicModel("any", base_url="http://127.0.0.1:9")
    _, error = await failure(model)
    assert type(error) is errors.ConnectionFailed
    await model.aclose()


async def test_a_provider_that_needs_a_key_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    _, error = await failure(AnthropicModel("claude-sonnet-5-5"))
    assert type(error) is errors.AuthenticationFailed
    assert "ANTHROPIC_API_KEY" in error.message


async def test_without_the_sdk_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "anthropic", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    _, error = await failure(AnthropicModel("any", base_url="http://127.0.0.1:9"))
    assert type(error) is errors.ModelError
    assert "pip install 'runnel[anthropic]'" in error.message
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    (_, found) = await discover({"anthropic": BUILT_IN["anthropic"]})
    assert not found.usable
    assert "pip install 'runnel[anthropic]'" in (found.reason or "")


async def test_keys_show_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    echo = error_body(f"invalid x-api-key: {KEY}. Also sk-ant-other-key-123.", "authentication_error")
    with caplog.at_level(logging.DEBUG):
        async with vendor(status=401, error=echo) as (model, _):
            _, error = await failure(model)
            shown = f"{error!r} {error.details} {error.__cause__} {model!r} {model.provider!r} {model.__dict__}"
    assert KEY not in shown
    assert "sk-ant-other-key" not in shown
    assert KEY not in caplog.text


@pytest.mark.parametrize("closes", ["task", "generator"])
async def test_cancelling_closes_the_vendors_socket(closes: str) -> None:
    async with vendor(tokens=["x"] * 2000, delay=0.005) as (model, upstream):
        stream = model.stream(GO)
        while await anext(stream) != "x":
            pass
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


async def test_models_that_go_on_from_a_text_say_so() -> None:
    async with vendor(tokens=[" 5", "."], name="claude-haiku-4-5") as (model, upstream):
        assert model.prefill
        assert text_of(await read(model, Prompt("Go", prefill="It is "))) == "5."
        assert upstream.requests[0].body["messages"][-1]["content"][0]["text"] == "It is"
    assert not AnthropicModel("claude-opus-4-6").prefill


async def test_the_fake_vendor_answers_the_official_client() -> None:
    from anthropic import AsyncAnthropic, AuthenticationError

    turns: Any = [{"role": "user", "content": "Hi"}]
    answer = Answer(["Hel", "lo"], reasoning=["Hm."], calls=[("add", '{"a": 1}')])
    async with Upstream(answer, key=KEY) as upstream:
        url = upstream.url.removesuffix("/v1")
        async with AsyncAnthropic(base_url=url, api_key=KEY) as client:
            whole = await client.messages.create(model="any", max_tokens=10, messages=turns)
            assert [block.type for block in whole.content] == ["thinking", "text", "tool_use"]
            assert whole.stop_reason == "tool_use"
            async with client.messages.stream(model="any", max_tokens=10, messages=turns) as stream:
                final = await stream.get_final_message()
            assert [block.model_dump() for block in final.content] == [block.model_dump() for block in whole.content]
        async with AsyncAnthropic(base_url=url, api_key="wrong", max_retries=0) as client:
            with pytest.raises(AuthenticationError):
                await client.messages.create(model="any", max_tokens=10, messages=turns)


CALL = {"type": "tool_use", "id": "a", "name": "x", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "a", "content": "y"}
HI = {"role": "user", "content": "Hi"}


@pytest.mark.parametrize(
    "turns",
    [
        [],
        [{"role": "user", "content": " "}],
        [{"role": "user", "content": []}],
        [{"role": "system", "content": "Hi"}],
        [{"role": "assistant", "content": "Hi"}, HI],
        [HI, {"role": "assistant", "content": "It is "}],
        [HI, {"role": "assistant", "content": [CALL]}],
        [HI, {"role": "assistant", "content": [CALL]}, HI],
        [
            HI,
            {"role": "assistant", "content": [CALL]},
            {"role": "user", "content": [{"type": "text", "text": "z"}, RESULT]},
        ],
        [HI, {"role": "assistant", "content": [CALL, CALL]}, {"role": "user", "content": [RESULT]}],
        [{"role": "user", "content": [RESULT]}],
        [HI, {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm", "signature": "s"}]}, HI],
    ],
)
async def test_the_fake_vendor_refuses_what_the_vendor_refuses(turns: list[dict[str, Any]]) -> None:
    import httpx2

    body = {
        "model": "any",
        "max_tokens": 5,
        "messages": turns,
        "tools": [{"name": "x", "input_schema": {"type": "object"}}],
    }
    async with Upstream() as upstream, httpx2.AsyncClient(headers={"anthropic-version": "2023-06-01"}) as client:
        answer = await client.post(f"{upstream.url}/messages", json=body)
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"
