"""Streams over HTTP: a run's events and a chat's changes, as SSE and NDJSON. Leaving stops nothing."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from ...chats.chat import Chat
from ...errors import InvalidRequest
from ...log import Segment
from ...runs.handles import Run
from ...vocabulary.chats import ChatChange
from ..calls import Call
from ..operating.notes import note_of
from .frames import Sources, change_line, change_sse, log_frames, ndjson, sse, sse_frames
from .places import View, place_in, place_in_feed
from .responses import RETRY, Format, Opened, Stream

__all__ = [
    "NDJSON",
    "SSE",
    "Format",
    "Opened",
    "Sources",
    "Stream",
    "begin_after",
    "follow",
    "follow_chat",
    "format_for",
    "place_in",
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
    call.about(run.id)
    format = format_for(call)
    view = View(sources)

    async def open(changed: Callable[[], None]) -> Opened[Segment]:
        return await place_in(run, begin_after(call, after), changed, view)

    def lines(segment: Segment) -> bytes:
        return segment.data if view.shares(segment) else b"".join(map(ndjson, view.frames(segment, log_frames)))

    def events(segment: Segment) -> bytes:
        return segment.view(sse_frames) if view.shares(segment) else b"".join(map(sse, view.frames(segment)))

    return Stream(call, open, format, lines if format is _NDJSON else events, on_leave)


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
    begin = note_of(call.request.scope).after = int(given)
    return begin
