"""`runnel ask` and `runnel continue`: one answer."""

import asyncio
import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.text import Text

from ..app import Runnel
from ..errors import UnknownRun
from ..runs.handles import Message, Run
from ..terminal.conversation import Choices
from ..terminal.notes import SourceList, ending, source_lines
from ..terminal.screen import Screen
from ..terminal.showing import Shown, show_run
from ..vocabulary.messages import Status
from .opening import open_chat
from .options import AsJson, ChatId, Documents, IfBusy, Model, System
from .process import BROKEN_PIPE, USAGE, Stop, exit_code, open_runnel, run, say

__all__ = ["ask", "go_on", "message_json"]

Sources = Annotated[
    bool | None,
    Parameter(
        help="Show the sources after the answer. Without either, a terminal shows them; elsewhere they go to standard"
        " error, and the answer alone to standard output."
    ),
]


def ask(
    question: Annotated[str, Parameter(help="The question; - reads it from standard input.")],
    *,
    documents: Documents = None,
    model: Model = None,
    chat: ChatId = None,
    system: System = None,
    history: Annotated[
        bool | None, Parameter(help="Whether the model is told what was said before. Kept for the chat.")
    ] = None,
    if_busy: IfBusy = None,
    sources: Sources = None,
    json: AsJson = False,
) -> int:
    """Ask one question, and print the answer as it comes."""
    text = sys.stdin.read().strip() if question == "-" else question.strip()
    if not text:
        say("runnel: there is no question." + (" Standard input was empty." if question == "-" else ""))
        return USAGE

    async def work(stop: Stop) -> int:
        async with open_runnel() as app:
            answer = _Answer(app, stop, sources, json)
            choices = Choices(model, system, history)
            found = await open_chat(app, answer.screen, choices, documents, chat)
            if found is None:
                found = await app.chat(model=choices.model, system=choices.system, history=choices.history)
                if choices.documents:
                    await found.change(documents=choices.documents)
            return await answer.show(await found.start(text, if_busy=if_busy))

    return run(work)


def go_on(
    run_or_message: Annotated[str, Parameter(help="The id of the run or of the message that was cut.")],
    *,
    sources: Sources = None,
    json: AsJson = False,
) -> int:
    """Go on with an answer where it was cut, as another branch of its chat; for models that can."""

    async def work(stop: Stop) -> int:
        async with open_runnel() as app:
            answer = _Answer(app, stop, sources, json)
            message = await _message(app, run_or_message)
            chat = await app.get_chat(message.chat_id or "")
            return await answer.show((await chat.continue_message(message, stream=True)).run)

    return run(work)


async def _message(app: Runnel, id: str) -> Message:
    try:
        return await (await app.run(id)).message()
    except UnknownRun:
        if not id.startswith("msg_"):
            raise
        return await app.message(id)


class _Answer:
    """Shows one answer, and stops it when the command is stopped or nobody reads it any more."""

    def __init__(self, app: Runnel, stop: Stop, sources: bool | None, json: bool) -> None:
        self.screen = Screen(on_broken=stop.leave)
        self._app = app
        self._stop = stop
        self._sources = sources
        self._json = json

    async def show(self, run: Run) -> int:
        """Show the run, and return the exit code."""
        shown = Shown()
        try:
            if self._json:
                await run.wait()
            else:
                async with self.screen.view() as view:
                    await show_run(run, view, shown)
            message = await run.message()
        except asyncio.CancelledError:
            if not (self._stop.asked or self.screen.broken):
                say(f"Interrupted. What was said is kept: run {run.id}")
                raise
            message = await run.cancel()
        if self._json:
            self.screen.write(message_json(message) + "\n")
        elif message.content and message.status is Status.COMPLETED:
            self._show_sources(message)
        if not self.screen.broken:
            await self._tell_end(message, run)
        await self.screen.drain()
        if self.screen.broken:
            return BROKEN_PIPE
        return self._stop.code if self._stop.asked else exit_code(message)

    def _show_sources(self, message: Message) -> None:
        if not message.sources or self._sources is False:
            return
        if self.screen.live:
            self.screen.note("")
            answer = "" if self._sources else message.content
            self.screen.note(SourceList(message.sources, answer=answer, more="--sources"))
            return
        lines = "\n".join(["Sources", *source_lines(message.sources)])
        if self._sources or self.screen.terminal:
            self.screen.write(f"\n{lines}\n")
        else:
            self.screen.note(lines)

    async def _tell_end(self, message: Message, run: Run) -> None:
        said = ending(message.status, message.finish_reason, message.error, bool(message.content))
        if said is None:
            return
        chat = await self._app.get_chat(run.chat_id or "")
        offer = f" Go on with: runnel continue {run.id}" if await chat.can_continue(message) else f" Run {run.id}."
        if self.screen.terminal:
            self.screen.note("")
            style = "red" if message.status is Status.FAILED else "yellow"
            self.screen.note(Text.assemble((said, style), (offer, "dim")))
        else:
            say(said + offer)


def message_json(message: Message) -> str:
    """A message as one line of JSON: all that is kept of it, and its text as `content`."""
    value = msgspec.to_builtins(message.value)
    return msgspec.json.encode({**value, "content": message.content}).decode()
