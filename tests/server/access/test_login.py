"""Logging in with a browser: what the cookie is, what it survives, and what cannot be done with it."""

import html
import re
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from runnel import Runnel
from runnel.server import create_app
from runnel.server.access import limits
from tests.server.people import PASSWORD, Town, a_town, settings
from tests.server.serving import client_of

HTTPS = {"X-Forwarded-Proto": "https"}
PAGE = {"Accept": "text/html"}


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, page
    return html.unescape(found[1])


async def log_in(
    client: httpx2.AsyncClient, name: str = "ada", password: str = PASSWORD, next: str = "", **changes: str
) -> httpx2.Response:
    """What a browser does: get the page, fill in the form and send it."""
    page = await client.get("/login", params={"next": next}, headers=PAGE)
    given = {"form": field(page.text, "form"), "next": field(page.text, "next"), "name": name, "password": password}
    headers = {**PAGE, "Origin": str(client.base_url).rstrip("/")}
    return await client.post("/login", data=given | changes, headers=headers)


async def test_a_browser_is_led_to_the_page_and_back(town: Town) -> None:
    async with town.client() as browser:
        led = await browser.get("/?chat=1", headers=PAGE)
        assert (led.status_code, led.headers["location"]) == (303, "/login?next=%2F%3Fchat%3D1")
        done = await log_in(browser, next="/?chat=1")
        assert (done.status_code, done.headers["location"]) == (303, "/?chat=1")
        assert (await browser.get("/api/chats")).status_code == 200


async def test_the_cookie_is_for_no_script_no_other_site_and_no_log(town: Town) -> None:
    async with town.client() as browser:
        cookies = (await log_in(browser)).headers.get_list("set-cookie")
        (session,) = [cookie for cookie in cookies if cookie.startswith("runnel=rnl_")]
        assert {part.strip().lower() for part in session.split(";")[1:]} >= {"httponly", "samesite=lax", "path=/"}
        assert "domain" not in session.lower()


async def test_by_tls_the_cookie_can_come_from_this_host_and_by_tls_alone(town: Town) -> None:
    async with town.client(headers=HTTPS) as browser:
        page = await browser.get("/login")
        form = page.cookies["__Host-runnel-form"]
        sent = {"form": field(page.text, "form"), "name": "ada", "password": PASSWORD}
        done = await browser.post("/login", data=sent, headers={"Cookie": f"__Host-runnel-form={form}"})
        (session,) = [one for one in done.headers.get_list("set-cookie") if one.startswith("__Host-runnel=")]
        assert "; Secure" in session
        assert "; Path=/" in session
        plain = {"Cookie": f"runnel={session.partition('=')[2].partition(';')[0]}"}
        assert (await browser.get("/api/chats", headers=plain)).status_code == 401


async def test_a_session_that_was_planted_is_worth_nothing(town: Town) -> None:
    async with town.client() as browser:
        browser.cookies.set("runnel", "rnl_planted-by-somebody-else", domain="127.0.0.1", path="/")
        await log_in(browser)
        mine = [cookie.value for cookie in browser.cookies.jar if cookie.name == "runnel"]
        assert "rnl_planted-by-somebody-else" not in mine
        planted = {"Cookie": "runnel=rnl_planted-by-somebody-else"}
        async with town.client() as thief:
            assert (await thief.get("/api/chats", headers=planted)).status_code == 401


async def test_logging_in_again_ends_the_session_before(town: Town) -> None:
    async with town.client() as browser, town.client() as thief:
        await log_in(browser)
        stolen = {"Cookie": f"runnel={browser.cookies['runnel']}"}
        assert (await thief.get("/api/chats", headers=stolen)).status_code == 200
        await log_in(browser)
        assert (await thief.get("/api/chats", headers=stolen)).status_code == 401
        assert (await browser.get("/api/chats")).status_code == 200


async def test_logging_out_ends_the_session_not_only_the_cookie(town: Town) -> None:
    async with town.client() as browser, town.client() as thief:
        await log_in(browser)
        stolen = {"Cookie": f"runnel={browser.cookies['runnel']}"}
        out = await browser.post("/logout", headers={"Origin": town.url})
        assert (out.status_code, out.headers["location"]) == (303, "/login")
        assert "runnel" not in browser.cookies
        assert (await thief.get("/api/chats", headers=stolen)).status_code == 401


