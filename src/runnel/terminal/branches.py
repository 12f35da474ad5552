"""Branches of a chat at a terminal: what else was asked and answered, and how to get there."""

from collections.abc import Awaitable, Callable

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from ..chats.chat import Chat
from ..runs.handles import Message
from .conversation import Conversation
from .markdown import MarkdownText
from .safe import one_line, safe

__all__ = ["Branches", "SideBySide"]

_BEGINNING = 60
_NARROWEST = 36
_SPLIT = " │ "


class Branches:
    """The commands about branches. Numbers are those that `/branches` showed last."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._listed: list[str] = []
        self.commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "/branches": self._branches,
            "/switch": self._switch,
            "/edit": self._edit,
            "/compare": self._compare,
            "/fork": self._fork,
        }

    def _say(self, text: str) -> None:
        self._conversation.screen.note(text)

    async def _chat(self) -> tuple[Chat, list[Message]] | None:
        """The chat and the messages of its branch, where there are any."""
        chat = self._conversation.chat
        messages = await chat.messages() if chat is not None else []
        if chat is None or not messages:
            self._say("Nothing was said in this chat yet.")
            return None
        return chat, messages

    async def _branches(self, _: str) -> None:
        found = await self._chat()
        if found is None:
            return
        chat, messages = found
        self._listed = []
        text = Text()
        for message in messages:
            others = await chat.alternatives(message)
            if message.role != "user" and len(others) < 2:
                continue
            for other in others:
                if text.plain:
                    text.append("\n")
                here = other.id == message.id
                if len(others) > 1:
                    self._listed.append(other.id)
                    number = f"{len(self._listed):3} "
                else:
                    number = "    "
                text.append(number, "cyan").append("● " if here else "○ ", "bold" if here else "dim")
                mark = "› " if other.role == "user" else "  "
                beginning = one_line(other.content[: 4 * _BEGINNING], _BEGINNING) or f"({other.status})"
                text.append(mark + beginning, "bold" if here else "dim")
        self._conversation.screen.show(text)
        if self._listed:
            self._say("/switch NUMBER goes there; /compare NUMBER NUMBER shows two side by side.")
        else:
            self._say("There is one branch. /retry and /edit make others.")

    async def _switch(self, argument: str) -> None:
        found = await self._chat()
        id = self._named(argument) if found is not None else None
        if found is None or id is None:
            return
        await found[0].switch(id)
        messages = await found[0].messages(limit=2)
        for message in messages:
            self._conversation.show_message(message)

    async def _edit(self, argument: str) -> None:
        """Ask a question otherwise: `/edit [N] [TEXT]`, N counting the questions of the branch."""
        found = await self._chat()
        if found is None:
            return
        chat, messages = found
        questions = [message for message in messages if message.role == "user"]
        first, _, rest = argument.partition(" ")
        number = len(questions)
        if first.isdigit() and 0 < int(first) <= len(questions):
            number, argument = int(first), rest.strip()
        question = questions[number - 1]
        if not argument:
            prefix = "/edit " if number == len(questions) else f"/edit {number} "
            self._conversation.talk.typed = prefix + " ".join(safe(question.content).split())
            self._say("Change the question, and press Enter.")
            return
        await self._conversation.show((await chat.edit(question, argument, stream=True)).run)

    async def _compare(self, argument: str) -> None:
        found = await self._chat()
        if found is None:
            return
        chat, messages = found
        words = argument.split()
        if words:
            ids = [id for word in words if (id := self._named(word)) is not None]
            if len(ids) != len(words):
                return
        else:
            ids = [one.id for one in await chat.alternatives(messages[-1])]
        if len(ids) == 1:
            ids = [messages[-1].id, *ids]
        if len(ids) < 2 or ids[-1] == ids[-2]:
            self._say("There is nothing to compare it with: /retry answers again, /branches lists what there is.")
            return
        left, right = [await chat.message(id) for id in ids[-2:]]
        self._conversation.screen.show(SideBySide(_whole(left), _whole(right)))

    async def _fork(self, _: str) -> None:
        found = await self._chat()
        if found is None:
            return
        before = found[0]
        self._conversation.chat = await before.fork(found[1][-1])
        self._say(f"What follows is a chat of its own; /open {before.id} goes back.")

    def _named(self, argument: str) -> str | None:
        """The message that a number of `/branches` stands for."""
        if argument.isdigit() and 0 < int(argument) <= len(self._listed):
            return self._listed[int(argument) - 1]
        self._say("Write the number that /branches shows.")
        return None


def _whole(message: Message) -> RenderableType:
    return MarkdownText(message.content) if message.content else Text(f"({message.status})", style="dim")


class SideBySide:
    """Two contents in columns, or below each other where there is no room for that."""

    def __init__(self, left: RenderableType, right: RenderableType) -> None:
        self._contents = (left, right)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = (options.max_width - len(_SPLIT)) // 2
        if width < _NARROWEST or not console.is_terminal:
            yield self._contents[0]
            yield Text("─" * min(20, options.max_width), style="dim")
            yield self._contents[1]
            return
        inner = options.update(width=width)
        left, right = [console.render_lines(content, inner) for content in self._contents]
        empty = [Segment(" " * width)]
        for number in range(max(len(left), len(right))):
            yield from left[number] if number < len(left) else empty
            yield Segment(_SPLIT, console.get_style("dim"))
            yield from right[number] if number < len(right) else empty
            yield Segment.line()
