"""The Vercel AI SDK's chat transport: what `useChat` with its `DefaultChatTransport` asks for.

Closing the connection (`stop()` in the page) leaves the answer going on, and it can be resumed; `POST …/stop` ends it.
So both work, of which the SDK's own guide says that one has to be chosen. A question that comes after `stop()` ends the
answer that nobody reads any more.
"""

from typing import Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from ...errors import InvalidRequest
from ...runs.handles import Run
from ...vocabulary.messages import MessageValue, TextPart
from ..calls import Call
from ..operations import Operations
from ..streaming.streams import SSE
from .ai_sdk_chunks import ChunkStream
from .threads import View, chat_of, data_url, known_chat, run_id, said, stream, turn

__all__ = ["AI_SDK"]

AI_SDK = Operations("ai-sdk")

_PROTOCOL = "ai-sdk"


class UIMessage(msgspec.Struct):
    """A message of the SDK's; what of its parts is not used here is passed over."""

    role: Literal["system", "user", "assistant"]
    id: str = ""
    parts: list[dict[str, Any]] = []


class ChatRequest(msgspec.Struct, rename="camel"):
    """What the transport sends: the chat's `id` is the client's own. Of `messages` the last counts, since what was said
    before is kept here; it may come alone, as `message`."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    messages: list[UIMessage] = []
    message: UIMessage | None = None
    trigger: Literal["submit-message", "regenerate-message"] = "submit-message"
    message_id: str | None = None
    model: str | None = None


@AI_SDK.add("POST", "/ai-sdk/chat", produces=(SSE,), errors=(404, 409))
async def ai_sdk_chat(call: Call, body: ChatRequest) -> Response:
    """Ask, ask again, or consent to calls, and get the answer as the AI SDK's UI message stream."""
    last = body.message or (body.messages[-1] if body.messages else None)
    if last is None and body.trigger == "submit-message":
        raise InvalidRequest("there is no message: send `messages`, or the last one as `message`")
    chat = await chat_of(call, _PROTOCOL, body.id, body.model)
    if body.trigger == "regenerate-message":
        for run in await chat.runs():
            await run.cancel()
        return _stream(call, (await chat.retry(body.message_id, stream=True)).run)
    assert last is not None
    if last.role == "assistant":
        return await _go_on(call, last)
    earlier = [message.id for message in body.messages if message.role == "assistant"]
    follows = earlier[-1] if earlier else (chat.value.head if body.message else None)
    messages = [_said(message) for message in body.messages or [last]]
    if last.role != "user" or not messages[-1].parts:
        raise InvalidRequest("the last message has to be the user's, and to say something")
    id = run_id(chat.id, follows or "", last.id, messages[-1].content)
    return _stream(call, await turn(chat, messages, follows, id))


@AI_SDK.add("GET", "/ai-sdk/chat/{id}/stream", produces=(SSE,), errors=(204,))
async def ai_sdk_resume(call: Call) -> Response:
    """The answer that is being made, from its beginning; 204 where there is none."""
    chat = await known_chat(call, _PROTOCOL, call.path["id"])
    going = [] if chat is None else await chat.runs()
    return _stream(call, going[0]) if going else Response(status_code=204)


@AI_SDK.add("POST", "/ai-sdk/chat/{id}/stop", status=204, returns=None)
async def ai_sdk_stop(call: Call) -> None:
    """End the answer that is being made as `cancelled`, with what was said kept; where there is none, do nothing."""
    chat = await known_chat(call, _PROTOCOL, call.path["id"])
    for run in [] if chat is None else await chat.runs():
        await run.cancel()


async def _go_on(call: Call, message: UIMessage) -> Response:
    """The user has answered what the last answer asks of them: hand that over, and go on with it."""
    known = await call.app.message(message.id)
    if known.role != "assistant":
        raise InvalidRequest(f"message {known.id} is by the {known.role}: there is nothing to go on with")
    run = known.run
    seen = await run.last_seq()
    waiting = {request.id for request in await run.waits_for() if request.kind == "approval"}
    for part in message.parts:
        approval = part.get("approval")
        if part.get("state") == "approval-responded" and isinstance(approval, dict) and approval.get("id") in waiting:
            await run.approve(approval["id"], bool(approval.get("approved")), note=approval.get("reason"))
    return _stream(call, run, seen, message.id)


def _stream(call: Call, run: Run, after: int = 0, message: str = "") -> Response:
    opening: list[dict[str, Any]] = [{"type": "start", "messageId": message}, {"type": "start-step"}]
    view = View(
        lambda: opening,
        lambda problem: [{"type": "error", "errorText": problem.detail}],
        after,
        b"data:[DONE]\n\n",
    )
    return stream(call, run, ChunkStream(), view, {"X-Vercel-AI-UI-Message-Stream": "v1"})


def _said(message: UIMessage) -> MessageValue:
    text = "".join(str(part.get("text", "")) for part in message.parts if part.get("type") == "text")
    files = [part for part in message.parts if part.get("type") == "file"]
    media = [data_url(str(file.get("url", "")), str(file.get("mediaType", ""))) for file in files]
    return said(message.role, *([TextPart(text)] if text else []), *media)
