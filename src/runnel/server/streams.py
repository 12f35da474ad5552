"""Streams over HTTP: SSE and NDJSON. A reader is a place in a log and one future; what it gets was made once for all
readers, and all that is visible goes out in one write, as fast as the reader takes it. Leaving stops nothing."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ..errors import Closed, InternalError, InvalidRequest, RunnelError, UnknownRun
from ..log import Cursor, Segment
from ..runs.handles import Run
from ..vocabulary.messages import Source
from .calls import Call
from .followers import TICKS
from .frames import Sources, about_sources, frames, log_frames, ndjson, sse, sse_frames, with_sources
from .problems import logger, problem, respond

__all__ = ["NDJSON", "SSE", "Format", "Place", "Stream", "begin_after", "follow", "format_for", "place_in"]

SSE = "text/event-stream"
NDJSON = "application/x-ndjson"

# Bytes: what is gathered into one write, and so what a reader that does not read makes us hold.
_WRITE = 1 << 18
# Milliseconds after which a browser comes back; up to `_SPREAD` more where all are sent away at once.
_RETRY = 1000
_SPREAD = 2000
# A log numbers no further.
_LAST_SEQ = (1 << 32) - 1

T = TypeVar("T", covariant=True)


class Place(Protocol[T]):
    """Where a reader is in what it follows; `runnel.log.Cursor` is one, and says what each of these means."""

    @property
    def over(self) -> bool: ...
    @property
    def whole(self) -> bool: ...
    def take_now(self) -> Sequence[T] | None: ...
    async def take(self) -> Sequence[T]: ...
    def close(self) -> None: ...


class Format(NamedTuple):
    """How a stream looks on the wire, whatever it carries: how it begins, and shows that it is alive; a problem, after
    which nothing comes; that the reader is to come back after so many milliseconds."""

    media_type: str
    opening: bytes
    heartbeat: bytes
    problem: Callable[[bytes], bytes]
    again: Callable[[int], bytes]


_SSE = Format(
    SSE,
    b"retry:%d\n\n" % _RETRY,
    b": \n\n",
    lambda document: b"event:error\ndata:%b\n\n" % document,
    lambda milliseconds: b"retry:%d\n\n" % milliseconds,
)
_NDJSON = Format(
    NDJSON, b"", b"\n", lambda document: b'{"type":"error","problem":%b}\n' % document, lambda milliseconds: b""
)


Opened: TypeAlias = tuple[Place[T], Sequence[T]] | None


class Stream(Response, Generic[T]):
    """What is followed, as a response.

    `open` is given what the place is to call where there is more, and gives the place and what it took first. Where it
    raises, or gives None (nothing will ever come), that is the answer: a problem document, or 204. `encode` makes bytes
    of each thing taken. Errors after that are told in the stream, which then ends as it should. `on_leave` is called
    where the reader went away before the end.
    """

    def __init__(
        self,
        call: Call,
        open: Callable[[Callable[[], None]], Awaitable[Opened[T]]],
        format: Format,
        encode: Callable[[T], bytes],
        on_leave: Callable[[], Awaitable[object]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no", **(headers or {})})
        # Without a charset: both formats are UTF-8 by their definition.
        self.raw_headers = [(b"content-type", format.media_type.encode()), *self.raw_headers]
        self._call: Call | None = call
        self._followers = call.server.followers
        self._open = open
        self._format = format
        self._encode = encode
        self._on_leave = on_leave
        self._taken: Sequence[T] = ()
        self._gone = False
        self._complete = False
        self._woken = False
        self._waiter: asyncio.Future[None] | None = None
        self._quiet = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call, self._call = self._call, None  # not to be held, with its request, for as long as the stream goes on
        assert call is not None, "a response is sent once"
        try:
            opened = await self._open(self._wake)
        except Exception as error:
            await respond(call.request, error)(scope, receive, send)
            return
        del call
        if opened is None:
            await Response(None, 204, {"Cache-Control": "no-store"})(scope, receive, send)
            return
        place, self._taken = opened
        del opened
        self._followers.add(self)
        # In a task of its own, whose stack is short: it is woken for each token, this one when the response has been
        # sent, or the reader has left.
        sending = asyncio.ensure_future(self._respond(scope, place, send))
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
            self._gone = not self._complete
            self._wake()
            await sending
        finally:
            sending.cancel()
            self._followers.discard(self)
            place.close()
        if self._gone and self._on_leave is not None:
            await self._on_leave()

    async def _respond(self, scope: Scope, place: Place[T], send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            last = b"" if scope["method"] == "HEAD" else await self._last(place, send)
            await send({"type": "http.response.body", "body": last, "more_body": False})
            self._complete = True
        except OSError:  # some servers say so where a reader has left
            self._gone = True

    def tick(self) -> None:
        """See Follower."""
        self._quiet += 1
        if self._quiet >= TICKS or self._followers.draining.is_set():
            self._wake()

    async def _last(self, place: Place[T], send: Send) -> bytes:
        """Send what comes; returns what is to be said last."""
        try:
            return await self._pump(place, send)
        except Closed:
            return self._again()
        except RunnelError as error:
            return self._failed(error)
        except OSError:
            raise
        except Exception as error:
            logger.error("a stream failed", exc_info=error)
            return self._failed(InternalError("the server failed to go on with this: its log says why"))

    async def _pump(self, place: Place[T], send: Send) -> bytes:
        await self._send(send, self._taken, self._format.opening)
        self._taken = ()
        loop = asyncio.get_running_loop()
        while not (self._gone or place.over):
            if self._followers.draining.is_set():
                return self._again()
            self._woken = False
            taken = place.take_now()
            at_once = taken is not None
            if taken is None:
                taken = await place.take()
            if taken:
                await self._send(send, taken)
                if not at_once:  # there may be more than is read at a time
                    continue
            elif self._quiet >= TICKS:
                await self._send(send, (), self._format.heartbeat)
            del taken  # not to be held while nothing comes
            if not (self._woken or place.over):
                self._waiter = loop.create_future()
                await self._waiter
        if not (self._gone or place.whole):
            return self._failed(UnknownRun("what was followed here has been deleted"))
        return b""

    async def _send(self, send: Send, taken: Sequence[T], body: bytes = b"") -> None:
        """Send `body` and what was taken, in as few writes as may be."""
        self._quiet = 0
        if len(taken) == 1:
            body += self._encode(taken[0])
        else:
            pieces, size = [body], 0
            for one in taken:
                piece = self._encode(one)
                pieces.append(piece)
                size += len(piece)
                if size >= _WRITE:
                    await send({"type": "http.response.body", "body": b"".join(pieces), "more_body": True})
                    pieces, size = [], 0
                    if self._gone:
                        return
            body = b"".join(pieces)
        if body:
            await send({"type": "http.response.body", "body": body, "more_body": True})

    def _wake(self) -> None:
        self._woken = True
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _again(self) -> bytes:
        return self._format.again(_RETRY + random.randrange(_SPREAD))

    def _failed(self, error: RunnelError) -> bytes:
        return self._format.problem(msgspec.json.encode(problem(error)))


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
            raise InvalidRequest(f"run {run.id} has no event {after} yet: the last is {last}", run=run.id, last=last)
    except BaseException:
        cursor.close()
        raise
    if cursor.over and not taken:
        cursor.close()
        return None
    return cursor, taken
