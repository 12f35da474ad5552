"""What a run asks of people, answered where the run is shown; and what they say to it meanwhile."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import msgspec
from rich.text import Text

from ..errors import NotWaiting, RunnelError
from ..runs.handles import Run
from ..vocabulary import events
from ..vocabulary.requests import Request, RequestsFold
from .activity import Line, NoteLine
from .calls import arguments_list
from .editor import Editor
from .safe import safe

__all__ = ["People", "Talk"]

Stage: TypeAlias = Literal["steer", "choose", "note", "edit", "reply"]

_CHOICES = (("y", "es"), ("n", "o"), ("e", "dit"), ("a", "lways in this session"))


class _View(Protocol):
    def line(self, line: Line) -> None: ...

    def prompt(self, asked: Text | None, typed: str | None, at: int = 0) -> None: ...


@dataclass
class Talk:
    """What outlives one answer: tools that were consented to for good, whether thoughts are shown, lines that were
    entered too late for the answer (`later`), and a line that was begun (`typed`)."""

    always: set[str] = field(default_factory=set)
    reasoning: bool = True
    later: list[str] = field(default_factory=list)
    typed: str = ""


class People:
    """Asks, one request after another, and hands the answers to the run. Where nothing is asked, a line that is entered
    steers the run."""

    def __init__(self, run: Run, view: _View, talk: Talk) -> None:
        self._run = run
        self._view = view
        self._talk = talk
        self._fold = RequestsFold()
        self._editor = Editor()
        self._kept = ""
        self._stage: Stage = "steer"
        self._asked: Request | None = None
        self._given: set[tuple[str, str]] = set()
        self._unheard: list[str] = []
        self._problem = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def apply(self, event: events.Event) -> None:
        """Take the next event of the run."""
        self._fold.apply(event)
        if isinstance(event, events.ToolApprovalRequested):
            self._given.discard(("approval", event.call))  # ids of calls may be used again
            if event.name in self._talk.always:
                self._give(Request("approval", event.call, event.name), self._run.approve(event.call))
        elif isinstance(event, events.Steered) and event.text in self._unheard:
            self._unheard.remove(event.text)
        elif not isinstance(
            event, events.InputRequested | events.ToolApprovalGiven | events.InputGiven | events.RunEnded
        ):
            return
        self._look()

    def press(self, key: str, text: str) -> None:
        """A key was pressed."""
        if self._stage == "choose":
            for letter in text if key == "text" else ():
                if self._choose(letter.lower()):
                    break
        elif key == "enter":
            self._enter(self._editor.text.strip())
        elif key == "escape":
            self._escape()
        else:
            self._problem = ""
            self._editor.press(key, text)
        self._show()

    async def close(self) -> None:
        """Wait until what was given has reached the run; what was typed and not heard is kept for what comes next."""
        if self._tasks:
            await asyncio.wait(self._tasks)
        typed = self._kept if self._asked is not None else self._editor.text
        self._talk.typed = " ".join([*self._unheard, typed] if typed else self._unheard)
        self._view.prompt(None, None)

    # Requests

    def _look(self) -> None:
        """Ask what is to be asked now."""
        waiting = [one for one in self._fold.value() if (one.kind, one.id) not in self._given]
        now = waiting[0] if waiting else None
        if now != self._asked:
            if self._asked is None:
                self._kept = self._editor.text
            self._asked, self._problem = now, ""
            self._stage = "steer" if now is None else "choose" if now.kind == "approval" else "reply"
            self._editor.begin(self._kept if now is None else "")
            if now is not None:
                self._view.line(NoteLine(_described(now), apart=True))
        self._show()

    def _choose(self, letter: str) -> bool:
        """Carry out a choice; returns whether it is one."""
        asked = self._asked
        if asked is None or letter not in "ynea":
            return False
        if letter == "n":
            self._stage = "note"
        elif letter == "e":
            self._stage = "edit"
            self._editor.begin(msgspec.json.format(msgspec.json.encode(asked.arguments), indent=0).decode())
        else:
            if letter == "a":
                self._talk.always.add(asked.name)
            self._give(asked, self._run.approve(asked.id))
        return True

    def _enter(self, line: str) -> None:
        asked = self._asked
        if asked is None:
            if line.startswith("/"):
                self._talk.later.append(line)
            elif line:
                self._unheard.append(line)
                self._do(self._steer(line))
            self._editor.begin()
        elif self._stage == "note":
            self._give(asked, self._run.approve(asked.id, False, note=line or None))
        elif self._stage == "edit":
            self._edited(asked, line)
        else:
            self._give(asked, self._run.reply(asked.id, line))

    def _edited(self, asked: Request, line: str) -> None:
        try:
            arguments = msgspec.json.decode(line.encode(), type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeError) as error:
            self._problem = f"Not a JSON object: {error}"
            return
        self._give(asked, self._run.approve(asked.id, arguments=arguments))

    def _escape(self) -> None:
        if self._stage in ("note", "edit"):
            self._stage, self._problem = "choose", ""
        self._editor.begin()

    # Giving

    def _give(self, request: Request, giving: Coroutine[Any, Any, None]) -> None:
        self._given.add((request.kind, request.id))
        self._do(self._told(giving))
        self._look()

    async def _told(self, giving: Coroutine[Any, Any, None]) -> None:
        try:
            await giving
        except NotWaiting:
            pass  # somebody else was first: the run says what came of it
        except RunnelError as error:
            self._view.line(NoteLine(Text(safe(str(error)), style="red")))

    async def _steer(self, line: str) -> None:
        try:
            await self._run.steer(line)
        except NotWaiting:  # it has just ended: what was said is the next question
            self._unheard.remove(line)
            self._talk.later.append(line)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Showing

    def _show(self) -> None:
        head = self._head()
        typed: str | None = self._editor.text
        if self._stage == "choose" or (self._asked is None and not typed):
            typed = None
        self._view.prompt(head, typed, self._editor.at)

    def _head(self) -> Text | None:
        head = Text()
        if self._asked is None:
            for line in self._unheard:
                head.append(f"› {safe(line)}  (heard before the next step)\n", "dim")
            for line in self._talk.later:
                head.append(f"{safe(line)}  (after this answer)\n", "dim")
            if not self._editor.text:
                head.right_crop(1)
            return head if head.plain else None
        match self._stage:
            case "choose":
                for number, (letter, rest) in enumerate(_CHOICES):
                    head.append("  " if number else "").append(f"[{letter}]", "bold cyan").append(rest)
                head.append(" ")
                return head
            case "note":
                head.append("No. Why? It is told so; Enter alone says nothing, Esc goes back.\n", "dim")
            case "edit":
                head.append(
                    self._problem or "The arguments, as JSON; Enter makes the call with them, Esc goes back.",
                    "red" if self._problem else "dim",
                )
                head.append("\n")
            case _:
                pass
        return head


def _described(request: Request) -> Text:
    """What is asked, whole: it stands where it is asked, and stays."""
    if request.kind == "approval":
        text = Text.assemble(("? ", "bold yellow"), (safe(request.name), "bold"), " may be called, with your consent:")
        return (
            text.append_text(arguments_list(request.arguments)) if request.arguments else text.append(" no arguments")
        )
    who = f"{safe(request.name)} asks: " if request.name else ""
    return Text.assemble(("? ", "bold yellow"), (who, "dim"), safe(request.question))
