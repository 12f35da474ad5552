"""The protocol's own reference server, which nobody here wrote, over both of its transports.

`scripts/servers` installs it. Where it is missing these are left out, but not where `CI` is set.
"""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runnel.testing.tools import FakeContext, ToolContract
from runnel.tools import Tool, ToolResult, collect, execute
from runnel.tools.mcp import MCPServer
from tests.house import ROOT

EVERYTHING = ROOT / ".servers/node_modules/@modelcontextprotocol/server-everything/dist/index.js"
MISSING = "" if EVERYTHING.exists() and shutil.which("node") else "scripts/servers has not installed the server"
LONG = {"duration": 60, "steps": 600}

pytestmark = pytest.mark.skipif(bool(MISSING) and not os.environ.get("CI"), reason=MISSING)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MCPServer]:
    """Over standard input and output, both of them kept in files."""
    pipe = 'tee "$1/sent" | node "$2" stdio | tee "$1/received"'
    async with MCPServer(["sh", "-c", pipe, "sh", str(tmp_path), str(EVERYTHING)], name="everything") as server:
        yield server


@pytest.fixture
async def remote() -> AsyncIterator[MCPServer]:
    """Over HTTP."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        "node",
        str(EVERYTHING),
        "streamableHttp",
        env={**os.environ, "PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        while b"listening" not in (line := await process.stderr.readline()):
            assert line, "it ended before it listened"
        draining = asyncio.create_task(process.stderr.read())
        async with MCPServer(url=f"http://127.0.0.1:{port}/mcp", headers={"X-Test": "yes"}) as server:
            yield server
    finally:
        process.kill()
        await process.wait()
    await draining


async def call(server: MCPServer, name: str, *answers: str, **arguments: Any) -> ToolResult:
    return await execute((await collect([server]))[name], arguments, FakeContext(answers))


class Everything(ToolContract):
    @pytest.fixture
    def arguments(self) -> dict[str, Any]:
        return {"message": "stream"}

    @pytest.fixture
    def bad_arguments(self) -> dict[str, Any]:
        return {"words": []}

    @pytest.fixture
    def slow_arguments(self) -> dict[str, Any]:
        return LONG


class TestStdio(Everything):
    @pytest.fixture
    async def tool(self, server: MCPServer) -> Tool:
        return (await collect([server]))["echo"]

    @pytest.fixture
    async def slow_tool(self, server: MCPServer) -> Tool:
        return (await collect([server]))["trigger-long-running-operation"]


class TestHttp(Everything):
    @pytest.fixture
    async def tool(self, remote: MCPServer) -> Tool:
        return (await collect([remote]))["echo"]

    @pytest.fixture
    async def slow_tool(self, remote: MCPServer) -> Tool:
        return (await collect([remote]))["trigger-long-running-operation"]


def messages(file: Path) -> list[dict[str, Any]]:
    """What has been written whole, line by line."""
    lines = file.read_bytes().split(b"\n")[:-1]
    return [msgspec.json.decode(line) for line in lines]


async def test_the_server_is_told_of_a_call_that_is_cancelled_halfway(server: MCPServer, tmp_path: Path) -> None:
    context = FakeContext()
    tools = await collect([server])
    task = asyncio.create_task(execute(tools["trigger-long-running-operation"], LONG, context))
    await context.until_said(3)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert [(line.done, line.total) for line in context.lines[:3]] == [(1, 600), (2, 600), (3, 600)]
    assert (await call(server, "echo", message="on")).text == "Echo: on"  # it has read all that came before

    sent = messages(tmp_path / "sent")
    (request,) = [one for one in sent if one.get("params", {}).get("name") == "trigger-long-running-operation"]
    (told,) = [one for one in sent if one.get("method") == "notifications/cancelled"]
    assert told["params"]["requestId"] == request["id"]
    assert request["id"] not in [one.get("id") for one in messages(tmp_path / "received") if "result" in one]


async def test_all_kinds_of_content_are_told(server: MCPServer) -> None:
    assert (await call(server, "get-sum", a=2, b=3)).text == "The sum of 2 and 3 is 5."
    assert [part.media_type for part in (await call(server, "get-tiny-image")).media] == ["image/png"]
    weather = await call(server, "get-structured-content", location="New York")
    assert set(msgspec.json.decode(weather.text)) == {"temperature", "conditions", "humidity"}
    links = await call(server, "get-resource-links", count=2)
    assert len(re.findall(r"^demo://resource/dynamic/", links.text, re.MULTILINE)) == 2
    embedded = await call(server, "get-resource-reference", resourceType="Text", resourceId=1)
    assert "demo://resource/dynamic/text/1:\nResource 1" in embedded.text
    assert (await call(server, "get-sum", a="x")).error


async def test_a_form_is_asked_field_by_field(server: MCPServer) -> None:
    answers = ["Ada", "yes", "", "ada@example.com", *[""] * 9]
    told = (await call(server, "trigger-elicitation-request", *answers)).text
    assert "Ada" in told
    assert '"action": "accept"' in told


async def test_there_are_no_roots_and_no_model_for_the_server(server: MCPServer) -> None:
    assert "no roots are currently configured" in (await call(server, "get-roots-list")).text
    assert "trigger-sampling-request" not in await collect([server])


async def test_prompts_and_resources_can_be_read(server: MCPServer) -> None:
    prompts = {one.name: one for one in await server.prompts()}
    assert [one.name for one in prompts["args-prompt"].arguments] == ["city", "state"]
    (message,) = await server.prompt("args-prompt", {"city": "Oslo"})
    assert "Oslo" in message.content
    first, *_ = await server.resources()
    (read,) = await server.read(first.uri)
    assert read.data
    assert read.media_type == first.media_type


async def test_a_server_elsewhere_that_has_gone_is_an_error() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = MCPServer(url=f"http://127.0.0.1:{closed.getsockname()[1]}/mcp", name="nobody")
        result = await execute(_tool_of(nobody), {}, FakeContext())
    assert result.error
    assert "nobody could not be reached" in result.text


def _tool_of(server: MCPServer) -> Tool:
    import mcp_types

    from runnel.tools.mcp import MCPTool

    return MCPTool(server, mcp_types.Tool(name="any", input_schema={"type": "object"}), "any")
