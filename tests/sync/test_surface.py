"""What blocks is what is awaited: the same names, the same signatures, and types that say so."""

import ast
import inspect
from typing import Any

import pytest

import runnel
from runnel import sync
from runnel.app import Runnel
from runnel.chats.scheduling import Schedule
from runnel.models.registry import Registry
from runnel.retrieval import Retrieval
from tests.house import ROOT
from tests.sync.stub import stub

PAIRS: dict[type, Any] = {
    runnel.Chat: sync.Chat,
    runnel.Message: sync.Message,
    runnel.Run: sync.Run,
    Runnel: sync.Runnel,
    Schedule: sync.Schedule,
    Registry: sync.Registry,
    Retrieval: sync.Retrieval,
}


def tree_of(text: str) -> tuple[set[str], list[str]]:
    """What a stub imports, name by name, and what it says."""
    tree = ast.parse(text)
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    rest = [ast.dump(node) for node in tree.body if not isinstance(node, ast.ImportFrom)]
    return {f"{node.module}.{alias.name}" for node in imports for alias in node.names}, rest


def test_the_types_are_those_of_the_awaited_classes() -> None:
    there = (ROOT / "src/runnel/sync/__init__.pyi").read_text(encoding="utf-8")
    assert tree_of(there) == tree_of(stub()), "write them anew: python -m tests.sync.stub"


def test_the_types_name_all_that_is_public_and_nothing_else() -> None:
    there = ast.parse((ROOT / "src/runnel/sync/__init__.pyi").read_text(encoding="utf-8"))
    named = {node.name for node in there.body if isinstance(node, ast.ClassDef)}
    assert named | {"Chunk"} == set(sync.__all__)


@pytest.mark.parametrize("awaited", PAIRS, ids=lambda cls: cls.__name__)
def test_every_public_method_is_there_with_its_signature_and_words(awaited: type) -> None:
    blocking = PAIRS[awaited]
    for name, member in vars(awaited).items():
        if name.startswith("_"):
            continue
        there = getattr(blocking, name)
        assert there.__doc__
        if inspect.isfunction(member):
            assert inspect.signature(there) == inspect.signature(member)
        else:
            assert isinstance(there, property)
