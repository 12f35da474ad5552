"""The page stays still while text streams in: buttons, the place that is read, the field, the focus."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place
from .test_answers import COUNTED

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINES = [f"{number}\n\n" for number in range(1, 10_000)]


async def at_the_end(page: Page) -> None:
    """The end of the conversation is in sight."""
    scroller = await page.locator(".scroll").element_handle()
    await page.wait_for_function("it => it.scrollHeight - it.scrollTop - it.clientHeight <= 1", arg=scroller)


async def watch(*each: Locator) -> None:
    """Keep where these stand, frame by frame, as long as they are there."""
    await each[0].page.evaluate(
        """them => {
            const places = (window.places = them.map(() => new Set()));
            const look = () => {
                them.forEach((one, at) => {
                    const { x, y, width, height } = one.getBoundingClientRect();
                    if (one.isConnected) places[at].add([x, y, width, height].join(" "));
                });
                requestAnimationFrame(look);
            };
            look();
        }""",
        [await one.element_handle() for one in each],
    )


async def places(page: Page) -> list[list[str]]:
    """Where those that are watched have stood."""
    found: list[list[str]] = await page.evaluate("window.places.map(one => [...one])")
    return found


async def test_buttons_stand_still_while_text_streams_in(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=COUNTED[:120], delay=0.03)
    page = await guest.tab()
    await ask(page, "Count")
    await expect(text(page)).to_contain_text("1 2")
    names = ["Copy the answer", "New chat from here", "Answer again"]
    standing = [
        *[answer(page).get_by_role("button", name=name) for name in names],
        page.get_by_role("button", name="Edit the question"),
        page.get_by_role("textbox", name="Tell"),
        page.get_by_role("button", name="Stop"),
    ]
    await watch(*standing)
    await expect(text(page)).to_contain_text("119 120")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    stood = await places(page)
    assert [len(one) for one in stood] == [1] * len(standing)
    await watch(page.get_by_role("button", name="Send"))
    assert await places(page) == stood[-1:]


async def test_the_end_is_followed_until_the_reader_scrolls_up_and_again_when_wanted(
    guest: Visitor, place: Place
) -> None:
    place.talk.answer = Answer(tokens=LINES, delay=0.02)
    page = await guest.tab()
    await ask(page, "Count by lines")
    await expect(text(page)).to_contain_text("30")
    await at_the_end(page)
    jump = page.get_by_role("button", name="Jump to the latest")
    await expect(jump).to_be_hidden()
    await page.locator(".scroll").hover()
    await page.mouse.wheel(0, -300)
    await expect(jump).to_be_visible()
    line = text(page).get_by_text("20", exact=True)
    await line.scroll_into_view_if_needed()
    await watch(line)
    await expect(text(page)).to_contain_text("60")
    assert [len(one) for one in await places(page)] == [1]
    await picture(page, "scrolled-up")
    await jump.click()
    await expect(jump).to_be_hidden()
    await expect(text(page)).to_contain_text("80")
    await at_the_end(page)
    await page.keyboard.press("Escape")
    await expect(answer(page)).to_contain_text("Cancelled.")


async def test_a_phone_that_slept_goes_on_where_it_was_and_keeps_what_is_written(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=COUNTED[:200], delay=0.03)
    page = await guest.tab()
    await ask(page, "Count")
    await expect(text(page)).to_contain_text("1 2 3")
    field = page.get_by_role("textbox", name="Tell")
    await field.fill("A word meanwh")
    guest.offline = True
    await page.context.set_offline(True)
    await page.wait_for_function("() => !navigator.onLine")
    await page.context.set_offline(False)
    await field.press_sequentially("ile")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page)).to_have_text("".join(COUNTED[:200]).strip())
    field = page.get_by_role("textbox", name="Ask")
    await expect(field).to_have_value("A word meanwhile")
    await expect(field).to_be_focused()


async def test_copy_gives_the_markdown_of_the_answer(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=["Water **runs**:\n\n", "- down\n", "- deep\n"])
    page = await guest.tab()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ask(page, "What does water do?")
    await expect(text(page).locator("li")).to_have_count(2)
    await answer(page).get_by_role("button", name="Copy the answer").click()
    copied = "navigator.clipboard.readText()"
    assert await page.evaluate(copied) == "Water **runs**:\n\n- down\n- deep\n"
    await page.get_by_role("button", name="Copy the question").click()
    await page.wait_for_function(f"async () => await {copied} === 'What does water do?'")


async def test_a_long_text_is_pasted_and_the_field_stays_in_its_bounds(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=["Read."])
    page = await guest.tab()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pasted = "A line of a long text.\n" * 2000
    await page.evaluate("text => navigator.clipboard.writeText(text)", pasted)
    field = page.get_by_role("textbox", name="Ask")
    await field.focus()
    await page.keyboard.press("Control+V")
    await expect(field).to_have_value(pasted)
    box = await field.bounding_box()
    assert box is not None
    assert box["height"] <= 320
    await picture(page, "pasted")
    await field.press("Enter")
    await expect(text(page)).to_have_text("Read.")
    assert place.upstream.requests[-1].body["messages"][-1]["content"] == pasted.strip()
    question = page.get_by_role("article", name="You")
    shown = await question.bounding_box()
    assert shown is not None
    assert shown["height"] < 400
    await question.get_by_role("button", name="Show all").click()
    await expect(question.get_by_role("button", name="Show less")).to_be_visible()


async def test_an_input_method_takes_enter_for_itself(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=["こんにちは。"])
    page = await guest.tab()
    field = page.get_by_role("textbox", name="Ask")
    await field.focus()
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Input.imeSetComposition", {"text": "こんに", "selectionStart": 3, "selectionEnd": 3})
    await page.keyboard.press("Enter")
    await devtools.send("Input.insertText", {"text": "こんにちは"})
    await expect(field).to_have_value(re.compile("こんにちは"))
    await expect(page.get_by_role("article")).to_have_count(0)
    await field.press("Shift+Enter")
    await field.press("Enter")
    await expect(page.get_by_role("article", name="You")).to_contain_text("こんにちは")
    await expect(text(page)).to_have_text("こんにちは。")
