"""Deleting chats: gone at once for whoever looks, and then swept, also where the process that began it has died."""

import asyncio
import contextlib
import logging

from ..database import Database
from ..errors import RunnelError, UnknownRun
from ..runs.runner import Runner
from ..store import Deletions, now_ms

__all__ = ["Deleting"]

logger = logging.getLogger("runnel")


class Deleting:
    """Deletes chats, with what belongs to no other."""

    def __init__(self, database: Database, runner: Runner) -> None:
        self._deletions = Deletions(database)
        self._runner = runner
        self._sweeping: set[asyncio.Task[None]] = set()

    async def delete(self, chat: str) -> None:
        """Delete a chat. It is gone, durably, before its runs are ended; once this returns nothing is left of it.
        Raises UnknownChat."""
        await self._deletions.mark(chat, now_ms())
        await asyncio.shield(self._begin(chat))  # a caller who leaves meanwhile leaves nothing half done

    async def finish(self) -> None:
        """Go on with what processes that died have begun, beside what is asked here."""
        for chat in await self._deletions.marked():
            self._begin(chat).add_done_callback(_told)

    def _begin(self, chat: str) -> "asyncio.Task[None]":
        task = asyncio.ensure_future(self._sweep(chat))
        self._sweeping.add(task)
        task.add_done_callback(self._swept)
        return task

    def _swept(self, task: "asyncio.Task[None]") -> None:
        self._sweeping.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may have left

    async def _sweep(self, chat: str) -> None:
        # The queued ones first, so that none of them takes its turn meanwhile.
        for row in reversed(await self._runner.runs.going(chat)):
            with contextlib.suppress(UnknownRun):  # another process sweeps too
                await self._runner.cancel(row.id)
        await self._deletions.hand_on(chat)
        while runs := await self._deletions.runs(chat):
            await asyncio.gather(*[self._runner.log.forget(run) for run in runs])
            await self._deletions.drop_runs(runs)
        await self._deletions.drop(chat)

    async def close(self) -> None:
        """Leave the rest to others, or to the next that opens the database."""
        for task in self._sweeping:
            task.cancel()
        if self._sweeping:
            await asyncio.wait(self._sweeping)


def _told(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and isinstance(error := task.exception(), RunnelError):
        logger.warning("a chat that was deleted cannot be swept now: %s", error)
