"""Time from a question to the first chunk of its answer, as one chat grows: at turns 20, 60, 1,000 and 10,000 with
`history=10`, and for new chats in the same database after that.

    python -m bench.turns [--turns 10000]

Every turn is a real one, through a SQLite file, by a model that answers at once with twenty words.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from runnel import Chat, Runnel
from runnel.vocabulary.prompt import Prompt

AROUND = 40
HISTORY = 10


class Brief:
    """Answers with twenty words, at once; and keeps how much history it was given."""

    name = "brief"

    def __init__(self) -> None:
        self.history = 0

    async def stream(self, prompt: Prompt) -> AsyncIterator[str]:
        """Twenty words."""
        self.history = len(prompt.history)
        for n in range(20):
            yield f"word{n} "


async def turn(chat: Chat) -> float:
    """Milliseconds from the question to the first chunk; then the rest is read."""
    began = time.perf_counter()
    first = 0.0
    async for _ in await chat.answer("What comes next, and why?", stream=True):
        first = first or time.perf_counter() - began
    return first * 1e3


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--turns", type=int, default=10_000)
    options = parser.parse_args()
    points = [point for point in (20, 60, 1_000, 10_000) if point <= options.turns]
    times: dict[int, list[float]] = {point: [] for point in points}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        async with Runnel(f"sqlite:///{path}") as app:
            model = Brief()
            for _ in range(3):  # what the first question of a process pays once
                await turn(await app.chat(model=model, history=HISTORY))
            chat = await app.chat(model=model, history=HISTORY)
            for number in range(1, max(points) + AROUND // 2 + 1):
                took = await turn(chat)
                for point in points:
                    # Turns before the tenth have less history to give: they are not what is compared.
                    if number > HISTORY and abs(number - point) <= AROUND // 2:
                        times[point].append(took)
            assert model.history == 2 * HISTORY
            fresh = []
            for _ in range(AROUND // 2):
                chat = await app.chat(model=model, history=HISTORY)
                for number in range(HISTORY + 3):
                    took = await turn(chat)
                    if number > HISTORY:
                        fresh.append(took)
            base = statistics.median(times[points[0]])
            for name, taken in [*((f"turn {point:,}", times[point]) for point in points), ("new chats after", fresh)]:
                middle = statistics.median(taken)
                worst = sorted(taken)[int(len(taken) * 0.95)]
                print(
                    f"{name:16} first chunk after {middle:6.2f} ms (p95 {worst:6.2f}) "
                    f"  {middle / base:5.2f} of turn {points[0]}"
                )
            print(f"database: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    asyncio.run(main())
