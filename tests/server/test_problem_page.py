"""Errors that people come to with a browser are pages; programs have problem documents."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from runnel import Runnel
from runnel.errors import Failure
from runnel.server import create_app
from tests.apps import config
from tests.server.people import a_town
from tests.server.serving import client_of

# What Chromium and Firefox send with a navigation.
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(create_app(Runnel("sqlite://", config=config()))) as client:
        yield client


def start_of(page: httpx2.Response) -> str:
    """The path that the page's link leads to."""
    (link,) = re.findall(r'<a href="([^"]*)">', page.text)
    return httpx2.URL(urljoin(str(page.url), unescape(link))).path


async def test_a_browser_is_shown_a_page_and_a_program_is_told(client: httpx2.AsyncClient) -> None:
    page = await client.get("/nonsense", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "This page is not here" in page.text
    assert "/nonsense" in page.text
    for accepted in ("*/*", "application/json", "application/json, text/html;q=0.9"):
        told = await client.get("/nonsense", headers={"Accept": accepted})
        assert (told.status_code, told.headers["content-type"]) == (404, "application/problem+json")
        assert told.json()["code"] == "misuse.not_found"
    posted = await client.post("/nonsense", headers=BROWSER)
    assert posted.headers["content-type"] == "application/problem+json"
    assert (await client.head("/nonsense", headers=BROWSER)).status_code == 404


@pytest.mark.parametrize("path", ["/nonsense", "/chats/a/b", "/a/b/c/", "/a%2Fb", "/a/b?c=/d/e", "/api/chats/chat_1"])
@pytest.mark.parametrize("below", ["", "/below"])
async def test_the_page_leads_to_the_start_page_from_wherever_it_stands(path: str, below: str) -> None:
    runnel = Runnel("sqlite://", config=config())
    app = create_app(runnel)
    async with runnel, client_of(Starlette(routes=[Mount(below, app)]) if below else app) as client:
        page = await client.get(below + path, headers=BROWSER)
        assert page.status_code == 404
        assert start_of(page) == f"{below}/"


async def test_what_is_shown_is_no_markup_of_whoever_made_the_link(client: httpx2.AsyncClient) -> None:
    page = await client.get("/<script>alert(1)</script>$root", headers=BROWSER)
    assert "<script" not in page.text
    assert "$root" in page.text


async def test_the_page_holds_to_a_policy_that_allows_nothing_but_its_style(client: httpx2.AsyncClient) -> None:
    page = await client.get("/nonsense", headers=BROWSER)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"


async def test_other_refusals_that_a_browser_comes_to_are_pages_too(client: httpx2.AsyncClient) -> None:
    elsewhere = await client.get("/", headers={**BROWSER, "Host": "elsewhere.example"})
    assert elsewhere.status_code == 421
    assert "server.hosts" in elsewhere.text
    assert elsewhere.headers["content-type"].startswith("text/html")
    gone = await client.get("/api/documents/doc_gone/content", headers=BROWSER)
    assert (gone.status_code, gone.headers["content-type"]) == (404, "text/html; charset=utf-8")
    posts = await client.get("/logout", headers=BROWSER)
    assert (posts.status_code, posts.headers["allow"]) == (405, "POST")
    assert "This cannot be shown" in posts.text


async def test_a_failure_is_shown_without_its_inside(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise Failure("the disk is full")

    monkeypatch.setattr(Runnel, "chats", fails)
    page = await client.get("/api/chats", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "The disk is full." in page.text


async def test_where_there_are_users_a_stranger_is_led_to_the_login_and_sees_nothing_else(tmp_path: Path) -> None:
    async with a_town(tmp_path) as town, town.client() as stranger, town.client("ada") as ada:
        assert (await stranger.get("/nonsense", headers=BROWSER)).status_code == 303
        assert (await ada.get("/nonsense", headers=BROWSER)).status_code == 404
