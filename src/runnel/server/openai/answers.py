"""What both formats do with a run: wait for it, or stream it as wire events, and cancel it where its client leaves."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...log import Segment
from ...runs.handles import Message, Run
from ...vocabulary.events import Event
from ..calls import Call
from ..streaming.responses import Format, Opened, Stream
from ..streaming.streams import SSE

__all__ = ["WireFold", "finished", "folded", "stream"]


class WireFold(Protocol):
    """Turns a run's events into the wire's, each into a fixed list."""

    def apply(self, event: Event) -> Sequence[Any]: ...


def _problem(document: bytes) -> bytes:
    found = msgspec.json.decode(document)
    return b"event: error\ndata: %b\n\n" % msgspec.json.encode(
        {"error": {"message": found["detail"], "type": "server_error", "param": None, "code": found["code"]}}
    )


# Clients of this wire do not come back by themselves, so they are not told when to.
_FORMAT = Format(SSE, b"", b": \n\n", _problem, lambda milliseconds: b"")


async def finished(call: Call, run: Run, detached: bool = False) -> Message:
    """The message, once the run has ended. A run whose client closes its connection is cancelled, unless it is
    `detached`."""
    if detached:
        return await run.wait()
    waiting = asyncio.ensure_future(run.wait())
    leaving = asyncio.ensure_future(_until_left(call.request))
    try:
        await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            await run.cancel()
        return await waiting
    finally:
        leaving.cancel()
        waiting.cancel()


async def _until_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def folded(run: Run, fold: WireFold) -> None:
    """Apply all of the run's events until now."""
    last = await run.last_seq()
    if not last:
        return
    async for event in run.events():
        fold.apply(event)
        if event.seq >= last:
            break


class _Forgetting(Response):
    """A response after which something is forgotten, however it ended."""

    def __init__(self, response: Response, forget: Callable[[], Coroutine[Any, Any, object]]) -> None:
        super().__init__()
        self._response = response
        self._forget = forget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._response(scope, receive, send)
        finally:
            await asyncio.shield(self._forget())


def stream(
    call: Call,
    run: Run,
    encode: Callable[[Event], bytes],
    *,
    detached: bool = False,
    forget: Callable[[], Coroutine[Any, Any, object]] | None = None,
) -> Response:
    """The run from its start, each event as what `encode` makes of it. A run whose client leaves is cancelled, unless
    it is `detached`. `forget` is done at the end."""
    call.about(run.id)

    async def open(changed: Callable[[], None]) -> Opened[Segment]:
        cursor = await run.cursor()
        cursor.changed = changed
        return cursor, ()

    def write(segment: Segment) -> bytes:
        return b"".join([encode(event) for event in segment.events])

    leave: Callable[[], Awaitable[object]] | None = None if detached else run.cancel
    response = Stream(call, open, _FORMAT, write, leave)
    return response if forget is None else _Forgetting(response, forget)
