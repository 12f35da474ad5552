"""A plain generator as an asynchronous one: it runs in a thread of its own, and what it yields comes over in as many
pieces as have gathered, not one thread hop a token."""

import asyncio
import collections
import contextlib
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Generic, TypeVar

from ..errors import InternalError

__all__ = ["from_thread"]

T = TypeVar("T")
_MOST_WAITING = 1024


class _Bridge(Generic[T]):
    def __init__(self, items: Iterable[T]) -> None:
        self._items = items
        self._loop = asyncio.get_running_loop()
        self._waiting: collections.deque[T] = collections.deque()
        self._room = threading.Semaphore(_MOST_WAITING)
        self._news = asyncio.Event()
        self._told = False
        self._stopped = False
        self._over = False
        self._error: Exception | None = None
        threading.Thread(target=self._work, name="runnel-generator", daemon=True).start()

    def _work(self) -> None:
        try:
            iterator: Iterator[T] = iter(self._items)
            try:
                for item in iterator:
                    self._room.acquire()
                    if self._stopped:
                        break
                    self._waiting.append(item)
                    self._tell()
            finally:
                close = getattr(iterator, "close", None)
                if close is not None:
                    close()
        except Exception as error:
            self._error = error
        except BaseException as error:  # in this thread it asks nothing of the program or of a task
            self._error = InternalError(f"the model's generator raised {type(error).__name__}: {error}")
            self._error.__cause__ = error
        self._over = True
        self._told = False
        self._tell()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                self._loop.call_soon_threadsafe(self._news.set)

    def stop(self) -> None:
        """End the generator at its next item."""
        self._stopped = True
        self._room.release()

    async def items(self) -> AsyncIterator[T]:
        while True:
            over = self._over  # before the look: what was yielded before the end is there by now
            while self._waiting:
                item = self._waiting.popleft()
                self._room.release()
                yield item
            if over:
                if self._error is not None:
                    raise self._error
                return
            self._told = False
            if not self._waiting and not self._over:
                await self._news.wait()
            self._news.clear()


async def from_thread(items: Iterable[T]) -> AsyncIterator[T]:
    """What `items` yields, in order; raises what it raises. Closing this ends the generator at its next item."""
    bridge = _Bridge(items)
    inner = bridge.items()
    try:
        async for item in inner:
            yield item
    finally:
        bridge.stop()
