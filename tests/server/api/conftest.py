"""A served app, its client, and things in it."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from runnel import Runnel
from runnel.models.scripted import Scripted
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


@pytest.fixture
async def scripted(app: Runnel) -> str:
    """A chat whose model says what it was asked."""
    chat = await app.chat(model=Scripted(answers=lambda prompt: [f"You said: {prompt.question}"]))
    return chat.id
