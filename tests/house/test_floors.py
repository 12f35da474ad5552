"""The rooms of `runnel` stand on floors, and a room imports only from floors below its own.

So a line of code can be read knowing nothing of what is built upon it. Siblings on one floor do not know
each other either, save for the pairs that are written down here.
"""

from pathlib import Path

import pytest

from tests.house import ROOT
from tests.house.imports import FRONT_DOOR, imports_between_rooms

PACKAGE = ROOT / "src" / "runnel"
LONGEST_FILE = 400

FLOORS = {
    # 0: values. They know nothing of storage, models or tasks.
    "errors": 0,
    "ids": 0,
    "vocabulary": 0,
    "webhooks": 0,
    "config": 0,
    # 1: the SQLite file: one writer thread, readers, migrations.
    "database": 1,
    # 2: what is provided. A provider is one file and its contract suite.
    "log": 2,
    "models": 2,
    "tools": 2,
    "retrieval": 2,
    "store": 2,
    "users": 2,
    # 3: one run.
    "runs": 3,
    # 4: conversations, made of runs.
    "chats": 4,
    # 5: the `Runnel` object, which puts the rooms together.
    "rooms": 5,
    "backend": 5,
    "embedded": 5,
    "remote": 5,
    "app": 5,
    # 6: the surfaces.
    "cli": 6,
    "terminal": 6,
    "sync": 6,
    "server": 6,
    "testing": 6,
    # 7: doors. They may name everything, and nothing inside names them.
    "__main__": 7,
    FRONT_DOOR: 7,
}

# Of these rooms each is one file.
FILES = {"errors", "ids", "config", "webhooks", "rooms", "backend", "embedded", "app", "sync"}

SIBLINGS = {
    # A room, and those on its own floor that it may import.
    "vocabulary": {"errors", "ids"},
    "ids": {"errors"},
    "webhooks": {"errors", "vocabulary"},
    "config": {"errors"},
    "embedded": {"backend", "rooms"},
    "remote": {"backend"},
    "app": {"backend", "embedded", "remote", "rooms"},
    "cli": {"terminal", "server"},
}


def broken_rules(package: Path) -> list[str]:
    """What is wrong with the imports of `package`, a line for each, with the file and the line to go to."""
    found = [
        f"{child.name}: a room that FLOORS does not know; decide which floor it stands on"
        for child in sorted(package.iterdir())
        if (child.suffix == ".py" or (child.is_dir() and any(child.rglob("*.py"))))
        and child.name.removesuffix(".py") not in FLOORS
    ]
    for one in imports_between_rooms(package):
        if one.importer not in FLOORS or one.imported not in FLOORS:
            continue  # named above
        mine, theirs = FLOORS[one.importer], FLOORS[one.imported]
        place = f"{one.file.relative_to(package.parent)}:{one.line}"
        rooms = f"{one.importer} (floor {mine}) imports {one.imported} (floor {theirs})"
        if theirs > mine:
            found.append(f"{place}: {rooms}, which stands above it")
        elif theirs == mine and one.imported not in SIBLINGS.get(one.importer, set()) and mine < 7:
            found.append(f"{place}: {rooms}, a sibling that SIBLINGS does not declare")
    return found


def test_rooms_import_only_from_floors_below() -> None:
    assert not (broken := broken_rules(PACKAGE)), "\n".join(["", *broken])


def test_siblings_stand_on_the_same_floor() -> None:
    for room, friends in SIBLINGS.items():
        assert {FLOORS[friend] for friend in friends} == {FLOORS[room]}, room


def test_no_file_is_longer_than_one_sitting() -> None:
    lengths = {
        file.relative_to(ROOT): len(file.read_text(encoding="utf-8").splitlines())
        for folder in ("src", "tests", "bench")
        for file in sorted((ROOT / folder).rglob("*.py"))
    }
    too_long = [f"{file}: {length} lines" for file, length in lengths.items() if length > LONGEST_FILE]
    assert not too_long, "\n".join([f"longer than {LONGEST_FILE} lines:", *too_long])


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("log/memory.py", "from runnel.models import base"),
        ("log/memory.py", "from ..models.base import Model"),
        ("log/memory.py", "from .. import models"),
        ("log/memory.py", "import runnel.runs.runner"),
        ("log/memory.py", "from runnel import Runnel"),
        ("log/memory.py", "def later():\n    from ..chats import chat"),
        ("log/memory.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..runs import run"),
        ("log/memory.py", "from importlib import import_module\nimport_module('runnel.cli')"),
        ("log/deep/down.py", "from ...store import chats"),
        ("errors.py", "from .vocabulary import events"),
        ("config.py", "from .ids import new_id"),
        ("gravity.py", "x = 1"),
        ("utils/tools.py", "x = 1"),
    ],
)
def test_a_forbidden_import_or_an_unknown_room_is_found(tmp_path: Path, file: str, code: str) -> None:
    package = a_small_house(tmp_path, file, code)
    assert len(broken_rules(package)) == 1


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("log/memory.py", "import asyncio, msgspec\nfrom ..errors import LogError\nfrom .base import Log"),
        ("log/memory.py", "from .. import errors, ids\nfrom runnel.database import pool"),
        ("log/deep/down.py", "from ..base import Log\nfrom ...vocabulary.events import Event"),
        ("vocabulary/events.py", "from ..errors import Failure"),
        ("cli/__init__.py", "from ..app import Runnel\nfrom ..terminal import markdown"),
        ("__init__.py", "from . import errors\nfrom .app import Runnel\nfrom .cli import main"),
    ],
)
def test_an_allowed_import_is_left_alone(tmp_path: Path, file: str, code: str) -> None:
    assert broken_rules(a_small_house(tmp_path, file, code)) == []


def a_small_house(folder: Path, file: str, code: str) -> Path:
    """A package with an empty room for each name of FLOORS, and `code` in `file`."""
    package = folder / "runnel"
    for room in FLOORS:
        is_file = room.startswith("__") or room in FILES
        place = package / f"{room}.py" if is_file else package / room / "__init__.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    (package / file).parent.mkdir(parents=True, exist_ok=True)
    (package / file).write_text(code, encoding="utf-8")
    return package
