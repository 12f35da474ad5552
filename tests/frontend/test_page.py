"""The page is built with the package: what is there already is left, and what is missing is said."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.house import ROOT

FRONTEND = ROOT / "frontend"


def sources(folder: Path) -> Path:
    """The front end's sources, without what is installed and built."""
    apart = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
    return Path(shutil.copytree(FRONTEND, folder / "frontend", ignore=apart))


def build(place: Path) -> subprocess.CompletedProcess[str]:
    """What comes of building it where there is no Node.js."""
    command = [sys.executable, str(place / "page.py"), "build"]
    environment = {**os.environ, "PATH": str(place / "no-programs")}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_without_nodejs_the_page_is_not_built_and_one_is_told_why(tmp_path: Path) -> None:
    built = build(sources(tmp_path))
    assert built.returncode == 1
    assert built.stderr == (
        "Node.js (20.19 or later, with npm) is not there: install it, or install Runnel from a wheel\n"
    )


def test_what_is_built_from_the_same_sources_is_left_as_it_is(tmp_path: Path) -> None:
    place = sources(tmp_path)
    page = tmp_path / "src" / "runnel" / "server" / "web" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<title>Built</title>")
    (place / "node_modules").mkdir()
    stamp = "import page; print(page._hash(page._files(page.SOURCES, {*page._APART, 'tests'})), end='')"
    made = subprocess.run([sys.executable, "-c", stamp], cwd=place, capture_output=True, text=True, check=True)
    (place / "node_modules" / ".built-from").write_text(made.stdout)
    assert (build(place).returncode, page.read_text()) == (0, "<title>Built</title>")
    (place / "app" / "index.html").write_text("another")
    assert build(place).returncode == 1


NPM = """#!/bin/sh
echo "$@" >> "$LOG"
[ "$1" != ci ] || mkdir -p node_modules
[ "$2" != "$FAILS" ]
"""


def test_what_passed_with_the_same_sources_is_not_checked_again(tmp_path: Path) -> None:
    place, log = sources(tmp_path), tmp_path / "log"
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("npm", "node"):
        (programs / name).write_text(NPM)
        (programs / name).chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PATH": f"{programs}:{environment['PATH']}", "LOG": str(log)}

    def checked(**variables: str) -> tuple[int, list[str]]:
        """What comes of checking, and what was run for it."""
        log.write_text("")
        command = [sys.executable, str(place / "page.py"), "check"]
        result = subprocess.run(command, check=False, capture_output=True, env=environment | variables)
        return result.returncode, log.read_text().splitlines()

    every = ["run lint", "run check", "run test"]
    assert checked() == (0, ["ci --no-progress", *every])
    assert checked() == (0, [])
    assert checked(CI="true") == (0, every), "there it is never left out"
    (place / "app" / "tests" / "places.test.ts").write_text("another")
    assert checked(FAILS="check") == (1, every[:2])
    assert checked() == (0, every), "what failed is checked again"
    assert checked() == (0, [])


def test_the_lock_names_no_place_from_which_packages_come() -> None:
    lock = (FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    assert re.findall(r'"resolved": "\w+:', lock) == []
