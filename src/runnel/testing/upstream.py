"""A vendor to test against: a server on plain asyncio that speaks OpenAI's chat completions and Anthropic's messages,
and can misbehave.

    async with Upstream(tokens=["Hel", "lo"], delay=0.01) as upstream:
        model = OpenAIModel("any", base_url=upstream.url)
        ...
        upstream.requests[-1].body, .sent, .closed_at

What it answers is set by the members of `Answer`, or chosen for each request by a handler. It refuses what
the vendor refuses, in the same shape. `python -m runnel.testing.upstream` runs it by itself and prints its
URL; there the name of the model says what to do (`any?tokens=1000&delay=0.01`), so that a benchmark can keep
it in another process. With `--log` it also prints what becomes of each request, a JSON object a line.
"""

import argparse
import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from . import anthropic_dialect, openai_dialect
from .answers import Answer

__all__ = ["Answer", "Received", "Upstream"]

_WRITE = 65536
_MODELS = ("gpt-5-mini", "gpt-5")
_WRONG_KEY = {
    openai_dialect: {"code": "invalid_api_key"},
    anthropic_dialect: {"kind": "authentication_error"},
}


@dataclass
class Received:
    """One request, and what became of it. Times are `time.monotonic()`.

    `sent` counts the tokens written; `closed_at` is when the client hung up before the answer was whole;
    `ended_at` when it was whole. `writes` holds a time and a number of tokens for each write.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    began_at: float
    connection: int
    status: int = 200
    sent: int = 0
    closed_at: float | None = None
    ended_at: float | None = None
    writes: list[tuple[float, int]] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def sent_after_close(self) -> int:
        """How many tokens were written after the client had hung up."""
        return self.sent_since(self.closed_at) if self.closed_at is not None else 0

    def sent_since(self, moment: float) -> int:
        """How many tokens were written after `moment`."""
        return sum(tokens for at, tokens in self.writes if at > moment)


class Upstream:
    """The fake vendor: an async context manager.

    `answer`: an `Answer`, or a callable that gives one for a `Received`; or give an `Answer`'s members by
    name. `key`: the only one it takes (any, by default). `models`: what `/v1/models` lists; `listing`: all that
    it answers there. `alternating`: refuse turns that do not alternate, as the chat templates of local models do.
    `log` is told when a request has `began`, and how it is over: `closed` by the client, or `ended`. What is asked
    with the header `anthropic-version` is answered in Anthropic's dialect.
    """

    def __init__(
        self,
        answer: Answer | Callable[[Received], Answer] | None = None,
        *,
        key: str | None = None,
        models: tuple[str, ...] = _MODELS,
        listing: Mapping[str, Any] | None = None,
        alternating: bool = False,
        port: int = 0,
        log: Callable[[str, Received], object] | None = None,
        **members: Any,
    ) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.models = models
        self.listing = listing
        self.key = key
        self.alternating = alternating
        self._answer = answer or Answer(**members)
        self._port = port
        self._log = log
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()
        self._written: dict[tuple[int, str], list[tuple[bytes, int]]] = {}
        self._kept: list[Answer] = []

    @property
    def url(self) -> str:
        """The base URL, `/v1` and all."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> "Upstream":
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(self), "127.0.0.1", self._port
        )
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self._open):
            connection.abort()
        await asyncio.sleep(0)

    async def serve_forever(self) -> None:
        """Serve until cancelled."""
        assert self._server is not None
        await self._server.serve_forever()

    def tell(self, what: str, received: Received) -> None:
        """Tell the log."""
        if self._log is not None:
            self._log(what, received)

    def answer(self, received: Received) -> Answer:
        """What to do with a request."""
        return self._answer(received) if callable(self._answer) else self._answer

    def refusal(self, received: Received) -> tuple[int, dict[str, Any]] | None:
        """The status and the body with which a request is refused, if it is."""
        dialect = dialect_of(received)
        keys = (received.headers.get("authorization"), received.headers.get("x-api-key"))
        if self.key is not None and f"Bearer {self.key}" != keys[0] and self.key != keys[1]:
            return 401, dialect.error_body("Incorrect API key provided.", **_WRONG_KEY[dialect])
        if received.path.endswith("/models"):
            return None
        if not received.path.endswith(dialect.PATH) or received.method != "POST":
            return 404, dialect.error_body(f"Invalid URL ({received.method} {received.path})")
        refused = dialect.check(received.body, alternating=self.alternating)
        return (400, refused) if refused else None

    def written(self, answer: Answer, received: Received) -> Iterator[tuple[bytes, int]]:
        """The stream as HTTP chunks, each with its number of tokens; made once for an answer that is not
        paced."""
        if answer.raw is not None:
            return ((_http_chunk(piece), 0) for piece in answer.raw)
        body, events = received.body, dialect_of(received).events
        if answer.delay:
            return ((_http_chunk(event), tokens) for event, tokens in events(answer, body))
        about = msgspec.json.encode(
            [received.path, *[body.get(name) for name in ("model", "logprobs", "top_logprobs", "stream_options")]]
        )
        at = (id(answer), about.decode())
        if at not in self._written:
            self._kept.append(answer)  # so that its id stays its own
            self._written[at] = list(_joined(events(answer, body)))
        return iter(self._written[at])


