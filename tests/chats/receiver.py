"""A receiver of webhooks on this machine: a real HTTP server, that answers as the test says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.apps import LONG


@dataclass
class Request:
    """What came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` are the statuses of the next answers, then 204; an event is waited for before it answers 204."""

    url: str = ""
    answers: list[int | asyncio.Event] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with asyncio.timeout(LONG):
            while len(self.requests) < count:
                self._came.clear()
                await self._came.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while line := await reader.readline():
                method, path, _ = line.decode().split()
                headers: dict[str, str] = {}
                while (one := (await reader.readline()).decode().strip()) != "":
                    name, _, value = one.partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.requests.append(Request(method, path, headers, body))
                self._came.set()
                answer = self.answers.pop(0) if self.answers else 204
                if isinstance(answer, asyncio.Event):
                    await answer.wait()
                    answer = 204
                location = "location: http://127.0.0.1:9/\r\n" if 300 <= answer < 400 else ""
                length = "" if answer == 204 else "content-length: 0\r\n"
                writer.write(f"HTTP/1.1 {answer} X\r\n{location}{length}\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiver(*answers: int | asyncio.Event) -> AsyncIterator[Receiver]:
    """A receiver that listens while the context is held."""
    one = Receiver(answers=list(answers))
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?token=hidden"
    try:
        yield one
    finally:
        server.close()
