"""As much of Telegram's bot API as a bot needs, on this machine."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.apps import LONG


@dataclass
class Telegram:
    """`shown` are the texts of the bot's messages by their ids; `edits` counts what was done to each."""

    api: str = ""
    shown: dict[int, str] = field(default_factory=dict)
    edits: dict[int, int] = field(default_factory=dict)
    forgets: bool = False  # whether it delivers updates again, as if the offset had been lost
    _updates: list[dict[str, Any]] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def write(self, text: str, chat: int = 7) -> None:
        """A person writes to the bot."""
        async with self._changed:
            number = 100 + len(self._updates)
            self._updates.append({"update_id": number, "message": {"text": text, "chat": {"id": chat}}})
            self._changed.notify_all()

    async def until(self, condition: Callable[[list[str]], bool]) -> list[str]:
        """Wait until the bot's messages are so; returns them."""
        async with asyncio.timeout(LONG), self._changed:
            await self._changed.wait_for(lambda: condition(list(self.shown.values())))
        return list(self.shown.values())

    async def answer(self, method: str, given: dict[str, Any]) -> Any:
        """Carry out a call; a string is an error's description."""
        async with self._changed:
            if method == "getUpdates":
                first = 0 if self.forgets else given["offset"]
                self.forgets = False
                await self._changed.wait_for(lambda: any(one["update_id"] >= first for one in self._updates))
                return [one for one in self._updates if one["update_id"] >= first]
            id = given.get("message_id", len(self.shown) + 1)
            if method == "editMessageText" and self.shown[id] == given["text"]:
                return "Bad Request: message is not modified"
            self.shown[id] = given["text"]
            self.edits[id] = self.edits.get(id, 0) + 1
            self._changed.notify_all()
            return {"message_id": id}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while line := (await reader.readline()).decode():
                length = 0
                while (header := (await reader.readline()).decode().strip().lower()) != "":
                    if header.startswith("content-length:"):
                        length = int(header.partition(":")[2])
                given = json.loads(await reader.readexactly(length))
                result = await self.answer(line.split()[1].rpartition("/")[2], given)
                failed = isinstance(result, str)
                reply = {"ok": False, "description": result} if failed else {"ok": True, "result": result}
                body = json.dumps(reply).encode()
                writer.write(
                    f"HTTP/1.1 {400 if failed else 200} X\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
                )
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def telegram() -> AsyncIterator[Telegram]:
    """Telegram, while the context is held."""
    one = Telegram()
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(one.serve(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    one.api = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield one
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
