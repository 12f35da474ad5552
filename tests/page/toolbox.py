"""Tools for the chats of the tests, as one who runs a server would write them. It is copied to where the server is."""

import asyncio
from collections.abc import AsyncIterator

from runnel.errors import ToolError
from runnel.tools import StatusLine, ToolContext, tool


@tool
async def count(to: int, context: ToolContext) -> AsyncIterator[str | StatusLine]:
    """Count, and say so."""
    for number in range(1, to + 1):
        yield StatusLine("Counting", number, to)
        yield f"{number} "
        await asyncio.sleep(0.05)


@tool
def divide(number: float, by: float) -> float:
    """Divide a number."""
    if by == 0:
        raise ToolError("nothing can be divided by zero")
    return number / by


@tool(permission="ask")
def send(to: str, text: str) -> str:
    """Send somebody a letter."""
    return f"sent to {to}: {text}"


@tool
async def book(town: str, context: ToolContext) -> str:
    """Book a room."""
    nights = await context.ask("How many nights?")
    return f"{nights} nights in {town}"


@tool
async def dig(context: ToolContext) -> str:
    """Dig for a long time."""
    context.status("Digging for gold")
    await asyncio.sleep(3600)
    return "gold"
