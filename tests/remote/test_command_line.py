"""The command line and `runnel.sync`, on a server."""

import asyncio
from pathlib import Path

from runnel import sync
from runnel.testing.upstream import Upstream
from tests.cli.processes import Place
from tests.server.processes import serving


async def test_commands_ask_a_server(tmp_path: Path) -> None:
    async with Upstream(tokens=["Hel", "lo"]) as upstream, serving(tmp_path / "server", upstream) as server:
        place = Place(tmp_path, {"RUNNEL_TOKEN": ""})
        note = place.write("note.txt", "Runnel keeps answers.")

        async def run(*words: str) -> tuple[int, str, str]:
            done = await asyncio.to_thread(place.run, "--data", server.url, *words)
            return done.returncode, done.stdout.strip(), done.stderr

        assert await run("ask", "Hello?") == (0, "Hello", "")
        code, answer, said = await run("ask", "Hello?", "-d", str(note))
        assert (code, answer) == (0, "Hello"), said
        assert "note.txt" in (await run("documents"))[1]
        code, listed, _ = await run("runs", "--json")
        assert (code, len(listed.splitlines())) == (0, 3)
        assert (await run("chats"))[0] == 0
        assert server.model in (await run("models"))[1]
        code, _, said = await run("users", "list")
        assert (code, "database of this machine" in said) == (2, True), said


async def test_programs_without_await_ask_a_server(tmp_path: Path) -> None:
    def ask(url: str) -> str:
        with sync.Runnel(url) as app:
            return "".join(app.chat().answer("Hello?", stream=True))

    async with Upstream(tokens=["Hel", "lo"]) as upstream, serving(tmp_path, upstream) as server:
        assert await asyncio.to_thread(ask, server.url) == "Hello"
