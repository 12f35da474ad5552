"""Streams over HTTP: a reader that begins anywhere, at any moment, gets each later event once."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from runnel import Runnel
from runnel.models.scripted import Scripted
from runnel.server import create_app
from runnel.vocabulary.events import Event
from runnel.vocabulary.wire import decode
from tests.apps import config, events_of, in_time
from tests.server.serving import client_of


@pytest.fixture
async def runnel() -> AsyncIterator[Runnel]:
    async with Runnel("sqlite://", config=config()) as runnel:
        yield runnel


@pytest.fixture
async def client(runnel: Runnel) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(create_app(runnel)) as client:
        yield client


async def test_ndjson_is_the_log(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    chat = await runnel.chat(model=Scripted(*"some words"))
    run = await chat.start("Hello?")
    response = await client.get(f"/api/runs/{run.id}/events", headers={"Accept": "application/x-ndjson"})
    assert response.headers["content-type"] == "application/x-ndjson"
    events: list[Event] = [decode(line) for line in response.content.splitlines()]
    assert events == await in_time(events_of(run))


async def test_deltas_that_are_visible_together_are_one_frame(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    run = await (await runnel.chat(model=Scripted(*"some words"))).start("Hello?")
    end = (await in_time(events_of(run)))[-1]
    response = await client.get(f"/api/runs/{run.id}/events?after=5")
    assert response.headers["content-type"] == "text/event-stream"
    assert response.text.startswith(f"retry:1000\n\nid:{end.seq - 1}\nevent:text.delta\ndata:{{")
    assert response.text.count("event:text.delta") == 1
