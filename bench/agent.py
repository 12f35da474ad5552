"""What the loop of an agent costs: CPU and time a step, a model that answers at once, one call of a tool a step; beside
pydantic-ai's and langgraph's loops, in environments of their own. And what `chat.calls()` costs in chats of any length.

    python -m bench.agent [--steps 10] [--runs 50] [--repeat 5] [--peers FOLDER]

`--peers` is where bench/peers/setup.sh has made the peers' environments; without it Runnel is measured alone. Each
answer is read to its end as it streams. langgraph's `on SQLite` and Runnel's keep each step on the disk; Runnel keeps
each event.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from bench.measure import Taken, interleaved, medians, print_table
from runnel import Chat, Runnel
from runnel.store import Chats
from runnel.store.rows import insert_message
from runnel.tools import tool
from runnel.vocabulary.chats import Limits
from runnel.vocabulary.events import ToolCallDelta
from runnel.vocabulary.messages import MessageValue, Status, TextPart, ToolPart
from runnel.vocabulary.prompt import Delta, Finish, Prompt

HERE = Path(__file__).parent
LENGTHS = (10, 1_000, 100_000)


@tool
async def add(a: int, b: int) -> str:
    """Add two numbers."""
    return str(a + b)


class Fake:
    """A call a step, in three pieces, then the last word."""

    name = "fake"

    def __init__(self, steps: int, calls: int = 1) -> None:
        self.steps = steps
        self.calls = calls

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        """One step."""
        made = 0 if prompt.so_far is None else len(prompt.so_far.parts)
        if made == self.steps * self.calls:
            yield "done"
            return
        for number in range(made, made + self.calls):
            yield ToolCallDelta(call=f"call_{number}", name="add")
            yield ToolCallDelta(call=f"call_{number}", arguments='{"a": 1, ')
            yield ToolCallDelta(call=f"call_{number}", arguments='"b": 2}')
        yield Finish("tool_calls")


async def answers(app: Runnel, runs: int, steps: int, calls: int = 1) -> None:
    """So many answers, each in a chat of its own."""
    for _ in range(runs):
        chat = await app.chat(model=Fake(steps, calls), tools=[add], limits=Limits(steps=None, calls=None))
        said = [chunk async for chunk in await chat.answer("go", stream=True)]
        assert "".join(said) == "done"


def peer(folder: Path, name: str, steps: int, runs: int) -> dict[str, Taken]:
    """What a peer's loop took, in a process of its own."""
    program = [str(folder / name / "bin" / "python"), str(HERE / "peers" / f"{name}_agent.py"), str(steps), str(runs)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    version = found.pop("version")
    return {f"{name} {version}, {where}": Taken(wall, cpu) for where, (cpu, wall) in found.items()}


async def loops(options: argparse.Namespace) -> None:
    """The loops beside each other."""
    steps, runs = options.steps, options.runs
    with tempfile.TemporaryDirectory() as folder:
        async with Runnel("sqlite://") as memory, Runnel(f"sqlite:///{folder}/bench.db") as file:
            for app in (memory, file):
                await answers(app, 3, steps)
            ways = {
                "runnel, in memory": lambda: answers(memory, runs, steps),
                "runnel, on SQLite": lambda: answers(file, runs, steps),
                "runnel, 8 calls a step": lambda: answers(memory, runs, steps, 8),
                "runnel, 100 steps": lambda: answers(memory, max(1, runs // 10), 10 * steps),
            }
            taken: dict[str, list[Taken]] = {name: [] for name in ways}
            for _ in range(options.repeat):
                for name, way in ways.items():
                    taken[name] += (await interleaved({name: way}, 1))[name]
                for name in ("pydantic_ai", "langgraph") if options.peers else ():
                    for way_of_peer, seconds in peer(options.peers, name, steps, runs).items():
                        taken.setdefault(way_of_peer, []).append(seconds)
    middle = medians(taken)
    best = min([one.cpu for name, one in middle.items() if not name.startswith("runnel")], default=None)
    count = runs * (steps + 1)
    print_table(
        f"One step of an agent: {steps} steps with a call each, and the last",
        ("", "CPU µs a step", "wall µs a step", "CPU of the best peer's"),
        [
            (
                name,
                f"{one.cpu / count * 1e6:.0f}",
                f"{one.wall / count * 1e6:.0f}",
                f"{one.cpu / best:.2f}" if best else "",
            )
            for name, one in middle.items()
        ],
    )
    eight, one = middle["runnel, 8 calls a step"].cpu, middle["runnel, in memory"].cpu
    print(f"  one more call in a step: {(eight - one) / (runs * steps * 7) * 1e6:.0f} µs of CPU")


async def long_chat(app: Runnel, length: int) -> Chat:
    """A chat of so many messages, whose last answer made three calls."""
    chat = await app.chat(model=Fake(1), tools=[add])
    store: Chats = app._open.store
    parent = None
    values = []
    for number in range(length):
        role, id = ("user", "assistant")[number % 2], f"{chat.id}_{number}"
        calls = [ToolPart(f"call_{n}", "add", "{}", True, "ok", "3", 1) for n in range(3)] if number % 2 else []
        values.append(
            MessageValue(id, role, Status.COMPLETED, chat.id, parent, parts=(*calls, TextPart("word " * 20)))  # type: ignore[arg-type]
        )
        parent = id

    def work(connection: object) -> None:
        for value in values:
            insert_message(connection, value)  # type: ignore[arg-type]

    await app._open.database.write(work)
    await store.change(chat.id, 1, head=parent)
    return chat


async def calls(repeat: int) -> None:
    """`chat.calls()` in chats of several lengths."""
    with tempfile.TemporaryDirectory() as folder:
        async with Runnel(f"sqlite:///{folder}/bench.db") as app:
            chats = {length: await long_chat(app, length) for length in LENGTHS}
            took: dict[int, list[float]] = {length: [] for length in LENGTHS}
            for _ in range(repeat):
                for length, chat in chats.items():
                    began = time.perf_counter()
                    assert len(await chat.calls()) == 3
                    took[length].append((time.perf_counter() - began) * 1e6)
    first = statistics.median(took[LENGTHS[0]])
    print_table(
        "The calls since the last question",
        ("messages in the chat", "µs", "of the shortest"),
        [
            (f"{length:,}", f"{statistics.median(all):.0f}", f"{statistics.median(all) / first:.2f}")
            for length, all in took.items()
        ],
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--peers", type=Path)
    options = parser.parse_args()
    asyncio.run(loops(options))
    asyncio.run(calls(500))


if __name__ == "__main__":
    main()
