"""How a call is carried out: whatever happens there is a result, and nothing goes on that could be stopped."""

import asyncio
import contextvars
import logging
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnel.errors import ToolError, ToolUnreachable
from runnel.testing.tools import FakeContext
from runnel.tools import Output, ThreadContext, Tool, ToolContext, ToolResult, execute, parse_arguments, tool
from runnel.tools.results import trimmed

who = contextvars.ContextVar("who", default="nobody")


async def test_an_exception_is_told_by_type_and_message_and_its_traceback_kept_for_people() -> None:
    @tool
    def fail() -> None:
        raise LookupError("no such city")

    result = await execute(fail, {}, FakeContext())
    assert result.text == "fail failed. LookupError: no such city"
    assert result.failure is not None
    assert result.failure.code == "tool.failed"
    assert "raise LookupError" in result.failure.details["traceback"]


async def test_a_tool_error_is_told_in_its_own_words() -> None:
    @tool
    async def refuse() -> None:
        raise ToolError("The shop is closed on Sundays.")

    result = await execute(refuse, {}, FakeContext())
    assert result.text == "The shop is closed on Sundays."
    assert result.failure is not None
    assert result.failure.details == {"tool": "refuse"}


@pytest.mark.parametrize("error", [SystemExit(1), asyncio.CancelledError(), StopIteration(), RecursionError()])
async def test_nothing_that_a_tool_raises_ends_more_than_its_call(error: BaseException) -> None:
    @tool
    def in_thread() -> None:
        raise error

    @tool
    async def in_loop() -> None:
        raise error

    assert (await execute(in_thread, {}, FakeContext())).error
    assert (await execute(in_loop, {}, FakeContext())).error


async def test_what_was_given_before_an_error_is_told_too() -> None:
    @tool
    async def half() -> AsyncIterator[str]:
        yield "the first half"
        raise OSError("the second is gone")

    result = await execute(half, {}, FakeContext())
    assert result.text == "half failed. OSError: the second is gone\n\nBefore that it gave:\nthe first half"


class Flaky(Tool):
    name = "flaky"
    description = "Fails at first."

    def __init__(self, error: Exception, retries: int, idempotent: bool) -> None:
        self.error, self.retries, self.idempotent, self.calls = error, retries, idempotent, 0

    async def call(self, arguments: dict[str, Any], context: ToolContext) -> AsyncIterator[Output]:
        self.calls += 1
        if self.calls == 1:
            raise self.error
        yield "done"


@pytest.mark.parametrize(
    ("error", "retries", "idempotent", "calls"),
    [
        (OSError("once"), 1, True, 2),
        (OSError("once"), 1, False, 1),
        (OSError("once"), 0, True, 1),
        (ToolUnreachable("not there yet"), 1, False, 2),
        (ToolError("not today"), 1, True, 1),
    ],
)
async def test_only_what_did_not_begin_or_may_be_done_twice_is_tried_again(
    error: Exception, retries: int, idempotent: bool, calls: int
) -> None:
    flaky = Flaky(error, retries, idempotent)
    context = FakeContext()
    result = await execute(flaky, {}, context)
    assert flaky.calls == calls
    assert result.error is (calls == 1)
    assert len(context.lines) == calls - 1, "people are told of each further attempt"


async def test_the_clock_stands_still_while_the_user_is_asked() -> None:
    class Slow(FakeContext):
        async def ask(self, question: str) -> str:
            await asyncio.sleep(0.3)
            return "yes"

    @tool(timeout=0.2)
    async def ask(context: ToolContext) -> str:
        return await context.ask("May I?")

    assert (await execute(ask, {}, Slow())).text == "yes"


async def test_out_of_time_what_was_given_is_told() -> None:
    @tool(timeout=0.1)
    async def slow() -> AsyncIterator[str]:
        yield "so much"
        await asyncio.sleep(60)

    result = await execute(slow, {}, FakeContext())
    assert "did not end within 0.1 seconds" in result.text
    assert result.text.endswith("so much")


async def test_a_thread_that_does_not_stop_is_left_behind_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    goes_on = threading.Event()

    @tool(timeout=0.05)
    def stubborn() -> None:
        goes_on.wait()

    with caplog.at_level(logging.WARNING, "runnel.tools"):
        result = await execute(stubborn, {}, FakeContext(), grace=0.05)
    goes_on.set()
    assert result.error
    assert "stubborn was told to stop and goes on" in caplog.text


async def test_a_thread_sees_the_context_variables_of_its_caller() -> None:
    @tool
    def ask() -> str:
        return who.get()

    who.set("Ada")
    assert (await execute(ask, {}, FakeContext())).text == "Ada"


async def test_a_question_in_a_thread_ends_with_its_call() -> None:
    @tool
    def ask(context: ThreadContext) -> str:
        context.status("asking")
        return context.ask("Anybody?")

    context = FakeContext()
    task = asyncio.create_task(execute(ask, {}, context))
    await context.until_said()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


@pytest.mark.parametrize(
    ("text", "arguments"),
    [("", {}), (" ", {}), ("null", {}), ("{}", {}), ('{"a": [1]}', {"a": [1]}), ('"{\\"a\\": 1}"', {"a": 1})],
)
def test_arguments_are_read_as_they_are_meant(text: str, arguments: dict[str, Any]) -> None:
    assert parse_arguments(text) == arguments


@given(st.text(), st.integers(0, 400))
def test_a_result_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    result = trimmed(ToolResult(text), limit).text
    assert len(result) <= limit or result == text
    assert len(result) <= limit
    if len(text) <= limit:
        assert result == text.encode("utf-8", "replace").decode()


@given(st.integers(101, 100_000), st.integers(100, 5_000))
def test_a_cut_result_keeps_head_and_tail_and_says_how_much_is_missing(length: int, limit: int) -> None:
    text = "".join([chr(0x4E00 + number % 5000) for number in range(length)])
    result = trimmed(ToolResult(text), limit).text
    if length <= limit:
        assert result == text
        return
    head, rest = result.split("\n[… ")
    mark, tail = rest.split(" …]\n")
    assert text.startswith(head)
    assert text.endswith(tail)
    assert head
    assert tail
    missing = length - len(head) - len(tail)
    assert mark == f"{missing:,} of {length:,} characters left out"


async def test_what_cannot_be_written_is_replaced() -> None:
    @tool
    def give() -> str:
        return "half \ud83d a letter"

    assert (await execute(give, {}, FakeContext())).text == "half ? a letter"


def test_a_program_without_tools_does_not_pay_for_them() -> None:
    program = (
        "import sys, runnel.tools, runnel.tools.mcp; print({'pydantic', 'mcp', 'docstring_parser'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
