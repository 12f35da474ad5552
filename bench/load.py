"""Reads many streams over HTTP at once, in a process of its own, and says when which token came.

    python -m bench.load < JSON

What the sockets give is only kept while the streams go on; it is taken apart afterwards, so that the reader does not
decide how fast a server is. Each answer has to be whole, to the letter.
"""

import asyncio
import gc
import json
import sys
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from bench.measure import percentile
from bench.peers.said import text_of


@dataclass
class Plan:
    """What is asked. `requests` are whole HTTP requests (with `Connection: close`), each answered with `tokens` tokens
    in a `form`; `at_once` of them go on at a time, the first ones begin spread over `spread` seconds. `times` is the
    folder where the moments lie at which tokens were made, in a file for each of `keys`, where that matters. What has
    not ended after `limit` seconds is left."""

    port: int
    form: str
    requests: list[str]
    keys: list[str]
    tokens: int
    at_once: int
    spread: float = 0.0
    times: str | None = None
    limit: float = 300.0


@dataclass
class Found:
    """What came: `wall` and `cpu` (this process's) in seconds, `bytes` on the sockets, `first`: from a request to its
    first token, `late`: from a token's making to its coming; both in ms, as percentiles 50 and 99. `wrong` says what
    was not as it should be."""

    wall: float
    cpu: float
    bytes: int
    tokens: int
    first: list[float]
    late: list[float] = field(default_factory=list)
    wrong: str = ""


class _Stream(asyncio.Protocol):
    """One connection: what came, and when."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.parts: list[bytes] = []
        self.came: list[float] = []
        self.asked = 0.0
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport

    def ask(self, request: bytes) -> None:
        assert self.transport is not None
        self.asked = time.monotonic()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.came.append(time.monotonic())
        self.parts.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


async def _read(plan: Plan) -> list[_Stream]:
    loop = asyncio.get_running_loop()
    streams: list[_Stream] = []

    async def connect() -> _Stream:
        _, stream = await loop.create_connection(_Stream, "127.0.0.1", plan.port)
        return stream

    first = [await connect() for _ in range(plan.at_once)]
    waiting = iter(plan.requests)

    async def reader(number: int, stream: _Stream | None) -> None:
        await asyncio.sleep(plan.spread * number / plan.at_once)
        for request in waiting:
            stream = stream or await connect()
            streams.append(stream)
            stream.ask(request.encode())
            await stream.ended
            stream = None

    readers = [asyncio.ensure_future(reader(*numbered)) for numbered in enumerate(first)]
    await asyncio.wait(readers, timeout=plan.limit)
    for reading in readers:
        reading.cancel()
    return streams


def _frames(raw: bytes, separator: bytes) -> Iterator[tuple[int, bytes]]:
    """The frames of a chunked response's body, and how many bytes had come when each was whole. Raises ValueError where
    the response was cut."""
    if not raw.startswith(b"HTTP/1.1 20"):
        raise ValueError(f"the answer was {raw[:200]!r}")
    at, rest = raw.find(b"\r\n\r\n") + 4, b""
    while True:
        line = raw.find(b"\r\n", at)
        if line < 0:
            raise ValueError(f"an answer was cut after {len(raw):,} bytes")
        size = int(raw[at:line], 16)
        if size == 0:
            return
        at = line + 2 + size + 2
        *whole, rest = (rest + raw[line + 2 : at - 2]).split(separator)
        for frame in whole:
            yield at, frame


def _event(frame: bytes) -> tuple[str, Any]:
    """An SSE frame's `event` and the JSON of its `data`; None for one that has none, such as a comment."""
    kind, data = "", None
    for line in frame.splitlines():
        field, _, value = line.partition(b":")
        if field == b"event":
            kind = value.strip().decode()
        elif field == b"data":
            data = json.loads(value)
    return kind, data


def _runnel(frame: bytes) -> str:
    kind, data = _event(frame)
    if kind == "error" or (kind == "run.ended" and data["status"] != "completed"):
        raise ValueError(f"a run ended {data}")
    return data["text"] if kind == "text.delta" else ""


def _agui(frame: bytes) -> str:
    _, data = _event(frame)
    return data["delta"] if data is not None and data["type"] == "TEXT_MESSAGE_CONTENT" else ""


def _langgraph(frame: bytes) -> str:
    kind, data = _event(frame)
    return data[0]["content"] if kind == "messages" else ""


def _ragna(frame: bytes) -> str:
    return str(json.loads(frame)["content"])


# How each server separates frames, and the text that a frame says.
FORMS: dict[str, tuple[bytes, Callable[[bytes], str]]] = {
    "runnel": (b"\n\n", _runnel),
    "agui": (b"\n\n", _agui),
    "langgraph": (b"\r\n\r\n", _langgraph),
    "ragna": (b"\n", _ragna),
}


def _tokens(stream: _Stream, form: str, wanted: str) -> list[float]:
    """When each token came. Raises ValueError where the text is not `wanted`."""
    separator, says = FORMS[form]
    had = list(accumulate(map(len, stream.parts)))
    width, came, text = len(text_of(0)), [], []
    for position, frame in _frames(b"".join(stream.parts), separator):
        said = says(frame)
        if said:
            text.append(said)
            came += [stream.came[bisect_left(had, position)]] * (len(said) // width)
    if "".join(text) != wanted:
        raise ValueError(f"{len(''.join(text))} characters came of {len(wanted)}, or others")
    return came


def _made(folder: str, key: str) -> "array[float]":
    times = array("d")
    times.frombytes((Path(folder) / key).read_bytes())
    return times


def measure(plan: Plan) -> Found:
    """Read all, then look at what came."""
    gc.disable()
    cpu, began = time.process_time(), time.monotonic()
    streams = asyncio.run(_read(plan))
    cpu = time.process_time() - cpu
    began = min((stream.asked for stream in streams), default=began)
    ended = max((stream.came[-1] for stream in streams if stream.came), default=began)
    found = Found(ended - began, cpu, sum(len(part) for stream in streams for part in stream.parts), 0, [])
    wanted = "".join(map(text_of, range(plan.tokens)))
    first: list[float] = []
    late: list[float] = []
    for stream, key in zip(streams, plan.keys, strict=False):
        try:
            came = _tokens(stream, plan.form, wanted)
        except ValueError as error:
            found.wrong = str(error)
            continue
        found.tokens += len(came)
        first.append((came[0] - stream.asked) * 1e3)
        if plan.times is not None:
            late += [(had - made) * 1e3 for had, made in zip(came, _made(plan.times, key), strict=True)]
    found.first, found.late = [[percentile(all, 50), percentile(all, 99)] if all else [] for all in (first, late)]
    if found.tokens != plan.tokens * len(plan.requests):
        whole = found.tokens // plan.tokens
        found.wrong = f"{whole} of {len(plan.requests)} answers came whole in {plan.limit:.0f} s: {found.wrong}"
    return found


if __name__ == "__main__":
    print(json.dumps(asdict(measure(Plan(**json.load(sys.stdin))))))
