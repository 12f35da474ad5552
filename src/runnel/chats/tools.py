"""Which tools an answer may call: those that another process can import, and those that the program gave."""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence

from ..database.signals import Signal
from ..errors import ToolMissing
from ..tools import Tool, Toolbox, ToolLike, as_tool, collect, resolve

__all__ = ["GivenTools"]


class GivenTools:
    """Resolves a chat's tools: objects given to this process, and references that can be imported."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], Tool | Toolbox] = {}
        self._signal = Signal()

    def give(self, chat: str, tools: Iterable[ToolLike]) -> tuple[str, ...]:
        """Take the tools of a chat; returns what is stored of them. Raises ToolInvalid, ToolUnknown."""
        found = [as_tool(one) for one in tools]
        for one in found:
            self._given[chat, one.reference] = one
        self._signal.fire()
        return tuple([one.reference for one in found])

    def get(self, references: Iterable[str], chat: str) -> list[Tool | Toolbox]:
        """What the references stand for. Raises ToolMissing for an object that is not there, ToolUnknown for a name
        nobody has."""
        return [self._given.get((chat, reference)) or resolve(reference) for reference in references]

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
