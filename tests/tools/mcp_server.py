"""A server that speaks MCP, with tools that do what the tests need. Its first argument is a file to leave notes in."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import anyio
from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Image, MCPServer, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel

server = MCPServer("notes")
notes = Path(sys.argv[1]) if len(sys.argv) > 1 else None


class Confirmation(BaseModel):
    """What the user is asked."""

    sure: bool
    times: int = 1


@server.tool()
def echo(word: str) -> str:
    """Give it back."""
    return word


@server.tool()
async def wait(ctx: Context) -> str:
    """Wait for a minute, and note it when told to stop."""
    try:
        await ctx.report_progress(1, 3, "one of three")
        await asyncio.sleep(60)
    except anyio.get_cancelled_exc_class():
        if notes is not None:
            notes.write_text("stopped", encoding="utf-8")
        raise
    return "waited"


async def confirm() -> Elicit[Confirmation]:
    """What is asked before `ask` begins."""
    return Elicit("Shall I?", Confirmation)


@server.tool()
async def ask(answer: Annotated[ElicitationResult[Confirmation], Resolve(confirm)]) -> str:
    """Ask the user."""
    return f"{answer.data.sure} {answer.data.times}" if isinstance(answer, AcceptedElicitation) else answer.action


@server.tool()
def picture() -> Image:
    """A picture."""
    return Image(data=b"\x89PNG\r\n\x1a\n", format="png")


@server.tool()
def fail() -> None:
    """Fail."""
    raise ToolError("not like this")


@server.tool()
def pid() -> str:
    """Which process this is."""
    return str(os.getpid())


@server.tool()
def crash() -> None:
    """End at once."""
    print("it was too much", file=sys.stderr, flush=True)
    os._exit(3)


@server.tool()
async def learn(ctx: Context) -> str:
    """Have one more tool from here on."""
    server.add_tool(lambda: "new", name="learnt", description="What was learnt.")
    await ctx.notify_tools_changed()
    return "learnt"


@server.resource("notes://today", name="today", mime_type="text/markdown")
def today() -> str:
    """What is noted."""
    return "# Today"


@server.prompt()
def greet(name: str) -> str:
    """Greet somebody."""
    return f"Say hello to {name}."


if __name__ == "__main__":
    server.run()
