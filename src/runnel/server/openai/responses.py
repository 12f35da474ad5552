"""Responses: each is a run. What goes on from another response, or stands by itself, is in a chat that is in no list; a
conversation is a chat like any other."""

from typing import Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from ...chats.chat import Chat
from ...errors import NotFound
from ...runs.handles import Run
from ...vocabulary.events import Event
from ...vocabulary.messages import MessageValue
from ..api.common import IdempotencyKey
from ..calls import Call
from ..operations import Operations, reply
from ..streaming.streams import SSE
from .answers import finished, folded, stream
from .content import client_tools, invalid, schema_of
from .ids import chat_of_conversation, conversation_id, run_of_response
from .lists import ItemList, Page, page_of
from .requests import new_chat, run_id, sampling, settings_of
from .response_fold import ResponseFold
from .response_input import input_of, items_of
from .response_value import ECHOED

__all__ = ["RESPONSES"]

RESPONSES = Operations("openai")
_LOGPROBS = "message.output_text.logprobs"


class ResponseRequest(msgspec.Struct, kw_only=True):
    """A request for a response. What is not named here is not looked at."""

    input: str | list[Any] | None = None
    model: str | None = None
    instructions: str | None = None
    stream: bool | None = None
    background: bool | None = None
    store: bool | None = None
    previous_response_id: str | None = None
    conversation: Any = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    top_logprobs: int | None = None
    reasoning: dict[str, Any] | None = None
    text: dict[str, Any] | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None
    include: list[str] | None = None
    metadata: dict[str, str] | None = None
    truncation: str | None = None
    user: str | None = None


class Retrieving(msgspec.Struct):
    """How a response is to come: with `stream` as its events, those after `starting_after`."""

    stream: bool = False
    starting_after: Annotated[int, msgspec.Meta(ge=0)] | None = None


class DeletedResponse(msgspec.Struct):
    """What is no more."""

    id: str
    object: Literal["response"] = "response"
    deleted: bool = True


@RESPONSES.add("POST", "/v1/responses", returns=dict[str, Any], produces=("application/json", SSE), errors=(404, 409))
async def create_response(call: Call, body: ResponseRequest, headers: IdempotencyKey) -> Response:
    """Answer the input: whole, or with `stream` as it comes. A client that leaves cancels the run, unless it is in the
    `background`. With `store: false` it is deleted once it has been answered."""
    messages = input_of(body.input)
    if not messages:
        raise invalid("input", "there is nothing to answer")
    tools, choice = client_tools(body.tools, body.tool_choice)
    text = body.text or {}
    output = schema_of(text.get("format"), "text.format")
    include = body.include or []
    logprobs = body.top_logprobs if body.top_logprobs is not None else 0 if _LOGPROBS in include else None
    effort = (body.reasoning or {}).get("effort")
    asked = sampling(
        body.temperature,
        body.top_p,
        body.max_output_tokens,
        top_logprobs=logprobs,
        reasoning_effort=effort if isinstance(effort, str) else None,
        tool_choice=choice,
    )
    forget = body.store is False and not body.background
    chat = await _chat(call, body, headers)
    model = await call.server.models.check(body.model)
    memo = {
        "chat": chat.id,
        "given": len(messages),
        "functions": [tool.name for tool in tools],
        "logprobs": logprobs is not None,
        "include": include,
        "echo": _echo(body, chat),
    }
    settings = settings_of(chat, model, body.instructions, asked, output, tools)
    run = await chat.start_from(messages, settings=settings, memo=memo, id=run_id(headers))
    forgetting = chat.delete if forget and chat.value.unlisted else None
    if body.stream:
        return _stream(call, run, -1, bool(body.background), forgetting)
    if not body.background:
        await finished(call, run)
    answer = await _value(run)
    if forgetting is not None:
        await forgetting()
    return reply(answer)


