"""The page below a path of a proxy's: all that it does works there as at the root of a host of its own."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from runnel import Runnel
from runnel.testing.upstream import Answer, Upstream
from tests.server.people import PASSWORD
from tests.server.processes import Serving, serving

from .browser import Visitor, answer, ask, picture, text
from .proxy import below
from .test_everywhere import violations
from .test_login import log_in

COUNTED = [f"{number} " for number in range(1, 100)]


@pytest.fixture
async def server(built: None, tmp_path: Path) -> AsyncIterator[Serving]:
    """One that knows where it is, and has a user."""
    async with (
        Upstream(Answer(tokens=COUNTED, delay=0.02)) as upstream,
        serving(tmp_path / "server", upstream, RUNNEL_SERVER__ROOT_PATH="/some/where") as server,
    ):
        async with Runnel(f"sqlite:///{server.folder}/data/runnel.db") as app:
            await app.users.add("ada", password=PASSWORD)
        yield server


async def test_all_of_it_works_below_a_path_of_a_proxy(browser: Browser, server: Serving, tmp_path: Path) -> None:
    document = tmp_path / "tides.md"
    document.write_text("# Tides\n\nThe tide turns twice a day.\n")
    async with below("/some/where", server.url) as url:
        context = await browser.new_context()
        visitor = Visitor(context, url)
        page = await visitor.tab("/")
        await expect(page).to_have_url(f"{url}/login?next=%2F")
        await log_in(page, "ada")
        await expect(page).to_have_url(f"{url}/")
        cookies = await context.cookies()
        assert {cookie["path"] for cookie in cookies} == {"/some/where"}

        sockets: list[str] = []
        page.on("websocket", lambda socket: sockets.append(socket.url))
        async with page.expect_file_chooser() as chooser:
            await page.get_by_role("button", name="Drop documents anywhere").click()
        await (await chooser.value).set_files(document)
        await expect(page.locator("rn-welcome")).to_contain_text("tides.md")
        await ask(page, "Count the tides")
        await expect(text(page)).to_contain_text("1 2 3")
        assert set(sockets) == {f"{url.replace('http', 'ws', 1)}/api/live"}
        await expect(page).to_have_url(re.compile(f"^{re.escape(url)}/chats/chat_"))
        await page.reload()
        await expect(answer(page)).to_have_attribute("aria-busy", "false")
        await expect(text(page)).to_have_text("".join(COUNTED).strip())
        await page.get_by_role("link", name="Runnel").click()
        await expect(page).to_have_url(f"{url}/")
        await page.get_by_role("link", name="Count the tides").click()
        await expect(text(page)).to_contain_text("1 2 3")

        visitor.expected = (404,)
        await page.goto(f"{url}/nonsense/that?leads=nowhere")
        await expect(page.get_by_role("heading", name="This page is not here")).to_be_visible()
        assert await page.evaluate("getComputedStyle(document.body).display") == "grid"
        assert await violations(page) == []
        await picture(page, "nothing-here")
        await page.get_by_role("link", name="Go to the start page").click()
        await expect(page).to_have_url(f"{url}/")

        await page.get_by_role("button", name="Log out").click()
        await expect(page).to_have_url(f"{url}/login")
        assert all(cookie["name"] != "runnel" for cookie in await context.cookies())
        await context.close()
        assert visitor.wrong == []
