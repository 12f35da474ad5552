"""Reads the lines that somebody types, with line editing where there is a terminal for it."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

__all__ = ["Prompt"]

_MARK = "› "


class Prompt:
    """Lines of standard input, one after another. In a terminal each is asked for, can be edited, and `words` are
    completed at its beginning."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self.terminal = sys.stdin.isatty()
        self._mark = _MARK if _can_show(_MARK) else "> "
        self._asks = self.terminal and sys.stdout.isatty()
        if self._asks:
            self._edit_lines(words)

    def read(self, begun: str = "") -> str:
        """The next line, without its end; in a terminal it is `begun` already. Raises EOFError after the last."""
        if self._asks:
            with _begun(begun):
                return input(self._mark)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    def _edit_lines(self, words: Sequence[str]) -> None:
        with suppress(ImportError):  # not on every system
            import readline

            def complete(text: str, state: int) -> str | None:
                found = [word for word in words if word.startswith(text)] if readline.get_begidx() == 0 else []
                return found[state] if state < len(found) else None

            readline.set_completer(complete)
            readline.set_completer_delims(" ")
            readline.parse_and_bind("tab: complete")
            if os.environ.get("TERM", "dumb") != "dumb" and "NO_COLOR" not in os.environ:
                # The editor counts columns, and must be told which characters take none.
                self._mark = f"\x01\x1b[1;36m\x02{self._mark}\x01\x1b[0m\x02"


@contextmanager
def _begun(text: str) -> Iterator[None]:
    """While in it, a line that is asked for begins with `text`."""
    try:
        import readline
    except ImportError:  # not on every system
        yield
        return
    readline.set_startup_hook((lambda: readline.insert_text(text)) if text else None)
    try:
        yield
    finally:
        readline.set_startup_hook(None)


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
