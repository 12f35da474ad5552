"""One connection to a server, from its beginning to its end.

It lives in a task of its own: the library's task groups must be left by the task that entered them, and callers come
and go, are cancelled and run out of time.
"""

import asyncio
import collections
import contextlib
import logging
import os
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from ...errors import ConfigError, ToolUnreachable

if TYPE_CHECKING:
    import mcp

__all__ = ["Address", "Connection"]

_log = logging.getLogger("runnel.tools.mcp")
_LINES = 20


class Address(msgspec.Struct, frozen=True):
    """Where a server is: a `command` to start it, or a `url`."""

    name: str
    command: Sequence[str] = ()
    env: Mapping[str, str] = {}
    cwd: str | None = None
    url: str | None = None
    headers: Mapping[str, str] = {}


class Connection:
    """Connects at once. `ready` gives the client, or raises ToolUnreachable; `lost` once it is of no more use."""

    def __init__(self, address: Address, callbacks: Mapping[str, Any], timeout: float | None) -> None:
        self.loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[mcp.Client] = self.loop.create_future()
        self.ready.add_done_callback(lambda ready: ready.cancelled() or ready.exception())
        self.lost = False
        self._address = address
        self._callbacks = callbacks
        self._timeout = timeout
        self._stop = asyncio.Event()
        self._said = _Said(address.name)
        self._task = asyncio.create_task(self._live(), name=f"mcp {address.name}")

    def lose(self) -> None:
        """It is of no more use: whoever comes next makes a new one."""
        self.lost = True
        self._stop.set()

    async def aclose(self) -> None:
        """End it; a program that was started for it has ended when this returns."""
        self.lose()
        await asyncio.wait({self._task})

    def last_words(self) -> str:
        """What the program wrote to its standard error last, as an ending for a sentence."""
        lines = self._said.lines()
        return f"; it said: {' / '.join(lines)[-500:]}" if lines else ""

    async def _live(self) -> None:
        try:
            await asyncio.to_thread(_import_library)
            async with contextlib.AsyncExitStack() as stack:
                async with asyncio.timeout(self._timeout):
                    client = await stack.enter_async_context(self._client())
                if not self.ready.done():
                    self.ready.set_result(client)
                await self._stop.wait()
        except (Exception, BaseExceptionGroup) as error:
            if self.ready.done():
                _log.debug("the connection to %s ended badly", self._address.name, exc_info=error)
            else:
                self.ready.set_exception(self._unreachable(error))
        finally:
            self.lost = True
            self.ready.cancel()
            self._said.close()

    def _client(self) -> "mcp.Client":
        from mcp import Client

        return Client(_Transport(self), **self._callbacks)

    def _unreachable(self, error: BaseException) -> Exception:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, ConfigError):
            return error
        name = self._address.name
        if isinstance(error, TimeoutError):
            why = f"it did not answer within {self._timeout:g} seconds"
        else:
            why = f"{type(error).__name__}: {error}"
        return ToolUnreachable(f"the server {name} could not be reached: {why}{self.last_words()}", server=name)

    @contextlib.asynccontextmanager
    async def streams(self) -> AsyncIterator[tuple[Any, Any]]:
        """What the library reads from and writes to."""
        async with contextlib.AsyncExitStack() as stack:
            if self._address.url is not None:
                import httpx2
                from mcp.client.streamable_http import streamable_http_client

                # No limit between two bytes: a call may take as long as its tool's timeout lets it.
                timeout = httpx2.Timeout(30.0, read=None)
                client = httpx2.AsyncClient(headers=dict(self._address.headers), timeout=timeout)
                http = await stack.enter_async_context(client)
                opened = streamable_http_client(self._address.url, http_client=http)
            else:
                from mcp.client.stdio import StdioServerParameters, stdio_client

                command, *arguments = self._address.command
                env = dict(self._address.env) or None
                parameters = StdioServerParameters(command=command, args=arguments, env=env, cwd=self._address.cwd)
                opened = stdio_client(parameters, errlog=self._said.open())
            read, write = await stack.enter_async_context(opened)
            yield _Watched(read, self.lose), write


def _import_library() -> None:
    try:
        import mcp  # noqa: F401 - takes 0.7 s, so not in the loop's thread
    except ImportError as error:
        raise ConfigError("servers that speak MCP need the extra: pip install 'runnel[mcp]'") from error


class _Transport:
    """The library wants its context manager to be an object."""

    def __init__(self, connection: Connection) -> None:
        self._streams = connection.streams()

    async def __aenter__(self) -> tuple[Any, Any]:
        return await self._streams.__aenter__()

    async def __aexit__(self, *error: Any) -> bool | None:
        return await self._streams.__aexit__(*error)


class _Watched:
    """A stream that is read from, with word given when it ends: a program that has ended is started again by the next
    call, and does not fail it first."""

    def __init__(self, stream: Any, ended: Any) -> None:
        self._stream = stream
        self._ended = ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def receive(self) -> Any:
        try:
            return await self._stream.receive()
        except Exception:
            self._ended()
            raise

    def __aiter__(self) -> "_Watched":
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._stream.__anext__()
        except StopAsyncIteration:
            self._ended()
            raise

    async def __aenter__(self) -> "_Watched":
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self._stream.__aexit__(*error)


class _Said:
    """What a program writes to its standard error: its last lines kept, all of it in the log at the level DEBUG."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: collections.deque[str] = collections.deque(maxlen=_LINES)
        self._file: TextIO | None = None

    def open(self) -> TextIO:
        """A file for the program to write to."""
        reading, writing = os.pipe()
        self._file = os.fdopen(writing, "w")
        threading.Thread(target=self._read, args=(reading,), name=f"mcp-stderr-{self._name}", daemon=True).start()
        return self._file

    def _read(self, descriptor: int) -> None:
        with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.strip():
                    self._lines.append(line.strip())
                    _log.debug("%s: %s", self._name, line.rstrip())

    def lines(self) -> list[str]:
        """The last lines."""
        return list(self._lines)

    def close(self) -> None:
        """Let go of our end; the thread ends once the program has let go of its own."""
        if self._file is not None:
            self._file.close()
