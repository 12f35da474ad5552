"""Calls that go on for long: one whose caller is no longer known (a token was revoked, a user removed, a session is
over) is ended, within a second or so. What it followed goes on."""

import asyncio
from collections.abc import Awaitable, Callable

from ...errors import RunnelError

__all__ = ["Standing"]

_LOOK_SECONDS = 1.0


class Standing:
    """The calls that are open, each with what says whether its caller still is known."""

    def __init__(self) -> None:
        self._open: dict[asyncio.Task[object], Callable[[], Awaitable[bool]]] = {}
        self._ended: set[asyncio.Task[object]] = set()
        self._looking: asyncio.Task[None] | None = None

    async def hold(self, call: Awaitable[None], known: Callable[[], Awaitable[bool]]) -> bool:
        """Await a call; returns whether its caller was known to its end, else it was cancelled."""
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = known
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._look())
        try:
            await call
        except asyncio.CancelledError:
            if task not in self._ended:
                raise
            task.uncancel()
            return False
        finally:
            del self._open[task]
            self._ended.discard(task)
            if not self._open and self._looking is not None:
                self._looking.cancel()
                self._looking = None
        return True

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            for task, known in tuple(self._open.items()):
                if task in self._open and task not in self._ended and not await _is_known(known):
                    self._ended.add(task)
                    task.cancel()


async def _is_known(known: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await known()
    except RunnelError:  # a database that cannot be asked now says nothing of anybody
        return True
