"""What `import runnel` gives, and what it costs: a name comes or goes only with a line of this file."""

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import runnel

PUBLIC = {
    "Chat",
    "Chunk",
    "Message",
    "Run",
    "Runnel",
    "Schedule",
    "errors",
}

# Each is imported when it is first needed: a script that answers from a recording pays for none of them.
LATE = {"openai", "httpx2", "pydantic", "pydantic_settings", "rich", "cyclopts", "pypdfium2", "selectolax", "cronsim"}


def test_the_public_names_are_these() -> None:
    assert set(runnel.__all__) == PUBLIC
    assert len(runnel.__all__) == len(PUBLIC), "a name is listed twice"


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_can_be_imported(name: str) -> None:
    assert getattr(runnel, name) is not None
    assert name in dir(runnel)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_object_says_what_it_is_for(name: str) -> None:
    silent = [path for path, value in with_members(name, getattr(runnel, name)) if not own_doc(value)]
    assert not silent, f"no docstring: {', '.join(silent)}"


def test_import_runnel_leaves_heavy_modules_alone() -> None:
    program = "import json, sys; import runnel; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout))
    assert "runnel" in loaded
    assert not (loaded & LATE)


def with_members(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A public object, and all that a reader reaches by a dot from it: its classes, functions and properties.

    Only what `runnel` itself wrote: an inherited method of `str` has Python's documentation.
    """
    yield name, value
    if isinstance(value, ModuleType):
        for child in getattr(value, "__all__", []):
            yield from with_members(f"{name}.{child}", getattr(value, child))
    elif inspect.isclass(value):
        for child, member in vars(value).items():
            if child.startswith("_"):
                continue
            function = getattr(member, "fget", None) or getattr(member, "__func__", None) or member
            if inspect.isfunction(function) and function.__module__.startswith("runnel"):
                yield f"{name}.{child}", function


def own_doc(value: Any) -> str | None:
    """The docstring of a thing itself; a class does not pass with the one of the class that it extends."""
    return vars(value).get("__doc__") if inspect.isclass(value) else inspect.getdoc(value)


def test_a_missing_docstring_is_found() -> None:
    class Said:
        """Said."""

        def spoken(self) -> None:
            """Spoken."""

        @property
        def silent(self) -> int:
            return 1

    class Unsaid(Said):
        pass

    Said.silent.fget.__module__ = "runnel.example"  # type: ignore[attr-defined]
    Said.spoken.__module__ = "runnel.example"
    assert [path for path, value in with_members("Said", Said) if not own_doc(value)] == ["Said.silent"]
    assert not own_doc(Unsaid)
