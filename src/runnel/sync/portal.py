"""A loop in a thread of its own, and how calls and streams come over to other threads."""

import asyncio
import concurrent.futures
import inspect
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

from ..errors import Closed, Misuse

__all__ = ["Portal"]

T = TypeVar("T")
_MOST_AHEAD = 4096


class Portal:
    """Runs what is called in its loop, and blocks the calling thread until that is done. Any thread may call, at once
    with others. `wrap` is applied to results, in the loop.

    A wait that is broken off (Ctrl-C) is cancelled in the loop too; a run goes on, as it does for every reader.
    """

    def __init__(self, wrap: Callable[[Any], Any]) -> None:
        self._wrap = wrap
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._process = os.getpid()

    def start(self) -> None:
        """Begin the thread; returns once its loop runs."""
        ready = threading.Event()
        self._process = os.getpid()
        self._thread = threading.Thread(target=self._work, args=(ready,), name="runnel-sync", daemon=True)
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """End the loop and its thread. Idempotent."""
        loop, thread, stop = self._loop, self._thread, self._stop
        self._loop = self._thread = None
        if loop is not None and thread is not None and stop is not None and os.getpid() == self._process:
            loop.call_soon_threadsafe(stop.set)
            thread.join()

    def call(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        """What `function` returns, awaited if need be. Raises what it raises, and Closed after `stop`."""
        loop = self._loop
        if loop is None:
            raise Closed("this Runnel is not open: use it as `with Runnel() as app`")
        if os.getpid() != self._process:  # a fork has no threads but the one that forked
            raise Closed("this Runnel was opened by the process that this one was forked from: open one here")
        if threading.current_thread() is self._thread:
            raise Misuse("runnel.sync blocks: it cannot be called from its own loop, where models run")
        work = self._invoke(function, arguments, named)
        try:
            future = asyncio.run_coroutine_threadsafe(work, loop)
        except RuntimeError:
            work.close()
            raise Closed("this Runnel was closed meanwhile") from None
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise Closed("this Runnel was closed meanwhile") from None
        finally:
            future.cancel()

    def iterate(self, source: AsyncIterator[T]) -> Iterator[T]:
        """What `source` yields, handed over in batches of what has gathered: not one hop an item."""
        pump = _Pump(source, self._wrap)
        try:
            while batch := self.call(pump.take):
                yield from batch
        finally:
            loop = self._loop
            if loop is not None and not pump.over:
                loop.call_soon_threadsafe(pump.stop)

    def future(self, future: "asyncio.Future[T]") -> "concurrent.futures.Future[T]":
        """A future of the loop, for another thread to wait for."""
        return asyncio.run_coroutine_threadsafe(_result(future), asyncio.get_running_loop())

    async def _invoke(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        result = function(*arguments, **named)
        if inspect.isawaitable(result) and not isinstance(result, asyncio.Future):
            result = await result
        return self._wrap(result)

    def _work(self, ready: threading.Event) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._serve(ready))

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        ready.set()
        await self._stop.wait()


async def _result(future: "asyncio.Future[T]") -> T:
    return await asyncio.shield(future)


class _Pump:
    """Reads a stream ahead of its reader, a bounded way, in the loop."""

    def __init__(self, source: AsyncIterator[Any], wrap: Callable[[Any], Any]) -> None:
        self.over = False
        self._source = source
        self._wrap = wrap
        self._items: list[Any] = []
        self._error: BaseException | None = None
        self._task: asyncio.Task[None] | None = None
        self._more = asyncio.Event()
        self._room = asyncio.Event()

    async def take(self) -> list[Any]:
        """All that has gathered, at least one; nothing at the end. Raises what the stream raises, after its items."""
        if self._task is None:
            self._task = asyncio.ensure_future(self._work())
        await self._more.wait()
        items, self._items = self._items, []
        if not items and self._error is not None:
            raise self._error
        if not self.over:
            self._more.clear()
        self._room.set()
        return items

    def stop(self) -> None:
        """The reader has left."""
        if self._task is not None:
            self._task.cancel()

    async def _work(self) -> None:
        try:
            async for item in self._source:
                self._items.append(self._wrap(item))
                self._more.set()
                if len(self._items) >= _MOST_AHEAD:
                    self._room.clear()
                    await self._room.wait()
        except Exception as error:
            self._error = error
        finally:
            self.over = True
            self._more.set()
            close = getattr(self._source, "aclose", None)
            if close is not None:
                await close()
