"""The contract of a `Runnel`, held by each database."""

from collections.abc import AsyncIterator

import pytest

from runnel import Runnel
from runnel.testing.app import UsersContract
from tests.apps import config


class TestMemory(UsersContract):
    @pytest.fixture
    async def app(self) -> AsyncIterator[Runnel]:
        async with Runnel("sqlite://", config=config()) as app:
            yield app


class TestSQLite(UsersContract):
    @pytest.fixture
    async def app(self, file_url: str) -> AsyncIterator[Runnel]:
        async with Runnel(file_url, config=config()) as app:
            yield app
