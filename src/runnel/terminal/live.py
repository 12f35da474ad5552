"""An answer as it comes: rendered Markdown in a terminal, plain text elsewhere."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterable, Callable
from types import TracebackType
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.text import Text

from ..vocabulary.content import Chunk
from .blocks import BlockSplitter
from .markdown import draw
from .region import Region
from .safe import one_line, safe

__all__ = ["LiveView", "PlainView", "View", "render_stream"]

# At most ten drawings a second, and never more than a tenth of the time spent drawing.
_INTERVAL = 0.1
_SHARE = 10
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
WITHDRAWN = "What stands above was taken back; the answer begins anew."


class View(Protocol):
    """Where an answer is shown."""

    def write(self, chunk: str) -> None:
        """The answer goes on with `chunk`; a `Chunk` may take back what came before."""

    def status(self, line: str | None) -> None:
        """What goes on, as long as nothing else is to be seen; None for nothing."""

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
        self._printed = False
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

    async def end(self) -> None:
        """Print what is left."""
        self._status = None
        blocks = self._splitter.finish()
        self.drawn += len(blocks)
        self._printed = self._printed or bool(blocks)
        self._region.draw(None, draw(blocks) if blocks else None)

    def draw(self) -> None:
        """Show how it looks now."""
        self._changed.clear()
        finished = self._splitter.finished()
        rest = self._splitter.rest()
        self.drawn += len(finished) + len(rest)
        self._printed = self._printed or bool(finished)
        below: list[RenderableType] = [draw(rest)] if rest else []
        if self._status is not None:
            below += [Text()] if rest or self._printed else []
            below.append(self._status_line(self._status))
        self._region.draw(Group(*below) if below else None, draw(finished) if finished else None)

    def _status_line(self, status: str) -> Text:
        seconds = self._clock() - self._since
        frame = _SPINNER[int(seconds * 10) % len(_SPINNER)]
        waited = f" {seconds:.0f} s" if seconds >= 2 else ""
        line = Text(f"{frame} {status}{waited}", style="dim", no_wrap=True, overflow="ellipsis")
        line.truncate(self._console.size.width, overflow="ellipsis")
        return line

    def _begin_anew(self, replaces: int) -> None:
        """What is taken back was printed for good already: say so, and draw what is left again."""
        left = _without("".join(self._text), replaces)
        self._region.draw(None, Group(Text(), Text(WITHDRAWN, style="dim italic")))
        self._splitter = BlockSplitter(begun=True)
        self._splitter.feed(left)
        self._text = [left]

    async def _go_on_drawing(self) -> None:
        while True:
            if self._status is None:
                await self._changed.wait()
            began = time.monotonic()
            self.draw()
            took = time.monotonic() - began
            await asyncio.sleep(max(_INTERVAL - took, took * _SHARE))


class PlainView:
    """Hands text on as it comes: to `write`, and lines about it to `note`; neither may wait. `clean` leaves out what
    terminals obey. `waiting` shows the status until the first text comes."""

    def __init__(
        self,
        write: Callable[[str], None],
        note: Callable[[str], None],
        *,
        clean: bool = False,
        waiting: Region | None = None,
    ) -> None:
        self._write = write
        self._note = note
        self._clean = clean
        self._waiting = waiting
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
