"""What reading a long run from a server costs its reader, beside getting the same lines and decoding each.

    python -m bench.remote [--tokens 100000] [--repeat 3]

The server is a process of its own; the CPU is this process's.
"""

import argparse
import asyncio
import os
import re
import statistics
import sys
import tempfile
import time

import httpx2
import msgspec

from runnel import Runnel
from runnel.vocabulary.wire import decode_lines


async def read(url: str, run: str) -> int:
    """Read a run as a program does; returns the number of its events."""
    async with Runnel(url) as app:
        return len([event async for event in (await app.run(run)).events()])


async def parse(url: str, run: str) -> int:
    """Get its lines, and decode them."""
    async with httpx2.AsyncClient(base_url=url, timeout=None) as client:
        answer = await client.get(f"/api/runs/{run}/events", headers={"Accept": "application/x-ndjson"})
        return len(decode_lines(answer.content))


async def main(tokens: int, repeat: int) -> None:
    """Make a run, and print what both cost for each token."""
    upstream = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "runnel.testing.upstream", stdout=asyncio.subprocess.PIPE
    )
    assert upstream.stdout is not None
    base = (await upstream.stdout.readline()).decode().strip()
    with tempfile.TemporaryDirectory() as folder:
        providers = msgspec.json.encode({"vendor": {"base_url": base}}).decode()
        server = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "runnel", "--data", folder, "serve", "--port", "0"],
            *["--model", f"vendor:any?tokens={tokens}"],
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "RUNNEL_PROVIDERS": providers},
        )
        try:
            assert server.stdout is not None
            found = re.search(r"http://[\w.:]+", (await server.stdout.readline()).decode())
            assert found is not None
            url = found[0]
            async with Runnel(url) as app:
                message = await (await app.chat()).answer("Go")
            count = 0
            for name, work in (("Runnel", read), ("bare", parse)):
                taken = []
                for _ in range(repeat):
                    began = time.process_time()
                    count = await work(url, message.run.id)
                    taken.append((time.process_time() - began) / tokens * 1e6)
                print(f"{name:8} {count} events, {statistics.median(taken):.2f} µs of CPU a token")
        finally:
            server.terminate()
            upstream.terminate()
            await asyncio.gather(server.wait(), upstream.wait())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    asyncio.run(main(given.tokens, given.repeat))
