"""A command in a terminal of its own: it can be typed at, and Ctrl-C reaches it as from a keyboard."""

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
from types import TracebackType

from tests.cli.processes import SECONDS, Place

_CODES = re.compile(r"\x1b\[[?\d;]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\|\r")


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell has what it runs in the background ignore Ctrl-C


class Terminal:
    """A process whose three streams are a terminal. Use it as `with`."""

    def __init__(self, place: Place, *words: str, kind: str = "xterm-256color") -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 80))
        self.process = subprocess.Popen(
            place.command(*words),
            cwd=place.folder,
            env={**place.environment, "TERM": kind},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(theirs)
        self.raw = ""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    @property
    def text(self) -> str:
        """All that was shown, without what only moves the cursor."""
        return _CODES.sub("", self.raw)

    def type(self, text: str) -> None:
        """Type."""
        os.write(self._ours, text.encode())

    def until(self, text: str, times: int = 1) -> str:
        """Read on until `text` was shown so many times."""
        while self.text.count(text) < times:
            if not self._read():
                raise AssertionError(f"{text!r} was never shown:\n{self.text}")
        return self.text

    def end(self) -> int:
        """Read until the process has ended; gives its exit code."""
        while self._read():
            pass
        return self.process.wait(SECONDS)

    def interrupt(self) -> int:
        """Press Ctrl-C until the process ends: one that comes in the moment between a prompt and the wait for a key is
        only noticed with the next key. Gives its exit code."""
        for _ in range(SECONDS):
            self.type("\x03")
            try:
                while self._read(1):
                    pass
                return self.process.wait(SECONDS)
            except AssertionError:
                continue
        raise AssertionError(f"Ctrl-C did not end it:\n{self.text}")

    def _read(self, seconds: float = SECONDS) -> bool:
        if not select.select([self._ours], [], [], seconds)[0]:
            raise AssertionError(f"nothing more was shown:\n{self.text}")
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)
