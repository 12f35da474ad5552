"""What an answer does besides talking, on the page: it thinks, searches, is tried again; then, and afterwards."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place

SETTINGS = {"RUNNEL_RUNS__RETRIES": "1"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_thoughts_are_a_line_that_unfolds_while_they_come_and_afterwards(guest: Visitor, place: Place) -> None:
    thoughts = ["Seven ", "times ", "six, ", "so ", "**42**."]
    place.talk.answer = Answer(reasoning=thoughts, tokens=["It ", "is ", "42."], delay=0.2)
    page = await guest.tab()
    await ask(page, "How much is 7 * 6?")
    thought = answer(page).locator("rn-activity details")
    await expect(thought.locator("summary")).to_have_text("Thinking")
    await thought.locator("summary").click()
    await expect(thought).to_contain_text("Seven times")
    await picture(page, "thinking")
    await expect(thought.locator("summary")).to_have_text("Thought")
    await expect(thought.locator("strong")).to_have_text("42")
    await expect(text(page).first).to_have_text("It is 42.")
    await page.reload()
    await expect(thought).not_to_contain_text("Seven")
    await thought.locator("summary").click()
    await expect(thought).to_contain_text("Seven times six, so 42.")


async def test_what_is_tried_again_says_why_and_the_details_keep_it(guest: Visitor, place: Place) -> None:
    slow = Answer(status=429, error={"error": {"message": "Slow down."}}, headers={"retry-after": "1"})
    place.talk.answers = [slow, Answer(tokens=["Here ", "I am."])]
    page = await guest.tab()
    await ask(page, "Are you there?")
    await expect(answer(page)).to_contain_text("vendor: Slow down: trying again in 1.0 s")
    await picture(page, "trying-again")
    await expect(text(page)).to_have_text("Here I am.")
    await page.reload()
    await answer(page).get_by_role("button", name="Details").click()
    details = answer(page).locator("rn-details")
    await expect(details).to_contain_text("vendor takes no more requests for now. vendor:any was asked next.")
    await expect(details).to_contain_text(re.compile(r"Time\s+\d+\.\d s, the first word after \d+\.\d s"))
    await expect(details).to_contain_text(re.compile(r"Tokens\s+7 in, 2 out"))
    await picture(page, "details")


async def test_a_search_says_what_it_found_and_that_it_found_nothing(
    guest: Visitor, place: Place, tmp_path: Path
) -> None:
    document = tmp_path / "tides.md"
    document.write_text("The tide turns twice a day, because the Earth turns under the Moon.")
    page = await guest.tab()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Drop documents anywhere").click()
    await (await chooser.value).set_files(document)
    await expect(page.locator("rn-welcome")).to_contain_text("answers from “tides.md”")
    place.talk.answer = Answer(tokens=["Twice [1]."])
    await ask(page, "How often does the tide turn?")
    await expect(text(page)).to_contain_text("Twice")
    search = answer(page).locator("rn-activity details").first
    await expect(search.locator("summary")).to_have_text("Found 1 passage in 1 document")
    place.talk.answer = Answer(tokens=["I ", "do ", "not ", "know."], delay=0.2)
    await ask(page, "Xylophone?")
    await expect(search.locator("summary")).to_have_text("Found nothing that fits in the documents")
    await picture(page, "found-nothing")