async def test_a_session_ends_with_a_new_password_and_when_the_user_is_logged_out(town: Town) -> None:
    async with town.client() as browser:
        for end in (town.app.users.set_password("ada", PASSWORD), town.app.users.end_sessions("ada")):
            await log_in(browser)
            assert (await browser.get("/api/chats")).status_code == 200
            await end
            assert (await browser.get("/api/chats")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "{url}"},
    ],
)
async def test_the_cookie_changes_nothing_from_another_page(town: Town, headers: dict[str, str]) -> None:
    async with town.client() as browser:
        await log_in(browser)
        sent = {name: value.format(url=town.url) for name, value in headers.items()}
        answer = await browser.post("/api/chats", json={"model": "excerpts"}, headers=sent)
        assert (answer.status_code, answer.json()["code"]) == (403, "misuse.not_allowed")
        assert (await browser.post("/logout", headers=sent)).status_code == 403
        assert (await browser.get("/api/chats")).json()["chats"] == []


@pytest.mark.parametrize("headers", [{"Origin": "{url}"}, {"Sec-Fetch-Site": "same-origin"}])
async def test_our_own_page_may(town: Town, headers: dict[str, str]) -> None:
    async with town.client() as browser:
        await log_in(browser)
        sent = {name: value.format(url=town.url) for name, value in headers.items()}
        assert (await browser.post("/api/chats", json={"model": "excerpts"}, headers=sent)).status_code == 201


async def test_a_form_of_another_page_logs_nobody_in(town: Town) -> None:
    async with town.client() as browser, town.client() as other:
        theirs = field((await other.get("/login")).text, "form")
        for form in ("", "x", theirs, "é"):
            done = await log_in(browser, form=form)
            assert done.status_code == 403
            assert "runnel" not in browser.cookies


async def test_a_wrong_password_and_a_wrong_name_look_the_same(town: Town) -> None:
    async with town.client() as browser:
        wrong = [await log_in(browser, "ada", "wrong"), await log_in(browser, "zoe", "wrong")]
        pages = [re.sub(r'value="[^"]*"', "", page.text) for page in wrong]
        assert [page.status_code for page in wrong] == [401, 401]
        assert pages[0] == pages[1]
        assert 'role="alert"' in pages[0]


async def test_what_was_typed_cannot_become_markup(town: Town) -> None:
    async with town.client() as browser:
        page = (await log_in(browser, '"><script>alert(1)</script>', "wrong", next='/"><script>')).text
        assert "<script>" not in page


@pytest.mark.parametrize(
    "next",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "evil",
        "javascript:alert(1)",
        "/\nx",
        "/\t/evil.example",
    ],
)
async def test_nobody_is_led_elsewhere(town: Town, next: str) -> None:
    async with town.client() as browser:
        assert (await log_in(browser, next=next)).headers["location"] == "/"
        assert (await log_in(browser, next=next)).headers["location"] == "/"


async def test_attempts_are_limited_for_a_name_from_wherever(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 1.0))
    async with town.client() as browser:
        statuses = [(await log_in(browser, "Ada", "wrong")).status_code for _ in range(11)]
        assert statuses == [401] * 10 + [429]
        refused = await log_in(browser)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert (await log_in(browser, "ben")).status_code == 303


async def test_without_users_there_is_nothing_to_log_in_to(tmp_path: Path) -> None:
    async with a_town(tmp_path, names=()) as town, town.client() as browser:
        assert (await browser.get("/login")).headers["location"] == "/"


async def test_a_form_that_is_none_is_refused(town: Town) -> None:
    async with town.client() as client:
        for content in (b"\xff=1", b"a=1&" * 100, b"x" * 20_000):
            answer = await client.post("/login", content=content)
            assert answer.status_code in (400, 403)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_the_page_needs_no_script_and_its_style_is_a_file(town: Town) -> None:
    async with town.client() as browser:
        page = await browser.get("/login")
        assert page.headers["content-type"].startswith("text/html")
        assert "<script" not in page.text
        assert "style=" not in page.text
        style = re.search(r'href="([^"]+\.css)"', page.text)
        assert style is not None
        assert (await browser.get(style[1])).headers["content-type"].startswith("text/css")
        for name in ("name", "password"):
            assert f'<label for="{name}">' in page.text


async def test_below_a_path_all_of_it_is_below_that_path(tmp_path: Path) -> None:
    app = Runnel(f"sqlite:///{tmp_path}/runnel.db", config=settings())
    async with app, client_of(Starlette(routes=[Mount("/below", create_app(app))])) as browser:
        await app.users.add("ada", password=PASSWORD)
        led = await browser.get("/below/?chat=1", headers=PAGE)
        assert led.headers["location"] == "/below/login?next=%2F%3Fchat%3D1"
        page = await browser.get(led.headers["location"])
        assert 'action="/below/login"' in page.text
        sent = {"form": field(page.text, "form"), "name": "ada", "password": PASSWORD, "next": "/?chat=1"}
        done = await browser.post("/below/login", data=sent)
        assert done.headers["location"] == "/below/?chat=1"
        assert "; Path=/below" in done.headers["set-cookie"]
        assert (await browser.get("/below/api/chats")).status_code == 200
        assert (await browser.get("/below/assets/login.css")).status_code == 200
