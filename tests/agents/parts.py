"""Models and tools that any process finds by their names, for answers that are gone on with in another one.

What a tool does it writes down in a file, on the disk before it is done: so it can be counted, whoever is killed.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator

from runnel.errors import ToolError
from runnel.models.scripted import Item, Scripted, tool_call
from runnel.tools import ThreadContext, ToolContext, tool
from runnel.vocabulary.messages import ToolPart
from runnel.vocabulary.prompt import Delta, Prompt

__all__ = ["JOURNAL", "ask_first", "ask_first_again", "flaky", "model", "note", "pay", "read_journal", "slow"]

JOURNAL = "RUNNEL_TEST_JOURNAL"


def write_down(context: ToolContext | ThreadContext, what: str) -> None:
    """A line for a call that does something now."""
    file = os.open(os.environ[JOURNAL], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, f"{context.run_id} {context.call_id} {what}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)


def read_journal(path: str) -> list[tuple[str, str, str]]:
    """What was written: run, call, what it did."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [(run, call, what) for run, call, what in (line.split() for line in file)]


@tool
def note(context: ThreadContext) -> str:
    """Note."""
    write_down(context, "note")
    return "noted"


@tool
async def slow(context: ToolContext) -> str:
    """Take a while."""
    write_down(context, "slow")
    context.status("slowly")
    await asyncio.sleep(0.02)
    return "slowly"


@tool
def flaky(context: ThreadContext) -> str:
    """Fail."""
    write_down(context, "flaky")
    time.sleep(0.002)
    raise ToolError("It failed.")


@tool(permission="ask")
def pay(context: ThreadContext, amount: int = 1) -> str:
    """Pay."""
    write_down(context, "pay")
    return f"paid {amount}"


@tool(idempotent=True)
async def ask_first(context: ToolContext) -> str:
    """Ask, then do it once, however often it is called."""
    answers = [await context.ask("Really?"), await context.ask("Really?")]
    write_down(context, "ask_first")
    return " ".join(answers)


@tool
async def ask_first_again(context: ToolContext) -> str:
    """Ask, then do it: not idempotent."""
    answer = await context.ask("Really?")
    write_down(context, "ask_first_again")
    return answer


TOOLS = (note, slow, flaky, pay, ask_first, ask_first_again)


class _Asked:
    """A model that calls the tools that the question names, a line a step, then says how that went."""

    name = "tests.agents.parts:model"
    price = (1.0, 1.0)

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        parts = () if prompt.so_far is None else prompt.so_far.parts
        done = max((getattr(part, "step", 0) for part in parts), default=0)
        lines = prompt.question.split("\n")
        items: list[Item]
        if done < len(lines):
            items = [f"Step {done + 1}. ", *[tool_call(name) for name in lines[done].split()]]
        else:
            results = [f"{part.name}={part.result}" for part in parts if isinstance(part, ToolPart)]
            items = ["Done: ", "; ".join(results)]
        async for delta in Scripted(*items, delay=0.0005).stream(prompt):
            yield delta


model = _Asked()
