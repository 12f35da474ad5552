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


def documented(text: str) -> set[str]:
    """The names that the rows of a page's tables begin with."""
    return set(re.findall(r"^\| \*\*([\w-]+)\*\*", text, re.MULTILINE))


def test_the_dependencies_are_exactly_the_documented_ones() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    runtime, rest = page.split("## Extras")
    extras, development = rest.split("## For the checks")
    optional = dict(PROJECT["optional-dependencies"])
    assert documented(runtime) == names(PROJECT["dependencies"])
    assert documented(development) == names(optional.pop("dev")) - {"runnel"}
    assert documented(extras) == {name for requirements in optional.values() for name in names(requirements)}


def test_the_checks_have_every_extra() -> None:
    optional = PROJECT["optional-dependencies"]
    assert f"runnel[{','.join(sorted(set(optional) - {'dev'}))}]" in optional["dev"]


def test_every_direct_dependency_is_pinned() -> None:
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    assert {name for group in groups for name in names(group)} - {"runnel"} <= names(PINS)


def test_a_pin_is_a_name_and_a_version() -> None:
    assert not [line for line in PINS if not re.fullmatch(r"[a-z0-9-]+==[\w.]+", line)]
