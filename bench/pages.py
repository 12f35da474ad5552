"""What a page of a chat's messages costs as the chat grows: a page of fifty at the end of the branch, in the middle and
at its beginning, over HTTP, of chats of 100 to 10,000 messages and of a fork of each.

    python -m bench.pages [--messages 10000]

Each fifth answer has an alternative. Steps are those of SQLite's machine, which no noise touches; the times are
medians of interleaved requests.
"""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import apsw
import httpx2

from bench.measure import interleaved, medians, print_table
from runnel import Chat, Runnel
from runnel.config import Config
from runnel.server import create_app
from runnel.vocabulary.messages import MessageValue, Status, TextPart, ToolPart
from runnel.vocabulary.prompt import Prompt

PAGE = 50
REPEAT = 30


class Brief:
    """Answers at once."""

    name = "brief"

    async def stream(self, prompt: Prompt) -> AsyncIterator[str]:
        """A word."""
        yield "yes"


class Steps:
    """Counts the steps of all statements, of every connection that is opened from now on."""

    def __init__(self) -> None:
        self.taken = 0
        apsw.connection_hooks.append(self._watch)

    def _watch(self, connection: apsw.Connection) -> None:
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, self._count)

    def _count(self, told: dict[str, dict[str, int]]) -> None:
        self.taken += told["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]


async def chat_of(app: Runnel, messages: int) -> Chat:
    """A chat whose branch has so many messages, with alternatives here and there."""
    chat = await app.chat(model=Brief(), history=False)
    call = ToolPart("call", "look", "{}", result="found")
    while (there := len(await chat.messages(kinds=()))) < messages:
        given = []
        for _ in range(min(20, messages - there) // 2):
            given.append(MessageValue("", "user", Status.COMPLETED, parts=(TextPart("And then?"),)))
            given.append(MessageValue("", "assistant", Status.COMPLETED, parts=(call, TextPart("Then this."))))
        run = await chat.start_from(given[:-1])
        await run.wait()
        assert run.message_id is not None
        await chat.retry(run.message_id)
    return chat


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--messages", type=int, default=10_000)
    most = parser.parse_args().messages
    counts = [count for count in (100, 1_000, 10_000) if count <= most]
    steps = Steps()
    with tempfile.TemporaryDirectory() as folder:
        async with Runnel(f"sqlite:///{Path(folder) / 'bench.db'}", config=Config()) as app:
            transport = httpx2.ASGITransport(create_app(app))
            async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
                for kinds in (None, "tool"):
                    await measure(app, client, steps, counts, kinds)


async def measure(app: Runnel, client: httpx2.AsyncClient, steps: Steps, counts: list[int], kinds: str | None) -> None:
    """A table of what pages cost."""
    ways: dict[str, Callable[[], Awaitable[object]]] = {}
    for count in counts:
        chat = await chat_of(app, count)
        branch = [message.id for message in await chat.messages(kinds=())]
        fork = await chat.fork(branch[-1])
        for name, one in (("chat", chat), ("fork", fork)):
            for place, before in (("end", None), ("middle", branch[count // 2]), ("beginning", branch[PAGE])):

                async def page(one: Chat = one, before: str | None = before) -> None:
                    query = {"limit": PAGE, "before": before, "kinds": kinds}
                    given = {key: value for key, value in query.items() if value is not None}
                    found = (await client.get(f"/api/chats/{one.id}/messages", params=given)).json()
                    assert len(found["messages"]) == PAGE

                ways[f"{name} of {count:6,}, {place}"] = page
    walked = {}
    for name, way in ways.items():
        await way()
        before_it = steps.taken
        await way()
        walked[name] = steps.taken - before_it
    taken = medians(await interleaved(ways, REPEAT))
    base = next(iter(ways))
    print_table(
        f"a page of {PAGE}" + (f", kinds={kinds}" if kinds else ""),
        ("of", "ms", "x", "steps", "x"),
        [
            (
                name,
                f"{taken[name].wall * 1e3:.2f}",
                f"{taken[name].wall / taken[base].wall:.2f}",
                f"{walked[name]:,}",
                f"{walked[name] / walked[base]:.2f}",
            )
            for name in ways
        ],
    )


if __name__ == "__main__":
    asyncio.run(main())
