"""An open `Runnel` that blocks, in memory and in a file."""

from collections.abc import Iterator

import pytest

from runnel.sync import Runnel
from tests.apps import config, file_url, url

__all__ = ["app", "file_url", "url"]


@pytest.fixture
def app(url: str) -> Iterator[Runnel]:
    """An open `Runnel` that blocks, on a database of each kind."""
    with Runnel(url, config=config()) as app:
        yield app
