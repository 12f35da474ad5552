"""Where things are shown: answers on standard output, what is about them beside it where that is no terminal."""

import sys
from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.text import Text

from .live import LiveView, PlainView
from .plain import PipeWriter
from .region import Region

__all__ = ["Screen"]

# Lines for programs are not wrapped.
_UNWRAPPED = 10_000


class Screen:
    """Standard output and standard error of a command. Made on a running loop.

    On a terminal answers are drawn, and everything is shown there. Elsewhere standard output gets the answers' text,
    as it comes and nothing else, and notes go to standard error. `on_broken` is called when the reader of standard
    output has gone.
    """

    def __init__(self, on_broken: Callable[[], None] | None = None) -> None:
        self.terminal = sys.stdout.isatty()
        self.console = Console(highlight=False, width=None if self.terminal else _UNWRAPPED)
        self.notes = self.console if self.terminal else Console(highlight=False, stderr=True, soft_wrap=True)
        self.live = self.terminal and not self.console.is_dumb_terminal
        self._pipe = None if self.terminal else PipeWriter(sys.stdout, on_broken)
        notes_live = sys.stderr.isatty() and not self.notes.is_dumb_terminal and not self.terminal
        self._waiting = Region(self.notes) if notes_live else None

    @property
    def broken(self) -> bool:
        """Whether the reader of standard output has gone."""
        return self._pipe is not None and self._pipe.broken

    def view(self, verbose: bool = False) -> LiveView | PlainView:
        """Where to show an answer; use it as `async with`. `verbose`: without a terminal, too, note what goes on."""
        if self.live:
            return LiveView(self.console)
        waiting = None if verbose else self._waiting
        return PlainView(
            self.write, self._note_plainly, clean=self.terminal, waiting=waiting, verbose=verbose or self.terminal
        )

    def _note_plainly(self, line: str) -> None:
        self.note(Text(line, style="dim"))

    def write(self, text: str) -> None:
        """Text as it is, on standard output."""
        if self._pipe is not None:
            self._pipe.write(text)
        else:
            self.console.file.write(text)
            self.console.file.flush()

    def show(self, content: RenderableType) -> None:
        """What was asked for, on standard output."""
        if self._pipe is None:
            self.console.print(content)
            return
        with self.console.capture() as captured:
            self.console.print(content)
        self._pipe.write("".join([line.rstrip() + "\n" for line in captured.get().splitlines()]))

    def note(self, content: RenderableType, style: str = "dim") -> None:
        """What is about an answer."""
        self.notes.print(Text(content, style=style) if isinstance(content, str) else content)

    async def drain(self) -> None:
        """Return once all was written. Raises OSError where it could not be."""
        if self._pipe is not None:
            await self._pipe.drain()
