"""What every tool must hold to, as tests to inherit; and the context of a call that belongs to no run.

    class TestMyTool(ToolContract):
        @pytest.fixture
        def tool(self) -> Tool:
            return my_tool

        @pytest.fixture
        def arguments(self) -> dict[str, Any]:      # of a call that gives something
            return {"city": "Oslo"}

        @pytest.fixture
        def bad_arguments(self) -> dict[str, Any]:  # that it does not take; where there are such
            return {"city": []}

        @pytest.fixture
        def slow_tool(self) -> Tool:                # where it has one: it says a status line, and would go on for a
            return my_slow_tool                     # minute; called with `slow_arguments`, by default none

Run them with pytest-asyncio. A fixture may be asynchronous.
"""

import asyncio
import contextlib
import copy
import itertools
import re
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from ..tools import CancelToken, MediaPart, StatusLine, Tool, ToolResult, execute
from ..tools.base import NAME

__all__ = ["FakeContext", "ToolContract"]

_PATIENCE = 30.0  # seconds: a limit against hanging, not a measurement
_numbers = itertools.count(1)


class FakeContext:
    """A `ToolContext`: keeps the status lines, and gives `answers` in order to what is asked; where there are none
    left, it waits as a user who has gone would. Make it where the event loop runs."""

    def __init__(self, answers: Iterable[str] = ()) -> None:
        self.run_id = "run_fake"
        self.call_id = f"call_{next(_numbers)}"
        self.cancelled = CancelToken()
        self.lines: list[StatusLine] = []
        self.asked: list[str] = []
        self._answers = list(answers)
        self._loop = asyncio.get_running_loop()
        self._said = asyncio.Event()

    def status(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Kept in `lines`."""
        self.lines.append(StatusLine(text, done, total))
        with contextlib.suppress(RuntimeError):  # of a thread that was left behind
            self._loop.call_soon_threadsafe(self._said.set)

    async def ask(self, question: str) -> str:
        """Kept in `asked`."""
        self.asked.append(question)
        if not self._answers:
            await asyncio.Event().wait()
        return self._answers.pop(0)

    async def until_said(self, lines: int = 1) -> None:
        """Wait until the tool has said so many status lines."""
        while len(self.lines) < lines:
            self._said.clear()
            if len(self.lines) < lines:
                await asyncio.wait_for(self._said.wait(), _PATIENCE)


class ToolContract:
    """The tests. Those about stopping are skipped where there is no `slow_tool`."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        """Arguments that it does not take."""
        pytest.skip("there are no arguments that it does not take")

    @pytest.fixture
    def slow_tool(self) -> Tool:
        """A tool that says a status line and then would take its time."""
        pytest.skip("there is no slow_tool to stop")

    @pytest.fixture
    def slow_arguments(self) -> dict[str, Any]:
        """Those of the slow tool."""
        return {}

    async def test_it_says_what_it_is(self, tool: Tool) -> None:
        assert re.fullmatch(NAME, tool.name)
        assert tool.description.strip(), "a model is to know what it is for"
        assert tool.permission in ("always", "ask", "never")
        assert tool.timeout is None or tool.timeout > 0
        assert tool.retries >= 0
        assert ":" in tool.reference

    async def test_its_parameters_are_a_schema_of_an_object(self, tool: Tool) -> None:
        schema = msgspec.json.decode(msgspec.json.encode(tool.parameters))
        assert schema["type"] == "object"
        assert isinstance(schema["properties"], dict)
        assert set(schema.get("required", [])) <= set(schema["properties"])

    async def test_a_call_gives_a_result(self, tool: Tool, arguments: dict[str, Any]) -> None:
        result = await execute(tool, arguments, FakeContext())
        assert not result.error, result
        assert result.text or result.media
        assert msgspec.json.decode(msgspec.json.encode(result), type=ToolResult) == result

    async def test_it_gives_outputs_and_nothing_after_its_whole_result(
        self, tool: Tool, arguments: dict[str, Any]
    ) -> None:
        outputs = [output async for output in tool.call(arguments, FakeContext())]
        assert all(isinstance(output, str | StatusLine | MediaPart | ToolResult) for output in outputs)
        assert not any(isinstance(output, ToolResult) for output in outputs[:-1])

    async def test_arguments_may_come_as_json(self, tool: Tool, arguments: dict[str, Any]) -> None:
        result = await execute(tool, msgspec.json.encode(arguments).decode(), FakeContext())
        assert not result.error, result

    @pytest.mark.parametrize("text", ["[1, 2]", '{"a', "7", '"a text"', "{'a': 1}", '{"a": 1} and more', "[" * 100_000])
    async def test_what_is_no_object_is_an_error_that_says_so(self, tool: Tool, text: str) -> None:
        result = await execute(tool, text, FakeContext())
        assert result.error
        assert "arguments" in result.text
        assert result.failure is not None
        assert result.failure.code == "tool.arguments"

    async def test_arguments_that_it_does_not_take_are_an_error(
        self, tool: Tool, bad_arguments: dict[str, Any]
    ) -> None:
        result = await execute(tool, bad_arguments, FakeContext())
        assert result.error
        assert result.text.strip()
        assert "Traceback" not in result.text

    async def test_calls_side_by_side_do_not_mix(self, tool: Tool, arguments: dict[str, Any]) -> None:
        results = await asyncio.gather(*[execute(tool, arguments, FakeContext()) for _ in range(3)])
        assert not [result for result in results if result.error]

    async def test_cancelling_its_task_ends_it(self, slow_tool: Tool, slow_arguments: dict[str, Any]) -> None:
        context = FakeContext()
        task = asyncio.create_task(execute(slow_tool, slow_arguments, context))
        await context.until_said()
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE)
        assert done, "it goes on after it was cancelled"
        assert task.cancelled()

    async def test_cancelling_the_call_is_an_error_that_says_so(
        self, slow_tool: Tool, slow_arguments: dict[str, Any]
    ) -> None:
        context = FakeContext()
        task = asyncio.create_task(execute(slow_tool, slow_arguments, context))
        await context.until_said()
        context.cancelled.request()
        result = await asyncio.wait_for(task, _PATIENCE)
        assert result.failure is not None
        assert result.failure.code == "tool.cancelled"

    async def test_out_of_time_it_is_stopped(self, slow_tool: Tool, slow_arguments: dict[str, Any]) -> None:
        hurried = copy.copy(slow_tool)
        hurried.timeout = 0.1
        result = await asyncio.wait_for(execute(hurried, slow_arguments, FakeContext()), _PATIENCE)
        assert result.failure is not None
        assert result.failure.code == "tool.timeout"

    async def test_after_it_was_stopped_it_can_be_called(
        self, slow_tool: Tool, slow_arguments: dict[str, Any], tool: Tool, arguments: dict[str, Any]
    ) -> None:
        context = FakeContext()
        task = asyncio.create_task(execute(slow_tool, slow_arguments, context))
        await context.until_said()
        task.cancel()
        await asyncio.wait({task})
        assert not (await execute(tool, arguments, FakeContext())).error
