"""Waiting for what a test has no event for."""

import asyncio
from collections.abc import Callable

__all__ = ["until"]


async def until(holds: Callable[[], object]) -> None:
    """Give way to other tasks until `holds`."""
    while not holds():  # noqa: ASYNC110
        await asyncio.sleep(0.001)
