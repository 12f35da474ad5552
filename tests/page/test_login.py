"""The page of a server with users: who may see it, and what is theirs."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect
from pydantic import SecretStr

from runnel.config import OIDCConfig
from tests.server.people import PASSWORD, Town, a_town, settings

from .browser import Visitor, picture, visiting
from .test_everywhere import sideways, violations


@pytest.fixture
async def town(built: None, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(tmp_path) as town:
        yield town


@pytest.fixture
async def somebody(browser: Browser, town: Town) -> AsyncIterator[Visitor]:
    """A browser in which nobody has logged in."""
    async with visiting(browser, town.url) as visitor:
        yield visitor


async def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Log in").click()


async def a_chat(town: Town, name: str, title: str) -> str:
    async with town.client(name) as client:
        id: str = (await client.post("/api/chats", json={"title": title})).json()["id"]
        return id


async def test_who_is_not_known_logs_in_and_comes_to_where_the_link_led(somebody: Visitor, town: Town) -> None:
    chat = await a_chat(town, "ada", "Tides")
    page = await somebody.tab(f"/chats/{chat}")
    await expect(page.get_by_role("heading", name="Runnel")).to_be_visible()
    await expect(page.get_by_label("Name")).to_be_focused()
    await picture(page, "login")
    assert await violations(page) == []
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await sideways(page) == 0
    await page.set_viewport_size({"width": 1280, "height": 720})

    somebody.expected = (401,)
    await log_in(page, "ada", "wrong")
    await expect(page.get_by_role("alert")).to_have_text("No user has this name and this password.")
    await expect(page.get_by_label("Name")).to_have_value("ada")
    await picture(page, "login-refused")
    await log_in(page, "ada")
    await expect(page).to_have_url(f"{town.url}/chats/{chat}")
    await expect(page).to_have_title("Tides · Runnel")

    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_label("Password")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_label("Password")).to_be_visible()


async def test_a_session_that_ends_meanwhile_loses_nothing_that_was_written(somebody: Visitor, town: Town) -> None:
    chat = await a_chat(town, "ada", "Tides")
    page = await somebody.tab(f"/chats/{chat}")
    await log_in(page, "ada")
    field = page.get_by_role("textbox", name="Ask")
    await field.fill("A question that took me an hour")
    somebody.expected, somebody.offline = (401,), True

    async def too_late(route: Route) -> None:
        await town.app.users.end_sessions("ada")
        while (await page.request.get(f"{town.url}/api/me")).status != 401:
            pass  # who calls is remembered for a moment
        await route.continue_()

    await page.route("**/runs", too_late, times=1)
    await field.press("Enter")
    await expect(page.get_by_label("Password")).to_be_visible()
    await expect(page).to_have_url(re.compile(rf"/login\?next=.*{chat}"))
    await log_in(page, "ada")
    await expect(page).to_have_url(f"{town.url}/chats/{chat}")
    await expect(field).to_have_value("A question that took me an hour")
    await field.press("Enter")
    await expect(page.get_by_role("article", name="You")).to_contain_text("A question that took me an hour")
    await expect(field).to_have_value("")
    # What was written is kept until the server has it.
    await page.wait_for_function("() => !Object.keys(sessionStorage).some((key) => key.startsWith('runnel.draft.'))")
    await page.reload()
    await expect(page.get_by_role("article", name="You")).to_contain_text("A question that took me an hour")
    await expect(field).to_have_value("")


async def test_what_one_wrote_and_has_another_does_not_see(somebody: Visitor, town: Town) -> None:
    chat = await a_chat(town, "ada", "Tides")
    page = await somebody.tab(f"/chats/{chat}")
    await log_in(page, "ada")
    await page.get_by_role("textbox", name="Ask").fill("Of Ada's")
    await town.app.users.end_sessions("ada")
    somebody.expected, somebody.offline = (401, 404), True
    await page.reload()
    await log_in(page, "ben")
    await expect(page.get_by_role("heading", name="This chat is not here")).to_be_visible()
    await expect(page.get_by_text("No chats yet.")).to_be_visible()
    await page.get_by_role("main").get_by_role("button", name="New chat").click()
    await expect(page.get_by_role("textbox", name="Ask")).to_have_value("")
    await expect(page.get_by_role("textbox", name="Ask")).to_be_focused()


async def test_who_has_an_account_elsewhere_logs_in_with_it_and_comes_to_where_the_link_led(
    built: None, browser: Browser, tmp_path: Path
) -> None:
    pytest.importorskip("joserfc", reason="the extra `oidc` is not installed")
    from tests.server.access.issuer import CLIENT, SECRET, an_issuer

    async with an_issuer() as issuer:
        oidc = OIDCConfig(
            issuer=issuer.url,
            client_id=CLIENT,
            client_secret=SecretStr(SECRET),
            name="Example",
            domains=("example.com",),
            create_users=True,
        )
        async with a_town(tmp_path, settings(oidc=oidc)) as town:
            page = await (await browser.new_context()).new_page()
            await page.goto(f"{town.url}/chats/chat_nowhere")
            await picture(page, "login-elsewhere")
            await page.get_by_role("link", name="Log in with Example").click()
            await expect(page).to_have_url(f"{town.url}/chats/chat_nowhere")
            await expect(page.get_by_role("heading", name="This chat is not here")).to_be_visible()
            await expect(page.get_by_role("button", name="Log out")).to_be_visible()
