"""Asking on the page: the answer comes as it is made."""

from urllib.parse import urlsplit

from playwright.async_api import expect

from runnel.testing.upstream import Answer
from tests.server.processes import Serving

from .browser import Visitor, answer, ask, picture, text
from .conftest import Talk

COUNTED = [f"{number} " for number in range(1, 10_000)]
ENDLESS = Answer(tokens=COUNTED, delay=0.02)


async def test_the_page_says_which_model_answers_and_the_answer_streams_in(visitor: Visitor, talk: Talk) -> None:
    talk.answer = Answer(tokens=["Water ", "that ", "**runs**", "."], delay=0.05)
    page = await visitor.tab()
    await expect(page.locator("rn-welcome")).to_contain_text("any answers")
    await picture(page, "welcome")
    await ask(page, "What is a stream?")
    await expect(page.get_by_role("article", name="You")).to_contain_text("What is a stream?")
    await expect(text(page)).to_have_text("Water that runs.")
    await expect(text(page).locator("strong")).to_have_text("runs")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await picture(page, "page")


async def test_stop_keeps_what_was_said_and_shows_it_as_cancelled(visitor: Visitor, talk: Talk) -> None:
    talk.answer = ENDLESS
    page = await visitor.tab()
    await ask(page, "Count")
    await expect(text(page)).to_contain_text("1 2 3")
    await page.keyboard.press("Escape")
    await expect(answer(page)).to_contain_text("Cancelled.")
    await expect(text(page)).to_contain_text("1 2 3")
    await expect(answer(page).get_by_role("button", name="Rephrase")).to_be_visible()
    await picture(page, "stopped")
    await page.reload()
    await expect(answer(page)).to_contain_text("Cancelled.")
    await expect(text(page)).to_contain_text("1 2 3")


async def test_a_reload_in_the_middle_goes_on_and_nothing_comes_twice(visitor: Visitor, talk: Talk) -> None:
    talk.answer = Answer(tokens=COUNTED[:150], delay=0.02)
    page = await visitor.tab()
    await ask(page, "Count")
    await expect(text(page)).to_contain_text("1 2 3")
    await page.reload()
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page)).to_have_text("".join(COUNTED[:150]).strip())


async def test_two_tabs_show_a_run_live_and_a_stop_in_one_shows_in_the_other(visitor: Visitor, talk: Talk) -> None:
    talk.answer = ENDLESS
    first = await visitor.tab()
    await ask(first, "Count")
    await expect(text(first)).to_contain_text("1 2 3")
    second = await visitor.tab(urlsplit(first.url).path)
    await expect(answer(second)).to_have_attribute("aria-busy", "true")
    await expect(text(second)).to_contain_text("1 2 3")
    await second.get_by_role("button", name="Stop").click()
    await expect(answer(first)).to_contain_text("Cancelled.")
    await expect(answer(second)).to_contain_text("Cancelled.")


async def test_a_server_that_restarts_is_waited_for(visitor: Visitor, server: Serving, talk: Talk) -> None:
    talk.answer = ENDLESS
    page = await visitor.tab()
    await ask(page, "Count")
    await expect(text(page)).to_contain_text("1 2 3")
    visitor.offline = True
    await server.kill()
    await expect(page.get_by_role("status").filter(has_text="Reconnecting")).to_be_visible()
    await picture(page, "reconnecting")
    await server.start()
    await expect(answer(page)).to_contain_text("Interrupted.")
    await expect(text(page)).to_contain_text("1 2 3")
    talk.answer = Answer(tokens=["Here ", "again"])
    await ask(page, "Are you there?")
    await expect(text(page)).to_have_text("Here again")


async def test_what_the_model_refuses_is_said(visitor: Visitor, talk: Talk) -> None:
    talk.answer = Answer(status=400)
    page = await visitor.tab()
    await ask(page, "Hello?")
    await expect(answer(page).get_by_text("Failed.")).to_be_visible()
    await expect(answer(page).get_by_role("button", name="Try again")).to_be_visible()
    await picture(page, "error")
