"""Who calls: without a user this machine alone, with users nobody who does not show who they are."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.requests import HTTPConnection
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from runnel import Runnel
from runnel.errors import ConfigError, Unauthenticated
from runnel.models.scripted import Scripted
from runnel.server import create_app
from runnel.server.access.identity import Identity, check_reach
from runnel.server.calls import Caller
from runnel.users import directory
from tests.server.people import Town, a_town, settings
from tests.server.serving import client_of


def refused(response: httpx2.Response) -> bool:
    return (response.status_code, response.headers.get("www-authenticate"), response.json()["code"]) == (
        401,
        "Bearer",
        "misuse.unauthenticated",
    )


@pytest.mark.parametrize(
    "path",
    ["/api/chats", "/api/runs/run_1", "/v1/models", "/metrics-not", "/nowhere", "/api/chats/../chats", "//api/chats"],
)
async def test_nothing_is_told_to_who_is_not_known(town: Town, path: str) -> None:
    async with town.client() as client:
        for method in ("GET", "POST", "DELETE", "OPTIONS", "PUT"):
            assert refused(await client.request(method, town.url + path)), method


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer  x",
        "Bearer x",
        "bearer\t{token}",
        "Basic {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer  {token} {token}",
    ],
)
async def test_only_the_very_token_is_taken(town: Town, value: str) -> None:
    async with town.client() as client:
        value = value.format(token=town.tokens["ada"])
        assert refused(await client.get("/api/chats", headers={"Authorization": value}))


async def test_each_sees_what_is_theirs(town: Town) -> None:
    async with town.client("ada") as ada, town.client("ben") as ben:
        chat = (await ada.post("/api/chats", json={"model": "excerpts"})).json()
        assert (await ada.get(f"/api/chats/{chat['id']}")).status_code == 200
        assert (await ben.get(f"/api/chats/{chat['id']}")).status_code == 404


async def test_a_token_that_is_revoked_or_over_is_refused(town: Town) -> None:
    users = town.app.users
    (token,) = await users.tokens("ada")
    _, over = await users.add_token("ada", -1)
    async with town.client("ada") as client:
        assert (await client.get("/api/chats")).status_code == 200
        assert refused(await client.get("/api/chats", headers={"Authorization": f"Bearer {over}"}))
        await users.revoke("ada", token.id)
        assert refused(await client.get("/api/chats"))


async def test_a_session_is_no_token_and_a_token_no_session(town: Town) -> None:
    session = await town.app.users.add_session(town.ids["ada"], 60)
    async with town.client() as client:
        assert refused(await client.get("/api/chats", headers={"Authorization": f"Bearer {session}"}))
        assert refused(await client.get("/api/chats", headers={"Cookie": f"runnel={town.tokens['ada']}"}))
        both = {"Cookie": f"runnel={session}", "Authorization": "Bearer wrong"}
        assert refused(await client.get("/api/chats", headers=both))
        assert (await client.get("/api/chats", headers={"Cookie": f"runnel={session}"})).status_code == 200


async def test_a_socket_needs_an_identity_too(town: Town) -> None:
    url = town.url.replace("http", "ws") + "/api/live"
    with pytest.raises(InvalidStatus) as caught:
        async with connect(url):
            pass
    assert caught.value.response.status_code == 401
    assert b"misuse.unauthenticated" in (caught.value.response.body or b"")


async def test_one_person_needs_no_identity_until_there_is_a_user(tmp_path: Path) -> None:
    async with a_town(tmp_path, names=()) as town, town.client() as client:
        assert (await client.get("/api/chats")).status_code == 200
        await town.app.users.add("ada")
        assert refused(await client.get("/api/chats"))
        await town.app.users.remove("ada")
        assert refused(await client.get("/api/chats"))


async def test_the_first_user_shuts_the_door_at_once_on_what_is_open_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "LOOK_SECONDS", 0.5)  # as it is outside of these tests
    async with a_town(tmp_path, names=()) as town, town.client() as client:
        chat = await town.app.chat(model=Scripted(*["x"] * 50, delay=1.0))
        run = await chat.start("go on")
        async with (
            client.stream("GET", f"/api/runs/{run.id}/events") as stream,
            connect(town.url.replace("http", "ws") + "/api/live") as socket,
        ):
            assert (await client.get("/api/chats")).status_code == 200
            await town.app.users.add("ada")
            assert refused(await client.get("/api/chats"))
            async with asyncio.timeout(20):
                assert b"run.ended" not in b"".join([chunk async for chunk in stream.aiter_raw()])
                await socket.wait_closed()
            assert socket.close_code == 1008
        await run.cancel()


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.7", False),
        ("::2", False),
    ],
)
async def test_without_users_only_this_machine_may_call(address: str, known: bool) -> None:
    scope: dict[str, Any] = {"type": "http", "headers": [], "client": (address, 5000)}
    async with Runnel("sqlite://", config=settings()) as app:
        identity = Identity(app)
        if known:
            assert (await identity(HTTPConnection(scope))).user is None
        else:
            with pytest.raises(Unauthenticated, match="runnel users add"):
                await identity(HTTPConnection(scope))


async def test_an_address_that_others_reach_needs_users() -> None:
    async with Runnel("sqlite://", config=settings()) as app:
        await check_reach(app, "127.0.0.1", loopback=True)
        with pytest.raises(ConfigError, match="runnel users add"):
            await check_reach(app, "0.0.0.0", loopback=False)
        await app.users.add("ada")
        await check_reach(app, "0.0.0.0", loopback=False)


async def test_another_app_may_say_who_calls() -> None:
    runnel = Runnel("sqlite://", config=settings())

    async def identify(connection: HTTPConnection) -> Caller:
        name = connection.headers.get("x-user")
        if name is None:
            raise Unauthenticated("no name")
        return Caller(runnel.as_user(name), name)

    async with client_of(create_app(runnel, identify=identify)) as client:
        assert refused(await client.get("/api/chats"))
        assert (await client.get("/api/chats", headers={"X-User": "ada"})).status_code == 200
        assert refused(await client.get("/login"))


async def test_a_stream_and_a_socket_end_when_what_was_shown_is_revoked_and_the_run_goes_on(town: Town) -> None:
    app = town.app.as_user(town.ids["ada"])
    chat = await app.chat(model=Scripted(*["x"] * 50, delay=1.0))
    run = await chat.start("go on")
    (token,) = await town.app.users.tokens("ada")
    headers = {"Authorization": f"Bearer {town.tokens['ada']}"}
    url = town.url.replace("http", "ws") + "/api/live"
    async with town.client("ada") as client, town.client("ben") as ben:
        async with (
            client.stream("GET", f"/api/runs/{run.id}/events") as stream,
            connect(url, additional_headers=headers) as socket,
        ):
            assert stream.status_code == 200
            await town.app.users.revoke("ada", token.id)
            async with asyncio.timeout(20):
                assert b"run.ended" not in b"".join([chunk async for chunk in stream.aiter_raw()])
                await socket.wait_closed()
            assert socket.close_code == 1008
        assert refused(await client.get(f"/api/runs/{run.id}/events"))
        assert (await ben.get("/api/chats")).status_code == 200
    assert (await run.message()).status == "running"
    await run.cancel()
