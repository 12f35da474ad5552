"""Builds the web page into the package, with Node.js, where it is not there as it would be.

    python frontend/page.py install      what the page is built and tested with, in node_modules/
    python frontend/page.py build        and the page, in src/runnel/server/web/
    python frontend/page.py check        lint, types and unit tests, unless they passed with the same sources

The build of the package does so by itself (hatch_build.py). Nothing of this is in a wheel.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

__all__ = ["SOURCES", "PageError", "build", "check", "install"]

SOURCES = Path(__file__).resolve().parent
PAGE = SOURCES.parent / "src" / "runnel" / "server" / "web" / "index.html"
_INSTALLED = SOURCES / "node_modules" / ".installed-from"
_BUILT = SOURCES / "node_modules" / ".built-from"
_CHECKED = SOURCES / "node_modules" / ".checked-with"
_RECORDED = SOURCES.parent / "tests" / "recorded"  # runs that the folds of both languages are held to
_PACKAGES = (
    "package.json",
    "package-lock.json",
    ".npmrc",
    "client/package.json",
    "ui/package.json",
    "app/package.json",
)
# What lies between the sources, and the page is not made of.
_APART = {"node_modules", "dist", "__pycache__"}


class PageError(Exception):
    """Why the page cannot be built."""


def install() -> bool:
    """Install what the page is built with; returns whether there was anything to do. Raises PageError."""
    wanted = _hash(SOURCES / name for name in _PACKAGES)
    if _is(_INSTALLED, wanted):
        return False
    _npm("ci", "--no-progress")
    _INSTALLED.write_text(wanted)
    return True


def build() -> bool:
    """Build the page; returns whether there was anything to do. Raises PageError."""
    wanted = _hash(_files(SOURCES, {*_APART, "tests"}))
    if PAGE.exists() and _is(_BUILT, wanted):
        return False
    install()
    _npm("run", "build")
    _BUILT.write_text(wanted)
    return True


def check() -> bool:
    """Check lint, types and unit tests; returns whether there was anything to do. Raises PageError."""
    wanted = _hash([*_files(SOURCES, _APART), *_files(_RECORDED, _APART)])
    if _is(_CHECKED, wanted) and not os.environ.get("CI"):
        return False
    install()
    for script in ("lint", "check", "test"):
        _npm("run", script)
    _CHECKED.write_text(wanted)
    return True


def _is(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _files(folder: Path, apart: set[str]) -> Iterable[Path]:
    for inner, names, files in os.walk(folder):
        names[:] = sorted(set(names) - apart)
        yield from [Path(inner, file) for file in sorted(files)]


def _hash(files: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for file in files:
        data = file.read_bytes()
        found.update(f"{file.relative_to(SOURCES.parent).as_posix()}\0{len(data)}\0".encode() + data)
    return found.hexdigest()


def _npm(*words: str) -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise PageError("Node.js (20.19 or later, with npm) is not there: install it, or install Runnel from a wheel")
    command = [npm, *words]
    result = subprocess.run(command, cwd=SOURCES, capture_output=True, text=True, check=False)
    if result.returncode:
        said = (result.stdout + result.stderr)[-4000:]
        raise PageError(f"`npm {' '.join(words)}` in {SOURCES.name}/ failed:\n{said}")


if __name__ == "__main__":
    try:
        {"install": install, "build": build, "check": check}[sys.argv[1]]()
    except (IndexError, KeyError):
        sys.exit("usage: python frontend/page.py install|build|check")
    except PageError as error:
        sys.exit(str(error))
