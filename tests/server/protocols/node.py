"""Programs for node, driven line by line."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from runnel.ids import new_id
from tests.house import ROOT

__all__ = ["Program", "needs", "program"]

MODULES = ROOT / ".servers/node_modules"
LONG = 30


def needs(package: str) -> pytest.MarkDecorator:
    """Skip where `scripts/servers` has not installed the package, but not where `CI` is set."""
    missing = not ((MODULES / package).exists() and shutil.which("node"))
    return pytest.mark.skipif(
        missing and not os.environ.get("CI"), reason=f"scripts/servers has not installed {package}"
    )


class Program:
    """A running program: takes a command, gives what came of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def __call__(self, *command: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        async with asyncio.timeout(LONG):
            line = await self._process.stdout.readline()
        assert line, "the program ended"
        found: dict[str, Any] = json.loads(line)
        return found


@asynccontextmanager
async def program(file: Path, *arguments: str) -> AsyncIterator[Program]:
    """A program of this folder; its modules are those that `scripts/servers` has installed."""
    # Where a module lies decides where it looks for others.
    place = MODULES.parent / f"{new_id(file.stem)}.mjs"
    place.write_bytes(file.read_bytes())
    process = await asyncio.create_subprocess_exec(
        "node", str(place), *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        place.unlink()
