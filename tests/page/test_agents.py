"""Tools on the page: what a model calls, what people say to it, and what came of it."""

import re
from urllib.parse import urlsplit

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


async def test_a_call_that_needs_consent_waits_through_reload_and_restart_and_goes_away_where_another_tab_decides(
    guest: Visitor, place: Place
) -> None:
    place.talk.answers = [calling(("send", '{"to": "Anna", "text": "Hello"}')), Answer(tokens=["It is sent."])]
    page = await guest.tab()
    await ask(page, "Write to Anna")
    consent = answer(page).get_by_role("region", name="Consent to send")
    await expect(consent).to_contain_text("Anna")
    await expect(answer(page)).to_contain_text("Waiting for you")
    await picture(page, "consent")
    await page.reload()
    await expect(consent).to_contain_text("Anna")
    guest.offline = True
    await place.server.kill()
    await place.server.start()
    second = await guest.tab(urlsplit(page.url).path)
    await expect(consent.get_by_role("button", name="Allow")).to_be_enabled()
    await answer(second).get_by_role("region", name="Consent to send").get_by_role("button", name="Allow").click()
    await expect(text(second)).to_have_text("It is sent.")
    await expect(consent).to_be_hidden()
    await expect(text(page)).to_have_text("It is sent.")
    await tool(page, "send").locator("summary").click()
    await expect(tool(page, "send").get_by_role("region", name="Result")).to_have_text("sent to Anna: Hello")


async def test_two_calls_wait_at_once_one_is_changed_and_one_denied_with_a_note(guest: Visitor, place: Place) -> None:
    anna, ben = ('{"to": "Anna", "text": "Hello"}', '{"to": "Ben", "text": "Money"}')
    place.talk.answers = [calling(("send", anna), ("send", ben)), Answer(tokens=["One of two."])]
    page = await guest.tab()
    await ask(page, "Write to both")
    waiting = answer(page).get_by_role("region", name="Consent to send")
    await expect(waiting).to_have_count(2)
    await picture(page, "consent-two")
    second = waiting.filter(has_text="Ben")
    await second.get_by_role("button", name="Deny and say why").click()
    await second.get_by_role("textbox", name="Why it is denied").fill("He has enough.")
    await picture(page, "consent-denying")
    await second.get_by_role("button", name="Deny").click()
    await expect(waiting).to_have_count(1)
    await waiting.get_by_role("button", name="Change the arguments").click()
    field = waiting.get_by_role("textbox", name="Arguments")
    await field.fill('{"to": "Anna", "text": ')
    await expect(waiting).to_contain_text("not JSON yet")
    await expect(waiting.get_by_role("button", name="Allow")).to_be_disabled()
    await picture(page, "consent-wrong")
    await field.fill('{"to": "Anna", "text": "Good morning"}')
    await waiting.get_by_role("button", name="Allow").click()
    await expect(text(page)).to_have_text("One of two.")
    sent, denied = tool(page, "Anna"), tool(page, "Ben")
    await expect(denied).to_contain_text("denied")
    await sent.locator("summary").click()
    await expect(sent.get_by_role("region", name="Result")).to_have_text("sent to Anna: Good morning")
    await denied.locator("summary").click()
    await expect(denied).to_contain_text("He has enough.")
    await picture(page, "consent-decided")
    told = [one["content"] for one in place.upstream.requests[-1].body["messages"] if one["role"] == "tool"]
    assert told[0] == "sent to Anna: Good morning"
    assert "He has enough." in told[1]


async def test_what_a_tool_asks_is_answered_and_one_that_fails_says_how(guest: Visitor, place: Place) -> None:
    place.talk.answers = [
        calling(("book", '{"town": "Basel"}'), ("divide", '{"number": 1, "by": 0}')),
        Answer(tokens=["Booked."]),
    ]
    page = await guest.tab()
    await ask(page, "Book a room")
    asked = answer(page).get_by_role("textbox", name="How many nights?")
    await expect(asked).to_be_visible()
    await expect(tool(page, "divide")).to_contain_text("failed")
    await picture(page, "asked")
    await asked.fill("three")
    await asked.press("Enter")
    await expect(text(page)).to_have_text("Booked.")
    await expect(asked).to_be_hidden()
    await tool(page, "divide").locator("summary").click()
    await expect(tool(page, "divide")).to_contain_text("nothing can be divided by zero")
    await tool(page, "book").locator("summary").click()
    await expect(tool(page, "book").get_by_role("region", name="Result")).to_have_text("three nights in Basel")
    await picture(page, "asked-done")


async def test_a_stop_ends_a_tool_that_runs_and_a_call_that_waits(guest: Visitor, place: Place) -> None:
    place.talk.answers = [calling(("dig", "{}"), ("send", '{"to": "Anna", "text": "Hello"}'))]
    page = await guest.tab()
    await ask(page, "Dig")
    await expect(tool(page, "dig")).to_contain_text("Digging for gold")
    await expect(answer(page).get_by_role("region", name="Consent to send")).to_be_visible()
    await page.get_by_role("button", name="Stop").click()
    await expect(answer(page)).to_contain_text("Cancelled.")
    await expect(tool(page, "dig")).to_contain_text("cancelled")
    await expect(answer(page).get_by_role("region", name="Consent to send")).to_be_hidden()
    await picture(page, "tool-cancelled")
    place.talk.answer = Answer(tokens=["As you wish."])
    await ask(page, "Never mind")
    await expect(text(page)).to_have_text("As you wish.")
