"""Chat completions: the given messages are the history, each request a run of its own in a chat that is in no list."""

from typing import Any

import msgspec
from starlette.responses import Response

from ...vocabulary.events import Event, RunEnded
from ..api.common import IdempotencyKey
from ..calls import Call
from ..operations import Operations, reply
from ..problems import status_of
from ..streaming.streams import SSE
from .answers import finished, folded, stream
from .completion_fold import CompletionFold
from .completion_history import history_of
from .content import client_tools, invalid, schema_of
from .errors import openai_error, openai_status
from .requests import new_chat, run_id, sampling, settings_of

__all__ = ["COMPLETIONS"]

COMPLETIONS = Operations("openai")
_DONE = b"data: [DONE]\n\n"


class StreamOptions(msgspec.Struct):
    """What a stream is to have besides."""

    include_usage: bool | None = None


class CompletionRequest(msgspec.Struct, kw_only=True):
    """A request for a chat completion. What is not named here is not looked at."""

    messages: list[Any]
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    reasoning_effort: str | None = None
    response_format: Any = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    store: bool | None = None


@COMPLETIONS.add(
    "POST", "/v1/chat/completions", returns=dict[str, Any], produces=("application/json", SSE), errors=(404, 502)
)
async def create_chat_completion(call: Call, body: CompletionRequest, headers: IdempotencyKey) -> Response:
    """Answer the messages: whole, or with `stream` as it comes. A client that leaves cancels the run. With
    `store: false` the run is deleted once it has been answered."""
    if body.n not in (None, 1):
        raise invalid("n", "one choice a request is made here: ask again for another")
    system, history = history_of(body.messages)
    tools, choice = client_tools(body.tools, body.tool_choice)
    output = schema_of(body.response_format, "response_format")
    logprobs = (body.top_logprobs or 0) if body.logprobs else None
    asked = sampling(
        body.temperature,
        body.top_p,
        body.max_completion_tokens or body.max_tokens,
        body.seed,
        body.stop,
        logprobs,
        body.reasoning_effort,
        choice,
    )
    chat = await new_chat(call, body.model, headers)
    memo = {
        "functions": [tool.name for tool in tools],
        "logprobs": logprobs is not None,
        "include_usage": bool(body.stream_options and body.stream_options.include_usage),
    }
    settings = settings_of(chat, None, system, asked, output, tools)
    run = await chat.start_from(history, settings=settings, memo=memo, id=run_id(headers))
    fold, forget = CompletionFold(run.value), body.store is False
    if body.stream:
        return stream(call, run, lambda event: _chunks(fold, event), forget=chat.delete if forget else None)
    await finished(call, run)
    await folded(run, fold)
    if forget:
        await chat.delete()
    if fold.error is not None:
        raise fold.error
    return reply(fold.value())


def _chunks(fold: CompletionFold, event: Event) -> bytes:
    lines = [b"data: %b\n\n" % msgspec.json.encode(chunk) for chunk in fold.apply(event)]
    if isinstance(event, RunEnded):
        if fold.error is not None:
            error = openai_error(fold.error, openai_status(fold.error, status_of(fold.error)))
            lines.append(b'data: {"error":%b}\n\n' % msgspec.json.encode(error))
        lines.append(_DONE)
    return b"".join(lines)
