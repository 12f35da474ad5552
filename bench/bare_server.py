"""The bare server that bench/relay and bench/followers measure beside Runnel's: Starlette streams that persist nothing.

    python -m bench.bare_server PORT

It makes the same frames of the same tokens with the same encoder, on the same loop (asyncio's) and HTTP parser
(httptools), one process; and it does nothing else: what was said is lost with its reader.
"""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bench.peers.said import said

_encode = msgspec.json.Encoder().encode


class Ask(msgspec.Struct):
    """A question."""

    prompt: str


class Delta(msgspec.Struct, gc=False):
    """What is sent of a token: what Runnel sends of it too."""

    text: str
    at: int


async def frames(question: str) -> AsyncIterator[bytes]:
    """The tokens as frames."""
    began, seq = time.monotonic(), 0
    async for text in said(question):
        seq += 1
        at = int((time.monotonic() - began) * 1000)
        yield b"id:%d\nevent:text.delta\ndata:%s\n\n" % (seq, _encode(Delta(text, at)))


def stream(source: AsyncIterator[bytes]) -> Response:
    """Frames as a response."""
    return StreamingResponse(source, headers={"Cache-Control": "no-store"}, media_type="text/event-stream")


async def answer(request: Request) -> Response:
    """Stream an answer to the one who asks."""
    return stream(frames(msgspec.json.decode(await request.body(), type=Ask).prompt))


class Shared:
    """One answer for many: each frame is made once, and put into the queue of each who follows."""

    def __init__(self) -> None:
        self.queues: dict[str, list[asyncio.Queue[bytes]]] = defaultdict(list)
        self.making: set[asyncio.Task[None]] = set()

    async def start(self, request: Request) -> Response:
        """Begin to say something to those who follow."""
        task = asyncio.create_task(self._make(msgspec.json.decode(await request.body(), type=Ask).prompt))
        self.making.add(task)
        task.add_done_callback(self.making.discard)
        return Response(status_code=202)

    async def follow(self, request: Request) -> Response:
        """Follow what has the key."""
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.queues[request.path_params["key"]].append(queue)
        return stream(self._follow(queue))

    async def _make(self, question: str) -> None:
        queues = self.queues[question.split()[2]]
        async for frame in frames(question):
            for queue in queues:
                queue.put_nowait(frame)
        for queue in queues:
            queue.put_nowait(b"")

    async def _follow(self, queue: asyncio.Queue[bytes]) -> AsyncIterator[bytes]:
        yield b"id:0\nevent:run.started\ndata:{}\n\n"
        while frame := await queue.get():
            yield frame


def app() -> Starlette:
    """The server."""
    shared = Shared()
    return Starlette(
        routes=[
            Route("/answer", answer, methods=["POST"]),
            Route("/start", shared.start, methods=["POST"]),
            Route("/follow/{key}", shared.follow),
        ]
    )


if __name__ == "__main__":
    uvicorn.run(app(), port=int(sys.argv[1]), loop="asyncio", http="httptools", log_level="warning", access_log=False)
