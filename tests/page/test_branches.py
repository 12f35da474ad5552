"""Branches on the page: a question edited, an answer made again, steps between them, and another chat from here."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Locator, Page, expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place

pytestmark = pytest.mark.asyncio(loop_scope="module")


def question(page: Page) -> Locator:
    return page.get_by_role("article", name="You").last


async def edit(page: Page, otherwise: str) -> None:
    await question(page).get_by_role("button", name="Edit the question").click()
    field = page.get_by_role("textbox", name="The question, put otherwise")
    await field.fill(otherwise)
    await field.press("Enter")


async def test_edits_and_retries_are_branches_that_arrows_step_through_and_a_reload_keeps(
    guest: Visitor, place: Place
) -> None:
    said = place.talk
    said.answer = Answer(tokens=["Blue."])
    page = await guest.tab()
    await ask(page, "Which colour is the sea?")
    await expect(text(page)).to_have_text("Blue.")
    said.answer = Answer(tokens=["Green."])
    await answer(page).get_by_role("button", name="Answer again").click()
    await expect(text(page)).to_have_text("Green.")
    answers = answer(page).locator("rn-branches")
    await expect(answers).to_contain_text("2 / 2")
    said.answer = Answer(tokens=["White."])
    await edit(page, "Which colour is snow?")
    await expect(text(page)).to_have_text("White.")
    questions = question(page).locator("rn-branches")
    await expect(questions).to_contain_text("2 / 2")
    await expect(answers).to_have_count(0)
    await picture(page, "branches")
    await questions.get_by_role("button", name="The version before").click()
    await expect(text(page)).to_have_text("Green.")
    await answers.get_by_role("button", name="The version before").click()
    await expect(text(page)).to_have_text("Blue.")
    await expect(answers).to_contain_text("1 / 2")
    await page.reload()
    await expect(text(page)).to_have_text("Blue.")
    await expect(answers).to_contain_text("1 / 2")
    await expect(questions).to_contain_text("1 / 2")


async def test_a_branch_that_another_tab_makes_shows_here(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=["Blue."])
    first = await guest.tab()
    await ask(first, "Which colour is the sky?")
    await expect(text(first)).to_have_text("Blue.")
    second = await guest.tab(urlsplit(first.url).path)
    await expect(text(second)).to_have_text("Blue.")
    place.talk.answer = Answer(tokens=["Grey."])
    await answer(second).get_by_role("button", name="Answer again").click()
    await expect(text(first)).to_have_text("Grey.")
    await expect(answer(first).locator("rn-branches")).to_contain_text("2 / 2")
    await answer(second).locator("rn-branches").get_by_role("button", name="The version before").click()
    await expect(text(second)).to_have_text("Blue.")
    await expect(text(first)).to_have_text("Blue.")


async def test_a_link_to_a_message_shows_its_branch(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=["Blue."])
    page = await guest.tab()
    await ask(page, "Which colour is ice?")
    await expect(text(page)).to_have_text("Blue.")
    first = await page.locator("li[data-message]").last.get_attribute("data-message")
    place.talk.answer = Answer(tokens=["None."])
    await answer(page).get_by_role("button", name="Answer again").click()
    await expect(text(page)).to_have_text("None.")
    other = await guest.tab(f"/messages/{first}")
    await expect(text(other)).to_have_text("Blue.")
    await expect(answer(other).locator("rn-branches")).to_contain_text("1 / 2")


async def test_another_chat_goes_on_from_an_answer_and_this_one_stays(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=["Blue."])
    page = await guest.tab()
    await ask(page, "Which colour is the lake?")
    await expect(text(page)).to_have_text("Blue.")
    here = page.url
    await answer(page).get_by_role("button", name="New chat from here").click()
    await expect(page).not_to_have_url(here)
    await expect(text(page)).to_have_text("Blue.")
    await expect(page.get_by_role("textbox", name="Ask")).to_be_focused()
    place.talk.answer = Answer(tokens=["Deep."])
    await ask(page, "And is it deep?")
    await expect(text(page)).to_have_text("Deep.")
    await picture(page, "forked")
    await page.goto(here)
    await expect(page.get_by_role("article", name="Answer")).to_have_count(1)
    await expect(page.get_by_role("link", name=re.compile("Which colour is the lake"))).to_have_count(2)
