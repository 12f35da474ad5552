"""What a token costs when many runs say a little each: 200 durable runs of 50 tokens a second with a follower each,
beside a bare loop of the same shape, a queue between the same sleeps, that keeps nothing.

    python -m bench.paced [--runs 200] [--rate 50] [--seconds 4] [--repeat 3]

CPU is that of the process, all threads, over tokens that were made while all runs were going; a token is late by what
lies between the model's yield and the follower.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from bench.measure import percentile, print_table
from runnel import Runnel
from runnel.vocabulary.events import TextDelta
from runnel.vocabulary.prompt import Prompt


class Paced(NamedTuple):
    """What one measurement gave: microseconds of CPU a token, and how late tokens were, in milliseconds."""

    cpu: float
    late: list[float]


class Pace:
    """The moments at which one of many streams says something; `share` is where in the interval."""

    name = "paced"

    def __init__(self, rate: float, seconds: float, share: float) -> None:
        self.rate = rate
        self.count = int(rate * seconds)
        self.share = share

    async def stream(self, prompt: Prompt | None) -> AsyncIterator[str]:
        """The time, again and again."""
        loop = asyncio.get_running_loop()
        began = loop.time() + self.share / self.rate
        for n in range(self.count):
            await asyncio.sleep(began + n / self.rate - loop.time())
            yield f"{time.perf_counter():.6f} "


class Meter:
    """Counts tokens of all streams while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.count = 0
        self.late: list[float] = []

    def take(self, text: str) -> None:
        """A token has come."""
        if self.on:
            self.count += 1
            self.late.append((time.perf_counter() - float(text)) * 1000)

    async def over(self, seconds: float) -> Paced:
        """Measure the middle of `seconds`."""
        await asyncio.sleep(seconds * 0.25)
        cpu = time.process_time()
        self.on = True
        await asyncio.sleep(seconds * 0.5)
        self.on = False
        return Paced((time.process_time() - cpu) / self.count * 1e6, self.late)


async def bare(runs: int, rate: float, seconds: float) -> Paced:
    """A task that sleeps and puts, a task that gets, for each stream."""
    meter = Meter()

    async def say(pace: Pace, queue: "asyncio.Queue[str | None]") -> None:
        async for text in pace.stream(None):
            queue.put_nowait(text)
        queue.put_nowait(None)

    async def read(queue: "asyncio.Queue[str | None]") -> None:
        while (text := await queue.get()) is not None:
            meter.take(text)

    queues: list[asyncio.Queue[str | None]] = [asyncio.Queue() for _ in range(runs)]
    tasks = [asyncio.ensure_future(say(Pace(rate, seconds, n / runs), queue)) for n, queue in enumerate(queues)]
    tasks += [asyncio.ensure_future(read(queue)) for queue in queues]
    taken = await meter.over(seconds)
    await asyncio.gather(*tasks)
    return taken


async def durable(app: Runnel, runs: int, rate: float, seconds: float) -> Paced:
    """A run and a follower for each stream."""
    meter = Meter()

    async def begin(share: float) -> asyncio.Task[None]:
        chat = await app.chat(model=Pace(rate, seconds + 1, share))
        run = await chat.start("go")

        async def read() -> None:
            async for event in run.events():
                if isinstance(event, TextDelta):
                    meter.take(event.text)

        return asyncio.ensure_future(read())

    tasks = [await begin(n / runs) for n in range(runs)]
    taken = await meter.over(seconds)
    await asyncio.gather(*tasks)
    return taken


async def main() -> None:
    """Measure in turn and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    shape = (given.runs, given.rate, given.seconds)
    taken: dict[str, list[Paced]] = {"bare loop": [], "durable runs": []}
    with tempfile.TemporaryDirectory() as folder:
        async with Runnel(f"sqlite:///{Path(folder) / 'bench.db'}") as app:
            for _ in range(given.repeat):
                taken["bare loop"].append(await bare(*shape))
                taken["durable runs"].append(await durable(app, *shape))
    base = statistics.median([one.cpu for one in taken["bare loop"]])
    rows = []
    for name, all in taken.items():
        cpu = statistics.median([one.cpu for one in all])
        late = [each for one in all for each in one.late]
        rows.append(
            (
                name,
                f"{cpu:.1f}",
                f"{cpu - base:.1f}",
                f"{percentile(late, 50):.2f}",
                f"{percentile(late, 99):.2f}",
            )
        )
    print_table(
        f"{given.runs} streams of {given.rate:g} tokens a second",
        ("", "CPU µs a token", "above bare", "late p50 ms", "p99 ms"),
        rows,
    )


if __name__ == "__main__":
    asyncio.run(main())
