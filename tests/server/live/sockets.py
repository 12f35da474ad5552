"""A client of `/api/live`, over a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.apps import LONG

__all__ = ["Live", "live_at"]


class Live:
    """Says and hears JSON."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.kept: list[dict[str, Any]] = []

    async def say(self, **ask: Any) -> None:
        await self.socket.send(json.dumps(ask))

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(LONG):
            heard: dict[str, Any] = json.loads(await self.socket.recv())
            return heard

    async def ask(self, **ask: Any) -> dict[str, Any]:
        """The answer; what else comes meanwhile is kept for `until`."""
        await self.say(id="ask", **ask)
        while True:
            heard = await self.hear()
            if heard.get("id") == "ask":
                return heard
            self.kept.append(heard)

    async def until(self, type: str, **about: Any) -> list[dict[str, Any]]:
        """The messages about something, to the first of a type."""
        found = []
        while True:
            heard = self.kept.pop(0) if self.kept else await self.hear()
            if about.items() <= heard.items():
                found.append(heard)
                if heard.get("type") == type:
                    return found


@asynccontextmanager
async def live_at(url: str, token: str | None = None) -> AsyncIterator[Live]:
    """A socket at the server of `url`, of the user whose token it is."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with connect(f"{url.replace('http', 'ws', 1)}/api/live", additional_headers=headers) as socket:
        yield Live(socket)
