"""Which tools an answer may call: those that another process can import, those that the program gave, and servers of
tools that the settings name."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from ..database.signals import Signal
from ..errors import ToolMissing
from ..tools import Tool, Toolbox, ToolLike, as_tool, collect, resolve
from ..tools.offers import Offers

if TYPE_CHECKING:  # which few have
    from ..tools.mcp import MCPServer

__all__ = ["GivenTools"]


class GivenTools:
    """Resolves a chat's tools: objects given to this process, references that can be imported, and the `servers` that
    the settings name, by their references. `offered` are the references that may be given by who can name no code."""

    def __init__(self, servers: "Mapping[str, MCPServer]", offered: Sequence[str]) -> None:
        self.offers = Offers(offered, self._find)
        self._servers = servers
        self._given: dict[tuple[str, str], Tool | Toolbox] = {}
        self._signal = Signal()

    def give(self, chat: str, tools: Iterable[ToolLike]) -> tuple[str, ...]:
        """Take the tools of a chat; returns what is stored of them. Raises ToolInvalid, ToolUnknown."""
        found = [self._find(one) if isinstance(one, str) else as_tool(one) for one in tools]
        for one in found:
            self._given[chat, one.reference] = one
        self._signal.fire()
        return tuple([one.reference for one in found])

    def get(self, references: Iterable[str], chat: str) -> list[Tool | Toolbox]:
        """What the references stand for. Raises ToolMissing for an object that is not there, ToolUnknown for a name
        nobody has."""
        return [self._given.get((chat, reference)) or self._find(reference) for reference in references]

    async def wait(self, references: Sequence[str], chat: str, seconds: float) -> dict[str, Tool]:
        """The tools by name, those of servers among them; waits for objects to be given for so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    version = self._signal.version
                    try:
                        return await collect(self.get(references, chat))
                    except ToolMissing:
                        await self._signal.after(version)
        return await collect(self.get(references, chat))

    async def close(self) -> None:
        """End the connections to servers."""
        async with AsyncExitStack() as stack:
            for server in self._servers.values():
                stack.push_async_callback(server.aclose)

    def _find(self, reference: str) -> Tool | Toolbox:
        return self._servers.get(reference) or resolve(reference)
