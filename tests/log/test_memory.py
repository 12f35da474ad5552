"""The log in memory keeps the contract."""

import pytest

from runnel.log import EventLog, MemoryLog
from runnel.testing.logs import LogContract


class TestMemoryLog(LogContract):
    @pytest.fixture
    def log(self) -> EventLog:
        return MemoryLog()
