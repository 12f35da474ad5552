"""A chat at a terminal: what a line that somebody typed does. It reads no lines itself."""

from dataclasses import dataclass, replace
from typing import Any

from rich.text import Text

from ..app import Runnel
from ..chats.chat import Chat
from ..errors import RunnelError
from ..runs.handles import Message, Run
from ..vocabulary.chats import ChatSettings, Limits, Retrieving
from ..vocabulary.messages import Status, SteeredPart, TextPart, ToolPart
from .activity import part_line
from .markdown import MarkdownText
from .notes import SourceList, ending, source_lines, waiting_lines
from .people import Talk
from .safe import safe
from .screen import Screen
from .showing import Shown, show_run

__all__ = ["Choices", "Conversation"]


@dataclass
class Choices:
    """What a chat that begins is to be like; None leaves it to the settings."""

    model: str | None = None
    system: str | None = None
    history: bool | int | None = None
    documents: tuple[str, ...] = ()
    tools: tuple[str, ...] | None = None
    limits: Limits | None = None
    retrieval: Retrieving | None = None

    def changes(self, current: ChatSettings) -> dict[str, Any]:
        """What of a chat with the settings `current` they change, but for its model."""
        named = {"system": self.system, "history": self.history, "retrieval": self.retrieval, "limits": self.limits}
        changes: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
        if self.documents:
            changes["documents"] = tuple(dict.fromkeys((*current.documents, *self.documents)))
        if self.tools:
            changes["tools"] = tuple(dict.fromkeys((*current.tools, *self.tools)))
        return changes

    async def begin(self, app: Runnel) -> Chat:
        """A chat that is so. Raises ModelUnknown, ToolUnknown."""
        chat = await app.chat(model=self.model, tools=self.tools or ())
        changes = replace(self, tools=None).changes(chat.settings)
        return await chat.change(**changes) if changes else chat


class Conversation:
    """Asks in one chat at a time, and shows the answers. The chat is made with its first question."""

    def __init__(self, app: Runnel, screen: Screen, choices: Choices, chat: Chat | None = None) -> None:
        self.app = app
        self.screen = screen
        self.choices = choices
        self.chat = chat
        self.talk = Talk()
        self._going: Run | None = None

    async def ask(self, question: str) -> None:
        """Ask, and show the answer."""
        if self.chat is None:
            self.chat = await self.choices.begin(self.app)
        await self.show(await self.chat.start(question))

    async def retry(self) -> None:
        """Answer the last question again."""
        if self.chat is None:
            self.screen.note("There is no question yet.")
            return
        await self.show((await self.chat.retry(stream=True)).run)

    async def go_on(self) -> None:
        """Go on with the last answer, where it was cut."""
        last = await self.last()
        if self.chat is None or last is None:
            self.screen.note("There is no answer yet.")
            return
        await self.show((await self.chat.continue_message(last, stream=True)).run)

    async def catch_up(self) -> None:
        """Show the answer that is being made in the chat, by whichever process."""
        for run in await self.chat.runs() if self.chat is not None else []:
            await self.show(run)

    async def last(self) -> Message | None:
        """The chat's last answer."""
        found = await self.chat.messages(limit=1) if self.chat is not None else []
        return found[0] if found and found[0].role == "assistant" else None

    async def stop(self) -> bool:
        """Stop the answer that is being made; returns whether there was one."""
        going = self._going
        if going is None:
            return False
        await going.cancel()
        return True

    async def show(self, run: Run) -> None:
        """Show a run until it ends, its sources, and what is to be said about its end."""
        self._going = run
        shown = Shown()
        try:
            async with self.screen.view() as view:
                await show_run(run, view, shown, talk=self.talk, leaves=True)
        finally:
            self._going = None
        if shown.status is None:
            for line in waiting_lines(run.id, shown.waits):
                self.screen.note(line, style="yellow")
            return
        if shown.text and shown.sources and shown.status is Status.COMPLETED:
            self.show_sources(shown, str(await run.message()))
        said = ending(shown.status, shown.finish_reason, shown.error, shown.text)
        if said is not None:
            self._tell_end(said, shown, await self._offers(run))
        await self.screen.drain()

    async def _offers(self, run: Run) -> str:
        if self.chat is None or run.message_id is None:
            return ""
        if await self.chat.can_continue(run.message_id):
            return " /continue goes on from there, /retry answers again."
        return " /retry answers again."

    def _tell_end(self, said: str, shown: Shown, offers: str) -> None:
        style = "red" if shown.status is Status.FAILED else "yellow"
        self.gap(shown.text)
        self.screen.note(Text.assemble((said, style), (offers, "dim")))

    def show_sources(self, shown: Shown, answer: str) -> None:
        """The sources of an answer."""
        if self.screen.live:
            self.gap()
            self.screen.note(SourceList(shown.sources, answer=answer, more="/sources"))
        else:
            self.screen.note("\n".join(["", "Sources", *source_lines(shown.sources)]))

    def show_message(self, message: Message) -> None:
        """A message as it stands, with what was done beside its text."""
        screen = self.screen
        if message.role == "user":
            screen.show(Text(f"› {safe(message.content)}", style="bold"))
            return
        for part in message.parts:
            match part:
                case TextPart(text=text):
                    screen.show(MarkdownText(text) if screen.live else Text(safe(text)))
                case ToolPart() | SteeredPart() if screen.terminal:
                    screen.show(part_line(part).text(screen.console.size.width))
                case _:
                    pass
        said = ending(message.status, message.finish_reason, message.error, bool(message.content))
        if said is not None:
            screen.show(Text(said, style="yellow"))
        screen.show("")

    def gap(self, wanted: bool = True) -> None:
        """An empty line."""
        if wanted and self.screen.terminal:
            self.screen.note("")

    def tell_error(self, error: RunnelError) -> None:
        """Say what went wrong."""
        self.screen.note(Text(str(error), style="red"))