def dialect_of(received: Received) -> ModuleType:
    """The dialect that a request is in."""
    return anthropic_dialect if "anthropic-version" in received.headers else openai_dialect


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "Overloaded"


def _joined(stream: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    pieces, size, tokens = list[bytes](), 0, 0
    for event, count in stream:
        pieces.append(event)
        size += len(event)
        tokens += count
        if size >= _WRITE:
            yield _http_chunk(b"".join(pieces)), tokens
            pieces, size, tokens = [], 0, 0
    if pieces:
        yield _http_chunk(b"".join(pieces)), tokens


def _http_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


class _Connection(asyncio.Protocol):
    """One client's connection: requests one after the other."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._buffer = bytearray()
        self._received: Received | None = None
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._upstream.connections += 1
        self._number = self._upstream.connections
        self._upstream._open.add(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, mark, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if not mark or self._task is not None:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self._buffer = bytearray(rest[length:])
        method, path, _ = first.split(" ")
        try:
            body = msgspec.json.decode(rest[:length]) if length else None
        except msgspec.MsgspecError:
            body = None
        self._received = Received(method, path, headers, body, time.monotonic(), self._number)
        self._upstream.requests.append(self._received)
        self._upstream.tell("began", self._received)
        self._task = asyncio.get_running_loop().create_task(self._answer(self._received))
        self._task.add_done_callback(self._answered)

    def eof_received(self) -> None:
        self._hung_up()

    def connection_lost(self, exc: Exception | None) -> None:
        self._hung_up()
        self._upstream._open.discard(self)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def abort(self) -> None:
        """Hang up at once."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def _hung_up(self) -> None:
        received = self._received
        if received is not None and received.ended_at is None and received.closed_at is None:
            received.closed_at = time.monotonic()
            received.over.set()
            self._upstream.tell("closed", received)
        if self._task is not None:
            self._task.cancel()

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and task.exception() is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "the handler of an Upstream failed", "exception": task.exception()}
            )
            self._transport.abort()
        elif self._buffer:
            self.data_received(b"")

    async def _answer(self, received: Received) -> None:
        refused = self._upstream.refusal(received)
        if refused is not None:
            self._json(received, *refused)
        elif received.path.endswith("/models"):
            listed = [{"id": name, "object": "model", "owned_by": "upstream"} for name in self._upstream.models]
            self._json(received, 200, self._upstream.listing or {"object": "list", "data": listed})
        else:
            answer = self._upstream.answer(received)
            await asyncio.sleep(answer.first_delay)
            if answer.never:
                await asyncio.Event().wait()
            if answer.status != 200:
                error = answer.error or dialect_of(received).error_body(_phrase(answer.status))
                self._json(received, answer.status, error, answer.headers)
            elif received.body.get("stream"):
                await self._stream(received, answer)
            else:
                self._json(received, 200, dialect_of(received).completion(answer, received.body))
        received.ended_at = received.ended_at or time.monotonic()
        received.over.set()
        self._upstream.tell("ended", received)

    async def _stream(self, received: Received, answer: Answer) -> None:
        head = "".join([f"{name}: {value}\r\n" for name, value in answer.headers.items()])
        self._transport.write(
            f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n{head}\r\n".encode()
        )
        for chunk, tokens in self._upstream.written(answer, received):
            if tokens and answer.delay:
                await asyncio.sleep(answer.delay)
            if not self._writable.is_set():
                await self._writable.wait()
            self._transport.write(chunk)
            received.sent += tokens
            received.writes.append((time.monotonic(), tokens))
        received.ended_at = time.monotonic()
        if answer.cut:
            self._transport.close()
        else:
            self._transport.write(b"0\r\n\r\n")

    def _json(self, received: Received, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        data = msgspec.json.encode(body)
        fields = {"content-type": "application/json", "content-length": len(data), **(headers or {})}
        head = "".join([f"{name}: {value}\r\n" for name, value in fields.items()])
        received.status = status
        received.ended_at = time.monotonic()
        self._transport.write(f"HTTP/1.1 {status} {_phrase(status)}\r\n{head}\r\n".encode() + data)


def by_model_name() -> Callable[[Received], Answer]:
    """A handler that does what the model's name says: `any?tokens=1000&delay=0.01&first_delay=1`."""
    made: dict[str, Answer] = {}

    def answer(received: Received) -> Answer:
        name = received.body["model"]
        if name not in made:
            settings = {key: float(value) for key, value in parse_qsl(name.partition("?")[2])}
            words = ("The", " quick", " brown", " fox", " jumps", " over", " the", " lazy", " dog", ".")
            count = int(settings.pop("tokens", 200))
            made[name] = Answer(tokens=[words[at % 10] for at in range(count)], **settings)  # type: ignore[arg-type]
        return made[name]

    return answer


def _print(what: str, received: Received) -> None:
    line = {
        "what": what,
        "path": received.path,
        "connection": received.connection,
        "sent": received.sent,
        "at": time.monotonic(),
    }
    print(msgspec.json.encode(line).decode(), flush=True)


async def _main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", action="store_true")
    given = parser.parse_args()
    async with Upstream(by_model_name(), port=given.port, log=_print if given.log else None) as upstream:
        print(upstream.url, flush=True)
        await upstream.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
