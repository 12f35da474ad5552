"""Chats, and what is asked in them."""

from typing import Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from ...vocabulary.chats import ChatValue, IfBusy
from ...vocabulary.messages import MessageValue
from ..calls import Call
from ..operations import Operations, reply
from ..streams import NDJSON, SSE, follow
from .views import StartedRun

__all__ = ["CHATS"]

CHATS = Operations("chats")


class NewChat(msgspec.Struct, forbid_unknown_fields=True):
    """What a chat may be made with; see `Runnel.chat`."""

    model: str | None = None
    system: str | None = None
    title: str = ""


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """A question, and how its answer is to come."""

    prompt: Annotated[str, msgspec.Meta(min_length=1)]
    stream: bool = False
    sources: Literal["first", "last", "none"] = "first"
    if_busy: IfBusy | None = None


@CHATS.add("POST", "/api/chats", status=201)
async def create_chat(call: Call, body: NewChat) -> ChatValue:
    """Make a chat."""
    return (await call.app.chat(model=body.model, system=body.system, title=body.title)).value


@CHATS.add("POST", "/api/chats/{chat}/answer", returns=MessageValue, produces=("application/json", SSE, NDJSON))
async def answer(call: Call, body: Question) -> Response:
    """Ask, and get the answer: whole, or with `stream` as it comes. Leaving stops nothing."""
    chat = await call.app.get_chat(call.path["chat"])
    run = await chat.start(body.prompt, if_busy=body.if_busy, id=call.request.headers.get("Idempotency-Key"))
    if body.stream:
        return follow(call, run)
    return reply((await run.wait()).value)


@CHATS.add("POST", "/api/chats/{chat}/runs", status=202)
async def start_run(call: Call, body: Question) -> StartedRun:
    """Ask, and return at once."""
    chat = await call.app.get_chat(call.path["chat"])
    run: Any = await chat.start(body.prompt, if_busy=body.if_busy, id=call.request.headers.get("Idempotency-Key"))
    return StartedRun.of(run)
