"""A Telegram bot: each of its chats is a chat of Runnel, found again by Telegram's own id.

    TELEGRAM_TOKEN=… python examples/telegram_bot.py

A message is a question; its answer is one message that grows while it is written. "/stop" cancels, and keeps what was
said. Where a tool needs consent, the bot asks, and "yes" or "no" answers.

It may be killed at any moment: no answer is lost, and none is sent twice, unless it dies between a message and
Telegram's word that it was taken. A question is a run whose id is made of Telegram's, so one that is delivered again is
the same run. What must arrive in the end comes as a notice, which Runnel repeats until `deliver` returns. And which
Telegram message shows what is kept in a file, so that what is repeated is an edit.
"""

import asyncio
import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

import httpx2

from runnel import Run, Runnel
from runnel.errors import NotWaiting, RunnelError
from runnel.vocabulary.messages import ToolPart
from runnel.webhooks import Notice

LONGEST = 4096  # characters of a Telegram message
EVERY = 1.0  # seconds from one edit of a message to the next, at least


class TelegramError(Exception):
    """What Telegram says went wrong."""


class Bot:
    """Takes Telegram's updates until it is cancelled. `settings` are those of its chats; see `Runnel.chat`."""

    def __init__(self, api: str, kept: Path, url: str | None = None, **settings: Any) -> None:
        self.app = Runnel(url, notify=self.deliver)
        self.clock = time.monotonic
        self._http = httpx2.AsyncClient(base_url=f"{api}/", timeout=70)
        self._settings = settings
        self._file = kept
        self._kept: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {"offset": 0, "places": {}}
        self._streams: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Ask Telegram for updates, and take them one after another."""
        async with self._http, self.app:
            while True:
                try:
                    updates = await self.call("getUpdates", offset=self._kept["offset"], timeout=50)
                except (httpx2.HTTPError, TelegramError):
                    await asyncio.sleep(1)
                    continue
                for update in updates:
                    await self.take(update["update_id"], update.get("message") or {})
                    self._keep(update["update_id"] + 1)

    async def take(self, number: int, message: dict[str, Any]) -> None:
        """What somebody wrote: a question, a word to stop, or consent."""
        text = message.get("text", "").strip()
        if not text:
            return
        there = message["chat"]["id"]
        chat = await self.app.chat(key={"telegram": there}, **self._settings)
        runs = await chat.runs()
        asked = [(run, call) for run in runs for call in await calls_that_wait(run)]
        if text == "/stop" or asked:
            self._keep(number + 1)  # what is delivered again must not be taken for something else
        if text == "/stop":
            for run in reversed(runs):  # the queued ones first, so that none of them begins
                await run.cancel()
        elif asked:
            run, call = asked[0]
            with contextlib.suppress(NotWaiting):
                await run.approve(call.call, text.lower() == "yes")
        else:
            run = await chat.start(text, id=f"telegram-{number}", if_busy="enqueue")
            self._streams[run.id] = asyncio.create_task(self.stream(run, there))

    async def stream(self, run: Run, there: int) -> None:
        """Show what is said while it is said. Nothing depends on it: the end comes as a notice."""
        shown = -EVERY
        with contextlib.suppress(httpx2.HTTPError, TelegramError, RunnelError):
            async for event in run.events():
                if event.type == "text.delta" and self.clock() - shown >= EVERY:
                    shown = self.clock()
                    await self.show(run.id, there, (await run.message()).content)

    async def deliver(self, notice: Notice) -> None:
        """A run has ended, or waits for consent, whoever began it. Where this raises, it is told again later."""
        chat = await self.app.get_chat(notice.chat_id) if notice.chat_id is not None else None
        there = (chat.key or {}).get("telegram") if chat is not None else None
        if there is None:
            return
        if notice.type == "run.waiting":
            for call in await calls_that_wait(await self.app.run(notice.run_id)):
                await self.show(
                    f"{notice.run_id} {call.call}", there, f"May I? {call.name} {call.arguments} (yes / no)"
                )
            return
        if notice.run_id in self._streams:
            await asyncio.wait({self._streams.pop(notice.run_id)})
        await self.show(notice.run_id, there, notice.content or f"({notice.status})")

    async def show(self, what: str, there: int, text: str) -> None:
        """Have a Telegram message say `text`: the one that shows `what`, or a new one; several for a long text."""
        for start in range(0, len(text), LONGEST):
            place, piece = f"{what} {start}", text[start : start + LONGEST]
            id = self._kept["places"].get(place)
            if id is None:
                sent = await self.call("sendMessage", chat_id=there, text=piece)
                self._kept["places"][place] = sent["message_id"]
                self._keep()
                continue
            try:
                await self.call("editMessageText", chat_id=there, message_id=id, text=piece)
            except TelegramError as error:
                if "not modified" not in str(error):
                    raise

    async def call(self, method: str, **parameters: Any) -> Any:
        """A call of Telegram's API. Raises TelegramError, and what httpx2 raises."""
        answer = (await self._http.post(method, json=parameters)).json()
        if not answer["ok"]:
            raise TelegramError(answer.get("description", ""))
        return answer["result"]

    def _keep(self, offset: int = 0) -> None:
        """Write down the next update to ask for, and where the newest thousand answers are shown."""
        self._kept["offset"] = max(offset, self._kept["offset"])
        self._kept["places"] = dict(list(self._kept["places"].items())[-1000:])
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self._kept))
        new.replace(self._file)


async def calls_that_wait(run: Run) -> list[ToolPart]:
    """The calls of a run that wait for consent."""
    parts = (await run.message()).parts
    return [part for part in parts if isinstance(part, ToolPart) and part.approval == "requested"]


if __name__ == "__main__":
    api = os.environ.get("TELEGRAM_API", "https://api.telegram.org")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Bot(f"{api}/bot{os.environ['TELEGRAM_TOKEN']}", Path("telegram_bot.json")).serve())
