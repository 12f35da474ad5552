"""A `Runnel` on a file, and a client of it over a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from runnel import Runnel
from runnel.server import create_app
from tests.apps import config
from tests.server.serving import client_of


@pytest.fixture
async def runnel(tmp_path: Path) -> AsyncIterator[Runnel]:
    async with Runnel(f"sqlite:///{tmp_path}/runnel.db", config=config()) as runnel:
        yield runnel


@pytest.fixture
async def client(runnel: Runnel) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(create_app(runnel)) as client:
        yield client
