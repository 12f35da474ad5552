"""A served app, its client, and things in it."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from runnel import Runnel
from runnel.server import create_app
from tests.apps import config
from tests.server.serving import client_of


@pytest.fixture
async def app() -> AsyncIterator[Runnel]:
    async with Runnel("sqlite://", config=config()) as app:
        yield app


@pytest.fixture
async def client(app: Runnel) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(create_app(app)) as client:
        yield client