async def _chat(call: Call, body: ResponseRequest, key: IdempotencyKey) -> Chat:
    """The chat that the response is to be in."""
    asked = body.conversation
    conversation = asked.get("id") if isinstance(asked, dict) else asked
    if conversation is None:
        previous = body.previous_response_id
        if previous is None:
            return await new_chat(call, body.model, key)
        before = await _run(call, previous)
        if not before.value.status.ended:
            raise invalid("previous_response_id", f"response {previous} is still being made: wait for it, or cancel it")
        return await new_chat(call, body.model, key, before.message_id)
    if not isinstance(conversation, str):
        raise invalid("conversation", "is the id of a conversation, or an object that has it as `id`")
    if body.previous_response_id is not None:
        raise invalid("previous_response_id", "a conversation has its own history: give one of the two")
    return await call.app.get_chat(chat_of_conversation(conversation))


def _echo(body: ResponseRequest, chat: Chat) -> dict[str, Any]:
    """What the response says of its request."""
    given = msgspec.structs.asdict(body)
    echo = {name: given[name] for name in ECHOED if name != "conversation" and given[name] is not None}
    if not chat.value.unlisted:
        echo["conversation"] = {"id": conversation_id(chat.id)}
    if isinstance(body.text, dict) and not body.text.get("format"):
        echo["text"] = {**body.text, "format": {"type": "text"}}
    # Clients' types ask for members that requests may leave out.
    echo["tools"] = [{"strict": None, "parameters": None, **tool} for tool in body.tools or ()]
    return echo


@RESPONSES.add(
    "GET", "/v1/responses/{response}", returns=dict[str, Any], produces=("application/json", SSE), errors=(404,)
)
async def get_response(call: Call, query: Retrieving) -> Response:
    """A response as it now stands; or with `stream` its events, those that are there and those that come, after the one
    with the `sequence_number` `starting_after`."""
    run = await _run(call, call.path["response"])
    if query.stream:
        return _stream(call, run, -1 if query.starting_after is None else query.starting_after, True)
    return reply(await _value(run))


@RESPONSES.add("POST", "/v1/responses/{response}/cancel", returns=dict[str, Any], errors=(404,))
async def cancel_response(call: Call) -> Response:
    """End a response as `cancelled` unless it has ended already; answers with the response as it then stands."""
    run = await _run(call, call.path["response"])
    await run.cancel()
    return reply(await _value(run))


@RESPONSES.add("DELETE", "/v1/responses/{response}", errors=(404,))
async def delete_response(call: Call) -> DeletedResponse:
    """Delete a response, and what no other goes on from."""
    run = await _run(call, call.path["response"])
    chat = await call.app.get_chat(str(run.chat_id))
    if not chat.value.unlisted:
        raise invalid("response", "it belongs to a conversation: delete that")
    await chat.delete()
    return DeletedResponse(call.path["response"])


@RESPONSES.add("GET", "/v1/responses/{response}/input_items", errors=(404,))
async def list_input_items(call: Call, query: Page) -> ItemList:
    """The items that a response was asked to answer."""
    run = await _run(call, call.path["response"])
    messages: list[MessageValue] = []
    id = run.value.question
    while id is not None and len(messages) < int(run.value.memo.get("given", 1)):
        messages.append((await call.app.message(id)).value)
        id = messages[-1].parent
    return page_of([item for message in reversed(messages) for item in items_of(message)], query)


async def _run(call: Call, response: str) -> Run:
    """The run that makes a response. Raises NotFound; also for one that was deleted, and is kept for what goes on from
    it."""
    run = await call.app.run(run_of_response(response))
    if run.message_id is None or run.value.memo.get("chat", run.chat_id) != run.chat_id:
        raise NotFound(f"there is no response {response}")
    return run


async def _value(run: Run) -> dict[str, Any]:
    fold = ResponseFold(run.value)
    await folded(run, fold)
    return fold.value()


def _stream(call: Call, run: Run, after: int, detached: bool, forget: Any = None) -> Response:
    fold = ResponseFold(run.value)

    def encode(event: Event) -> bytes:
        return b"".join(
            [
                b"event: %b\ndata: %b\n\n" % (one["type"].encode(), msgspec.json.encode(one))
                for one in fold.apply(event)
                if one["sequence_number"] > after
            ]
        )

    return stream(call, run, encode, detached=detached, forget=forget)
