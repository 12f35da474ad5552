"""What goes wrong, on the page: it says what happened and what to do, and nothing that was said or written is lost."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place

SETTINGS = {"RUNNEL_RUNS__RETRIES": "0", "RUNNEL_TOOLS": '["toolbox:divide"]'}

pytestmark = pytest.mark.asyncio(loop_scope="module")


def refusing(status: int, message: str, headers: dict[str, str] | None = None, **members: Any) -> Answer:
    return Answer(status=status, error={"error": {"message": message, **members}}, headers=headers or {})


REFUSED = {
    "bad-request": (
        refusing(400, "Unknown parameter: 'top_k'."),
        ["vendor does not take the request as it is.", "Unknown parameter: 'top_k'.” (400)"],
    ),
    "key": (
        refusing(401, "Incorrect API key provided.", code="invalid_api_key"),
        ["vendor does not accept the key of this server.", "whoever runs the server sets VENDOR_KEY."],
    ),
    "too-many": (
        refusing(429, "Slow down.", {"retry-after": "7"}),
        ["vendor takes no more requests for now.", "Try again in 7 s", "Slow down.” (429)"],
    ),
    "no-credit": (
        refusing(429, "You exceeded your current quota.", code="insufficient_quota"),
        ["The account at vendor has no credit left", "Waiting does not help"],
    ),
    "broken": (refusing(500, "The server had an error."), ["vendor has no capacity now, or an error of its own."]),
    "too-long": (
        refusing(400, "This model's maximum context length is 8192 tokens.", code="context_length_exceeded"),
        ["are too long for the model", "tell the model less of what was said before", "8192 tokens.” (400)"],
    ),
    "unknown": (refusing(404, "The model `any` does not exist."), ["The model `any` does not exist.” (404)"]),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_a_vendor_refuses_is_said_in_plain_words_and_in_its_own(
    guest: Visitor, place: Place, what: str
) -> None:
    place.talk.answer, said = REFUSED[what]
    page = await guest.tab()
    await ask(page, "Hello?")
    ending = answer(page).get_by_role("region", name="How the answer ended")
    for words in ["Failed.", *said]:
        await expect(ending).to_contain_text(words)
    await expect(ending.get_by_role("button", name="Continue")).to_have_count(0)
    await expect(answer(page)).not_to_contain_text("about 0 tokens")
    await picture(page, f"failed-{what}")
    place.talk.answer = Answer(tokens=["Hello."])
    await ending.get_by_role("button", name="Try again").click()
    await expect(text(page)).to_have_text("Hello.")


async def test_a_stream_that_breaks_off_keeps_what_was_said_and_goes_on_without_a_seam(
    guest: Visitor, place: Place
) -> None:
    place.talk.answers = [Answer(tokens=["Water ", "runs "], cut=True), Answer(tokens=["down", "hill."])]
    page = await guest.tab()
    await ask(page, "What does water do?")
    await expect(answer(page)).to_contain_text("vendor broke off in the middle of the answer.")
    await expect(text(page)).to_have_text("Water runs")
    await picture(page, "failed-midway")
    await answer(page).get_by_role("button", name="Continue").click()
    await expect(text(page)).to_have_text("Water runs downhill.")
    await expect(answer(page).get_by_role("region", name="How the answer ended")).to_have_count(0)


async def test_an_answer_that_reached_a_limit_says_which_and_goes_on(guest: Visitor, place: Place) -> None:
    place.talk.answers = [Answer(tokens=["So ", "long"], finish="length"), Answer(tokens=[" as it may."])]
    page = await guest.tab()
    await ask(page, "Speak")
    await expect(answer(page)).to_contain_text("Incomplete. The model has said as much as it may at once.")
    await picture(page, "incomplete")
    await answer(page).get_by_role("button", name="Continue").click()
    await expect(text(page)).to_have_text("So long as it may.")
    await limit(page, steps=1)
    place.talk.answers = [Answer(tokens=["Let me see."], calls=[("divide", '{"number": 6, "by": 2}')])]
    await ask(page, "How much is 6 / 2?")
    await expect(answer(page)).to_contain_text("Incomplete. It has taken as many steps as an answer may take.")
    await picture(page, "incomplete-steps")
    place.talk.answer = Answer(tokens=[" It is 3."])
    await answer(page).get_by_role("button", name="Continue").click()
    await expect(text(page).last).to_contain_text("It is 3.")


async def test_what_is_asked_while_the_server_is_away_is_asked_once_it_is_back_or_stays_in_the_field(
    guest: Visitor, place: Place
) -> None:
    place.talk.answer = Answer(tokens=["Here."])
    page = await guest.tab()
    await ask(page, "Are you there?")
    await expect(text(page)).to_have_text("Here.")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    guest.offline = True
    await place.server.kill()
    await ask(page, "And now?")
    await expect(page.get_by_role("article", name="You").last).to_contain_text("And now?")
    await place.server.start()
    await expect(page.get_by_role("article", name="Answer")).to_have_count(2)
    await expect(text(page)).to_have_text("Here.")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await place.server.kill()
    await ask(page, "And later?")
    await expect(page.get_by_role("status").filter(has_text="The question was not asked")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Ask")).to_have_value("And later?")
    await picture(page, "not-asked")
    await place.server.start()
    await page.get_by_role("textbox", name="Ask").press("Enter")
    await expect(page.get_by_role("article", name="Answer")).to_have_count(3)
    await expect(text(page)).to_have_text("Here.")


async def limit(page: Page, **limits: int) -> None:
    """Set a limit of the open chat, as a program does: the page has no field for it."""
    await page.evaluate(
        "limits => fetch(location.pathname.replace('/chats/', '/api/chats/'), {method: 'PATCH',"
        " headers: {'Content-Type': 'application/json'}, body: JSON.stringify({limits})})",
        limits,
    )
