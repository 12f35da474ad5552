"""Keys as they are pressed while an answer is drawn: the terminal neither shows them nor waits for a line's end.

Ctrl-C stays a signal.
"""

import asyncio
import atexit
import codecs
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

from .editor import Keys

with suppress(ImportError):  # not on Windows
    import termios

__all__ = ["Keyboard"]

_PASTE_ON, _PASTE_OFF = "\x1b[?2004h", "\x1b[?2004l"


class Keyboard:
    """Hands what is typed on standard input to `press`, on the running loop. Use it as `with`.

    `raw`: keys come one by one; else whole lines do, and the terminal shows them itself.
    """

    def __init__(self, press: Callable[[str, str], None], raw: bool = True) -> None:
        self._press = press
        self._raw = raw
        self._keys = Keys()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._before: list[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fd = -1

    @staticmethod
    def there() -> bool:
        """Whether somebody can type here: a terminal on both sides, and this program in its foreground."""
        if sys.platform == "win32" or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return False
        with suppress(OSError):
            return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
        return False

    def __enter__(self) -> "Keyboard":
        self._fd = sys.stdin.fileno()
        if self._raw:
            self._before = termios.tcgetattr(self._fd)
            mode = termios.tcgetattr(self._fd)
            mode[3] &= ~(termios.ECHO | termios.ICANON)
            mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._fd, termios.TCSADRAIN, mode)
            atexit.register(self._restore)
            self._say(_PASTE_ON)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._fd)
        self._restore()

    def _restore(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            atexit.unregister(self._restore)
            self._say(_PASTE_OFF)
            with suppress(termios.error):
                termios.tcsetattr(self._fd, termios.TCSADRAIN, before)

    def _say(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stdout.write(text)
            sys.stdout.flush()

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 4096)
        except OSError:
            data = b""
        if not data and self._loop is not None:  # the terminal has gone
            self._loop.remove_reader(self._fd)
        for key, text in self._keys.feed(self._decoder.decode(data)):
            self._press(key, text)
