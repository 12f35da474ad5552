"""A program, run for a tool, that leaves nothing behind: however the call ends, all that it started has ended."""

import asyncio
import codecs
import collections
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ..errors import ToolCancelled, ToolTimeout, ToolUnreachable
from .base import ToolContext, ToolResult

__all__ = ["ProcessResult", "run_process"]

_KILL_AFTER = 1.0
_STATUS_EVERY = 0.1
_LOOK_EVERY = 0.02


class ProcessResult(msgspec.Struct, frozen=True):
    """What a program wrote (its standard error among it) and its exit code, negative for the signal that ended it."""

    code: int
    output: str

    def result(self) -> ToolResult:
        """For the model: an exit code other than 0 is an error."""
        if self.code == 0:
            return ToolResult(self.output)
        return ToolResult(f"{self.output.rstrip()}\n[exit code {self.code}]".lstrip(), error=True)


async def run_process(
    argv: Sequence[str | os.PathLike[str]],
    context: ToolContext | None = None,
    *,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | str = b"",
    timeout: float | None = None,
    max_output_chars: int = 200_000,
    kill_after: float = _KILL_AFTER,
) -> ProcessResult:
    """Run `argv` (no shell) and wait for its end; the lines that it writes are status lines, ten a second at most.

    It has a process group of its own. When the call is cancelled or its `timeout` (seconds) passes, the whole group is
    told to end, and killed `kill_after` seconds later; what a program leaves running in its group when it exits is
    killed at once. Of its output the first and the last half of `max_output_chars` are kept. Raises ToolTimeout,
    ToolCancelled where only the context says so, and ToolUnreachable where the program cannot be started.
    """
    command = [os.fspath(one) for one in argv]
    data = stdin.encode() if isinstance(stdin, str) else stdin
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if data else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=cwd,
            env=None if env is None else dict(env),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise ToolUnreachable(f"{command[0]} could not be started: {error}") from error
    output = _Output(context, max_output_chars)
    feeding = asyncio.create_task(_feed(process, data))
    reading = asyncio.create_task(output.read(process))
    try:
        async with asyncio.timeout(timeout):
            while process.returncode is None:
                await _look(reading)
                if context is not None and context.cancelled.requested:
                    raise ToolCancelled(f"{command[0]} was cancelled")
    except TimeoutError:
        await _end(process, kill_after)
        await _settle(process, feeding, reading)
        raise ToolTimeout(
            f"{command[0]} did not end within {timeout:g} seconds and was killed.\n{output.text()}", limit=timeout
        ) from None
    except BaseException:
        await _end(process, kill_after)
        raise
    finally:
        _signal(process, signal.SIGKILL)  # whatever is left of the group
        await _settle(process, feeding, reading)
    return ProcessResult(process.returncode, output.text())


async def _look(reading: "asyncio.Task[None]") -> None:
    # Not `process.wait()`: that waits for the end of its output too, which a program left running may hold open.
    if reading.done():
        await asyncio.sleep(_LOOK_EVERY)
    else:
        await asyncio.wait({reading}, timeout=_LOOK_EVERY)


async def _end(process: asyncio.subprocess.Process, kill_after: float) -> None:
    """Tell the group to end, and kill it when it has not."""
    try:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(kill_after):
                while process.returncode is None:  # noqa: ASYNC110 - see `_look`
                    await asyncio.sleep(_LOOK_EVERY)
    finally:
        _signal(process, signal.SIGKILL)


async def _settle(process: asyncio.subprocess.Process, *tasks: "asyncio.Task[None]") -> None:
    """All has been read, or nobody will; the pipes are closed."""
    try:
        await asyncio.wait(tasks, timeout=_KILL_AFTER)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_KILL_AFTER):
                while process.returncode is None:  # noqa: ASYNC110 - see `_look`
                    await asyncio.sleep(_LOOK_EVERY)
    finally:
        for task in tasks:
            task.cancel()
        transport: Any = getattr(process, "_transport", None)  # a program outside the group may hold a pipe open
        if transport is not None:
            transport.close()


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def _feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    if process.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(data)
        await process.stdin.drain()
        process.stdin.close()


class _Output:
    """What was written: the beginning, and the end."""

    def __init__(self, context: ToolContext | None, limit: int) -> None:
        self._context = context
        self._half = max(1, limit // 2)
        self._head = ""
        self._tail: collections.deque[str] = collections.deque()
        self._kept = 0
        self._dropped = 0
        self._said_at = float("-inf")

    async def read(self, process: asyncio.subprocess.Process) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        line = ""
        while process.stdout is not None:
            data = await process.stdout.read(1 << 16)
            text = decoder.decode(data, final=not data)
            self._keep(text)
            *lines, line = f"{line}{text}".split("\n")
            said = [one.strip() for one in lines if one.strip()]
            if said:
                self._say(said[-1])
            if not data:
                return

    def _keep(self, text: str) -> None:
        room = self._half - len(self._head)
        self._head += text[:room]
        if rest := text[room:]:
            self._tail.append(rest)
            self._kept += len(rest)
        while self._tail and self._kept - len(self._tail[0]) >= self._half:
            self._kept -= len(self._tail[0])
            self._dropped += len(self._tail.popleft())

    def _say(self, line: str) -> None:
        now = asyncio.get_running_loop().time()
        if self._context is not None and now - self._said_at >= _STATUS_EVERY:
            self._said_at = now
            self._context.status(line[:500])

    def text(self) -> str:
        tail = "".join(self._tail)
        cut = max(0, len(tail) - self._half)
        left_out = self._dropped + cut
        mark = f"\n[… {left_out:,} characters left out …]\n" if left_out else ""
        return f"{self._head}{mark}{tail[cut:]}"
