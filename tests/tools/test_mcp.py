"""Servers that speak MCP, as boxes of tools: one of the protocol's present version, started for each test."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from runnel.errors import ConfigError, ToolUnreachable
from runnel.testing.tools import FakeContext, ToolContract
from runnel.tools import Tool, Toolbox, ToolResult, collect, execute
from runnel.tools.mcp import MCPServer, PromptArgument, PromptInfo
from runnel.vocabulary.messages import TextPart
from tests.processes import lives

COMMAND = [sys.executable, str(Path(__file__).with_name("mcp_server.py"))]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MCPServer]:
    async with MCPServer([*COMMAND, str(tmp_path / "notes")]) as server:
        yield server


async def call(server: MCPServer, name: str, *answers: str, **arguments: Any) -> ToolResult:
    tools = {tool.server_name: tool for tool in await server.tools()}
    return await execute(tools[name], arguments, FakeContext(answers))


class TestMCP(ToolContract):
    @pytest.fixture
    async def tools(self, server: MCPServer) -> dict[str, Tool]:
        return await collect([server])

    @pytest.fixture
    def tool(self, tools: dict[str, Tool]) -> Tool:
        return tools["echo"]

    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"word": "stream"}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"times": []}

    @pytest.fixture
    def slow_tool(self, tools: dict[str, Tool]) -> Tool:
        return tools["wait"]


async def test_the_tools_are_as_the_server_says(server: MCPServer) -> None:
    assert isinstance(server, Toolbox)
    tools = await collect([server])
    assert set(tools) >= {"echo", "wait", "ask", "picture", "fail", "pid", "crash"}
    assert tools["echo"].description == "Give it back."
    assert tools["echo"].parameters["required"] == ["word"]


async def test_names_may_be_prefixed_and_chosen_and_permissions_set() -> None:
    server = MCPServer(COMMAND, name="lab", prefix="lab.", only={"echo", "pid"}, permissions={"pid": "ask"}, timeout=9)
    async with server:
        tools = await collect([server])
    assert {name: tool.permission for name, tool in tools.items()} == {"lab_echo": "always", "lab_pid": "ask"}
    assert server.reference == "mcp:lab"
    assert {tool.reference for tool in tools.values()} == {"mcp:lab/echo", "mcp:lab/pid"}
    assert {tool.timeout for tool in tools.values()} == {9}


async def test_progress_is_said_to_people(server: MCPServer) -> None:
    context = FakeContext()
    tools = await collect([server])
    task = asyncio.create_task(execute(tools["wait"], {}, context))
    await context.until_said()
    assert [(line.text, line.done, line.total) for line in context.lines] == [("one of three", 1, 3)]
    task.cancel()
    await asyncio.wait({task})


async def test_a_server_stops_what_is_cancelled(server: MCPServer, tmp_path: Path) -> None:
    context = FakeContext()
    tools = await collect([server])
    task = asyncio.create_task(execute(tools["wait"], {}, context))
    await context.until_said()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    while not (tmp_path / "notes").exists():  # noqa: ASYNC110 - the server has no other way to say so
        await asyncio.sleep(0.01)
    assert (await call(server, "echo", word="on")).text == "on"


async def test_what_fails_there_is_an_error_here(server: MCPServer) -> None:
    result = await call(server, "fail")
    assert result.error
    assert "not like this" in result.text
    assert (await call(server, "echo", wrong="argument")).error


async def test_pictures_are_media(server: MCPServer) -> None:
    result = await call(server, "picture")
    assert [part.media_type for part in result.media] == ["image/png"]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (["yes", "3"], "True 3"),
        (["perhaps", "no", ""], "False 1"),
        (["decline"], "decline"),
        (["yes", "cancel"], "cancel"),
        (["who", "knows", "that"], "cancel"),
    ],
)
async def test_what_the_server_asks_is_asked_of_the_user(server: MCPServer, answers: list[str], told: str) -> None:
    assert (await call(server, "ask", *answers)).text == told


async def test_a_call_that_is_cancelled_while_the_user_is_asked_ends(server: MCPServer) -> None:
    context = FakeContext()
    tools = await collect([server])
    task = asyncio.create_task(execute(tools["ask"], {}, context))
    while not context.asked and not task.done():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert context.asked == ["Shall I?\nSure (yes or no)"]
    task.cancel()
    await asyncio.wait({task})
    assert (await call(server, "echo", word="on")).text == "on"


async def test_a_server_that_crashes_during_a_call_is_an_error_and_is_started_again(server: MCPServer) -> None:
    before = await call(server, "pid")
    result = await call(server, "crash")
    assert result.error
    assert "was lost" in result.text
    after = await call(server, "pid")
    assert not after.error
    assert after.text != before.text


async def test_a_server_that_died_between_calls_is_started_again(server: MCPServer) -> None:
    tools = await collect([server])
    pid = int((await call(server, "pid")).text)
    os.kill(pid, signal.SIGKILL)
    while server._connection is not None and not server._connection.lost:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert (await execute(tools["echo"], {"word": "again"}, FakeContext())).text == "again"


async def test_a_closed_server_leaves_no_process_and_may_be_used_again(server: MCPServer) -> None:
    pid = int((await call(server, "pid")).text)
    assert lives(pid)
    await server.aclose()
    assert not lives(pid)
    assert (await call(server, "echo", word="again")).text == "again"


async def test_calls_of_one_server_go_side_by_side(server: MCPServer) -> None:
    words = [str(number) for number in range(20)]
    results = await asyncio.gather(*[call(server, "echo", word=word) for word in words])
    assert [result.text for result in results] == words


async def test_a_tool_that_comes_later_is_found(server: MCPServer) -> None:
    assert "learnt" not in await collect([server])
    await call(server, "learn")
    assert (await call(server, "learnt")).text == "new"


async def test_prompts_become_messages(server: MCPServer) -> None:
    greet = PromptInfo("greet", "", "Greet somebody.", (PromptArgument("name", "", True),))
    assert list(await server.prompts()) == [greet]
    (message,) = await server.prompt("greet", {"name": "Ada"})
    assert (message.role, message.parts) == ("user", (TextPart("Say hello to Ada."),))


async def test_resources_are_bytes_to_make_documents_of(server: MCPServer) -> None:
    (listed,) = await server.resources()
    assert (listed.uri, listed.media_type) == ("notes://today", "text/markdown")
    (read,) = await server.read(listed.uri)
    assert (read.name, read.data, read.text) == ("today", b"# Today", "# Today")


async def test_a_server_that_cannot_be_started_says_why(tmp_path: Path) -> None:
    with pytest.raises(ToolUnreachable, match="no-such-program"):
        await MCPServer(["no-such-program"]).tools()
    failing = MCPServer([sys.executable, "-c", "import sys; sys.exit('the key is missing')"], name="failing")
    with pytest.raises(ToolUnreachable, match=r"failing could not be reached.*the key is missing"):
        await failing.tools()
    silent = MCPServer([sys.executable, "-c", "import time; time.sleep(600)"], connect_timeout=0.2)
    with pytest.raises(ToolUnreachable, match=r"within 0\.2 seconds"):
        await silent.tools()


async def test_a_server_has_a_command_or_a_url() -> None:
    wrong: dict[str, Any]
    for wrong in ({}, {"command": "one text"}, {"command": ["a"], "url": "http://b"}):
        with pytest.raises(ConfigError, match="either a command"):
            MCPServer(**wrong)


def test_a_server_may_be_used_in_one_loop_after_another() -> None:
    server = MCPServer(COMMAND)

    async def once() -> str:
        result = await call(server, "echo", word="round")
        await server.aclose()
        return result.text

    assert [asyncio.run(once()), asyncio.run(once())] == ["round", "round"]


def test_a_program_that_forgets_to_close_leaves_no_process() -> None:
    async def forget() -> int:
        return int((await call(MCPServer(COMMAND), "pid")).text)

    assert not lives(asyncio.run(forget()))
