"""Which names the server answers to, and which pages may call it."""

import string
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message, Scope
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from runnel import Runnel
from runnel.config import Config, ServerConfig
from runnel.errors import ConfigError
from runnel.server import create_app
from tests.server.people import Town, a_town, settings
from tests.server.serving import client_of

EVIL = "https://evil.example"
PAGE = "https://page.example"


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    """Of one person's server, which a browser reaches without any secret."""
    config = settings(hosts=("chat.example", ".below.example"), origins=(PAGE,))
    async with client_of(create_app(Runnel("sqlite://", config=config))) as client:
        yield client


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:80",
        "a.localhost",
        "127.0.0.1:9",
        "[::1]:80",
        "10.1.2.3",
        "chat.example",
        "x.below.example.",
    ],
)
async def test_it_answers_to_its_own_names_and_to_addresses(client: httpx2.AsyncClient, host: str) -> None:
    assert (await client.get("/api/chats", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "chat.example.evil.example", "below.example", "127.0.0.1.evil.example"],
)
async def test_a_name_that_was_made_to_lead_here_is_refused(client: httpx2.AsyncClient, host: str) -> None:
    for path in ("/api/chats", "/openapi.json", "/login", "/nowhere"):
        answer = await client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["details"]) == (421, {"host": host})


@pytest.mark.parametrize("host", ["", "a b", "user@localhost", "[::1", "localhost/x", "localhost:x", "é"])
async def test_a_host_that_is_none_is_refused(client: httpx2.AsyncClient, host: str) -> None:
    answer = await client.get("/api/chats", headers=[(b"Host", host.encode())])
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("headers", "may"),
    [
        ({}, True),
        ({"Origin": "{url}"}, True),
        ({"Origin": "{url}", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}, True),
        ({"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": EVIL}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://localhost:1"}, False),
        ({"Origin": "https://[::1"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "something"}, False),
    ],
)
async def test_another_page_changes_nothing_here(
    client: httpx2.AsyncClient, headers: dict[str, str], may: bool
) -> None:
    sent = {name: value.format(url=str(client.base_url).rstrip("/")) for name, value in headers.items()}
    answer = await client.post("/api/chats", json={"model": "excerpts"}, headers=sent)
    assert answer.status_code == (201 if may else 403)
    assert len((await client.get("/api/chats")).json()["chats"]) == may


async def test_only_a_listed_page_may_read_what_is_answered(client: httpx2.AsyncClient) -> None:
    theirs = await client.get("/api/chats", headers={"Origin": EVIL})
    listed = await client.get("/api/chats", headers={"Origin": PAGE})
    missing = await client.get("/api/chats/chat_none", headers={"Origin": PAGE})
    assert not [name for name in theirs.headers if name.startswith("access-control")]
    assert theirs.headers["vary"] == "Origin"
    assert listed.headers["access-control-allow-origin"] == missing.headers["access-control-allow-origin"] == PAGE


async def test_browsers_are_told_what_a_listed_page_may_send(client: httpx2.AsyncClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    listed = await client.options("/api/chats", headers={"Origin": PAGE} | asked)
    assert listed.status_code == 204
    assert listed.headers["access-control-allow-origin"] == PAGE
    assert "POST" in listed.headers["access-control-allow-methods"]
    assert listed.headers["access-control-allow-headers"] == "authorization"
    assert (await client.options("/api/chats", headers={"Origin": EVIL} | asked)).status_code == 403


async def test_a_listed_page_still_has_to_say_who_calls(tmp_path: Path) -> None:
    async with a_town(tmp_path, settings(origins=(PAGE,))) as town, town.client() as client:
        asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
        assert (await client.options("/api/chats", headers=asked)).status_code == 204
        assert (await client.post("/api/chats", json={}, headers={"Origin": PAGE})).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Origin": EVIL}, 403), ({"Host": "evil.example"}, 421), ({"Origin": "null"}, 403), ({}, 403)],
)
async def test_a_socket_of_another_page_is_refused(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    async with a_town(tmp_path) as town:
        session = await town.app.users.add_session(town.ids["ada"], 60)
        found = await refusal(town, {"Cookie": f"runnel={session}"} | headers)
        assert (found.value.response.status_code, found.value.response.headers["content-type"]) == (
            status,
            "application/problem+json",
        )


async def refusal(town: Town, headers: dict[str, str]) -> "pytest.ExceptionInfo[InvalidStatus]":
    """How a socket is refused."""
    named = headers.pop("Host", None)
    target = town.url.replace("http", "ws") + "/api/live"
    options: dict[str, Any] = {}
    if named is not None:
        port = town.url.rpartition(":")[2]
        options = {"host": "127.0.0.1", "port": int(port)}
        target = f"ws://{named}/api/live"
    with pytest.raises(InvalidStatus) as caught:
        async with connect(target, additional_headers=headers, proxy=None, **options):
            pass
    return caught


@pytest.mark.parametrize(
    "origin", ["*", "example.com", "https://example.com/", "https://example.com/x", "ftp://x", "https://[x"]
)
def test_an_origin_that_is_none_is_no_setting(origin: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        ServerConfig(origins=(origin,))


def test_a_wrong_root_path_is_no_setting() -> None:
    for path in ("runnel", "/runnel/", "/"):
        with pytest.raises(ValueError, match="root path"):
            ServerConfig(root_path=path)


TEXT = st.one_of(
    st.sampled_from(["localhost", "Bearer ", "Bearer rnl_x", "https://", "runnel=", "null", "[::1", "same-origin"]),
    st.text(string.printable, max_size=30),
    st.text(max_size=30),
)
VALUE = st.lists(TEXT, max_size=3).map("".join).map(lambda text: text.encode("utf-8", "replace"))
NAME = st.sampled_from(
    b"host origin authorization cookie sec-fetch-site content-length accept content-type last-event-id"
    b" access-control-request-method access-control-request-headers".split()
)


async def ask(app: ASGIApp, scope: Scope) -> int:
    """The status of the answer, without a socket: a client library would not send such headers."""
    started: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"].endswith("response.start"):
            started.append(message["status"])

    await app(scope, receive, send)
    return started[0]


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    headers=st.lists(st.tuples(NAME, VALUE), max_size=6),
    local=st.booleans(),
    method=st.sampled_from(["GET", "POST", "OPTIONS", "DELETE", ""]),
    path=st.sampled_from(["/", "/api/chats", "/login", "/logout", "/openapi.json", "/nowhere", "/v1/models"]),
)
async def test_no_headers_break_it(headers: list[tuple[bytes, bytes]], local: bool, method: str, path: str) -> None:
    async with Runnel("sqlite://", config=Config(server=ServerConfig(origins=(PAGE,)))) as runnel:
        await runnel.users.add("ada")
        scope: dict[str, Any] = {
            "type": "http" if method else "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "http" if method else "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"next=%ff",
            "root_path": "",
            "headers": [*([(b"host", b"localhost")] if local else []), *headers],
            "client": ("127.0.0.1", 9),
            "server": ("127.0.0.1", 80),
            "extensions": {"websocket.http.response": {}},
            **({"method": method} if method else {"subprotocols": []}),
        }
        assert 200 <= await ask(create_app(runnel), scope) < 500


def test_the_settings_of_who_may_log_in_elsewhere_are_not_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    from runnel.config import load

    for name, value in (("ISSUER", "https://x"), ("CLIENT_ID", "a"), ("CREATE_USERS", "true")):
        monkeypatch.setenv(f"RUNNEL_OIDC__{name}", value)
    with pytest.raises(ConfigError, match="domains or emails"):
        load()
