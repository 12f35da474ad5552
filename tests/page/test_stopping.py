"""Stopping an answer, going on with it, telling it something, and asking the next thing meanwhile."""

import re

import pytest
from playwright.async_api import Page, expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place
from .test_answers import COUNTED, ENDLESS

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def stop(page: Page) -> None:
    await page.get_by_role("button", name="Stop").click()
    await expect(answer(page)).to_contain_text("Cancelled.")


async def test_an_answer_that_was_stopped_goes_on_as_the_same_text(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=["The Rhine ", "is **a long", *COUNTED], delay=0.05)
    page = await guest.tab()
    await ask(page, "What is the Rhine?")
    await expect(text(page)).to_contain_text("a long")
    await page.get_by_role("textbox", name="Tell").press("Escape")
    await expect(answer(page)).to_contain_text("Cancelled. What was said until then is kept.")
    place.talk.answer = Answer(tokens=["x** river."])
    await answer(page).get_by_role("button", name="Continue").click()
    await expect(text(page).locator("strong")).to_contain_text("a long")
    await expect(text(page)).to_have_text(re.compile(r"^The Rhine is a long[\d ]+x river\.$"))
    await expect(answer(page)).not_to_contain_text("Cancelled.")
    await expect(answer(page).locator("rn-branches")).to_contain_text("2 / 2")
    sent = place.upstream.requests[-1].body["messages"][-1]
    assert sent["role"] == "assistant"
    assert sent["content"].startswith("The Rhine is **a long")


async def test_a_question_is_rephrased_where_it_stands_and_the_cut_answer_stays_on_its_branch(
    guest: Visitor, place: Place
) -> None:
    place.talk.answer = ENDLESS
    page = await guest.tab()
    await ask(page, "Count")
    await expect(text(page)).to_contain_text("1 2 3")
    await stop(page)
    await answer(page).get_by_role("button", name="Rephrase").click()
    field = page.get_by_role("textbox", name="The question, put otherwise")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Count")
    await picture(page, "rephrasing")
    place.talk.answer = Answer(tokens=["Three."])
    await field.fill("Count to three")
    await field.press("Enter")
    await expect(text(page)).to_have_text("Three.")
    question = page.get_by_role("article", name="You")
    await expect(question).to_contain_text("Count to three")
    await question.get_by_role("button", name="The version before").click()
    await expect(answer(page)).to_contain_text("Cancelled.")


async def test_a_question_waits_for_its_turn_and_can_be_taken_back(guest: Visitor, place: Place) -> None:
    place.talk.answer = ENDLESS
    page = await guest.tab()
    await ask(page, "Count")
    await expect(text(page)).to_contain_text("1 2 3")
    field = page.get_by_role("textbox", name="Tell")
    await field.fill("And then?")
    await picture(page, "choices")
    await page.get_by_role("button", name="Ask next").click()
    waiting = page.get_by_role("article", name="You").filter(has_text="Waits for its turn")
    await expect(waiting).to_contain_text("And then?")
    await field.fill("And at last?")
    await field.press("Alt+Enter")
    await expect(waiting).to_have_count(2)
    await picture(page, "queued")
    await waiting.last.get_by_role("button", name="Take it back").click()
    await expect(waiting).to_have_count(1)
    await expect(field).to_have_value("And at last?")
    await field.clear()
    place.talk.answer = Answer(tokens=["Then ", "this."])
    await page.get_by_role("button", name="Stop").click()
    await expect(text(page).last).to_have_text("Then this.")
    await expect(waiting).to_have_count(0)
    await expect(page.get_by_role("article", name="Answer")).to_have_count(2)
    await expect(page.get_by_role("article", name="Answer").first).to_contain_text("Cancelled.")


async def test_what_is_said_meanwhile_stands_where_it_was_heard_then_and_afterwards(
    guest: Visitor, place: Place
) -> None:
    place.talk.answers = [Answer(tokens=COUNTED[:40], delay=0.03), Answer(tokens=["Three ", "to go."])]
    page = await guest.tab()
    await ask(page, "Count")
    await expect(text(page)).to_contain_text("1 2 3")
    field = page.get_by_role("textbox", name="Tell")
    await field.fill("Only three more")
    await field.press("Enter")
    await expect(field).to_have_value("")
    heard = answer(page).get_by_text("Only three more")
    await expect(heard).to_contain_text("Heard once this step is done")
    await picture(page, "telling")
    await expect(text(page).last).to_have_text("Three to go.")
    await expect(heard).to_have_count(1)
    await picture(page, "told")
    await page.reload()
    await expect(heard).to_have_count(1)
    await expect(answer(page)).to_contain_text(re.compile("39 40.*Only three more.*Three to go.", re.DOTALL))


async def test_an_answer_that_only_just_began_can_be_stopped(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(never=True)
    page = await guest.tab()
    await ask(page, "Hello?")
    await stop(page)
    await expect(answer(page)).to_contain_text("Nothing was said until then.")
    await expect(answer(page).get_by_role("button", name="Continue")).to_have_count(0)
    await picture(page, "stopped-at-once")
