"""Tokens a second from a model that yields at once to a reader in Python, through a durable run, beside the bare
generator; and what a run of a million tokens adds to memory besides its text.

    python -m bench.run [--tokens 400000] [--memory-tokens 1000000]
"""

import argparse
import asyncio
import gc
import resource
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from runnel import Runnel
from runnel.vocabulary.prompt import Prompt

WORDS = [f"word{n} " for n in range(100)]


class AtOnce:
    """A model that never waits."""

    name = "at-once"

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens

    async def stream(self, prompt: Prompt) -> AsyncIterator[str]:
        """The words, over and over."""
        words = WORDS
        for n in range(self.tokens):
            yield words[n % 100]


async def bare(tokens: int) -> float:
    """Seconds to read the generator itself."""
    began = time.perf_counter()
    count = 0
    async for _ in AtOnce(tokens).stream(Prompt("go")):
        count += 1
    assert count == tokens
    return time.perf_counter() - began


async def chunks(app: Runnel, tokens: int) -> float:
    """Seconds from asking to the last chunk, and the end."""
    chat = await app.chat(model=AtOnce(tokens))
    began = time.perf_counter()
    count = 0
    async for _ in await chat.answer("go", stream=True):
        count += 1
    assert count == tokens
    return time.perf_counter() - began


async def events(app: Runnel, tokens: int) -> float:
    """Seconds from asking to the last event."""
    chat = await app.chat(model=AtOnce(tokens))
    began = time.perf_counter()
    run = await chat.start("go")
    count = 0
    async for event in run.events():
        count += event.type == "text.delta"
    assert count == tokens
    return time.perf_counter() - began


def resident() -> int:
    """The bytes of memory that this process has now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def memory(app: Runnel, tokens: int) -> tuple[float, float]:
    """The most that a run adds to the process's memory while a reader follows it, in MB; and its text's size."""
    await (await app.chat(model=AtOnce(1000))).answer("warm up")
    chat = await app.chat(model=AtOnce(tokens))
    gc.collect()
    before = resident()
    most = before
    size = 0
    seen = 0
    async for chunk in await chat.answer("go", stream=True):
        size += len(chunk)
        seen += 1
        if seen % 20_000 == 0:
            most = max(most, resident())
    return (max(most, resident()) - before) / 1e6, size / 1e6


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tokens", type=int, default=400_000)
    parser.add_argument("--memory-tokens", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    n = options.tokens
    with tempfile.TemporaryDirectory() as folder:
        async with Runnel(f"sqlite:///{Path(folder) / 'bench.db'}") as app:
            added, text = await memory(app, options.memory_tokens)  # first: freed memory would hide what it takes
            rounds = [(await bare(n), await chunks(app, n), await events(app, n)) for _ in range(options.rounds)]
            for name, seconds in zip(
                ("bare generator", "run, chunks", "run, events"), zip(*rounds, strict=True), strict=True
            ):
                middle = statistics.median(seconds)
                ratio = statistics.median([each[0] / mine for each, mine in zip(rounds, seconds, strict=True)])
                print(
                    f"{name:16} {n / middle:12,.0f} tokens/s   {middle / n * 1e9:7.0f} ns a token "
                    f"  {ratio:5.2f} of bare"
                )
            print(f"memory: a run of {options.memory_tokens:,} tokens adds {added:.1f} MB, its text is {text:.1f} MB")


if __name__ == "__main__":
    asyncio.run(main())
