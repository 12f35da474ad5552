"""The fold of the front end's client makes the messages that Python's makes, of any run."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings

from runnel.vocabulary.events import Event
from runnel.vocabulary.fold import fold_message
from tests.frontend.client import needs_node
from tests.vocabulary.strategies import runs

pytestmark = needs_node


@pytest.fixture(scope="module")
def folding(client: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The client's fold, in a process."""
    command = ["node", str(Path(__file__).with_name("folds.mjs")), str(client)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@given(run=runs())
@settings(deadline=None)
def test_any_run_folds_to_the_same_message(folding: subprocess.Popen[bytes], run: list[Event]) -> None:
    assert folding.stdin is not None
    assert folding.stdout is not None
    folding.stdin.write(msgspec.json.encode(run) + b"\n")
    folding.stdin.flush()
    expected = [fold_message(run[: len(run) // 2]), fold_message(run)]
    assert msgspec.json.decode(folding.stdout.readline()) == msgspec.json.decode(msgspec.json.encode(expected))
