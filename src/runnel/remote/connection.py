"""Requests to a server: JSON there and back, problem documents as the errors that they were made of."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx2
import msgspec

from ..errors import Closed, RunnelError, ServerUnreachable
from ..vocabulary.failures import rebuild

__all__ = ["Connection", "Problem"]

T = TypeVar("T")

# Seconds to connect in, and of silence after which a request, or a stream (whose heartbeats come each 15), is given up.
_CONNECT = 10.0
_SILENCE = 60.0
# What may be tried again is, for so many seconds: a server that restarts is back by then.
_PATIENCE = 30.0
_FIRST_WAIT = 0.05
_LONGEST_WAIT = 2.0
# The server is there, or will be, and has not done it.
_AGAIN = frozenset({502, 503, 504})


class Problem(msgspec.Struct):
    """As much of a problem document as makes an error again."""

    detail: str = ""
    code: str = "failure"
    details: dict[str, Any] = {}


class Connection:
    """A server at a URL, which may have a path: one behind a proxy."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url.rstrip("/")
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
        **rest: Any,
    ) -> T:
        """The answer to a request, as a value of `kind`. Asked again for a while where the server is away, so it must
        be one that may be. Raises what the server says is wrong, as the error that it was there, and
        ServerUnreachable."""
        content = None if body is None else msgspec.json.encode(body)
        sent = {**(headers or {}), **({} if body is None else {"Content-Type": "application/json"})}
        params = {name: value for name, value in (query or {}).items() if value is not None}
        answer = await self._patiently(method, path, content=content, headers=sent, params=params, **rest)
        if answer.is_error:
            raise _error(answer.status_code, answer.content)
        return msgspec.json.decode(answer.content or b"null", type=kind)

    async def bytes(self, path: str) -> bytes:
        """The bytes at a path. Raises as `ask`."""
        answer = await self._patiently("GET", path)
        if answer.is_error:
            raise _error(answer.status_code, answer.content)
        return answer.content

    @asynccontextmanager
    async def stream(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[httpx2.Response]:
        """An answer that is read as it comes; 204 where there is nothing more. Raises as `ask`, once."""
        headers = {"Accept": "application/x-ndjson"}
        async with self._open.stream("GET", path, params=dict(query), headers=headers) as answer:
            if answer.is_error:
                raise _error(answer.status_code, await answer.aread())
            yield answer

    @property
    def _open(self) -> httpx2.AsyncClient:
        if self._client is None:
            raise Closed("this Runnel is not open: use it as `async with Runnel(…) as app`")
        return self._client

    async def _patiently(self, method: str, path: str, **request: Any) -> httpx2.Response:
        patience = self.patience()
        while True:
            try:
                answer = await self._open.request(method, path, **request)
            except httpx2.TransportError as error:
                await patience.wait(error)
            else:
                if answer.status_code not in _AGAIN or patience.over:
                    return answer
                await patience.wait(None)

    def patience(self) -> "Patience":
        """How long a server that is away is waited for."""
        return Patience(self.url)


class Patience:
    """Waits a little longer each time, until it is over."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._wait = _FIRST_WAIT
        self._until = asyncio.get_running_loop().time() + _PATIENCE

    @property
    def over(self) -> bool:
        """Whether it was long enough."""
        return asyncio.get_running_loop().time() >= self._until

    async def wait(self, error: Exception | None) -> None:
        """Wait, before the next attempt. Raises ServerUnreachable where it was long enough."""
        if self.over:
            raise ServerUnreachable(f"no server answers at {self._url}: {error}", url=self._url) from error
        await asyncio.sleep(self._wait)
        self._wait = min(2 * self._wait, _LONGEST_WAIT)


def _error(status: int, content: bytes) -> RunnelError:
    try:
        problem = msgspec.json.decode(content, type=Problem)
    except msgspec.MsgspecError:
        return rebuild("failure", f"the server answered {status}, and no problem document: is it a Runnel's?")
    return rebuild(problem.code, problem.detail, problem.details)
