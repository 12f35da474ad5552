"""Every dependency is pinned for the checks and has its reason written down."""

import re
import tomllib
from typing import Any

from tests.house import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = [
    line
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def names(requirements: list[str]) -> set[str]:
    """The distribution names of requirement lines."""
    return {match.group() for line in requirements if (match := re.match(r"[\w-]+", line))}


def test_the_runtime_dependencies_are_exactly_the_documented_ones() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    runtime, development = page.split("## For the checks")
    assert set(re.findall(r"^\| \*\*([\w-]+)\*\*", runtime, re.MULTILINE)) == names(PROJECT["dependencies"])
    assert set(re.findall(r"^\| \*\*([\w-]+)\*\*", development, re.MULTILINE)) == names(
        PROJECT["optional-dependencies"]["dev"]
    )


def test_every_direct_dependency_is_pinned() -> None:
    direct = names(PROJECT["dependencies"]) | names(PROJECT["optional-dependencies"]["dev"])
    assert direct <= names(PINS)


def test_a_pin_is_a_name_and_a_version() -> None:
    assert not [line for line in PINS if not re.fullmatch(r"[a-z0-9-]+==[\w.]+", line)]
