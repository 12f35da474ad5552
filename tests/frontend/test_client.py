"""The client of the front end, in Node.js, against a real server: what it is told, and what it has after a crash."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from runnel.testing.upstream import Upstream
from tests.frontend.client import LONG, needs_node
from tests.server.processes import serving

pytestmark = needs_node


class Reader:
    """The client in a process: commands go in, what came of them comes out, in whatever order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def do(self, **command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    async def told(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(LONG):
            line = await self._process.stdout.readline()
        assert line, "the reader ended"
        found: dict[str, Any] = json.loads(line)
        assert "error" not in found, found["error"]
        return found


@asynccontextmanager
async def reading(client: Path, url: str) -> AsyncIterator[Reader]:
    # A browser has a WebSocket; so has Node.js, from version 22 on without being told.
    node = ["node", "--no-warnings", "--experimental-websocket", str(Path(__file__).with_name("reader.mjs"))]
    process = await asyncio.create_subprocess_exec(
        *[*node, str(client), f"{url}/"],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 24,
    )
    try:
        yield Reader(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_each_event_comes_once_though_the_server_is_killed(client: Path, tmp_path: Path) -> None:
    async with (
        Upstream(tokens=[f" wörd{number}" for number in range(5000)], delay=0.02) as upstream,
        serving(tmp_path / "server", upstream) as server,
        httpx2.AsyncClient(base_url=server.url, timeout=LONG) as http,
        reading(client, server.url) as reader,
    ):
        runs = []
        for _ in range(3):
            chat = (await http.post("/api/chats", json={})).json()["id"]
            runs.append((await http.post(f"/api/chats/{chat}/runs", json={"prompt": "Go on"})).json())
        for run in runs:
            reader.do(do="follow", run=run["id"])
            reader.do(do="live", run=run["id"])
        for _ in range(2 * len(runs)):
            assert (await reader.told())["going"]
        await server.kill()
        await server.start()
        for _ in range(2 * len(runs)):
            told = await reader.told()
            message = told["message"]
            assert told["seqs"] == list(range(1, len(told["seqs"]) + 1))
            assert message["status"] == "interrupted"
            assert message == (await http.get(f"/api/messages/{message['id']}")).json()
            if told["how"] == "follow":
                assert told["states"] == ["connecting", "live", "reconnecting", "live", "ended"]


async def test_an_answer_from_a_document_by_the_calls_of_the_client(client: Path, tmp_path: Path) -> None:
    async with (
        Upstream(tokens=["Grüße", ", ", "👩‍🚀"]) as upstream,
        serving(tmp_path / "server", upstream) as server,
        reading(client, server.url) as reader,
    ):
        reader.do(do="ask", text="Ragna is a tool.", prompt="What is Ragna?")
        told = await reader.told()
        while "going" in told:
            told = await reader.told()
        assert told["folded"] == told["stored"]
        assert told["stored"]["parts"] == [{"kind": "text", "text": "Grüße, 👩‍🚀"}]
        assert told["stored"]["sources"][0]["title"] == "notes.txt"
        assert (told["indexed"], told["same"], told["title"], told["passage"]) == (True, True, "Another title", "Ragna")
        assert (told["missing"], told["trace"]) == ("misuse.unknown_chat", "run")
        assert told["models"] >= 1
