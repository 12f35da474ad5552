"""A plain function in a thread of its own, and what it gives brought over to the loop.

Not the loop's own pool of threads: that one keeps a program from ending while a function in it does not return, and
is used up by as many as do not.
"""

import asyncio
import contextlib
import contextvars
import inspect
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

from ..errors import ToolFailed

__all__ = ["outputs_of_thread"]

_MOST_WAITING = 256


class _Work:
    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self._loop = asyncio.get_running_loop()
        self._room = threading.Semaphore(_MOST_WAITING)
        self._stopped = False
        self.given: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.over = asyncio.Event()
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._run,), name="runnel-tool", daemon=True).start()

    def _run(self) -> None:
        try:
            self._tell("returned", self._returned())
        except Exception as error:
            self._tell("raised", error)
        except BaseException as error:  # SystemExit and its like ask nothing of the program from here
            failure = ToolFailed(f"{type(error).__name__}: {error}")
            failure.__cause__ = error
            self._tell("raised", failure)
        self._in_loop(self.over.set)

    def _returned(self) -> Any:
        value = self._function()
        if not inspect.isgenerator(value):
            return value
        with contextlib.closing(value):
            while True:
                try:
                    piece = next(value)
                except StopIteration as end:
                    return end.value
                self._room.acquire()
                if self._stopped:
                    return None
                self._tell("yielded", piece)

    def _tell(self, what: str, value: Any) -> None:
        self._in_loop(lambda: self.given.put_nowait((what, value)))

    def _in_loop(self, act: Callable[[], object]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(act)

    def taken(self) -> None:
        """There is room for one more."""
        self._room.release()

    def stop(self) -> None:
        """End a generator at its next item."""
        self._stopped = True
        self._room.release()


async def outputs_of_thread(function: Callable[[], Any]) -> AsyncIterator[tuple[str, Any]]:
    """What `function` gives, called in a thread with this task's context variables: `("yielded", piece)` for each item
    where it returns a generator, and last `("returned", value)`. Raises what it raises.

    When this is cancelled or closed, a generator ends at its next item; the thread is waited for, until this is
    cancelled once more.
    """
    work = _Work(function)
    try:
        while True:
            what, value = await work.given.get()
            if what == "raised":
                raise value
            yield what, value
            if what == "returned":
                return
            work.taken()
    finally:
        work.stop()
        await work.over.wait()
