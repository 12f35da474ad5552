"""Two answers side by side: what each says as it now stands, which of them the chat goes on with, and the way back."""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Locator, Page, expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place
from .test_everywhere import RICH, sideways, small, violations
from .test_sources import PASSAGE, cited, viewer

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDLESS = Answer(tokens=[f"{number} " for number in range(10_000)], delay=0.02)


def comparison(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Side by side")


def version(page: Page, name: str) -> Locator:
    """A side of the comparison, as `2 of 3`."""
    return comparison(page).get_by_role("region", name=f"Version {name}")


def compare(page: Page) -> Locator:
    return answer(page).get_by_role("button", name="Compare with another version")


async def asked(guest: Visitor, place: Place, question: str, *answers: Answer) -> Page:
    """A chat with one question, and so many answers of it."""
    place.talk.answer = answers[0]
    page = await guest.tab()
    await ask(page, question)
    for nth, said in enumerate(answers[1:], 2):
        await expect(answer(page)).to_have_attribute("aria-busy", "false")
        place.talk.answer = said
        await answer(page).get_by_role("button", name="Answer again").click()
        await expect(answer(page).locator("rn-branches")).to_contain_text(f"{nth} / {nth}")
    return page


async def test_two_answers_are_shown_side_by_side_and_the_chat_goes_on_with_the_chosen_one(
    guest: Visitor, place: Place
) -> None:
    page = await asked(guest, place, "What is water?", Answer(tokens=[RICH]), Answer(tokens=["Wet."]))
    await expect(text(page)).to_have_text("Wet.")
    chat = page.url
    await compare(page).click()
    await expect(version(page, "1 of 2").locator("rn-markdown table")).to_be_visible()
    await expect(version(page, "2 of 2").locator("rn-markdown")).to_have_text("Wet.")
    await expect(version(page, "2 of 2")).to_contain_text("Shown in the chat")
    await expect(comparison(page)).to_contain_text("What is water?")
    await expect(page).to_have_url(re.compile(r"\?left=msg_\w+&right=msg_\w+$"))
    await picture(page, "compare")
    await version(page, "1 of 2").get_by_role("button", name="Go on with this one").click()
    await expect(comparison(page)).to_be_hidden()
    await expect(page).to_have_url(chat)
    await expect(text(page)).to_contain_text("Said once.")
    await expect(answer(page).locator("rn-branches")).to_contain_text("1 / 2")
    await expect(page.get_by_role("textbox", name="Ask")).to_be_focused()


async def test_esc_closes_it_and_the_focus_is_where_it_was_and_the_way_back_does_so_too(
    guest: Visitor, place: Place
) -> None:
    page = await asked(guest, place, "Which is it?", Answer(tokens=["One."]), Answer(tokens=["Two."]))
    chat = page.url
    await compare(page).focus()
    await page.keyboard.press("Enter")
    await expect(version(page, "1 of 2")).to_contain_text("One.")
    await page.keyboard.press("Escape")
    await expect(comparison(page)).to_be_hidden()
    await expect(compare(page)).to_be_focused()
    await expect(page).to_have_url(chat)
    await page.keyboard.press("Enter")
    await expect(version(page, "1 of 2")).to_contain_text("One.")
    await page.go_back()
    await expect(comparison(page)).to_be_hidden()
    await expect(page).to_have_url(chat)
    await expect(compare(page)).to_be_focused()
    await page.go_forward()
    await expect(version(page, "2 of 2")).to_contain_text("Two.")
    linked = await guest.tab(f"{urlsplit(page.url).path}?{urlsplit(page.url).query}")
    await expect(version(linked, "1 of 2")).to_contain_text("One.")
    await comparison(linked).get_by_role("button", name="Close the comparison").click()
    await expect(comparison(linked)).to_be_hidden()
    await expect(linked).to_have_url(chat)
    await expect(text(linked)).to_have_text("Two.")


async def test_of_several_one_chooses_which_two(guest: Visitor, place: Place) -> None:
    said = [Answer(tokens=[f"This is the {nth}."]) for nth in ("first", "second", "third")]
    page = await asked(guest, place, "Which?", *said)
    await expect(text(page)).to_have_text("This is the third.")
    await compare(page).click()
    await expect(version(page, "2 of 3")).to_contain_text("This is the second.")
    await expect(version(page, "3 of 3")).to_contain_text("This is the third.")
    left = comparison(page).get_by_label("First version")
    await expect(left.locator("option:disabled")).to_have_text(re.compile("3 of 3"))
    await left.focus()
    await left.select_option(index=0)
    await expect(version(page, "1 of 3")).to_contain_text("This is the first.")
    await expect(left).to_be_focused()
    await picture(page, "compare-three")
    await page.go_back()
    await expect(comparison(page)).to_be_hidden()


async def test_a_question_put_otherwise_is_shown_with_what_it_was_answered(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=["Blue."])
    page = await guest.tab()
    await ask(page, "Which colour is the sea?")
    await expect(text(page)).to_have_text("Blue.")
    place.talk.answer = Answer(tokens=["White."])
    question = page.get_by_role("article", name="You").last
    await question.get_by_role("button", name="Edit the question").click()
    await page.get_by_role("textbox", name="The question, put otherwise").fill("Which colour is snow?")
    await page.keyboard.press("Enter")
    await expect(text(page)).to_have_text("White.")
    await question.get_by_role("button", name="Compare with another version").click()
    first, second = version(page, "1 of 2"), version(page, "2 of 2")
    await expect(first.get_by_role("article", name="You")).to_contain_text("Which colour is the sea?")
    await expect(first.get_by_role("article", name="Answer")).to_contain_text("Blue.")
    await expect(second.get_by_role("article", name="You")).to_contain_text("Which colour is snow?")
    await expect(second.get_by_role("article", name="Answer")).to_contain_text("White.")
    await expect(comparison(page).get_by_role("button", name="Edit the question")).to_have_count(0)
    await picture(page, "compare-questions")
    await first.get_by_role("button", name="Go on with this one").click()
    await expect(text(page)).to_have_text("Blue.")


async def test_a_source_opens_over_it_and_the_way_back_leads_from_one_to_the_other(
    guest: Visitor, place: Place, tmp_path: Path
) -> None:
    page = await cited(guest, place, tmp_path, "tides.md", f"# Tides\n\n{PASSAGE}", "It turns twice a day")
    await answer(page).get_by_role("button", name="Answer again").click()
    await expect(answer(page).locator("rn-branches")).to_contain_text("2 / 2")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    chat = page.url
    await page.set_viewport_size({"width": 320, "height": 600})
    await expect(answer(page).get_by_role("button", name="Answer again")).to_be_in_viewport(ratio=0.7)
    await compare(page).click()
    first = version(page, "1 of 2")
    await first.get_by_role("button", name=re.compile("Sources")).click()
    await expect(first.get_by_role("list", name="Sources")).to_contain_text("tides.md")
    await first.get_by_role("button", name="Details").click()
    await expect(first.locator("rn-details")).to_contain_text("Searching 1 document")
    cites = first.locator("rn-markdown").get_by_role("button", name=re.compile("^Source 1"))
    await cites.hover()
    await expect(first.locator("rn-passage")).to_be_visible()
    await cites.focus()
    await page.keyboard.press("Escape")
    await expect(first.locator("rn-passage")).to_be_hidden()
    await page.keyboard.press("Enter")
    await expect(viewer(page)).to_contain_text("The tide turns twice a day")
    await page.go_back()
    await expect(viewer(page)).to_be_hidden()
    await expect(first).to_contain_text("It turns twice a day")
    await expect(page).to_have_url(re.compile("left="))
    await page.go_back()
    await expect(comparison(page)).to_be_hidden()
    await expect(page).to_have_url(chat)


async def test_an_answer_that_is_being_made_comes_side_by_side_too(guest: Visitor, place: Place) -> None:
    page = await asked(guest, place, "Count", Answer(tokens=["I will not."]), ENDLESS)
    await compare(page).click()
    counting = version(page, "2 of 2")
    await expect(counting.locator("rn-markdown")).to_contain_text("1 2 3")
    so_far = await counting.locator("rn-markdown").inner_text()
    await expect(counting.locator("rn-markdown")).to_contain_text(f"{so_far} {len(so_far.split())}")
    buttons = comparison(page).get_by_role("button", name="Go on with this one")
    other = version(page, "1 of 2").get_by_role("button", name="Go on with this one")
    await expect(other).to_be_disabled()
    await picture(page, "compare-live")
    places = [await button.bounding_box() for button in await buttons.all()]
    await counting.get_by_role("button", name="Stop").click()
    await expect(counting).to_contain_text("Cancelled.")
    await expect(comparison(page).get_by_role("status").last).to_contain_text("Version 2: Cancelled.")
    await expect(counting.get_by_role("button", name="Try again")).to_have_count(0)
    await expect(other).to_be_enabled()
    assert [await button.bounding_box() for button in await buttons.all()] == places, "nothing moves at its end"
    await other.click()
    await expect(text(page)).to_have_text("I will not.")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_anybody_can_use_it(guest: Visitor, place: Place, theme: Literal["light", "dark"]) -> None:
    page = await asked(guest, place, "What is water?" + " Say." * 60, Answer(tokens=[RICH]), Answer(tokens=[RICH * 4]))
    await page.emulate_media(color_scheme=theme)
    await page.set_viewport_size({"width": 320, "height": 600})
    await expect(text(page)).to_contain_text("Said once.")
    await picture(page, f"compared-{theme}-320")
    assert await sideways(page) == 0
    assert await violations(page) == []
    assert await small(page) == []
    await compare(page).click()
    await expect(version(page, "2 of 2")).to_contain_text("Said once.")
    for width, height in ((320, 400), (360, 740), (1280, 720)):
        await page.set_viewport_size({"width": width, "height": height})
        await picture(page, f"compare-{theme}-{width}")
        assert await sideways(page) == 0
        assert await violations(page, within="rn-compare") == []
        assert await small(page) == []
    await version(page, "1 of 2").hover()
    await page.mouse.wheel(0, 800)
    await expect(version(page, "1 of 2").get_by_text("Said once.")).not_to_be_in_viewport()
    await expect(version(page, "1 of 2").get_by_role("button", name="Go on with this one")).to_be_in_viewport(ratio=1)
    await picture(page, f"compare-{theme}-scrolled")
    await page.set_viewport_size({"width": 320, "height": 600})
    await version(page, "2 of 2").focus()
    await expect(version(page, "2 of 2")).to_be_in_viewport(ratio=0.8)
    await page.evaluate("document.documentElement.dir = 'rtl'")
    await picture(page, f"compare-{theme}-rtl-320")
    assert await sideways(page) == 0
    await page.set_viewport_size({"width": 1280, "height": 720})
    await picture(page, f"compare-{theme}-rtl")
    one, two = [await version(page, f"{nth} of 2").bounding_box() for nth in (1, 2)]
    assert one is not None
    assert two is not None
    assert one["x"] > two["x"], "the first stands where one begins to read"
