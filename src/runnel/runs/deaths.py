"""Other processes on the same database may die at any time: those that live look, whether or not anybody follows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from ..database import Owner
from ..errors import Closed, RunnelError
from ..store import Runs

__all__ = ["Deaths"]

logger = logging.getLogger("runnel")

# How often to look, in seconds.
_LOOK = 1.0


class Deaths:
    """Has `recover` called when an owner of runs that have not ended is dead."""

    def __init__(self, owner: Owner, runs: Runs, recover: Callable[[], Awaitable[None]]) -> None:
        self._owner = owner
        self._runs = runs
        self._recover = recover
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.ensure_future(self._work())

    async def close(self) -> None:
        """Look no more. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            try:
                if not all(self._owner.alive(owner) for owner in await self._runs.owners()):
                    await self._recover()
            except Closed:
                return
            except RunnelError:
                logger.exception("cannot look for runs whose owner is dead")
