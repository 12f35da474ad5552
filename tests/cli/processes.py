"""`runnel` as a process of its own, on data of its own, without a vendor's key."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECONDS = 60  # what takes longer hangs


@dataclass
class Place:
    """A folder with a database, and the environment of the commands that work on it."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / "runnel.toml").touch()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "RUNNEL_DATA": str(self.folder / "data"),
            "RUNNEL_CONFIG": str(self.folder / "runnel.toml"),
            "PYTHONWARNINGS": "error",
            **self.variables,
        }

    def start(self, *words: str, **options: Any) -> "subprocess.Popen[str]":
        """Begin a command; its output can be read."""
        given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(self.command(*words), cwd=self.folder, env=self.environment, **(given | options))

    def run(self, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Carry a command out."""
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def shell(self, line: str) -> tuple[int, str, str]:
        """Carry a line out as bash does: its exit code, and its output."""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    @staticmethod
    def command(*words: str) -> list[str]:
        return [sys.executable, "-m", "runnel", *words]

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def finish(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Wait for a process: its exit code, and what is left of its output."""
    assert process.stderr is not None
    out = process.stdout.read() if process.stdout is not None else ""  # some of it may have been read already
    err = process.stderr.read()
    with process:
        return process.wait(SECONDS), out, err
