"""Requests to a server: JSON there and back, problem documents as the errors that they were made of.

A server that restarts is waited for. A request is sent again only where doing it twice is doing it once, or where the
first one cannot have been heard; a stream goes on after what came.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any, NoReturn, TypeVar

import httpx2
import msgspec

from ..errors import Closed, RunnelError, ServerUnreachable
from ..vocabulary.failures import rebuild
from .tracing import caller_trace

__all__ = ["Connection"]

T = TypeVar("T")

# Seconds to connect in, and of silence after which a request, or a stream (whose heartbeats come each 15), is given up.
_CONNECT = 10.0
_SILENCE = 60.0
_FIRST_WAIT = 0.05
_LONGEST_WAIT = 2.0
# What stands before a server that is away, or the server when it is ending, says.
_AWAY = frozenset({502, 503, 504})
_UNHEARD = (httpx2.ConnectError, httpx2.ConnectTimeout)
_PROBLEM = b'{"type":"error"'


class _Problem(msgspec.Struct):
    """As much of a problem document as makes an error again."""

    detail: str
    code: str
    details: dict[str, Any] = {}

    @property
    def error(self) -> RunnelError:
        return rebuild(self.code, self.detail, self.details)


class _ProblemLine(msgspec.Struct):
    problem: _Problem


class _Away(Exception):
    """The server is not there for now. `heard` is whether it may have done what it was asked."""

    def __init__(self, reason: object, heard: bool) -> None:
        super().__init__(str(reason))
        self.heard = heard


class Connection:
    """A server at a URL, which may have a path: one behind a proxy. A server that is away is waited for as many seconds
    as there is `patience`."""

    def __init__(self, url: str, token: str | None, patience: float) -> None:
        self.url = url.rstrip("/")
        self.patience = patience
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._client: httpx2.AsyncClient | None = None

    @property
    def is_open(self) -> bool:
        """Whether requests can be sent."""
        return self._client is not None

    def open(self) -> None:
        """Be ready for requests."""
        timeout = httpx2.Timeout(_SILENCE, connect=_CONNECT, pool=None)
        limits = httpx2.Limits(max_connections=None)
        self._client = httpx2.AsyncClient(base_url=self.url, headers=self._headers, timeout=timeout, limits=limits)

    async def close(self) -> None:
        """Leave whatever is followed. Idempotent."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def ask(
        self,
        kind: type[T],
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        once: bool = False,
        patient: bool = True,
        **rest: Any,
    ) -> T:
        """The answer to a request, as a value of `kind`. `once`: doing it twice is not doing it once, so it is not sent
        again where it may have been heard. Without `patient`, a server that is away is not waited for. Raises what the
        server says is wrong, as the error that it was there, and ServerUnreachable."""
        content = None if body is None else msgspec.json.encode(body)
        sent = {**caller_trace(), **(headers or {}), **({} if body is None else {"Content-Type": "application/json"})}
        params = {name: value for name, value in (query or {}).items() if value is not None}
        request = {"content": content, "headers": sent, "params": params, **rest}
        return self._decoded(kind, await self._patiently(method, path, once, self._patience(patient), request))

    async def content(self, path: str) -> bytes:
        """The bytes at a path. Raises as `ask`."""
        return await self._patiently("GET", path, False, self._patience(), {})

    async def follow(self, path: str, after: Callable[[], int]) -> AsyncGenerator[list[bytes], None]:
        """The lines of a stream that begins after `after()`, as they come, many at a time. Where it breaks off it is
        asked for again; it ends where the server says that nothing more comes, or its reader leaves. Raises as
        `ask`."""
        patience = self._patience()
        while True:
            reason: object = "the stream ended"
            try:
                async with self._stream(path, after()) as answer:
                    if answer.status_code == 204:
                        return
                    async with aclosing(_lines(answer)) as found:
                        async for lines in found:
                            patience.renew()
                            if lines:
                                yield lines
            except _Away as away:
                reason = away
            await patience.wait(reason)

    @asynccontextmanager
    async def _stream(self, path: str, after: int) -> AsyncIterator[httpx2.Response]:
        headers = {"Accept": "application/x-ndjson"}
        try:
            async with self._open.stream("GET", path, params={"after": after}, headers=headers) as answer:
                if answer.is_error:
                    _refuse(answer.status_code, await answer.aread())
                yield answer
        except httpx2.TransportError as error:
            raise _Away(str(error) or type(error).__name__, heard=True) from error

    @property
    def _open(self) -> httpx2.AsyncClient:
        if self._client is None:
            raise Closed("this Runnel is not open: use it as `async with Runnel(…) as app`")
        return self._client

    async def _patiently(
        self, method: str, path: str, once: bool, patience: "_Patience", request: Mapping[str, Any]
    ) -> bytes:
        while True:
            try:
                return await self._send(method, path, request)
            except _Away as away:
                if once and away.heard:
                    raise ServerUnreachable(
                        f"the connection to {self.url} broke before it answered ({away}): what was asked may have been"
                        " done. Look before you ask again; what runs there goes on",
                        url=self.url,
                    ) from away
                await patience.wait(away)

    async def _send(self, method: str, path: str, request: Mapping[str, Any]) -> bytes:
        try:
            answer = await self._open.request(method, path, **request)
        except httpx2.TransportError as error:
            raise _Away(str(error) or type(error).__name__, heard=not isinstance(error, _UNHEARD)) from error
        if answer.is_error:
            _refuse(answer.status_code, answer.content)
        return answer.content

    def _decoded(self, kind: type[T], content: bytes) -> T:
        try:
            return msgspec.json.decode(content or b"null", type=kind)
        except msgspec.MsgspecError as error:
            raise ServerUnreachable(
                f"what answers at {self.url} is no Runnel, or one of another version: {error}", url=self.url
            ) from error

    def _patience(self, patient: bool = True) -> "_Patience":
        return _Patience(self.url, self.patience if patient else 0.0)


