"""Streams over HTTP: a run's events and a chat's changes, as SSE and NDJSON. Leaving stops nothing."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.responses import Response

from ..chats.chat import Chat
from ..errors import InvalidRequest
from ..log import Cursor, Segment
from ..runs.handles import Run
from ..store import Feed
from ..vocabulary.chats import ChatChange
from ..vocabulary.messages import Source
from .calls import Call
from .frames import (
    Sources,
    about_sources,
    change_line,
    change_sse,
    frames,
    log_frames,
    ndjson,
    sse,
    sse_frames,
    with_sources,
)
from .responses import RETRY, Format, Opened, Stream

__all__ = [
    "NDJSON",
    "SSE",
    "Sources",
    "begin_after",
    "follow",
    "follow_chat",
    "format_for",
    "place_in",
    "place_in_feed",
]

SSE = "text/event-stream"
NDJSON = "application/x-ndjson"

# A log numbers no further.
_LAST_SEQ = (1 << 32) - 1

_SSE = Format(
    SSE,
    b"retry:%d\n\n" % RETRY,
    b": \n\n",
    lambda document: b"event:error\ndata:%b\n\n" % document,
    lambda milliseconds: b"retry:%d\n\n" % milliseconds,
)
_NDJSON = Format(
    NDJSON, b"", b"\n", lambda document: b'{"type":"error","problem":%b}\n' % document, lambda milliseconds: b""
)


def follow(
    call: Call,
    run: Run,
    after: int = 0,
    *,
    sources: Sources = "first",
    on_leave: Callable[[], Awaitable[object]] | None = None,
) -> Response:
    """The run's events after `after` as a stream, in the format that the caller accepts. A `Last-Event-ID` counts more
    than `after`: a browser that comes back sends it to the same URL."""
    format = format_for(call)
    view = _View(format, sources)

    async def open(changed: Callable[[], None]) -> Opened[Segment]:
        opened = await place_in(run, begin_after(call, after), changed)
        if opened is None or sources != "last":
            return opened
        cursor, taken = opened
        place = _SourcesAtEnd(cursor, run, view)
        return place, await place.known(taken)

    return Stream(call, open, format, view.encode, on_leave)


class _View:
    """A run's frames with its sources where they were asked for. What is not about sources is shared by all readers."""

    def __init__(self, format: Format, sources: Sources) -> None:
        self._lines = format is _NDJSON
        self._shared = sources == "first"
        self.found: Sequence[Source] = ()

    def encode(self, segment: Segment) -> bytes:
        if self._shared or not about_sources(segment):
            return segment.data if self._lines else segment.view(sse_frames)
        given = segment.view(log_frames if self._lines else frames)
        return b"".join(map(ndjson if self._lines else sse, with_sources(given, self.found)))


class _SourcesAtEnd:
    """A cursor that finds out the run's sources when it comes to its end."""

    def __init__(self, cursor: Cursor, run: Run, view: _View) -> None:
        self.changed = cursor.changed
        self.close = cursor.close
        self._cursor = cursor
        self._run = run
        self._view = view

    @property
    def over(self) -> bool:
        return self._cursor.over

    @property
    def whole(self) -> bool:
        return self._cursor.whole

    def take_now(self) -> None:
        """It may have to look for the sources."""

    async def take(self) -> Sequence[Segment]:
        return await self.known(await self._cursor.take())

    async def known(self, taken: Sequence[Segment]) -> Sequence[Segment]:
        if taken and taken[-1].ended:
            self._view.found = (await self._run.message()).sources
        return taken


def follow_chat(call: Call, chat: Chat, after: int = 0) -> Response:
    """The chat's feed after the change `after` as a stream, like `follow`."""
    format = format_for(call)

    async def open(changed: Callable[[], None]) -> Opened[ChatChange]:
        return await place_in_feed(chat, begin_after(call, after), changed)

    return Stream(call, open, format, change_line if format is _NDJSON else change_sse)


def format_for(call: Call) -> Format:
    """The format that the caller accepts: SSE unless NDJSON is asked for."""
    return _NDJSON if NDJSON in call.request.headers.get("Accept", "") else _SSE


def begin_after(call: Call, after: int) -> int:
    """After which event a reader is to begin. Raises InvalidRequest where that is no number of an event."""
    given = call.request.headers.get("Last-Event-ID") or str(after)
    if not (given.isascii() and given.isdigit() and len(given) <= 10 and int(given) <= _LAST_SEQ):
        raise InvalidRequest(
            f"there is no event {given!r:.40}: `after` and `Last-Event-ID` are numbers of events, from 0"
        )
    return int(given)


async def place_in(run: Run, after: int, changed: Callable[[], None]) -> tuple[Cursor, list[Segment]] | None:
    """A place in a run and what is visible after it; None where nothing will ever be, since it has ended before. Raises
    InvalidRequest where the run has not come so far, and UnknownRun."""
    cursor = await run.cursor(after)
    cursor.changed = changed
    try:
        taken = await cursor.take()
        if not taken and not cursor.over and after and after > (last := await run.last_seq()):
            raise InvalidRequest(f"run {run.id} has no event {after} yet: the last is {last}", run=run.id)
    except BaseException:
        cursor.close()
        raise
    if cursor.over and not taken:
        cursor.close()
        return None
    return cursor, taken


async def place_in_feed(chat: Chat, after: int, changed: Callable[[], None]) -> tuple[Feed, list[ChatChange]]:
    """A place in a chat's feed and what is there after it. Raises InvalidRequest where it has not come so far, and
    UnknownChat."""
    feed = await chat.feed(after)
    feed.changed = changed
    try:
        taken = await feed.take()
        if not taken and not feed.over and after and after > (last := await feed.last()):
            raise InvalidRequest(
                f"chat {chat.id} has no change {after} yet: the last is {last}", chat=chat.id, last=last
            )
    except BaseException:
        feed.close()
        raise
    return feed, taken
