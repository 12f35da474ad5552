"""Every kind of tool that is shipped holds to the contract of tools."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest

from runnel.testing.tools import FakeContext, ToolContract
from runnel.tools import StatusLine, ThreadContext, Tool, ToolContext, tool
from runnel.tools.process import run_process
from runnel.tools.retrieving import SearchTool
from runnel.vocabulary.messages import Source


@tool
def repeat(word: str, times: int = 2) -> str:
    """Say a word some times."""
    return " ".join([word] * times)


@tool
async def repeat_later(word: str, times: int = 2) -> str:
    """Say a word some times."""
    await asyncio.sleep(0)
    return " ".join([word] * times)


@tool
def repeat_in_pieces(word: str, times: int = 2) -> Iterator[str | StatusLine]:
    """Say a word some times."""
    for number in range(times):
        yield StatusLine("saying", number, times)
        yield f"{word} "


@tool
async def repeat_in_pieces_later(word: str, times: int = 2) -> AsyncIterator[str | StatusLine]:
    """Say a word some times."""
    for number in range(times):
        yield StatusLine("saying", number, times)
        yield f"{word} "


@tool
def wait(context: ThreadContext) -> None:
    """Wait for a minute."""
    context.status("waiting")
    context.cancelled.wait_in_thread(60)
    context.cancelled.raise_if_requested()


@tool
async def wait_later(context: ToolContext) -> None:
    """Wait for a minute."""
    context.status("waiting")
    await asyncio.sleep(60)


@tool
def wait_in_pieces(context: ThreadContext) -> Iterator[StatusLine]:
    """Wait for a minute."""
    for number in range(6000):
        yield StatusLine("waiting", number, 6000)
        context.cancelled.wait_in_thread(0.01)


@tool
async def wait_in_pieces_later() -> AsyncIterator[StatusLine]:
    """Wait for a minute."""
    for number in range(6000):
        yield StatusLine("waiting", number, 6000)
        await asyncio.sleep(0.01)


class Repeats(ToolContract):
    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"word": "stream", "times": "3"}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"times": "many"}


class TestFunction(Repeats):
    @pytest.fixture
    def tool(self) -> Tool:
        return repeat

    @pytest.fixture
    def slow_tool(self) -> Tool:
        return wait


class TestCoroutine(Repeats):
    @pytest.fixture
    def tool(self) -> Tool:
        return repeat_later

    @pytest.fixture
    def slow_tool(self) -> Tool:
        return wait_later


class TestGenerator(Repeats):
    @pytest.fixture
    def tool(self) -> Tool:
        return repeat_in_pieces

    @pytest.fixture
    def slow_tool(self) -> Tool:
        return wait_in_pieces


class TestAsynchronousGenerator(Repeats):
    @pytest.fixture
    def tool(self) -> Tool:
        return repeat_in_pieces_later

    @pytest.fixture
    def slow_tool(self) -> Tool:
        return wait_in_pieces_later


@tool
async def run_python(code: str, context: ToolContext) -> str:
    """Run a program in Python."""
    done = await run_process([sys.executable, "-c", code], context)
    return done.output


class TestProcess(ToolContract):
    @pytest.fixture
    def tool(self) -> Tool:
        return run_python

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"code": "print('Hello')"}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"program": "print('Hello')"}

    @pytest.fixture
    def slow_tool(self) -> Tool:
        return run_python

    @pytest.fixture
    def slow_arguments(self) -> dict[str, Any]:
        return {"code": "import time; print('begun', flush=True); time.sleep(60)"}


async def search(question: str, documents: Sequence[str]) -> Sequence[Source]:
    """Passages about anything."""
    return [Source(f"src_{one}", one, one, f"{question}: nothing certain is known.") for one in documents]


class TestSearch(ToolContract):
    @pytest.fixture
    def tool(self) -> Tool:
        return SearchTool(search, ["doc_1", "doc_2"], titles={"doc_1": "One", "doc_2": "Two"})

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"question": "What is a stream?", "documents": ["Two"]}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"question": "What is a stream?", "documents": ["Three"]}


async def test_passages_found_by_several_searches_keep_their_numbers() -> None:
    found = SearchTool(search, ["doc_1", "doc_2"], known=[Source("src_0", "doc_0", "Zero", "")])
    told = [str(output) async for output in found.call({"question": "Why?"}, FakeContext())]
    assert "[2] doc_1" in told[0]
    assert "[3] doc_2" in told[0]
    assert "[2] doc_1" in str(await anext(aiter(found.call({"question": "How?"}, FakeContext()))))
