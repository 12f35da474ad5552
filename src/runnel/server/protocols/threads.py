"""What the protocols have in common: a client's own name for a chat, its newest turn, and a run as wire events."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from starlette.responses import Response

from ...chats.chat import Chat
from ...errors import InvalidRequest, UnknownChat
from ...log import Cursor, Segment
from ...runs.handles import Run
from ...vocabulary.chats import ChatSettings
from ...vocabulary.events import Event
from ...vocabulary.messages import MediaPart, MessageValue, Part, Role, Status
from ..calls import Call
from ..problems import Problem
from ..streaming.streams import SSE, Format, Stream

__all__ = ["Fold", "View", "chat_of", "data_url", "known_chat", "run_id", "said", "stream", "turn"]

encode = msgspec.json.encode


class Fold(Protocol):
    """Events of a run → wire events. `over` where the client is to take its turn."""

    over: bool

    def apply(self, event: Event) -> list[dict[str, Any]]: ...


def _key(protocol: str, thread: str) -> dict[str, str]:
    return {protocol: thread}


async def chat_of(call: Call, protocol: str, thread: str, model: str | None) -> Chat:
    """The chat that a client calls `thread`: one of Runnel's own by its id, or the one made for this name."""
    if thread.startswith("chat_"):
        return await call.app.get_chat(thread)
    return await call.app.chat(key=_key(protocol, thread), model=await call.server.models.check(model))


async def known_chat(call: Call, protocol: str, thread: str) -> Chat | None:
    """The chat that a client calls `thread`, if there is one."""
    try:
        if thread.startswith("chat_"):
            return await call.app.get_chat(thread)
        return await call.app.find_chat(_key(protocol, thread))
    except UnknownChat:
        return None


def run_id(*parts: str) -> str:
    """The same run for the same request, however often it is sent."""
    return "run_" + hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


async def turn(
    chat: Chat,
    messages: Sequence[MessageValue],
    follows: str | None,
    id: str,
    settings: ChatSettings | None = None,
) -> Run:
    """Answer the last of a client's `messages`, as the run `id`: that run, where it is there already.

    `follows` is the assistant's message that the newest turn follows, None the beginning; where the client has gone
    back, that makes a branch. What was said before is kept here: only a chat that has nothing yet is given all of it.
    What is still being answered is cancelled, its partial kept: a client that asks again has stopped reading that.
    """
    going = await chat.runs()
    same = next((run for run in going if run.id == id), None)
    if same is not None:
        return same
    for run in reversed(going):
        await run.cancel()
    head = chat.value.head
    new = list(messages)
    if head is not None:
        said = max((place for place, message in enumerate(new) if message.role == "assistant"), default=-1)
        new = new[said + 1 :]
    if not new:
        raise InvalidRequest("there is nothing to answer: the last message is the assistant's")
    after = "head" if head is None or follows == head else follows
    return await chat.start_from(new, after=after, settings=settings, id=id)


def said(role: Role, *parts: Part) -> MessageValue:
    """A message that a client brings."""
    return MessageValue("", role, Status.COMPLETED, parts=parts)


def data_url(url: str, media_type: str) -> MediaPart:
    """A medium from its URL, of which a `data:` URL is the medium itself."""
    head, comma, data = url.partition(",")
    if head.startswith("data:") and head.endswith(";base64") and comma:
        return MediaPart(media_type or head[5:-7], data)
    return MediaPart(media_type, url=url)


@dataclass(frozen=True)
class View:
    """How a reader sees a run: from after the event `after`, with `opening` first where that is not the beginning, and
    `last` at the end. `problem` makes wire events of what goes wrong on the way."""

    opening: Callable[[], list[dict[str, Any]]]
    problem: Callable[[Problem], list[dict[str, Any]]]
    after: int = 0
    last: bytes = b""


class _Folded:
    """A place in a run, whose events are taken as frames of wire events: each frame's id is the event's `seq`."""

    def __init__(self, cursor: Cursor, fold: Fold, view: View) -> None:
        self.close = cursor.close
        self._cursor = cursor
        self._fold = fold
        self._view = view
        self._joined = view.after == 0

    @property
    def over(self) -> bool:
        return self._fold.over or self._cursor.over

    @property
    def whole(self) -> bool:
        return self._fold.over or self._cursor.whole

    def take_now(self) -> None:
        """It waits where it has to."""

    async def take(self) -> Sequence[bytes]:
        while segments := await self._cursor.take():
            if found := self.frames(segments):
                return found
        return ()

    def frames(self, segments: Sequence[Segment]) -> Sequence[bytes]:
        found: list[bytes] = []
        for event in [event for segment in segments for event in segment.events]:
            found += self._frames(event)
            if self._fold.over:
                found.append(self._view.last)
                break
        return found

    def _frames(self, event: Event) -> list[bytes]:
        if event.seq <= self._view.after:
            self._fold.apply(event)
            self._fold.over = False  # it was, for who read until then
            return []
        opening = [] if self._joined else self._view.opening()
        self._joined = True
        return [b"id:%d\ndata:%b\n\n" % (event.seq, encode(one)) for one in [*opening, *self._fold.apply(event)]]


def stream(call: Call, run: Run, fold: Fold, view: View, headers: dict[str, str] | None = None) -> Response:
    """The run as the fold's wire events."""
    call.about(run.id)

    async def open(changed: Callable[[], None]) -> tuple[_Folded, Sequence[bytes]]:
        cursor = await run.cursor(0)
        cursor.changed = changed
        place = _Folded(cursor, fold, view)
        return place, await place.take()

    def told(document: bytes) -> bytes:
        problem = msgspec.json.decode(document, type=Problem)
        return b"".join([b"data:%b\n\n" % encode(one) for one in view.problem(problem)]) + view.last

    format = Format(SSE, b"", b": \n\n", told, lambda milliseconds: b"")
    return Stream(call, open, format, bytes, headers={**(headers or {}), "X-Runnel-Run": run.id})
