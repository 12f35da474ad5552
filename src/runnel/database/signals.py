"""A signal: that something changed, for any number of waiting tasks of one event loop, or for whoever listens."""

import asyncio
from collections.abc import Callable

__all__ = ["Signal"]


class Signal:
    """Counts changes. Take `version`, look, then wait for a later version: no change falls in between."""

    __slots__ = ("__weakref__", "_listeners", "_waiting", "version")

    def __init__(self) -> None:
        self.version = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._listeners: dict[Callable[[], None], None] = {}

    def fire(self) -> None:
        """Something changed: wake all who wait, call all who listen. Only from the loop's thread."""
        self.version += 1
        for changed in tuple(self._listeners):
            changed()
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    def listen(self, changed: Callable[[], None]) -> None:
        """Have `changed` called each time the signal fires. It must neither wait nor raise."""
        self._listeners[changed] = None

    def unlisten(self, changed: Callable[[], None]) -> None:
        """Undo `listen`."""
        self._listeners.pop(changed, None)

    async def after(self, version: int) -> None:
        """Return once the signal has fired after `version` was taken."""
        while self.version == version:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            finally:
                if not future.done() or future.cancelled():
                    self._forget(future)

    def _forget(self, future: asyncio.Future[None]) -> None:
        if future in self._waiting:
            self._waiting.remove(future)
