"""What the tests of the command line share."""

from pathlib import Path

import pytest

from tests.cli.processes import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder of its own to run commands in."""
    return Place(tmp_path)
