"""Other processes on the same database may die at any time: those that live look, whether or not anybody follows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ..database import Owner
from ..errors import RunnelError
from ..store import Runs

__all__ = ["Deaths"]

logger = logging.getLogger("runnel")

# How often to look, in seconds.
_LOOK = 1.0


class Deaths:
    """Has `recover` called when an owner of runs that have not ended is dead. This one is, too, once its loop has ended
    and nobody closed it: then its lock is let go, though the process lives on."""

    def __init__(self, owner: Owner, runs: Runs, recover: Callable[[], Awaitable[None]]) -> None:
        self._owner = owner
        self._runs = runs
        self._recover = recover
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._trouble = ""

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.ensure_future(self._work())

    async def close(self) -> None:
        """Look no more. Idempotent."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        try:
            while True:
                await asyncio.sleep(_LOOK)
                await self._look()
        finally:
            if not self._closing:
                self._owner.release()

    async def _look(self) -> None:
        try:
            if not all(self._owner.alive(owner) for owner in await self._runs.owners()):
                await self._recover()
            self._trouble = ""
        except RunnelError as error:
            if self._trouble != str(error):  # told once, not at each look
                self._trouble = str(error)
                logger.exception("cannot look for runs whose owner is dead")