class _Patience:
    """Waits a little longer each time, until it has waited `seconds` in a row."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url = url
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """The server is there."""
        self._next = _FIRST_WAIT
        self._until: float | None = None

    async def wait(self, reason: object) -> None:
        """Wait, before the next attempt. Raises ServerUnreachable where it was long enough."""
        now = asyncio.get_running_loop().time()
        if self._until is None:
            self._until = now + self._seconds
        if now >= self._until:
            waited = f" for {self._seconds:g} seconds" if self._seconds else ""
            raise ServerUnreachable(
                f"no server answers at {self._url}{waited} ({reason}); what runs there goes on", url=self._url
            )
        await asyncio.sleep(min(self._next, self._until - now))
        self._next = min(2 * self._next, _LONGEST_WAIT)


async def _lines(answer: httpx2.Response) -> AsyncGenerator[list[bytes], None]:
    """The whole lines of what comes, as they come; none where it only says that the server is there. Raises the error
    that the last one may be."""
    begun: list[bytes] = []  # of a line that has not come whole: joined once, however long it is
    async for data in answer.aiter_raw():
        whole, newline, rest = data.rpartition(b"\n")
        if newline:
            begun.append(whole)
            lines = [line for line in b"".join(begun).split(b"\n") if line]
            begun.clear()
            problem = lines.pop() if lines and lines[-1].startswith(_PROBLEM) else None
            yield lines
            if problem is not None:
                error = msgspec.json.decode(problem, type=_ProblemLine).problem.error
                raise _Away(error, heard=True) if isinstance(error, Closed) else error
        begun.append(rest)


def _refuse(status: int, content: bytes) -> NoReturn:
    """Raise the error that an answer is, and _Away where it is not the server's, or the server is ending."""
    try:
        error = msgspec.json.decode(content, type=_Problem).error
    except msgspec.MsgspecError:
        said = f"the answer was {status}, and no problem document: is it a Runnel's?"
        raise (_Away(said, heard=status != 503) if status in _AWAY else rebuild("failure", said)) from None
    raise _Away(error, heard=False) if isinstance(error, Closed) else error
