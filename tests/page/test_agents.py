"""Tools on the page: what a model calls, what people say to it, and what came of it."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place

SETTINGS = {"RUNNEL_TOOLS": '["toolbox:count", "toolbox:divide", "toolbox:send", "toolbox:book", "toolbox:dig"]'}

pytestmark = pytest.mark.asyncio(loop_scope="module")


def calling(*calls: tuple[str, str], says: str = "") -> Answer:
    return Answer(tokens=[says] if says else [], calls=calls)


def tool(page: Page, name: str) -> Locator:
    """The call of a tool in the last answer."""
    return answer(page).locator("rn-tool").filter(has_text=name)


async def test_a_chat_has_the_tools_that_the_server_offers_and_any_can_be_taken_away(
    guest: Visitor, place: Place
) -> None:
    place.talk.answers = [calling(("count", '{"to": 30}'), says="I count."), Answer(tokens=["Thirty."])]
    page = await guest.tab()
    await page.get_by_title("Model, documents and settings").click()
    offered = page.get_by_role("list", name="Tools")
    await expect(offered.get_by_role("checkbox")).to_have_count(5)
    await expect(offered.get_by_role("listitem").filter(has_text="send")).to_contain_text("asks you first")
    await offered.get_by_role("checkbox", name="dig").uncheck()
    await picture(page, "tools")
    await ask(page, "Count to 30")
    await expect(tool(page, "count")).to_contain_text(re.compile(r"Counting · \d+ of 30"))
    await picture(page, "tool-running")
    await expect(text(page).last).to_have_text("Thirty.")
    await tool(page, "count").locator("summary").click()
    await expect(tool(page, "count").get_by_role("region", name="Result")).to_contain_text("28 29 30")
    await expect(offered.get_by_role("checkbox", name="dig")).not_to_be_checked()
    await picture(page, "tool-done")
    assert [one["function"]["name"] for one in place.upstream.requests[-1].body["tools"]] == [
        "count",
        "divide",
        "send",
        "book",
    ]
    await page.reload()
    await tool(page, "count").locator("summary").click()
    await expect(tool(page, "count").get_by_role("region", name="Result")).to_contain_text("28 29 30")
    await picture(page, "tool-afterwards")
