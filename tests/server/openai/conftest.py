"""A real server, and the official clients of it."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI

from runnel import Runnel
from runnel.server import create_app
from tests.apps import config, file_url
from tests.server.openai import scripts
from tests.server.serving import served

__all__ = ["app", "client", "file_url", "url"]


@pytest.fixture
async def app(file_url: str) -> AsyncIterator[Runnel]:
    """An open `Runnel` whose default model is that of `scripts`."""
    settings = config(retries=0).model_copy(update={"model": scripts.NAME})
    async with Runnel(file_url, config=settings) as app:
        yield app


@pytest.fixture
async def url(app: Runnel) -> AsyncIterator[str]:
    """Where OpenAI's wire of that is."""
    async with served(create_app(app)) as url:
        yield f"{url}/v1"


@pytest.fixture
async def client(url: str) -> AsyncIterator[AsyncOpenAI]:
    """The official client, as it is."""
    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        yield client
