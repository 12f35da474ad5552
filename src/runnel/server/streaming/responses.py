"""The response that a stream is. A reader is a place in a log and one future; what it gets was made once for all
readers, and all that is visible goes out in one write, as fast as the reader takes it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...errors import Closed, InternalError, RunnelError, UnknownRun
from ..calls import Call
from ..operating.notes import note_of
from ..problems import logger, problem, respond
from .followers import TICKS

__all__ = ["RETRY", "Format", "Opened", "Place", "Stream"]

# Milliseconds after which a browser comes back; up to `_SPREAD` more where all are sent away at once.
RETRY = 1000
_SPREAD = 2000
# Bytes: what is gathered into one write, and so what a reader that does not read makes us hold.
_WRITE = 1 << 18

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
        self._why = "whole"
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
            note = note_of(scope)
            note.last = getattr(place, "seq", None)
            note.ended = "left" if self._gone else self._why if self._complete else "cut"
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
        self._why = "draining"
        return self._format.again(RETRY + random.randrange(_SPREAD))

    def _failed(self, error: RunnelError) -> bytes:
        self._why = "failed"
        return self._format.problem(msgspec.json.encode(problem(error)))
