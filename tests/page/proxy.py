"""A reverse proxy as people put before servers: it serves one below a path of its own, and strips that path."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

__all__ = ["below"]


@asynccontextmanager
async def below(path: str, server: str) -> AsyncIterator[str]:
    """The URL at which the server at the URL `server` is, below `path`; all else there is somebody else's."""
    there = urlsplit(server)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, rest = head.split(b" ", 2)
            if not target.startswith(path.encode() + b"/"):
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            else:
                target = target.removeprefix(path.encode())
                if b"\r\nupgrade: websocket" not in rest.lower():  # one request a connection, so one head to rewrite
                    rest = rest.replace(b"\r\nConnection: keep-alive", b"\r\nConnection: close")
                up_reader, up_writer = await asyncio.open_connection(there.hostname, there.port)
                up_writer.write(b" ".join([method, target, rest]))
                both = asyncio.gather(_pipe(reader, up_writer), _pipe(up_reader, writer))
                await asyncio.wait_for(both, None)
        writer.close()

    tasks: set[asyncio.Task[None]] = set()

    def began(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(connected(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    proxy = await asyncio.start_server(began, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}{path}"
    finally:
        proxy.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
