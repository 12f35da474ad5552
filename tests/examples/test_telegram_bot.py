"""The bot of examples/telegram_bot.py, with a Telegram of this machine."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from examples.telegram_bot import Bot
from runnel.models.scripted import Item, Pause, Scripted, tool_call
from runnel.tools import tool
from tests.examples.telegram import Telegram, telegram
from tests.house import ROOT

WEEK = "Monday Tuesday Wednesday"


@pytest.fixture
async def there() -> AsyncIterator[Telegram]:
    """Telegram."""
    async with telegram() as one:
        yield one


@asynccontextmanager
async def bot(there: Telegram, folder: Path, **settings: Any) -> AsyncIterator[Bot]:
    """A bot that is at work while the context is held."""
    one = Bot(f"{there.api}/bot1:token", folder / "bot.json", f"sqlite:///{folder}/bot.db", **settings)
    work = asyncio.ensure_future(one.serve())
    try:
        yield one
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def test_a_question_is_answered_in_one_message_that_grows(there: Telegram, tmp_path: Path) -> None:
    go_on = asyncio.Event()
    model = Scripted(answers=lambda prompt: [f"{prompt.question}? ", go_on, "Yes."])
    async with bot(there, tmp_path, model=model) as one:
        one.clock = lambda: 0.0  # the second never passes: one edit while it is written
        await there.write("Really")
        assert await there.until(bool) == ["Really? "]
        go_on.set()
        assert await there.until(lambda shown: "Yes." in shown[0]) == ["Really? Yes."]
        assert there.edits == {1: 2}


async def test_each_telegram_chat_has_its_own_history(there: Telegram, tmp_path: Path) -> None:
    model = Scripted(answers=lambda prompt: [f"{len(prompt.history)} {prompt.question}"])
    async with bot(there, tmp_path, model=model):
        for text, chat, shown in (("a", 7, "0 a"), ("b", 7, "2 b"), ("a", 8, "0 a")):
            count = len(there.shown)
            await there.write(text, chat)
            await there.until(lambda texts, count=count: len(texts) > count)  # type: ignore[misc]
            assert there.shown[count + 1] == shown


async def test_stop_cancels_and_keeps_what_was_said(there: Telegram, tmp_path: Path) -> None:
    model = Scripted("as far as this", Pause(3600))
    async with bot(there, tmp_path, model=model) as one:
        await there.write("go")
        await there.until(bool)
        await there.write("and then")
        await there.write("/stop")
        await there.until(lambda shown: len(shown) == 2)
        assert list(there.shown.values()) == ["as far as this", "(cancelled)"]
        assert {str((await run.message()).status) for run in await one.app.runs()} == {"cancelled"}


@pytest.mark.parametrize(("word", "said"), [("yes", "It is sent."), ("no", "It is not.")])
async def test_consent_is_asked_for_and_given_by_a_word(there: Telegram, tmp_path: Path, word: str, said: str) -> None:
    sent = []

    @tool(permission="ask")
    def send(to: str) -> str:
        """Send it."""
        sent.append(to)
        return "sent"

    answers: list[list[Item]] = [[tool_call("send", to="ada")], [said]]
    async with bot(there, tmp_path, model=Scripted(answers=answers), tools=[send]):
        await there.write("Send it to Ada.")
        (question,) = await there.until(bool)
        assert "send" in question
        assert "ada" in question
        await there.write(word)
        assert (await there.until(lambda shown: said in shown))[-1] == said
        assert sent == (["ada"] if word == "yes" else [])


async def test_a_long_answer_takes_several_messages(there: Telegram, tmp_path: Path) -> None:
    async with bot(there, tmp_path, model=Scripted("a" * 5000)):
        await there.write("go")
        shown = await there.until(lambda shown: sum(map(len, shown)) == 5000)
        assert [len(text) for text in shown] == [4096, 904]


async def test_what_was_scheduled_arrives_in_the_telegram_chat(there: Telegram, tmp_path: Path) -> None:
    async with bot(there, tmp_path, model="scripted:here") as one:
        await there.write("go")
        await there.until(bool)
        chat = await one.app.chat(key={"telegram": 7})
        await chat.start("and again", at=datetime(2020, 1, 1, tzinfo=UTC))
        assert await there.until(lambda shown: len(shown) == 2) == ["here", "here"]


async def test_a_restart_neither_loses_nor_repeats_an_answer(there: Telegram, tmp_path: Path) -> None:
    model = f"scripted:{WEEK}?delay=0.05"
    async with bot(there, tmp_path, model="scripted:done"):
        await there.write("zero")
        await there.until(lambda shown: shown == ["done"])
    async with bot(there, tmp_path, model=model) as one:
        for text in ("one", "two"):
            await there.write(text, chat=8)
        await there.until(lambda shown: len(shown) == 2)
        async with asyncio.timeout(20):
            while len(await one.app.runs()) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    there.forgets = True  # Telegram delivers all of them again
    async with bot(there, tmp_path, model=model):
        await there.write("three", chat=8)
        shown = await there.until(lambda shown: len(shown) == 4 and shown[2:] == [WEEK] * 2)
        assert shown[0] == "done"
        assert WEEK.startswith(shown[1].strip())


async def test_a_bot_that_was_killed_goes_on_where_it_was(there: Telegram, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "TELEGRAM_API": there.api,
        "TELEGRAM_TOKEN": "1:token",
        "RUNNEL_DATA": str(tmp_path),
        "RUNNEL_MODEL": f"scripted:{WEEK}?delay=0.02",
    }
    command = [sys.executable, str(ROOT / "examples" / "telegram_bot.py")]
    for text in ("first", "second"):
        process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=tmp_path)
        try:
            await there.write(text)
            count = len(there.shown)
            await there.until(lambda shown, count=count: len(shown) > count)  # type: ignore[misc]
            async with asyncio.timeout(20):
                while f"telegram-{count + 100} 0" not in kept_in(tmp_path / "telegram_bot.json"):  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
            if text == "second":
                await there.until(lambda shown: shown[-1] == WEEK)
        finally:
            process.kill()
            await process.wait()
            process._transport.close()  # type: ignore[attr-defined]
    first, second = there.shown.values()
    assert WEEK.startswith(first.strip())
    assert second == WEEK


def kept_in(file: Path) -> str:
    """What a bot has written down."""
    return file.read_text() if file.exists() else ""
