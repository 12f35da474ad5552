"""A Chromium, and a visitor's windows in it, which no page may fill with errors nor leave for another origin."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Locator, Page, Request, async_playwright, expect

__all__ = ["CHROMIUM", "Visitor", "chromium", "visiting"]

CHROMIUM = shutil.which("chromium")
_PATIENCE = 30_000  # milliseconds: a limit against hanging, not a measurement
_PICTURES = os.environ.get("RUNNEL_PICTURES")  # a folder for pictures of what the tests see

expect.set_options(timeout=_PATIENCE)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's browser, without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


class Visitor:
    """One who uses the page at `url`, in as many tabs as wanted. `wrong` says what went wrong in any of them: what the
    console tells of, and requests to other servers. `offline` is set while the server may be away; `expected` are the
    statuses of answers that may be refusals."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.wrong: list[str] = []
        self.offline = False
        self.expected: tuple[int, ...] = ()
        self._context = context
        context.set_default_timeout(_PATIENCE)
        context.on("console", lambda message: self._told(message.type, message.text))
        context.on("weberror", lambda error: self.wrong.append(f"thrown: {error.error}"))
        context.on("request", self._asked)
        context.on("page", lambda page: page.on("websocket", lambda socket: self._reached(socket.url)))

    async def tab(self, place: str = "/") -> Page:
        """A new tab, at a place of the page."""
        page = await self._context.new_page()
        await page.goto(self.url + place)
        # A browser takes no notice of what is done to a page before it has drawn it.
        await page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        return page

    async def allow(self, *permissions: str) -> None:
        """What the page may do, as reading the clipboard."""
        await self._context.grant_permissions(list(permissions), origin=self.url)

    def _told(self, kind: str, text: str) -> None:
        away = self.offline and ("net::ERR_" in text or "WebSocket connection" in text)
        refused = any(f"responded with a status of {status} " in text for status in self.expected)
        if kind in {"error", "warning"} and not away and not refused:
            self.wrong.append(f"{kind} in the console: {text}")

    def _asked(self, request: Request) -> None:
        self._reached(request.url)

    def _reached(self, url: str) -> None:
        if not url.startswith(("blob:", "data:")) and urlsplit(url).netloc != urlsplit(self.url).netloc:
            self.wrong.append(f"asked another server: {url}")


@asynccontextmanager
async def visiting(browser: Browser, url: str) -> AsyncIterator[Visitor]:
    """A visitor with a browser of their own. Fails the test if anything went wrong in a tab."""
    context = await browser.new_context()
    visitor = Visitor(context, url)
    yield visitor
    await context.close()
    assert visitor.wrong == []


async def ask(page: Page, question: str) -> None:
    """Write a question and send it with Enter."""
    field = page.get_by_role("textbox", name="Ask")
    await field.fill(question)
    await field.press("Enter")


def answer(page: Page) -> Locator:
    """The last answer."""
    return page.get_by_role("article", name="Answer").last


def text(page: Page) -> Locator:
    """The text of the last answer."""
    return answer(page).locator("rn-markdown")


async def picture(page: Page, name: str, **how: Any) -> None:
    """A picture of the page, where pictures are wanted."""
    if _PICTURES:
        await page.screenshot(path=Path(_PICTURES) / f"{name}.png", **how)
