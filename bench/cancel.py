"""From a cancel to the upstream socket closed, and how many tokens the vendor still sends after it.

    python -m bench.cancel [--cancels 200]

The vendor is another process that speaks OpenAI's wire and sends a token every 5 ms; each answer is a durable run on a
SQLite file, cancelled at a random moment of its text. Both processes read the machine's one monotonic clock.
"""

import argparse
import asyncio
import multiprocessing
import random
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from runnel import Chat, Runnel
from runnel.models.openai import OpenAIModel
from runnel.testing.upstream import Upstream

Log = tuple[float | None, list[tuple[float, int]]]


def vendor(pipe: Connection) -> None:
    """Serve, and give the log of each request when asked for it."""

    async def serve() -> None:
        tokens = [f"word{n} " for n in range(2000)]
        async with Upstream(tokens=tokens, delay=0.005) as upstream:
            pipe.send(upstream.url)
            while await asyncio.to_thread(pipe.recv):
                received = upstream.requests[-1]
                await received.over.wait()
                pipe.send((received.closed_at, received.writes))

    asyncio.run(serve())


async def cancelled(chat: Chat, pipe: Connection, moment: float) -> tuple[float, float, int]:
    """One cancel, `moment` seconds into the text: milliseconds until the vendor's socket was closed, until the caller
    had the partial message, and how many tokens were sent after the cancel."""
    run = await chat.start("Count.")
    async for event in run.events():
        if event.type == "text.delta":
            break
    await asyncio.sleep(moment)
    began = time.monotonic()
    message = await run.cancel()
    returned = time.monotonic()
    assert message.status == "cancelled"
    assert message.content
    pipe.send(True)
    closed_at, writes = await asyncio.to_thread(pipe.recv)
    assert closed_at is not None
    return (closed_at - began) * 1e3, (returned - began) * 1e3, sum(n for at, n in writes if at > began)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cancels", type=int, default=200)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=vendor, args=(theirs,))
    process.start()
    chance = random.Random(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with Runnel(f"sqlite:///{Path(folder) / 'bench.db'}") as app:
                chat = await app.chat(model=OpenAIModel("any", base_url=pipe.recv(), api_key="none"), history=False)
                await cancelled(chat, pipe, 0.1)  # what the first request of a process pays once
                took = [await cancelled(chat, pipe, chance.uniform(0.0, 0.1)) for _ in range(options.cancels)]
        pipe.send(False)
    finally:
        process.join(5)
        process.kill()
    closed, returned, sent = zip(*took, strict=True)
    for name, values in (("upstream socket closed", closed), ("partial in the caller's hand", returned)):
        print(
            f"{name:30} p50 {statistics.median(values):6.2f} ms   p99 {sorted(values)[int(len(values) * 0.99)]:6.2f} ms"
            f"   most {max(values):6.2f} ms"
        )
    print(f"tokens sent after the cancel   most {max(sent)}   none in {sent.count(0)} of {len(sent)} cancels")


if __name__ == "__main__":
    asyncio.run(main())
