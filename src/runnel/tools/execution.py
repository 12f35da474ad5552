"""A call, carried out: whatever happens, there is a result, and nothing goes on after it that could be stopped."""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Mapping
from typing import Any

import msgspec

from ..errors import ToolArgumentsInvalid, ToolCancelled, ToolError, ToolFailed, ToolTimeout, ToolUnreachable
from ..vocabulary.events import StatusLine
from .base import Tool, ToolContext, ToolResult
from .cancelling import CancelToken
from .results import Gathered, failed, trimmed

__all__ = ["MAX_RESULT_CHARS", "execute", "parse_arguments"]

MAX_RESULT_CHARS = 40_000
_GRACE = 3.0
_LONGEST_MESSAGE = 2_000
_LONGEST_TRACEBACK = 8_000
_PAUSE = 0.2

_log = logging.getLogger("runnel.tools")
_left_behind: set["asyncio.Task[None]"] = set()


async def execute(
    tool: Tool,
    arguments: str | Mapping[str, Any],
    context: ToolContext,
    *,
    max_result_chars: int = MAX_RESULT_CHARS,
    grace: float = _GRACE,
) -> ToolResult:
    """Call `tool` with `arguments` (JSON text as the model wrote it, or parsed) and give what the model is told.

    Never raises but CancelledError, when its task is cancelled: whatever is wrong with the arguments, the tool or its
    time is a result with `error`. A call that is cancelled or out of time is told to stop, and waited for, for `grace`
    seconds at most; a thread that goes on after that is left behind, with a warning in the log `runnel.tools`.
    """
    try:
        parsed = parse_arguments(arguments)
    except ToolArgumentsInvalid as error:
        return trimmed(failed(_named(error, tool)), max_result_chars)
    tries = max(0, tool.retries) + 1
    attempt = 1
    while True:
        call = _Call(tool, parsed, context, grace)
        error_of_call = await call.carry_out()
        if error_of_call is None:
            return trimmed(call.gathered.result(), max_result_chars)
        may_repeat = error_of_call.retryable and (tool.idempotent or isinstance(error_of_call, ToolUnreachable))
        if attempt >= tries or not may_repeat or context.cancelled.requested:
            return trimmed(failed(_named(error_of_call, tool), call.gathered.result()), max_result_chars)
        attempt += 1
        context.status(f"{tool.name}: {error_of_call.message[:200]} Trying again ({attempt} of {tries}).")
        await asyncio.sleep(_PAUSE * 2 ** (attempt - 2))


def parse_arguments(arguments: str | Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as an object. None at all may come as an empty text or `null`; some models write the object as
    text within text. Raises ToolArgumentsInvalid."""
    if isinstance(arguments, Mapping):
        return dict(arguments)
    value: Any = arguments
    for _ in range(2):
        if not isinstance(value, str):
            break
        try:
            value = msgspec.json.decode(value.encode("utf-8", "replace")) if value.strip() else {}
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ToolArgumentsInvalid(f"The arguments are not JSON, so nothing was called: {error}.") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        kind = {list: "an array", str: "a text", bool: "true or false"}.get(type(value), "a number")
        raise ToolArgumentsInvalid(f"The arguments must be a JSON object, not {kind}, so nothing was called.")
    return value


class _Call:
    """One attempt. It is its own `ToolContext`: told to stop without the others, and its clock stands still while the
    user is asked."""

    def __init__(self, tool: Tool, arguments: dict[str, Any], context: ToolContext, grace: float) -> None:
        self.run_id = context.run_id
        self.call_id = context.call_id
        self.cancelled = CancelToken()
        self.gathered = Gathered()
        self._tool = tool
        self._arguments = arguments
        self._context = context
        self._grace = grace
        self._clock: asyncio.Timeout | None = None
        self._left = 0.0
        self._asking = 0

    def status(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Pass it on, while there is somebody to hear it."""
        if not self.cancelled.requested:
            self._context.status(text, done, total)

    async def ask(self, question: str) -> str:
        """Pass it on; the clock stands still."""
        self._stop_clock()
        try:
            return await self._context.ask(question)
        finally:
            self._start_clock()

    async def carry_out(self) -> ToolError | None:
        """The error, if there is one; what was given is in `gathered`."""
        forget = self._context.cancelled.on_request(self.cancelled.request)
        working = asyncio.create_task(self._work(), name=f"tool {self._tool.name}")
        stopping = asyncio.create_task(self.cancelled.wait())
        try:
            async with asyncio.timeout(self._tool.timeout) as self._clock:
                await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            if not working.done():
                await self._stop(working)
                return self._timeout()
        except asyncio.CancelledError:
            await self._stop(working)
            raise
        finally:
            forget()
            stopping.cancel()
        if not working.done():
            await self._stop(working)
            return ToolCancelled("The call was cancelled.")
        return self._error_of(working)

    def _timeout(self) -> ToolTimeout:
        limit = self._tool.timeout
        return ToolTimeout(f"{self._tool.name} did not end within {limit:g} seconds and was stopped.", limit=limit)

    async def _work(self) -> None:
        outputs = self._tool.call(self._arguments, self)
        try:
            async for output in outputs:
                if isinstance(output, StatusLine):
                    self.status(output.text, output.done, output.total)
                else:
                    self.gathered.add(output)
        except SystemExit as error:  # from a tool it ends the call, not the program
            raise ToolFailed(f"SystemExit: {error}") from error
        finally:
            close = getattr(outputs, "aclose", None)
            if close is not None:
                await close()

    async def _stop(self, working: "asyncio.Task[None]") -> None:
        self.cancelled.request()
        working.cancel()
        try:
            await asyncio.wait({working}, timeout=self._grace)
        finally:
            if not working.done():
                working.cancel()  # lets go of its thread
                _left_behind.add(working)
                _log.warning("the tool %s was told to stop and goes on; it is left behind", self._tool.name)
            working.add_done_callback(_forget)

    def _error_of(self, working: "asyncio.Task[None]") -> ToolError | None:
        if working.cancelled():
            return ToolFailed(f"{self._tool.name} was cancelled from within.")
        error = working.exception()
        if error is None or isinstance(error, ToolError):
            return error
        message = f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE]
        written = "".join(traceback.format_exception(error))[-_LONGEST_TRACEBACK:]
        return ToolFailed(f"{self._tool.name} failed. {message}", traceback=written)

    def _stop_clock(self) -> None:
        self._asking += 1
        when = self._clock.when() if self._clock is not None else None
        if self._clock is not None and when is not None and not self._clock.expired():
            self._left = when - asyncio.get_running_loop().time()
            self._clock.reschedule(None)

    def _start_clock(self) -> None:
        self._asking -= 1
        if self._clock is None or self._tool.timeout is None or self._asking:
            return
        with contextlib.suppress(RuntimeError):  # the call is over, or out of time already
            self._clock.reschedule(asyncio.get_running_loop().time() + self._left)


def _forget(task: "asyncio.Task[None]") -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody is warned of what nobody waits for


def _named(error: ToolError, tool: Tool) -> ToolError:
    error.details.setdefault("tool", tool.name)
    return error
