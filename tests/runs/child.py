"""What tests do in another process: `python -m tests.runs.child VERB URL …`. Each line that it prints is an answer."""

import asyncio
import sys
from datetime import UTC, datetime

from pydantic import SecretStr

from runnel import Runnel
from runnel.config import Config, NotifyConfig
from runnel.models.scripted import Scripted
from tests.apps import config, until_said


def say(*words: object) -> None:
    """Tell the parent."""
    print(*words, flush=True)


async def answer(url: str, run_id: str, count: str, delay: str) -> None:
    """Answer with so many words, `delay` seconds apart, in a run with that id."""
    async with Runnel(url, config=config()) as app:
        model = Scripted(answers=lambda _: (f"{number} " for number in range(int(count))), delay=float(delay))
        chat = await app.chat(model=model)
        run = await chat.start("count", id=run_id)
        say(chat.id)
        await run.wait()
        say("ended")


async def cancel(url: str, run_id: str) -> None:
    """Cancel a run."""
    async with Runnel(url, config=config()) as app:
        message = await (await app.run(run_id)).cancel()
        say(message.status, message.content)


async def follow(url: str, run_id: str, after: str) -> None:
    """Follow a run from where `after` says to its end."""
    async with Runnel(url, config=config()) as app:
        async for event in (await app.run(run_id)).events(int(after)):
            say(event.seq, event.type)


async def ask(url: str, chat_id: str, count: str) -> None:
    """Ask a chat so many questions."""
    async with Runnel(url, config=config()) as app:
        chat = await app.get_chat(chat_id, model=Scripted("yes"))
        for number in range(int(count)):
            await chat.answer(f"question {number}")


async def queue(url: str, chat_id: str) -> None:
    """Leave one run going and one in the queue, until killed."""
    async with Runnel(url, config=config()) as app:
        chat = await app.get_chat(chat_id, model=Scripted(["par"] * 10_000, delay=0.01))
        await until_said(await chat.start("first", id="run_first"))
        await chat.start("second", id="run_second", if_busy="enqueue")
        say("queued")
        await asyncio.sleep(60)


async def by_key(url: str) -> None:
    """Open fifty chats by their keys, once the parent says so."""
    async with Runnel(url, config=config()) as app:
        say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        chats = [await app.chat(model=Scripted("x"), key={"number": number}) for number in range(50)]
        say(*[chat.id for chat in chats])


async def open(url: str) -> None:
    """Have the database open until killed."""
    async with Runnel(url, config=config()):
        say("open")
        await asyncio.sleep(60)


async def schedule(url: str, chat_id: str) -> None:
    """Leave a question that is due at once, to whoever else has the database open, until killed."""
    async with Runnel(url, config=config(), go_on=False) as app:
        await (await app.get_chat(chat_id)).start("go", at=datetime(2020, 1, 1, tzinfo=UTC))
        say("scheduled")
        await asyncio.sleep(60)


async def answer_telling(url: str, notify: str, secret: str) -> None:
    """Answer, and tell a URL of it, until killed."""
    settings = Config(runs=config().runs, notify=NotifyConfig(secret=SecretStr(secret)))
    async with Runnel(url, config=settings, notify=notify) as app:
        await (await app.chat(model=Scripted("said"))).answer("go")
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(globals()[sys.argv[1]](*sys.argv[2:]))
