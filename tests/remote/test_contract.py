"""The contract of a `Runnel`, held by one that is over a server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from runnel import Runnel
from runnel.config import Config, RunsConfig, ServerConfig
from runnel.models.scripted import Item
from runnel.server import create_app
from runnel.testing.app import AppContract
from tests.remote import scripts
from tests.server.serving import served


class TestRemote(AppContract):
    def model(self, *script: Item) -> Any:
        return scripts.given(*script)

    @pytest.fixture
    async def app(self) -> AsyncIterator[Runnel]:
        config = Config(runs=RunsConfig(drain=0.05, close=0.2), server=ServerConfig(models=scripts.NAMES))
        async with served(create_app(Runnel("sqlite://", config=config))) as url, Runnel(url) as app:
            yield app
