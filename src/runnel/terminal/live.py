"""An answer as it comes: rendered Markdown in a terminal, plain text elsewhere."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterable, Callable
from types import TracebackType
from typing import Literal, Protocol

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from ..vocabulary.content import Chunk
from .activity import Activity, Line, NoteLine
from .blocks import Block, BlockSplitter
from .calls import SPINNER
from .markdown import draw
from .region import Region
from .safe import one_line, safe

__all__ = ["LiveView", "PlainView", "View", "render_stream"]

# At most ten drawings a second, and never more than a tenth of the time spent drawing.
_INTERVAL = 0.1
_SHARE = 10
# Lines about an answer are no wider, and so wide where they go to a file.
_WIDEST, _UNFITTED = 120, 160
WITHDRAWN = "What stands above was taken back; the answer begins anew."


class View(Protocol):
    """Where an answer is shown."""

    def write(self, chunk: str) -> None:
        """The answer goes on with `chunk`; a `Chunk` may take back what came before."""

    def status(self, line: str | None) -> None:
        """What goes on, as long as nothing else is to be seen; None for nothing."""

    def attach(self, activity: Activity) -> None:
        """The lines of `activity` that still move are shown below the answer."""

    def line(self, line: Line) -> None:
        """A line about the answer, after what was said until now, for good."""

    def passing(self, line: str) -> None:
        """A line for people that only holds now; where nothing can be drawn anew, it is written down."""

    def tell(self, words: str) -> None:
        """A line that must be seen, wherever that is."""

    def prompt(self, asked: Text | None, typed: str | None, at: int = 0) -> None:
        """What somebody is asked, and what they have typed with the cursor at `at`, below everything."""

    async def end(self) -> None:
        """The answer is whole: all of it stands there, with a line end after it."""


class LiveView:
    """Draws Markdown in a terminal while it comes: blocks that are finished are printed for good, only what is not
    finished is drawn anew, and both at most ten times a second, however fast the text comes.

    Use it as `async with`. `drawn` counts the blocks that were drawn, the measure of its work.
    """

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.drawn = 0
        self._console = console
        self._region = Region(console)
        self._splitter = BlockSplitter()
        self._text: list[str] = []
        self._status: str | None = None
        self._since = 0.0
        self._clock = clock
        self._changed = asyncio.Event()
        # What stands above: text, or a line about it.
        self._above: Literal["nothing", "text", "line"] = "nothing"
        self._earlier: list[str] = []
        self._activity: Activity | None = None
        self._prompt: Text | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "LiveView":
        self._task = asyncio.ensure_future(self._go_on_drawing())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self.end()

    def write(self, chunk: str) -> None:
        """The answer goes on with `chunk`."""
        replaces = chunk.replaces if isinstance(chunk, Chunk) else 0
        if replaces and not self._splitter.take_back(replaces):
            self._begin_anew(replaces)
        elif replaces:
            self._text = [_without("".join(self._text), replaces)]
        if chunk:
            self._text.append(str(chunk))
            self._splitter.feed(str(chunk))
        self._changed.set()

    def status(self, line: str | None) -> None:
        """What goes on, shown below the answer until something else is."""
        line = None if line is None else one_line(line, 200)
        if line != self._status:
            self._status, self._since = line, self._clock()
            self._changed.set()

    def attach(self, activity: Activity) -> None:
        """Show the lines of `activity` that still move."""
        self._activity = activity
        self._changed.set()

    def line(self, line: Line) -> None:
        """A line about the answer, printed for good after what was said until now."""
        blocks = self._finish_text()
        parts = [draw(blocks)] if blocks else []
        if self._above == "text" or (self._above == "line" and getattr(line, "apart", False)):
            parts.append(Text())
        self._above = "line"
        self._splitter = BlockSplitter(begun=True)
        self._region.draw(None, Group(*parts, _Fitted(line)))
        self._changed.set()

    def passing(self, line: str) -> None:
        """Nothing: the status and the lines that move show it."""

    def tell(self, words: str) -> None:
        """A line that must be seen."""
        self.line(NoteLine(Text(words, style="yellow")))

    def prompt(self, asked: Text | None, typed: str | None, at: int = 0) -> None:
        """Show what is asked and typed at once: somebody waits to see it."""
        self._prompt = None if asked is None and typed is None else _prompt_line(asked, typed, at)
        self.draw()

    async def end(self) -> None:
        """Print what is left."""
        self._status = self._prompt = self._activity = None
        blocks = self._finish_text()
        self._region.draw(None, draw(blocks) if blocks else None)

    def draw(self) -> None:
        """Show how it looks now."""
        self._changed.clear()
        finished = self._splitter.finished()
        rest = self._splitter.rest()
        self.drawn += len(finished) + len(rest)
        if finished:
            self._above = "text"
        below: list[RenderableType] = [draw(rest)] if rest else []
        moving = self._activity.lines(self._width) if self._activity is not None else []
        if self._status is not None and not moving and self._prompt is None:
            moving = [self._status_line(self._status)]
        if moving:
            below += [Text()] if rest or self._above == "text" else []
            below += moving
        if self._prompt is not None:
            below += [Text()] if below or self._above != "nothing" else []
            below.append(self._prompt)
        self._region.draw(Group(*below) if below else None, draw(finished) if finished else None)

    @property
    def _width(self) -> int:
        return min(self._console.size.width, _WIDEST)

    def _finish_text(self) -> list[Block]:
        """The blocks that are left."""
        blocks = self._splitter.finish()
        self.drawn += len(blocks)
        if blocks:
            self._above = "text"
        self._earlier += self._text
        self._text = []
        return blocks

    def _status_line(self, status: str) -> Text:
        seconds = self._clock() - self._since
        frame = SPINNER[int(seconds * 10) % len(SPINNER)]
        waited = f" {seconds:.0f} s" if seconds >= 2 else ""
        line = Text(f"{frame} {status}{waited}", style="dim", no_wrap=True, overflow="ellipsis")
        line.truncate(self._console.size.width, overflow="ellipsis")
        return line

    def _begin_anew(self, replaces: int) -> None:
        """What is taken back was printed for good already: say so, and draw what is left again."""
        text = "".join(self._text)
        if replaces > len(text):  # of what was said before a line that stands between, too
            text = "".join(self._earlier) + text
            self._earlier = []
        left = _without(text, replaces)
        self._region.draw(None, Group(Text(), Text(WITHDRAWN, style="dim italic")))
        self._splitter = BlockSplitter(begun=True)
        self._splitter.feed(left)
        self._text = [left]

    async def _go_on_drawing(self) -> None:
        while True:
            if self._status is None and not (self._activity is not None and self._activity.moving):
                await self._changed.wait()
            began = time.monotonic()
            self.draw()
            took = time.monotonic() - began
            await asyncio.sleep(max(_INTERVAL - took, took * _SHARE))


class PlainView:
    """Hands text on as it comes: to `write`, and lines about it to `note`; neither may wait. `clean` leaves out what
    terminals obey. `waiting` shows the status until the first text comes. `verbose`: lines about what goes on are noted
    too."""

    def __init__(
        self,
        write: Callable[[str], None],
        note: Callable[[str], None],
        *,
        clean: bool = False,
        waiting: Region | None = None,
        verbose: bool = False,
    ) -> None:
        self._write = write
        self._note = note
        self._clean = clean
        self._waiting = waiting
        self._verbose = verbose
        self._asked: Text | None = None
        self._ends_line = True

    async def __aenter__(self) -> "PlainView":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    def write(self, chunk: str) -> None:
        """The answer goes on with `chunk`; what is taken back cannot be unsaid here."""
        if isinstance(chunk, Chunk) and chunk.replaces:
            self._end_line()
            self._note(WITHDRAWN)
        if chunk:
            self.status(None)
            self._waiting = None  # text may go to the same screen by another way
            self._write(safe(str(chunk)) if self._clean else str(chunk))
            self._ends_line = chunk.endswith("\n")

    def status(self, line: str | None) -> None:
        """What goes on, as long as there is no text."""
        if self._waiting is not None:
            self._waiting.draw(None if line is None else Text(one_line(line, 79), style="dim", no_wrap=True))

    def attach(self, activity: Activity) -> None:
        """Nothing: what moves cannot be shown here."""

    def line(self, line: Line) -> None:
        """A line about the answer."""
        if self._verbose:
            self._note_apart(line.text(_UNFITTED).plain)

    def passing(self, line: str) -> None:
        """A line about what goes on now."""
        if self._verbose:
            self._note_apart(one_line(line, _UNFITTED))

    def tell(self, words: str) -> None:
        """A line that must be seen."""
        self._note_apart(words)

    def prompt(self, asked: Text | None, typed: str | None, at: int = 0) -> None:
        """Ask, once; what is typed the terminal shows by itself."""
        if asked is not None and asked != self._asked:
            self._note_apart(asked.plain.strip())
        self._asked = asked

    def _note_apart(self, text: str) -> None:
        self.status(None)
        if self._clean:
            self._end_line()
        self._note(text)

    async def end(self) -> None:
        """End the last line."""
        self.status(None)
        self._end_line()

    def _end_line(self) -> None:
        if not self._ends_line:
            self._write("\n")
            self._ends_line = True


async def render_stream(chunks: AsyncIterable[str], console: Console | None = None) -> None:
    """Show a stream of Markdown in the terminal as it comes; plain text where `console` is no terminal.

    `chunks` is any async iterator of text: a message of `answer(stream=True)` is one, and what its chunks take back is
    taken back.
    """
    console = console or Console()
    async with view_for(console) as view:
        async for chunk in chunks:
            view.write(chunk)


def view_for(console: Console) -> LiveView | PlainView:
    """The view that suits a console."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveView(console)

    def write(text: str) -> None:
        console.file.write(text)
        console.file.flush()

    return PlainView(write, lambda line: write(f"({line})\n"), clean=console.is_terminal)


def _without(text: str, count: int) -> str:
    return text[: max(0, len(text) - count)]


def _prompt_line(asked: Text | None, typed: str | None, at: int) -> Text:
    """What is asked, and the line that is typed; the cursor is the terminal's own where it stands at the end."""
    line = Text(overflow="fold")
    if asked is not None:
        line.append_text(asked)
    if typed is not None:
        line.append("› ", "bold cyan")
        line.append(typed[:at])
        if at < len(typed):
            line.append(typed[at], "reverse")
            line.append(typed[at + 1 :])
    return line


class _Fitted:
    """A line about an answer, as wide as the terminal has room."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._line.text(min(options.max_width, _WIDEST))
