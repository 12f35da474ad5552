"""Text as it comes, for pipes, files and terminals that can do nothing else.

A pipe's reader may be slow, or stop reading without leaving. The run must not feel that, so a thread of its own does
the writing, and what it has not written yet waits in memory.
"""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

__all__ = ["PipeWriter"]


class PipeWriter:
    """Writes to `stream` without ever keeping the loop waiting.

    `on_broken` is called on the loop once the reader has gone; what is written later is dropped.
    """

    def __init__(self, stream: TextIO, on_broken: Callable[[], None] | None = None) -> None:
        stream.flush()
        self.broken = False
        self.error: OSError | None = None
        self._fd = stream.fileno()
        self._encoding = stream.encoding or "utf-8"
        self._on_broken = on_broken
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._idle = asyncio.Event()
        self._idle.set()
        # Not joined when the program ends: nothing wakes a thread that waits for a pipe's reader.
        self._thread = threading.Thread(target=self._work, name="runnel-output", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Write `text` soon."""
        if text and not self.broken:
            self._idle.clear()
            with self._changed:
                self._waiting.append(text.encode(self._encoding, "replace"))
                self._changed.notify()

    async def drain(self) -> None:
        """Return once all is written, or the reader has gone. Raises the OSError of a full disk and the like."""
        await self._idle.wait()
        if self.error is not None:
            raise self.error

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                data = b"".join(self._waiting)
                self._waiting.clear()
            try:
                while data:
                    data = data[os.write(self._fd, data) :]
            except OSError as error:
                self._tell(self._broke, error)
                return
            self._tell(self._rest)

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody waits
            self._loop.call_soon_threadsafe(what, *arguments)

    def _rest(self) -> None:
        with self._changed:
            if not self._waiting:
                self._idle.set()

    def _broke(self, error: OSError) -> None:
        self.broken = True
        if not isinstance(error, BrokenPipeError):
            self.error = error
        self._idle.set()
        if self._on_broken is not None:
            self._on_broken()
