"""What can be asked of a chat at a terminal beside questions: lines that begin with a slash."""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from ..chats.chat import Chat
from ..vocabulary.chats import ChatSettings
from .branches import Branches
from .conversation import Choices, Conversation
from .found import found
from .notes import SourceList, ago
from .safe import one_line, safe

__all__ = ["COMMANDS", "Commands"]

_CHATS = 15


@dataclass(frozen=True)
class Command:
    """A word, what may follow it, and what it does."""

    word: str
    argument: str
    what: str


COMMANDS = (
    Command("/retry", "", "answer the last question again"),
    Command("/edit", "[N] [TEXT]", "ask the last question otherwise, or the Nth; without TEXT it is there to edit"),
    Command("/branches", "", "what else was asked and answered, turn by turn"),
    Command("/switch", "N", "go on from another branch, by its number in /branches"),
    Command("/compare", "[N] [N]", "two answers side by side; without numbers, the last two of the last question"),
    Command("/fork", "", "go on in a new chat; this one stays as it is"),
    Command("/continue", "", "go on with an answer that was cut, where the model can"),
    Command("/sources", "", "the passages that the last answer stands on"),
    Command("/history", "", "what was said in this chat"),
    Command("/reasoning", "on|off", "whether thoughts of the model are shown"),
    Command("/model", "[NAME]", "which models there are; or answer with another one"),
    Command("/new", "", "begin another chat, with the same model and documents"),
    Command("/chats", "[WORDS]", "the latest chats, or those that have the words"),
    Command("/open", "ID", "go on with another chat: its id, or its number in /chats"),
    Command("/help", "", "this list"),
    Command("/quit", "", "leave; so does Ctrl-D"),
)


class Commands:
    """Carries lines out: commands, and all others as questions."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._listed: list[str] = []
        self._does: dict[str, Callable[[str], Awaitable[None]]] = {
            "/retry": lambda _: conversation.retry(),
            "/continue": lambda _: conversation.go_on(),
            "/sources": self._sources,
            "/history": self._history,
            "/model": self._model,
            "/new": self._new,
            "/chats": self._chats,
            "/open": self._open,
            "/reasoning": self._reasoning,
            "/help": self._help,
            **Branches(conversation).commands,
        }

    async def do(self, line: str) -> bool:
        """Do what `line` says; returns False for the wish to leave. Raises RunnelError."""
        line = line.strip()
        if not line:
            return True
        word, _, argument = line.partition(" ")
        if not re.fullmatch(r"/[a-z]+", word):
            await self._conversation.ask(line)
        elif word in ("/quit", "/exit"):
            return False
        elif word in self._does:
            await self._does[word](argument.strip())
        else:
            self._say(f"There is no {word}. /help lists what there is.")
        return True

    def _say(self, text: str) -> None:
        self._conversation.screen.note(text)

    async def _help(self, _: str) -> None:
        grid = Table.grid(padding=(0, 2, 0, 0))
        for command in COMMANDS:
            grid.add_row(Text(f"{command.word} {command.argument}".rstrip(), style="bold"), Text(command.what))
        grid.add_row(Text("Enter", style="bold"), Text("while an answer comes: what you typed steers it"))
        grid.add_row(Text("Ctrl-C", style="bold"), Text("stop an answer, and keep what was said; at the prompt, leave"))
        self._conversation.screen.show(grid)

    async def _sources(self, _: str) -> None:
        last = await self._conversation.last()
        if last is None or not last.sources:
            self._say("The last answer has no sources." if last else "There is no answer yet.")
            return
        self._conversation.screen.show(SourceList(last.sources, passages=True))

    async def _history(self, _: str) -> None:
        chat = self._conversation.chat
        messages = await chat.messages() if chat is not None else []
        if not messages:
            self._say("Nothing was said in this chat yet.")
        for message in messages:
            self._conversation.show_message(message)

    async def _reasoning(self, word: str) -> None:
        talk = self._conversation.talk
        if word not in ("on", "off", ""):
            self._say("Write /reasoning on or /reasoning off.")
            return
        talk.reasoning = word == "on" if word else not talk.reasoning
        self._say("Thoughts are shown from here on." if talk.reasoning else "Thoughts are not shown from here on.")

    async def _model(self, name: str) -> None:
        conversation = self._conversation
        chat = conversation.chat
        if not name:
            now = chat.settings.model if chat else conversation.choices.model or await conversation.app.default_model()
            await self._list_models(now)
            return
        conversation.app.models.resolve(name)
        conversation.choices.model = name
        if chat is not None:
            await chat.change(model=name)
        self._say(f"{name} answers from here on.")

    async def _list_models(self, now: str) -> None:
        grid = Table.grid(padding=(0, 2, 0, 0))
        available = await self._conversation.app.models.available()
        for one in available:
            mark = "●" if one.name == now else " "
            name = Text(safe(one.name), style="bold" if one.name == now else "" if one.usable else "dim")
            grid.add_row(Text(mark), name, Text(safe(one.reason or ""), style="dim"))
        if now not in {one.name for one in available}:
            grid.add_row(Text("●"), Text(safe(now), style="bold"), "")
        self._conversation.screen.show(grid)
        self._say("/model NAME changes it.")

    async def _new(self, _: str) -> None:
        conversation = self._conversation
        if conversation.chat is not None:
            conversation.choices = _like(conversation.chat.settings)
        conversation.chat = None
        self._say("A new chat begins with the next question.")

    async def _chats(self, words: str) -> None:
        conversation = self._conversation
        chats = await conversation.app.chats(_CHATS, search=words)
        self._listed = [chat.id for chat in chats]
        if not chats:
            self._say("No chat has all of that." if words else "There are no chats yet.")
            return
        now = time.time_ns() // 1_000_000
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(justify="right", style="dim")
        for number, chat in enumerate(chats, 1):
            here = conversation.chat is not None and chat.id == conversation.chat.id
            name = one_line(chat.title or "(no title)", 60)
            title = Text(name, style="bold" if here else "") if chat.match is None else found(chat.title, chat.match)
            grid.add_row(str(number), title, Text(ago(chat.updated_at, now), style="dim"))
        conversation.screen.show(grid)
        self._say("/open NUMBER goes on with one of them.")

    async def _open(self, name: str) -> None:
        conversation = self._conversation
        if not name:
            self._say("Write /open and a chat's id, or its number in /chats.")
            return
        if name.isdigit() and 0 < int(name) <= len(self._listed):
            name = self._listed[int(name) - 1]
        conversation.chat = await conversation.app.get_chat(name)
        await welcome_back(conversation, conversation.chat)


async def welcome_back(conversation: Conversation, chat: Chat) -> None:
    """Say which chat goes on, and show the answer that is being made in it."""
    count = len(await chat.messages(kinds=()))
    title = one_line(chat.title, 60) or chat.id
    conversation.screen.note(f"Going on with “{title}”: {count} messages, which /history shows.")
    await conversation.catch_up()


def _like(settings: ChatSettings) -> Choices:
    return Choices(
        settings.model,
        settings.system,
        settings.history,
        settings.documents,
        tuple(tool for tool in settings.tools if not tool.startswith("object:")),
        settings.limits,
        settings.retrieval,
    )
