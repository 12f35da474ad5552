"""Parsing beside the event loop: what is small in a thread; what is large or risky, in processes.

A process is needed because Python's regular expressions and string methods hold the interpreter's lock for as long as
they run (a 20 MB text would stop the loop for seconds), because PDFium is not thread-safe, and because a file that
crashes or never ends must take nothing else with it. These are plain programs, not `multiprocessing`'s, which imports
the caller's main module again and so breaks every script that has no `if __name__ == "__main__"`. They start with the
first document that needs one, and end with `close`.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import msgspec

from ..errors import DocumentBroken
from .parsing import Parser
from .preparing import Elsewhere, Failed, Portion, Reply, Request, prepare
from .worker import receive, send

__all__ = ["TIME_LIMIT", "Workers"]

T = TypeVar("T")

# In seconds, for the parsing of one document up to its first chunks.
TIME_LIMIT = 120.0
# In bytes: what is larger is parsed in a process. A thread makes text of so much within a few milliseconds.
_SMALL = 64 * 1024
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from runnel.retrieval.worker import main; main()"
_DECODER = msgspec.msgpack.Decoder(Reply)


class Workers:
    """At most `count` documents are parsed at once. `parsers` of the caller's own run in threads: they may hold what
    cannot be sent to another process."""

    def __init__(
        self, parsers: Sequence[Parser] = (), count: int | None = None, time_limit: float = TIME_LIMIT
    ) -> None:
        self.count = count or min(4, os.cpu_count() or 1)
        self._parsers = parsers
        self._time_limit = time_limit
        self._free = asyncio.Semaphore(self.count)
        self._idle: list[_Process] = []
        self._threads: ThreadPoolExecutor | None = None
        self._closed = False

    async def prepare(self, request: Request, size: int, many: bool) -> AsyncGenerator[Reply, None]:
        """The replies to `request`, whose document has `size` bytes; `many` where much else is to be parsed, so that a
        process pays. Stop early with `aclose`."""
        async with self._free:
            small = size <= _SMALL and not many
            if (small and not request.apart) or not self._processes_possible():
                replies = prepare(request, self._parsers, isolated=not self._processes_possible())
                while (reply := await self._in_thread(_next, replies)) is not None:
                    if isinstance(reply, Elsewhere):
                        break
                    yield reply
                else:
                    return
            async for reply in self._in_process(request):
                yield reply

    def _processes_possible(self) -> bool:
        return bool(sys.executable) and not getattr(sys, "frozen", False) and not self._parsers

    async def _in_process(self, request: Request) -> AsyncGenerator[Reply, None]:
        process = self._idle.pop() if self._idle else await self._in_thread(_Process)
        done = False
        try:
            await self._in_thread(process.ask, request)
            while not done:
                try:
                    reply: Reply | None = await asyncio.wait_for(self._in_thread(process.reply), self._time_limit)
                except TimeoutError:
                    text = f"{request.name} could not be parsed within {self._time_limit:.0f} s"
                    reply = None
                else:
                    text = f"{request.name} broke its parser, which ended"
                if reply is None:
                    error = DocumentBroken(text, document=request.name)
                    yield Failed(error.code, error.message, error.details)
                    return
                done = not isinstance(reply, Portion) or reply.last
                yield reply
        finally:
            if done and not self._closed:
                self._idle.append(process)
            else:
                process.kill()

    def _in_thread(self, work: Callable[..., T], *arguments: object) -> "asyncio.Future[T]":
        if self._threads is None:
            # Twice, since a thread whose waiter was cancelled ends a little later.
            self._threads = ThreadPoolExecutor(2 * self.count, thread_name_prefix="runnel-parser")
        return asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def close(self) -> None:
        """End the processes and threads. Idempotent."""
        self._closed = True
        idle, self._idle = self._idle, []
        for process in idle:
            process.kill()
        threads, self._threads = self._threads, None
        if threads is not None:
            await asyncio.to_thread(threads.shutdown)


class _Process:
    """One parsing process. Its methods block."""

    def __init__(self) -> None:
        path = [os.path.abspath(place or os.curdir) for place in sys.path]
        self._popen = subprocess.Popen(
            [sys.executable, "-c", _START, json.dumps(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # An interrupt typed at the terminal is for the caller, which then ends this process.
            start_new_session=True,
        )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._in, self._out = self._popen.stdin, self._popen.stdout

    def ask(self, request: Request) -> None:
        with suppress(OSError):  # it has died, as the reply will tell
            send(self._in, request)

    def reply(self) -> Reply | None:
        data = receive(self._out)
        return None if data is None else _DECODER.decode(data)

    def kill(self) -> None:
        self._popen.kill()
        for stream in (self._in, self._out):
            with suppress(OSError):
                stream.close()
        self._popen.wait()


def _next(replies: Iterator[Reply]) -> Reply | None:
    return next(replies, None)
