"""Other processes for the tests: started, talked to and ended."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.house import ROOT

Process = asyncio.subprocess.Process


@asynccontextmanager
async def child(*words: str, of: str = "tests.runs.child") -> AsyncIterator[Process]:
    """A process that does what the module `of` calls `words[0]`; killed when the context is left."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        of,
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]


async def line(process: Process) -> str:
    """The next line that it says."""
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()


async def lines(process: Process) -> list[str]:
    """All that it says until it ends."""
    assert process.stdout is not None
    said = (await asyncio.wait_for(process.stdout.read(), 30)).decode().splitlines()
    assert await process.wait() == 0
    return said
