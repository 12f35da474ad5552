"""The web page is served as browsers keep it best, wherever it stands."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from runnel import Runnel
from runnel.server import create_app
from tests.apps import config
from tests.server.people import a_town
from tests.server.serving import client_of

INDEX = '<script type="module" src="./assets/index-1a2b.js"></script><link rel="icon" href="./favicon.svg">'
SCRIPT = "console.log('Hello');\n" * 100
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page that was built."""
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / "index-1a2b.js").write_text(SCRIPT)
    (folder / "assets" / "logo-3c4d.png").write_bytes(b"\x89PNG")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "secret.txt").write_text("not to be had")
    (folder / "index.html").write_text(INDEX)
    monkeypatch.setattr("runnel.server.page.WEB", folder)
    return folder


@pytest.fixture
async def client(web: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(create_app(Runnel("sqlite://", config=config()))) as client:
        yield client


async def test_the_page_stands_at_the_top_and_at_each_place(client: httpx2.AsyncClient) -> None:
    top = await client.get("/")
    assert (top.status_code, top.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert top.text == INDEX
    for place in ("/chats/chat_1", "/runs/run_1", "/messages/msg_1", "/documents/doc_1"):
        below = await client.get(place)
        assert below.text == INDEX.replace("./", "../"), "what it needs is named relative to where it stands"
    assert (await client.get("/elsewhere")).status_code == 404
    assert (await client.get("/chats/a/b")).status_code == 404


async def test_the_page_is_asked_for_anew_and_what_it_is_made_of_never(client: httpx2.AsyncClient) -> None:
    page = await client.get("/")
    assert page.headers["cache-control"] == "no-cache"
    again = await client.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == page.headers["etag"]
    asset = await client.get("/assets/index-1a2b.js")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_text_is_compressed_for_who_takes_that(client: httpx2.AsyncClient) -> None:
    url = "/assets/index-1a2b.js"
    async with client.stream("GET", url, headers={"Accept-Encoding": "br, gzip;q=0.5"}) as response:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    assert (response.headers["content-encoding"], response.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(raw).decode() == SCRIPT
    for refused in ({"Accept-Encoding": "gzip;q=0"}, PLAIN):
        plain = await client.get(url, headers=refused)
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == "Accept-Encoding"
        assert plain.headers["etag"] != response.headers["etag"]
    picture = await client.get("/assets/logo-3c4d.png", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in picture.headers


async def test_head_and_ranges_are_answered(client: httpx2.AsyncClient) -> None:
    url = "/assets/index-1a2b.js"
    head = await client.head(url, headers=PLAIN)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(SCRIPT)))
    part = await client.get(url, headers={"Range": "bytes=0-6", "If-Range": head.headers["etag"]})
    assert (part.status_code, part.text, part.headers["content-range"]) == (206, "console", f"bytes 0-6/{len(SCRIPT)}")
    assert (await client.get(url, headers={"Range": "bytes=999999-"})).status_code == 416


@pytest.mark.parametrize(
    "path", ["/assets/..%2Fsecret.txt", "/assets/%00", "/secret.txt", "/assets/", "/assets/none.js"]
)
async def test_nothing_else_of_the_folder_can_be_had(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_a_page_that_was_built_anew_is_there_at_once(client: httpx2.AsyncClient, web: Path) -> None:
    before = await client.get("/")
    (web / "index.html").write_text(INDEX + "<!-- new -->")
    after = await client.get("/", headers={"If-None-Match": before.headers["etag"]})
    assert (after.status_code, after.text) == (200, INDEX + "<!-- new -->")


async def test_without_a_built_page_it_is_said_how_it_is_built(client: httpx2.AsyncClient, web: Path) -> None:
    (web / "index.html").unlink()
    response = await client.get("/")
    assert response.status_code == 503
    assert "run build" in response.text
    assert (await client.get("/assets/index-1a2b.js")).status_code == 404


async def test_the_page_works_in_an_app_that_mounts_it(web: Path) -> None:
    runnel = Runnel("sqlite://", config=config())
    async with runnel, client_of(Starlette(routes=[Mount("/below", create_app(runnel))])) as client:
        assert (await client.get("/below/chats/chat_1")).status_code == 200
        assert (await client.get("/below/assets/index-1a2b.js")).text == SCRIPT


async def test_where_there_are_users_the_page_is_for_who_is_known_and_its_files_for_all(
    tmp_path: Path, web: Path
) -> None:
    async with a_town(tmp_path) as town, town.client() as stranger, town.client("ada") as ada:
        led = await stranger.get("/chats/chat_1", headers={"Accept": "text/html"})
        assert (led.status_code, led.headers["location"]) == (303, "/login?next=%2Fchats%2Fchat_1")
        assert (await stranger.get("/")).status_code == 401
        assert (await stranger.get("/assets/index-1a2b.js")).status_code == 200
        assert (await stranger.get("/favicon.svg")).headers["content-type"].startswith("image/svg+xml")
        page = await ada.get("/")
        assert page.text == INDEX
        assert "unsafe" not in page.headers["content-security-policy"]
