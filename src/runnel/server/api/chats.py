"""Chats: making, listing, changing, and what is asked in them."""

from contextlib import closing, suppress
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from ...chats.chat import Chat
from ...errors import Misuse, NotAllowed, UnknownChat
from ...runs.handles import Run
from ...vocabulary.chats import ChatValue, IfBusy, Limits, Retrieving, Steering
from ...vocabulary.messages import MessageValue, PartKind
from ...vocabulary.prompt import Sampling
from ..calls import Call
from ..operations import Operations, reply
from ..streaming.streams import NDJSON, SSE, follow, follow_chat
from .common import IdempotencyKey, Limit, Medium, Text, Title, parts
from .views import BranchPage, ChatPage, ChatSummary, StartedRun

__all__ = ["CHATS"]

CHATS = Operations("chats")

_KINDS = "text|reasoning|tool|media|steered"
ModelName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
History = bool | Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Ids = Annotated[tuple[str, ...], msgspec.Meta(max_length=20_000)]


class ChatChanges(msgspec.Struct, forbid_unknown_fields=True):
    """What of a chat is to change; the rest stays. `model` is one that `/api/models` lists; `documents` are ids of
    documents. `tools` are those that the server's configuration names."""

    title: Title | UnsetType = UNSET
    model: ModelName | UnsetType = UNSET
    system: str | UnsetType | None = UNSET
    history: History | UnsetType = UNSET
    documents: Ids | UnsetType = UNSET
    sampling: Sampling | UnsetType = UNSET
    if_busy: IfBusy | UnsetType = UNSET
    tools: tuple[str, ...] | UnsetType = UNSET
    limits: Limits | UnsetType = UNSET
    retrieval: Retrieving | UnsetType = UNSET
    steering: Steering | UnsetType = UNSET
    output: dict[str, Any] | UnsetType | None = UNSET


class NewChat(ChatChanges, forbid_unknown_fields=True):
    """What a chat may be made with. `model` is one that `/api/models` lists; `documents` are ids of documents. `key` is
    the caller's own: the chat that has it already is given back as it is. `notify` is a URL that is told when a run
    ends or waits for a person. `tools` are those that the server's configuration names."""

    key: dict[str, Any] | None = None
    notify: str | None = None


class Page(msgspec.Struct):
    """A page of a list: what comes after the chat `before`. `search` is words that all must be in a chat's title, or in
    what was said in it; those whose titles have them come first. `key` is a caller's own, as JSON: the list of the
    chat that has it, if one does. With `settings`, each has its settings, its key and the message that it ends
    with."""

    limit: Limit = 50
    before: str | None = None
    search: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    key: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    settings: bool = False


class Place(msgspec.Struct, forbid_unknown_fields=True):
    """A message."""

    message: str


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """A question. `media` are images and other media that come with it, as base64 `data`. It is asked once the run
    `after`, of whichever chat, has ended, however, where there is one."""

    prompt: Text
    media: tuple[Medium, ...] = ()
    if_busy: IfBusy | None = None
    after: str | None = None


class Answering(Question, forbid_unknown_fields=True):
    """A question, and how its answer is to come: where in its stream the sources are; whether leaving cancels it."""

    stream: bool = False
    sources: Literal["first", "last", "none"] = "first"
    on_disconnect: Literal["detach", "cancel"] = "detach"


class Selection(msgspec.Struct):
    """Which messages: those after the message `after`, or what came before the message `before`, at most `limit`: the
    first after `after`, the last otherwise; with their parts of `kinds` only, with commas between them, or of none
    (`kinds=`). `before` may be on another branch: who reads on from there reads that one on. They are of the current
    branch, or with `branch` of the one that goes on from that message, to its newest end."""

    kinds: Annotated[str, msgspec.Meta(pattern=rf"^(({_KINDS})(,({_KINDS}))*)?$")] | None = None
    after: str | None = None
    before: str | None = None
    branch: str | None = None
    limit: Limit = 1000


class Changes(msgspec.Struct):
    """Where a reader begins: after the change with this `seq`."""

    after: Annotated[int, msgspec.Meta(ge=0, le=(1 << 32) - 1)] | None = None


@CHATS.add("POST", "/api/chats", status=201)
async def create_chat(call: Call, body: NewChat) -> ChatValue:
    """Make a chat, or with a `key` that is known give back the one that has it."""
    if body.notify is not None and not call.app.config.server.notify:
        raise NotAllowed(
            "`notify` is not allowed here: this server can reach what its callers cannot. Whoever runs it may allow it"
            " with the setting `server.notify`"
        )
    settings = await _settings(call, body)
    if body.key is not None:
        with suppress(UnknownChat):
            return (await call.app.find_chat(body.key)).value
    settings.setdefault("model", await call.server.models.check(None))
    documents = settings.pop("documents", ())
    chat = await call.app.chat(**settings, key=body.key, notify=body.notify)
    if documents:  # which another run may be indexing: a chat need not wait for that
        await chat.change(documents=documents)
    return chat.value


