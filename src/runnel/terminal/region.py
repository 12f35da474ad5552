"""The last lines of a terminal, drawn anew in place; what is above them is printed for good."""

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

__all__ = ["Region"]

_ERASE_BELOW = "\x1b[J"
_ERASE_LINE = "\x1b[K"
# Terminals that know it show all of a drawing at once (Contour's synchronized output); others ignore it.
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"


class Region:
    """What of `console`, a terminal, can still change. The cursor stands at its end; nobody else may write meanwhile.

    It is never as high as the terminal, since what has scrolled away cannot be drawn anew: of more lines it shows the
    last. `drawings` counts what was written.
    """

    def __init__(self, console: Console) -> None:
        self.drawings = 0
        self._console = console
        self._drawn: list[str] = []
        self._width = 0

    def draw(self, content: RenderableType | None, above: RenderableType | None = None) -> None:
        """Show `content` in place of what is shown, after `above`, which is printed for good."""
        lines = self._lines(content)[-max(1, self._console.size.height - 1) :]
        done = self._lines(above)
        if lines == self._drawn and not done:
            return
        text = _BEGIN + self._to_the_top()
        text += "".join([f"{line}{_ERASE_LINE}\n" for line in done])
        text += f"{_ERASE_LINE}\n".join(lines) + _ERASE_BELOW + _END
        self.drawings += 1
        self._drawn = lines
        self._width = self._console.size.width
        self._console.file.write(text)
        self._console.file.flush()

    def clear(self) -> None:
        """Show nothing."""
        self.draw(None)

    def _to_the_top(self) -> str:
        """From the cursor's place to the region's first column."""
        rows, width = len(self._drawn), self._console.size.width
        if width < self._width:  # lines that are too long by now take several rows each
            lengths = [cell_len(Text.from_ansi(line).plain) for line in self._drawn]
            rows = sum(max(1, -(-length // width)) for length in lengths)
        return f"\r\x1b[{rows - 1}A" if rows > 1 else "\r"

    def _lines(self, content: RenderableType | None) -> list[str]:
        if content is None:
            return []
        with self._console.capture() as captured:
            self._console.print(content, end="")
        text = captured.get()
        return text.removesuffix("\n").split("\n") if text else []
