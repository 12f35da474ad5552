"""The calls of one step, carried out: side by side, with consent where it is needed, each durable before it begins.

What a call asks of people is in the log before anybody is asked, so a run that waits for them can be found again by
another process. A call that had begun there is not begun again, unless its tool is idempotent.
"""

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import ToolArgumentsInvalid, ToolError
from ..ids import new_id
from ..runs.task import RunContext
from ..tools import CancelToken, Tool, ToolResult, execute, parse_arguments
from ..tools.results import told
from ..vocabulary import events
from ..vocabulary.messages import ToolPart
from .searching import Found
from .waiting import Waiting

__all__ = ["Calls"]

# What a call asked in another process, in order, by the question: its id, and the answer where it came.
Asked = dict[str, deque[tuple[str, str | None]]]


class Calls:
    """Carries out the calls of an answer. `tools` by name; `found` are the answer's sources."""

    def __init__(
        self, context: RunContext, tools: Mapping[str, Tool], waiting: Waiting, parallel: int, found: Found
    ) -> None:
        self._context = context
        self._tools = tools
        self._waiting = waiting
        self._room = asyncio.Semaphore(max(1, parallel))
        self._found = found

    async def carry_out(self, parts: Sequence[ToolPart]) -> None:
        """Carry out `parts`; each has its result in the run by the end. Whatever goes wrong with one is its result."""
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(self._carry_out(part))

    def hand_over(self, parts: Sequence[ToolPart]) -> None:
        """Leave `parts` to the caller. One whose arguments do not parse stays as it is: no vendor is sent it."""
        for part in parts:
            with contextlib.suppress(ToolArgumentsInvalid):
                arguments = parse_arguments(part.arguments)
                if not part.called:
                    self._context.emit(events.ToolCalled(part.call, part.name, arguments, client=True))

    async def _carry_out(self, part: ToolPart) -> None:
        with self._waiting.going():
            result = await self._result(part)
            self._context.emit(events.ToolReturned(part.call, "error" if result.error else "ok", told(result)))

    async def _result(self, part: ToolPart) -> ToolResult:
        tool = self._tools.get(part.name)
        if tool is None:
            names = ", ".join(sorted(self._tools)) or "none"
            return self._refused(part, {}, f"There is no tool called {part.name!r}. There are: {names}.")
        try:
            arguments = parse_arguments(part.arguments)
        except ToolArgumentsInvalid as error:
            # The vendor is told of the call, with no arguments, and why nothing came of it.
            return self._refused(part, {}, error.message)
        if part.called and not tool.idempotent:
            return ToolResult("The process was restarted during this call; it was not made again.", error=True)
        if not part.called:
            agreed = await self._consent(part, tool, arguments)
            if isinstance(agreed, ToolResult):
                return agreed
            arguments = agreed
        with self._waiting.aside():
            await self._room.acquire()
        try:
            if not part.called:
                self._context.emit(events.ToolCalled(part.call, part.name, arguments))
                await self._context.flush()  # a call that has begun is never forgotten
            before = await self._asked_before(part) if part.called else None
            result = await execute(tool, arguments, CallContext(self._context, part.call, self._waiting, before))
            if result.sources:
                self._found.add(result.sources)
                self._context.emit(events.SourcesFound(self._found.sources))
            return result
        finally:
            self._room.release()

    async def _consent(self, part: ToolPart, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any] | ToolResult:
        """The arguments to call with, perhaps changed by a person; or what the model is told instead."""
        if tool.permission == "never":
            return self._refused(part, arguments, "This tool may not be called here.")
        try:
            tool.check(arguments)
        except ToolError as error:
            return self._refused(part, arguments, error.message)
        except Exception as error:
            return self._refused(part, arguments, f"{type(error).__name__}: {error}")
        if tool.permission == "always" or part.approval == "approved":
            return arguments
        if part.approval == "denied":
            return self._refused(part, arguments, "The user refused this call.")
        if part.approval is None:
            self._context.emit(events.ToolApprovalRequested(part.call, part.name, arguments))
        with self._waiting.for_people():
            given = await self._context.inbox.take("approval", part.call, part.step)
        self._context.emit(events.ToolApprovalGiven(part.call, given.approve, given.arguments, given.note))
        if not given.approve:
            note = f" They said: {given.note}" if given.note else ""
            return self._refused(part, arguments, f"The user refused this call.{note}")
        return arguments if given.arguments is None else given.arguments

    def _refused(self, part: ToolPart, arguments: dict[str, Any], why: str) -> ToolResult:
        """The model is told why: so the call is part of what it is sent."""
        self._context.emit(events.ToolCalled(part.call, part.name, arguments))
        return ToolResult(why, error=True)

    async def _asked_before(self, part: ToolPart) -> Asked:
        recorded = await self._context.recorded()
        answers = {event.id: event.text for event in recorded if isinstance(event, events.InputGiven)}
        asked: Asked = defaultdict(deque)
        for event in recorded:
            if isinstance(event, events.ToolCalled) and event.call == part.call:
                asked.clear()  # an earlier step's call of the same id
            elif isinstance(event, events.InputRequested) and event.call == part.call:
                asked[event.question].append((event.id, answers.get(event.id)))
        return asked


class CallContext:
    """What a tool is given of the run that calls it. See `runnel.tools.ToolContext`."""

    def __init__(self, context: RunContext, call: str, waiting: Waiting, before: Asked | None) -> None:
        self.run_id = context.row.id
        self.call_id = call
        self.cancelled = CancelToken()
        self._context = context
        self._waiting = waiting
        self._before = before or {}
        self._loop = asyncio.get_running_loop()

    def status(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Say to people what goes on. May be called from any thread."""
        line = events.StatusLine(text, done, total, self.call_id)
        self._in_loop(lambda: self._context.emit(line))

    def _in_loop(self, act: Callable[[], object]) -> None:
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            act()
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(act)

    async def ask(self, question: str) -> str:
        """Ask the user, and wait for the answer for as long as it takes."""
        before = self._before.get(question)
        id, answer = before.popleft() if before else ("", None)
        if answer is not None:
            return answer
        if not id:
            id = new_id("ask")
            self._context.emit(events.InputRequested(id, question, self.call_id))
        with self._waiting.for_people():
            given = await self._context.inbox.take("input", id)
        self._context.emit(events.InputGiven(id, given.text))
        return given.text