@CHATS.add("GET", "/api/chats")
async def list_chats(call: Call, query: Page) -> ChatPage:
    """The chats by their last use, without their messages."""
    if query.key is None:
        found = await call.app.chats(query.limit, query.before, search=query.search)
    else:
        found = await _with_key(call, query.key)
    return ChatPage(
        [ChatSummary.of(chat, query.settings) for chat in found], found[-1].id if len(found) == query.limit else None
    )


async def _with_key(call: Call, key: str) -> list[Chat]:
    try:
        return [await call.app.find_chat(msgspec.json.decode(key, type=dict[str, Any]))]
    except (msgspec.MsgspecError, Misuse, UnknownChat):  # what is no key is no chat's
        return []


@CHATS.add("GET", "/api/chats/{chat}")
async def get_chat(call: Call) -> ChatValue:
    """A chat, without its messages."""
    return (await chat_of(call)).value


@CHATS.add("PATCH", "/api/chats/{chat}")
async def change_chat(call: Call, body: ChatChanges) -> ChatValue:
    """Change the title, or settings for the questions to come."""
    chat = await chat_of(call)
    return (await chat.change(**await _settings(call, body))).value


@CHATS.add("DELETE", "/api/chats/{chat}", status=204)
async def delete_chat(call: Call) -> None:
    """Delete a chat with its messages and runs; what is going is cancelled."""
    await call.app.delete_chat(call.path["chat"])


@CHATS.add("POST", "/api/chats/{chat}/fork", status=201)
async def fork_chat(call: Call, body: Place) -> ChatValue:
    """Make a chat with the same settings, whose branch ends with a message of this one. Nothing is copied."""
    chat = await chat_of(call)
    return (await chat.fork(body.message)).value


@CHATS.add("GET", "/api/chats/{chat}/messages")
async def list_messages(call: Call, query: Selection) -> BranchPage:
    """Messages of a branch, the oldest first, each as it now stands; what else stands in their places, and
    where the chat's feed goes on from here. A page costs the same in a chat of any length."""
    chat = await chat_of(call)
    with closing(await chat.feed()) as feed:
        last_change = await feed.last()  # before they are read: what changes meanwhile comes with the feed
    kinds = None if query.kinds is None else cast(list[PartKind], query.kinds.split(",") if query.kinds else [])
    found = await chat.messages(
        kinds=kinds, limit=query.limit, before=query.before, after=query.after, branch=query.branch
    )
    return BranchPage([message.value for message in found], await chat.alternatives_of(found), last_change)


@CHATS.add(
    "POST", "/api/chats/{chat}/answer", returns=MessageValue, produces=("application/json", SSE, NDJSON), errors=(409,)
)
async def answer(call: Call, body: Answering, headers: IdempotencyKey) -> Response:
    """Ask, and get the answer: whole, or with `stream` as it comes. Leaving stops nothing, unless `on_disconnect` says
    so."""
    chat = await chat_of(call)
    run = await _start(chat, body, headers)
    call.about(run.id)
    on_leave = run.cancel if body.on_disconnect == "cancel" else None
    if body.stream:
        return follow(call, run, sources=body.sources, on_leave=on_leave)
    return reply((await run.wait()).value)


@CHATS.add("GET", "/api/chats/{chat}/events", produces=(SSE, NDJSON))
async def chat_events(call: Call, query: Changes) -> Response:
    """The chat's feed after `after` (or `Last-Event-ID`): what came and changed in it, then what comes."""
    return follow_chat(call, await chat_of(call), query.after or 0)


@CHATS.add("POST", "/api/chats/{chat}/runs", status=202, errors=(409,))
async def start_run(call: Call, body: Question, headers: IdempotencyKey) -> StartedRun:
    """Ask, and return at once."""
    chat = await chat_of(call)
    run = await _start(chat, body, headers)
    return StartedRun.of(call, run)


async def _start(chat: Chat, asked: Question, headers: IdempotencyKey) -> Run:
    media = parts(asked.media)
    return await chat.start(asked.prompt, media=media, if_busy=asked.if_busy, id=headers.key, after=asked.after)


async def chat_of(call: Call) -> Chat:
    """The chat that the path names. Raises UnknownChat."""
    return await call.app.get_chat(call.path["chat"])


async def _settings(call: Call, body: ChatChanges) -> dict[str, Any]:
    """What is set of `body`, checked: callers choose among what is listed, and name nothing of the server's own."""
    given = {name: value for name in ChatChanges.__struct_fields__ if (value := getattr(body, name)) is not UNSET}
    if "model" in given:
        given["model"] = await call.server.models.check(given["model"])
    allowed = call.app.config.tools
    for tool in given.get("tools", ()):
        if tool not in allowed:
            raise NotAllowed(
                f"the tool {tool!r:.100} is not one that callers may use: tools are code of the server's, and it offers"
                f" {', '.join(allowed) or 'none'} (the setting `tools`)"
            )
    for document in given.get("documents", ()):
        if not document.startswith("doc_"):
            raise NotAllowed(
                f"{document!r:.100} is not the id of a document: upload it with POST /api/documents; files of the"
                " server's cannot be named"
            )
    await call.app.documents.check(given.get("documents", ()))
    return given
