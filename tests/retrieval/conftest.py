"""A retrieval over a database of its own, for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runnel.database import Database
from runnel.retrieval import MIGRATIONS, Retrieval


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "database" / "runnel.db")
    await database.open(MIGRATIONS)
    yield database
    await database.close()


@pytest.fixture
async def retrieval(database: Database) -> AsyncIterator[Retrieval]:
    retrieval = Retrieval(database)
    yield retrieval
    await retrieval.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for documents."""
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder
