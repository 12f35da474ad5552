"""The app on a socket: uvicorn in this process, ended in an order that loses nothing.

When a signal asks it to end, it accepts nothing more; streams are told to come back, and end; runs are drained, then
interrupted with their partials kept; who waited for a whole answer gets it; and all of that within bounded time. A
second signal ends the process at once: what was seen is durable anyhow.
"""

import asyncio
import contextlib
import errno
import gc
import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from ...errors import ConfigError
from ..calls import Server

__all__ = ["bind", "is_loopback", "loop_factory", "serve", "url_of"]

# How long streams and answers have to end once there is nothing more to wait for, before they are cut.
_LAST_WORDS = 2.0
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]

# Containers made since the last look, and how often it looks at those that lived through one, or two.
_COLLECT = (20_000, 50, 100)

_WHY = {
    errno.EADDRINUSE: "another program listens there. Choose another port with --port, or end that program",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EACCES: "this user may not take that port. Choose one from 1024 on with --port",
}


def bind(host: str, port: int) -> socket.socket:
    """A socket at this address, which does not listen yet; port 0 is any that is free. Raises ConfigError where `host`
    names no address of this machine, or the port is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ConfigError(f"cannot serve at {host}: {error.strerror}") from None
    # The protocol too: without it asyncio takes the connections for something else than TCP, and a token would wait for
    # the reader's machine to acknowledge the one before.
    bound = socket.socket(family, kind, protocol)
    if os.name == "posix":  # elsewhere it would take the port from another program
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise ConfigError(f"cannot serve at {host}:{port}: {_WHY.get(error.errno or 0, error.strerror)}") from None
    return bound


def is_loopback(bound: socket.socket) -> bool:
    """Whether nobody but this machine can reach it."""
    return ipaddress.ip_address(bound.getsockname()[0].partition("%")[0]).is_loopback


def url_of(bound: socket.socket) -> str:
    """Where to find it with a browser."""
    host, port = bound.getsockname()[:2]
    if ipaddress.ip_address(host.partition("%")[0]).is_unspecified:
        host = "127.0.0.1" if bound.family == socket.AF_INET else "::1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the event loop: uvloop's where it is installed, else asyncio's."""
    return uvicorn.Config(lambda: None, log_config=None).get_loop_factory()


async def serve(app: Starlette, bound: socket.socket, started: Callable[[], None]) -> None:
    """Serve `app`, whose `Runnel` is open, until a signal asks to end. `started` is called once it listens."""
    server: Server = app.state.server
    settings = server.runnel.config.server
    config = uvicorn.Config(
        app,
        root_path=settings.root_path,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        lifespan="off",  # the caller has opened what the app stands on
        http="httptools",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    await _Uvicorn(config, server, started).serve([bound])


def _leave_to_the_collector_what_comes() -> None:
    """What is there when a server starts is there until it ends, and what a stream makes is no cycle: a collector that
    looks as often as Python lets it costs a tenth of a busy server's time, and finds nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT)


class _Uvicorn(uvicorn.Server):
    """uvicorn, with an end of our own."""

    def __init__(self, config: uvicorn.Config, server: Server, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._server = server
        self._on_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        _leave_to_the_collector_what_comes()
        self._on_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Without uvicorn's repeating of the signal afterwards: a server that was asked to end has done so."""
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in self.servers:
            listener.close()
        self._server.draining.set()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._server.end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await self._until_all_have_left()
        for task in list(self.server_state.tasks):
            task.cancel()

    async def _until_all_have_left(self) -> None:
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
