"""The access log: a line for each request once it is over, and what the server's log looks like.

No line holds a body, a query string, a header or a path as it was asked for: only the path's template, so that no key,
no prompt and no line break of a stranger can get into it.
"""

import logging
import time
import traceback
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .metrics import Metrics
from .notes import Note, note_of

__all__ = ["AccessLog", "configure", "record"]

logger = logging.getLogger("runnel.access")

# Asked for every few seconds, for as long as the server lives.
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_STREAMS = {b"text/event-stream": "sse", b"application/x-ndjson": "ndjson"}


class AccessLog:
    """ASGI middleware that counts requests and open streams, and logs each request when it is over."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(send, self._metrics)
        note = note_of(scope)
        try:
            await self._app(scope, receive, exchange.send)
        except Exception:
            exchange.status = 500  # the answer to it is made outside of here
            raise
        finally:
            self._over(scope, exchange, note)

    def _over(self, scope: Scope, exchange: "_Exchange", note: Note) -> None:
        if exchange.kind is not None:
            self._metrics.followers[exchange.kind] -= 1
        route = scope.get("route")
        name, path = getattr(route, "name", "none"), getattr(route, "path", "-")
        method = scope.get("method", "WS")
        self._metrics.requests[name, exchange.status] += 1
        if not (path in _PROBES and exchange.status < 500):
            fields = {
                "method": method,
                "path": path,
                "status": exchange.status,
                "ms": round((time.monotonic() - exchange.began) * 1000, 1),
                "bytes": exchange.bytes,
                "user": note.user,
                "run": note.run or scope.get("path_params", {}).get("run"),
                "stream": exchange.kind,
                "events": note.events,
                "ended": note.ended,
            }
            record(fields)


def record(fields: Mapping[str, Any]) -> None:
    """Log a line of these fields, those that are not None."""
    if logger.isEnabledFor(logging.INFO):
        given = {name: value for name, value in fields.items() if value is not None}
        logger.info(" ".join([_said(name, value) for name, value in given.items()]), extra={"fields": given})


class _Exchange:
    """One request as it is answered. `status` 0: it was over before an answer began, since the caller left."""

    __slots__ = ("_metrics", "_send", "began", "bytes", "kind", "status")

    def __init__(self, send: Send, metrics: Metrics) -> None:
        self._send = send
        self._metrics = metrics
        self.began = time.monotonic()
        self.status = 0
        self.bytes = 0
        self.kind: str | None = None

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.body":
            self.bytes += len(message.get("body", b""))
        elif kind == "websocket.send":
            self.bytes += len(message.get("bytes") or message.get("text") or "")
        elif kind in ("http.response.start", "websocket.http.response.start"):
            self.status = message["status"]
            self._opened(next((value for name, value in message["headers"] if name == b"content-type"), b""))
        elif kind == "websocket.accept":
            self.status = 101
            self._follows("websocket")
        elif kind == "websocket.close" and self.status == 0:
            self.status = 403
        await self._send(message)

    def _opened(self, media_type: bytes) -> None:
        stream = _STREAMS.get(media_type.partition(b";")[0])
        if stream is not None:
            self._follows(stream)

    def _follows(self, kind: str) -> None:
        self.kind = kind
        self._metrics.followers[kind] += 1


def _said(name: str, value: Any) -> str:
    match name:
        case "method" | "path" | "status":
            return str(value)
        case "ms":
            return f"{value} ms"
        case "bytes":
            return f"{value} B"
    text = str(value)
    return f"{name}={text if text.isprintable() else ascii(text)}"


def configure(style: Literal["text", "json"]) -> None:
    """Have the process log to standard error: requests, warnings and errors, as lines for people or as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if style == "json" else logging.Formatter("%(asctime)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logger.setLevel(logging.INFO)


class _Json(logging.Formatter):
    """A record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03}Z"
        line: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        fields = getattr(record, "fields", None)
        line |= {"message": record.getMessage()} if fields is None else fields
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = "".join(traceback.format_exception(record.exc_info[1]))
        return msgspec.json.encode(line).decode()
