"""What the tests of agents do in another process: `python -m tests.agents.child VERB URL …`."""

import asyncio
import sys
from typing import Any

from runnel import Runnel
from tests.agents.parts import TOOLS, model
from tests.apps import config


def say(*words: object) -> None:
    """Tell the parent."""
    print(*words, flush=True)


async def start(url: str, run_id: str, question: str) -> None:
    """Ask, and tell of each event until killed."""
    async with Runnel(url, config=config(model_wait=20)) as app:
        chat = await app.chat(model=model.name, tools=TOOLS)
        run = await chat.start(question.replace("|", "\n"), id=run_id)
        say(chat.id)
        async for event in run.events():
            say(event.type, getattr(event, "status", ""), getattr(event, "call", ""))
        await asyncio.sleep(60)


async def serve(url: str) -> None:
    """Answer the questions that the parent's lines give, at once, each in a chat of its own (`run steering question`);
    until killed."""
    async with Runnel(url, config=config(model_wait=20)) as app:
        say("open")

        async def ask(run_id: str, steering: Any, question: str) -> None:
            chat = await app.chat(model=model.name, tools=TOOLS, steering=steering)
            await chat.start(question.replace("|", "\n"), id=run_id)
            say(run_id)

        asking = []
        while line := await asyncio.to_thread(sys.stdin.readline):
            asking.append(asyncio.ensure_future(ask(*line.strip().split(" ", 2))))


if __name__ == "__main__":
    asyncio.run(globals()[sys.argv[1]](*sys.argv[2:]))
