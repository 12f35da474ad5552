"""`runnel ask` and `runnel continue`: one answer."""

import asyncio
import sys
from collections.abc import Callable
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.text import Text

from ..app import Runnel
from ..errors import UnknownRun
from ..runs.handles import Message, Run
from ..terminal.live import PlainView
from ..terminal.notes import SourceList, ending, source_lines, waiting_lines
from ..terminal.people import Talk
from ..terminal.screen import Screen
from ..terminal.showing import Shown, show_run
from ..vocabulary.events import Event
from ..vocabulary.messages import Status
from .opening import open_chat
from .options import (
    AsJson,
    ChatId,
    Documents,
    IfBusy,
    MaxSeconds,
    MaxSteps,
    MaxTokens,
    Model,
    Retrieval,
    System,
    Tools,
    Verbose,
    choices_of,
)
from .process import BROKEN_PIPE, USAGE, WAITING, Stop, exit_code, open_runnel, run, say

__all__ = ["Answer", "Sources", "ask", "go_on", "message_json"]

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
    tools: Tools = None,
    retrieval: Retrieval = None,
    max_steps: MaxSteps = None,
    max_tokens: MaxTokens = None,
    max_seconds: MaxSeconds = None,
    if_busy: IfBusy = None,
    sources: Sources = None,
    verbose: Verbose = False,
    json: AsJson = False,
) -> int:
    """Ask one question, and print the answer as it comes."""
    text = sys.stdin.read().strip() if question == "-" else question.strip()
    if not text:
        say("runnel: there is no question." + (" Standard input was empty." if question == "-" else ""))
        return USAGE

    async def work(stop: Stop) -> int:
        async with open_runnel() as app:
            answer = Answer(app, stop, sources, json, verbose)
            choices = choices_of(model, system, history, tools, retrieval, max_steps, max_tokens, max_seconds)
            found = await open_chat(app, answer.screen, choices, documents, chat)
            if found is None:
                found = await choices.begin(app)
            return await answer.show(await found.start(text, if_busy=if_busy))

    return run(work)


def go_on(
    run_or_message: Annotated[str, Parameter(help="The id of the run or of the message that was cut.")],
    *,
    sources: Sources = None,
    verbose: Verbose = False,
    json: AsJson = False,
) -> int:
    """Go on with an answer where it was cut, as another branch of its chat; for models that can."""

    async def work(stop: Stop) -> int:
        async with open_runnel() as app:
            answer = Answer(app, stop, sources, json, verbose)
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


class Answer:
    """Shows one answer, and stops it when the command is stopped or nobody reads it any more."""

    def __init__(self, app: Runnel, stop: Stop, sources: bool | None, json: bool, verbose: bool = False) -> None:
        self.screen = Screen(on_broken=stop.leave)
        self._app = app
        self._stop = stop
        self._sources = sources
        self._json = json
        self._verbose = verbose

    async def show(self, run: Run, after: int | Callable[[Event], bool] = 0) -> int:
        """Show the run, after the event that `after` says yes to, and return the exit code. Where it waits for a person
        and nobody can be asked here, it is left waiting, and standard error says what for."""
        try:
            return await self._show(run, after)
        except asyncio.CancelledError:  # after the answer's end: what is left of it could not be written
            if not self.screen.broken or self._stop.signal is not None:
                raise
            await self.screen.drain()
            return BROKEN_PIPE

    async def _show(self, run: Run, after: int | Callable[[Event], bool]) -> int:
        shown = Shown()
        try:
            if self._json:
                await show_run(run, PlainView(_nowhere, self.screen.note, verbose=self._verbose), shown, leaves=True)
            else:
                async with self.screen.view(self._verbose) as view:
                    await show_run(run, view, shown, after, talk=Talk(), leaves=True)
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
        if not message.status.ended:
            for line in [f"Run {run.id} waits for a person.", *waiting_lines(run.id, shown.waits)]:
                self.screen.note(line, style="yellow")
            await self.screen.drain()
            return WAITING
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


def _nowhere(_: str) -> None:
    """The text is printed later."""


def message_json(message: Message) -> str:
    """A message as one line of JSON: all that is kept of it, and its text as `content`."""
    value = msgspec.to_builtins(message.value)
    return msgspec.json.encode({**value, "content": message.content}).decode()
