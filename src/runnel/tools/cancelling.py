"""How a tool learns that it is to stop, in whatever thread it runs."""

import asyncio
import contextlib
import threading
from collections.abc import Callable

from ..errors import ToolCancelled

__all__ = ["CancelToken"]


class CancelToken:
    """Whether something is to stop. Once requested, it stays so. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._requested = threading.Event()
        self._lock = threading.Lock()
        self._told: dict[object, Callable[[], object]] = {}

    @property
    def requested(self) -> bool:
        """Whether to stop."""
        return self._requested.is_set()

    def request(self) -> None:
        """Ask to stop. Again, it does nothing."""
        with self._lock:
            if self._requested.is_set():
                return
            self._requested.set()
            told = list(self._told.values())
            self._told.clear()
        for tell in told:
            tell()

    def raise_if_requested(self) -> None:
        """Raise ToolCancelled where it is to stop: for the loops of tools in threads."""
        if self.requested:
            raise ToolCancelled("the call was cancelled")

    async def wait(self) -> None:
        """Wait until it is to stop."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(_set, waiter)

        forget = self.on_request(tell)
        try:
            await waiter
        finally:
            forget()

    def wait_in_thread(self, seconds: float | None = None) -> bool:
        """Wait until it is to stop, at most so long; returns whether it is. A `time.sleep` that can be cut short."""
        return self._requested.wait(seconds)

    def on_request(self, tell: Callable[[], object]) -> Callable[[], None]:
        """Have `tell` called when it is to stop (at once where it is already), in the thread that requests it. Returns
        what forgets it again."""
        key = object()
        with self._lock:
            if not self._requested.is_set():
                self._told[key] = tell
                return lambda: self._forget(key)
        tell()
        return lambda: None

    def _forget(self, key: object) -> None:
        with self._lock:
            self._told.pop(key, None)


def _set(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
