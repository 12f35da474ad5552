"""Every answer tells browsers to take it for what it is."""

from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.server.people import Town

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def guarded(headers: Any) -> bool:
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    return {name: headers[name] for name in ALWAYS} == ALWAYS and "cache-control" in headers


async def test_whatever_is_answered_is_guarded(town: Town) -> None:
    async with town.client("ada") as client:
        for method, path in (
            ("GET", "/api/chats"),
            ("GET", "/nowhere"),
            ("DELETE", "/openapi.json"),
            ("GET", "/login"),
            ("GET", "/assets/login.css"),
            ("POST", "/login"),
            ("POST", "/api/chats"),
        ):
            assert guarded((await client.request(method, path, content=b"{")).headers), path
        assert guarded((await client.get("/", headers={"Host": "evil.example"})).headers)
        assert guarded((await client.get("/", headers={"Authorization": "Bearer x"})).headers)


async def test_a_refused_socket_is_guarded_too(town: Town) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with connect(town.url.replace("http", "ws") + "/api/live"):
            pass
    assert guarded(caught.value.response.headers)


async def test_an_answer_that_breaks_is_guarded_and_says_nothing_of_its_inside(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr(type(town.app), "chats", broken)
    async with town.client("ada") as client:
        answer = await client.get("/api/chats")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert guarded(answer.headers)
    assert "a secret of the inside" in caplog.text


async def test_what_says_how_long_it_holds_is_left_alone(town: Town) -> None:
    async with town.client() as client:
        assert (await client.get("/assets/login.css")).headers["cache-control"] == "public, max-age=3600"
        assert (await client.get("/login")).headers["cache-control"] == "no-store"
