"""The log in SQLite keeps the contract, in a file and in memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runnel.database import Database
from runnel.log import EventLog, SQLiteLog
from runnel.log.sqlite import MIGRATIONS
from runnel.testing.logs import LogContract


class TestSQLiteLog(LogContract):
    @pytest.fixture
    async def log(self, tmp_path: Path) -> AsyncIterator[EventLog]:
        database = Database(tmp_path / "runnel.db")
        await database.open(MIGRATIONS)
        yield SQLiteLog(database)
        await database.close()


class TestSQLiteLogInMemory(LogContract):
    @pytest.fixture
    async def log(self) -> AsyncIterator[EventLog]:
        database = Database()
        await database.open(MIGRATIONS)
        yield SQLiteLog(database)
        await database.close()
