"""Limits: each has a name, is answered with it, and holds for each user by themselves."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from runnel import Runnel
from runnel.errors import LimitReached
from runnel.models.scripted import Scripted
from runnel.server import create_app
from runnel.server.access import limits
from runnel.server.access.limits import Buckets
from tests.server.people import Town, a_town, settings
from tests.server.serving import client_of

SMALL = {"body": 5_000, "requests": 0.001, "burst": 50, "streams": 2, "runs": 2, "chats": 3, "documents": 2}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(tmp_path, settings(limits=SMALL)) as town:
        yield town


def reached(response: httpx2.Response, limit: str, status: int = 429) -> bool:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["details"]["limit"] == limit
    return status == 413 or int(response.headers["retry-after"]) > 0


async def test_a_body_that_says_it_is_too_large_is_refused_unread(town: Town) -> None:
    async with town.client("ada") as client:
        assert reached(await client.post("/api/chats", content=b" " * 5_001), "body", 413)
        assert (await client.post("/api/chats", content=b'{"model": "excerpts"}' + b" " * 4_000)).status_code == 201


async def test_a_body_that_turns_out_too_large_is_refused_as_it_comes(town: Town) -> None:
    async def unsaid() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b" " * 1_000

    async with town.client("ada") as client:
        assert reached(await client.post("/v1/chat/completions", content=unsaid()), "body", 413)


async def test_requests_are_limited_for_each_user(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 1.0))
    async with town.client("ada") as ada, town.client("ben") as ben, town.client() as nobody:
        statuses = [(await ada.get("/api/chats")).status_code for _ in range(51)]
        assert statuses == [200] * 50 + [429]
        assert reached(await ada.get("/nowhere"), "requests")
        assert (await ben.get("/api/chats")).status_code == 200
        statuses = [(await nobody.get("/api/chats")).status_code for _ in range(51)]
        assert statuses == [401] * 50 + [429]
        assert (await ben.get("/api/chats")).status_code == 200


async def test_streams_are_limited_for_each_user_and_end_with_their_readers(town: Town) -> None:
    chats = {}
    for name in ("ada", "ben"):
        chat = await town.app.as_user(town.ids[name]).chat(model=Scripted(*["x"] * 50, delay=1.0))
        chats[name] = (await chat.start("go on")).id
    async with town.client("ada") as ada, town.client("ben") as ben:
        path = f"/api/runs/{chats['ada']}/events"
        async with ada.stream("GET", path) as first, ada.stream("GET", path) as second:
            assert (first.status_code, second.status_code) == (200, 200)
            assert reached(await ada.get(path), "streams")
            assert reached(await ada.post("/v1/chat/completions", json={}), "streams")
            await socket_is_refused(town)
            async with ben.stream("GET", f"/api/runs/{chats['ben']}/events") as theirs:
                assert theirs.status_code == 200
        async with asyncio.timeout(20):
            while (await ada.get(f"/api/runs/{chats['ada']}/events?after=9999")).status_code == 429:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def socket_is_refused(town: Town) -> None:
    headers = {"Authorization": f"Bearer {town.tokens['ada']}"}
    with pytest.raises(InvalidStatus) as caught:
        async with connect(town.url.replace("http", "ws") + "/api/live", additional_headers=headers):
            pass
    assert caught.value.response.status_code == 429


async def test_runs_that_go_on_are_limited_exactly_however_many_are_asked_at_once(town: Town) -> None:
    app = town.app.as_user(town.ids["ada"])
    chats = [await app.chat(model=Scripted(*["x"] * 50, delay=1.0)) for _ in range(3)]
    async with town.client("ada") as client:
        answers = await asyncio.gather(
            *[client.post(f"/api/chats/{chat.id}/runs", json={"prompt": "go on"}) for chat in chats]
        )
        assert sorted(answer.status_code for answer in answers) == [202, 202, 429]
        (refused,) = [answer for answer in answers if answer.status_code == 429]
        assert reached(refused, "runs")
        (going, _) = [answer.json()["id"] for answer in answers if answer.status_code == 202]
        await client.post(f"/api/runs/{going}/cancel")
        left = chats[[answer.status_code for answer in answers].index(429)]
        assert (await client.post(f"/api/chats/{left.id}/runs", json={"prompt": "go on"})).status_code == 202
    theirs = await town.app.as_user(town.ids["ben"]).chat(model="scripted:yes")
    assert (await theirs.answer("and I?")).content == "yes"


async def test_chats_are_limited_however_they_are_made(town: Town) -> None:
    async with town.client("ada") as client:
        answers = await asyncio.gather(*[client.post("/api/chats", json={"model": "excerpts"}) for _ in range(6)])
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [429] * 3
        assert all(reached(answer, "chats") for answer in answers if answer.status_code == 429)
    with pytest.raises(LimitReached):
        await town.app.as_user(town.ids["ada"]).chat(model="excerpts")
    async with town.client("ben") as client:
        assert (await client.post("/api/chats", json={"model": "excerpts"})).status_code == 201


async def test_documents_are_limited(town: Town) -> None:
    async with town.client("ada") as client:
        files: list[Any] = [("files", (f"{n}.txt", f"text {n}".encode())) for n in range(3)]
        assert reached(await client.post("/api/documents", files=files), "documents")
        assert (await client.post("/api/documents", files=files[:2])).status_code == 202
        assert reached(await client.post("/api/documents", files=files[2:]), "documents")


async def test_an_upload_may_be_larger_than_other_bodies(town: Town) -> None:
    async with town.client("ada") as client:
        files: list[Any] = [("files", ("long.txt", b"a word\n" * 2_000))]
        assert (await client.post("/api/documents", files=files)).status_code == 202


async def test_one_person_alone_is_limited_in_nothing_but_bodies() -> None:
    config = settings(limits=SMALL | {"burst": 1})
    async with client_of(create_app(Runnel("sqlite://", config=config))) as client:
        for _ in range(5):
            assert (await client.post("/api/chats", json={"model": "excerpts"})).status_code == 201
        assert reached(await client.post("/api/chats", content=b" " * 5_001), "body", 413)


def test_a_bucket_fills_again_and_is_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(limits, "_MOST", 3)
    buckets = Buckets(rate=0.5, burst=2)
    assert [buckets.take("ada") for _ in range(3)] == [0, 0, 2]
    now += 1
    assert buckets.take("ada") == 1
    now += 1
    assert buckets.take("ada") == 0
    now += 1_000
    assert [buckets.take("ada") for _ in range(3)] == [0, 0, 2]
    for key in ("ben", "cleo", "dora"):
        buckets.take(key)
    assert len(buckets._buckets) == 3
    assert buckets.take("ada") == 0
