"""A command in tmux, a real terminal."""

import os
import shutil
import subprocess
import time
import uuid

import pytest

from tests.cli.processes import SECONDS, Place


def need_tmux() -> None:
    """Skip the test where tmux is missing; fail it under CI."""
    if shutil.which("tmux") is None:
        if os.environ.get("CI"):
            pytest.fail("tmux is missing: it must be there under CI")
        pytest.skip("tmux is not installed")


class Tmux:
    """A terminal of 24 rows with a command in it."""

    def __init__(self, place: Place, *words: str, columns: int = 80) -> None:
        self._name = f"runnel-{uuid.uuid4().hex}"
        variables = [f"{name}={value}" for name, value in place.environment.items()]
        command = ["env", *variables, "TERM=tmux-256color", *place.command(*words)]
        self._tmux(
            "-f", os.devnull, "new-session", "-d", "-x", str(columns), "-y", "24", "-c", str(place.folder), *command
        )
        self._tmux("set", "-g", "remain-on-exit", "on")

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._name, *words], capture_output=True, text=True, timeout=SECONDS, check=True
        )
        return done.stdout

    def type(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def screen(self, above: bool = False) -> str:
        """What is seen, with `above` also what has scrolled away."""
        return self._tmux("capture-pane", "-p", *(["-S", "-"] if above else []))

    def ended(self) -> bool:
        """Whether the command has ended."""
        return self._tmux("display", "-p", "#{pane_dead}").strip() == "1"

    def until(self, text: str) -> str:
        """Wait until `text` is seen."""
        end = time.monotonic() + SECONDS
        while text not in (screen := self.screen()):
            assert time.monotonic() < end, f"{text!r} is not seen:\n{screen}"
        return screen

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._name, "kill-server"], capture_output=True, check=False)
