"""Streams of a run's events over HTTP: a reader is a cursor, and leaving stops nothing."""

from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from ..runs.handles import Run
from ..vocabulary.wire import encode
from .calls import Call

__all__ = ["NDJSON", "SSE", "follow"]

SSE = "text/event-stream"
NDJSON = "application/x-ndjson"


def follow(call: Call, run: Run, after: int = 0) -> Response:
    """The run's events after `after` as a stream."""
    return StreamingResponse(_frames(run, after), media_type=SSE, headers={"Cache-Control": "no-store"})


async def _frames(run: Run, after: int) -> AsyncIterator[bytes]:
    async for event in run.events(after):
        yield b"id:%d\nevent:%s\ndata:%s\n\n" % (event.seq, event.type.encode(), encode(event))
