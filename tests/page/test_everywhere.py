"""The page for everybody: assistive technology, light and dark, narrow windows, text from right to left."""

import re
from collections.abc import Collection
from typing import Literal

import pytest
from playwright.async_api import Page, expect

from runnel.testing.upstream import Answer
from tests.house import ROOT

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Where something lies over the page, what is beneath is inert: axe then misses the main part and its heading.
OVERLAID = {"landmark-one-main", "page-has-heading-one"}
SETTINGS = {"RUNNEL_TOOLS": '["toolbox:send"]'}

pytestmark = pytest.mark.asyncio(loop_scope="module")

RICH = """## Water

It **runs**, as [rivers](https://example.com/rivers) do:

| stream | length |
|---|---|
| Runnel | 12 |

- one
- two

> Said once.

```python
def flow(water: int) -> int:
    return water + 1  # and on, to the end of a line that is much longer than any window of a phone is wide
```
"""


async def violations(page: Page, besides: Collection[str] = (), within: str | None = None) -> list[str]:
    """What axe finds on a page that does not hold to WCAG 2.2, levels A and AA, or to good practice, but for the rules
    `besides`; on all of it, or within an element of the page's, as where a dialog lies over the rest."""
    await page.evaluate(AXE.read_text())
    where = {"include": [{"fromShadowDom": ["rn-app", within]}]} if within else None
    find = "([where, tags]) => axe.run(where ?? document, { runOnly: tags })"
    found = await page.evaluate(find, [where, RULES])
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        if each["id"] not in besides
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_wrong(guest: Visitor, place: Place, theme: Literal["light", "dark"]) -> None:
    place.talk.answer = Answer(tokens=[RICH])
    page = await guest.tab()
    await page.emulate_media(color_scheme=theme)
    await expect(page.locator("rn-welcome")).to_contain_text("answers")
    assert await violations(page) == []
    await ask(page, "What is water?")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page)).to_contain_text("Said once.")
    await page.get_by_role("button", name="Settings").click()
    await expect(page.get_by_role("heading", name="Model", exact=True)).to_be_visible()
    await picture(page, theme)
    assert await violations(page) == []
    assert await small(page) == []
    await page.get_by_role("button", name="Keyboard").click()
    await expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Escape")

    await page.set_viewport_size({"width": 360, "height": 740})
    await expect(page.get_by_role("complementary", name="Settings of this chat")).to_be_visible()
    assert await violations(page, OVERLAID) == []
    await page.get_by_role("button", name="Close the settings").click()
    assert await violations(page) == []
    await page.get_by_role("button", name="Chats", exact=True).click()
    await expect(page.get_by_role("complementary", name="Chats")).to_be_in_viewport(ratio=1)
    assert await violations(page, OVERLAID) == []
    await page.keyboard.press("Escape")

    place.talk.answers = [Answer(calls=[("send", '{"to": "Ada", "text": "Hello"}')]), Answer(status=500)]
    await ask(page, "Write to Ada")
    await expect(answer(page).get_by_role("button", name="Allow")).to_be_visible()
    assert await violations(page) == []
    await answer(page).get_by_role("button", name="Allow").click()
    await expect(answer(page).get_by_text("Failed.")).to_be_visible()
    assert await violations(page) == []
    assert await small(page) == []


async def test_the_focus_is_never_lost(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=[f"{number} " for number in range(10_000)], delay=0.02)
    page = await guest.tab()
    field = page.get_by_role("textbox", name="Ask")
    await expect(field).to_be_focused()
    chats = page.get_by_role("complementary", name="Chats")
    await chats.get_by_role("button", name="To the question").focus()
    await page.keyboard.press("Enter")
    await expect(field).to_be_focused()

    await page.get_by_role("button", name="Keyboard").focus()
    await page.keyboard.press("?")
    close = page.get_by_role("dialog", name="Keyboard").get_by_role("button", name="Close")
    await expect(close).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Keyboard")).to_be_focused()

    settings = page.get_by_role("button", name="Settings", exact=False).last
    await settings.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Close the settings").focus()
    await page.keyboard.press("Escape")
    await expect(settings).to_be_focused()
    await expect(page.get_by_role("button", name="Close the settings")).to_be_hidden()

    await ask(page, "Count")
    await expect(text(page)).to_contain_text("1 2 3")
    await page.keyboard.press("Escape")
    await expect(answer(page)).to_contain_text("Cancelled.")
    await expect(page.get_by_role("textbox", name="Ask")).to_be_focused()
    await page.keyboard.press("Control+Shift+O")
    await expect(page).to_have_title("Runnel")
    await expect(field).to_be_focused()

    await page.set_viewport_size({"width": 360, "height": 740})
    menu = page.get_by_role("button", name="Chats", exact=True)
    await menu.focus()
    await page.keyboard.press("Enter")
    await expect(chats.get_by_role("link", name="Runnel")).to_be_focused()
    for _ in range(12):  # round and round: what is beneath is never reached
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("main").locator(":focus")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(menu).to_be_focused()


async def test_a_screen_reader_is_told_of_an_answer_and_not_of_each_token(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=[f"{number} " for number in range(100)], delay=0.01)
    page = await guest.tab()
    await page.evaluate(LISTEN)
    await ask(page, "Count")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(page.get_by_text("The answer is complete.")).to_be_attached()
    assert await page.evaluate("window.said") == ["An answer is being made.", "The answer is complete."]


# Collects what live regions say, in whichever shadow root they are.
LISTEN = """() => {
  window.said = [];
  const LIVE = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log]";
  const hear = (region) => {
    const text = region.textContent.trim();
    if (text && window.said.at(-1) !== text) window.said.push(text);
  };
  const watch = (root) =>
    new MutationObserver((changes) => {
      for (const { target, addedNodes } of changes) {
        const region = (target.closest ? target : target.parentElement)?.closest(LIVE);
        if (region) hear(region);
        for (const node of addedNodes) if (node.querySelectorAll) look(node);
      }
    }).observe(root, { subtree: true, childList: true, characterData: true });
  const look = (root) => {
    for (const one of [root, ...root.querySelectorAll("*")]) {
      if (!one.shadowRoot || one.watched) continue;
      one.watched = true;
      watch(one.shadowRoot);
      look(one.shadowRoot);
    }
  };
  look(document);
}"""


async def test_a_phone_shows_it_without_scrolling_sideways(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=[RICH])
    page = await guest.tab()
    await page.set_viewport_size({"width": 360, "height": 740})
    await ask(page, "What is water? " + "verylongword" * 20)
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page)).to_contain_text("Said once.")
    await picture(page, "phone")
    assert await sideways(page) == 0
    await page.get_by_role("button", name="Chats", exact=True).click()
    await expect(page.get_by_role("complementary", name="Chats")).to_be_in_viewport(ratio=1)
    await picture(page, "phone-chats")
    assert await sideways(page) == 0
    await page.keyboard.press("Escape")
    await page.set_viewport_size({"width": 320, "height": 400})
    await picture(page, "narrow")
    assert await sideways(page) == 0
    await page.set_viewport_size({"width": 640, "height": 360})  # a window of 1280 by 720 at 200 %
    await expect(page.get_by_role("textbox", name="Ask")).to_be_in_viewport(ratio=1)
    await expect(text(page)).to_be_in_viewport()
    await picture(page, "zoomed")
    assert await sideways(page) == 0


async def test_the_theme_that_is_chosen_stays(guest: Visitor) -> None:
    page = await guest.tab()
    other = await guest.tab()
    for name, kept in (("light", "light"), ("dark", "dark")):
        await page.get_by_role("button", name="Theme").click()
        await expect(page.get_by_role("button", name=f"Theme: {name}")).to_be_focused()
        for tab in (page, other):
            await expect(tab.locator("html")).to_have_attribute("data-theme", kept)
    await page.reload()
    await expect(page.locator("html")).to_have_css("color-scheme", "dark")
    await page.get_by_role("button", name="Theme: dark").click()
    await expect(other.locator("html")).not_to_have_attribute("data-theme", re.compile("."))


async def test_colours_that_the_system_forces_leave_all_to_be_seen(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=[RICH])
    page = await guest.tab()
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    await ask(page, "What is water?")
    await expect(text(page)).to_contain_text("Said once.")
    await picture(page, "forced-colours")
    moving = "document.getAnimations().filter((one) => one.effect.getTiming().iterations === Infinity).length"
    assert await page.evaluate(moving) == 0


async def test_text_from_right_to_left_is_shown_so(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=["المد ", "يتكرر ", "مرتين ", "في اليوم."])
    page = await guest.tab()
    await ask(page, "كم مرة يتكرر المد؟")
    await expect(text(page)).to_have_text("المد يتكرر مرتين في اليوم.")
    paragraph = text(page).locator("p")
    assert await paragraph.evaluate("element => getComputedStyle(element).direction") == "rtl"
    await picture(page, "right-to-left")
    await page.evaluate("document.documentElement.dir = 'rtl'")
    await page.get_by_role("button", name="Settings").click()
    box = await page.get_by_role("complementary", name="Chats").bounding_box()
    assert box is not None
    assert box["x"] > 640, "the chats stand where one begins to read"
    await picture(page, "right-to-left-page")
    assert await sideways(page) == 0
    await page.get_by_role("button", name="Close the settings").click()
    await page.set_viewport_size({"width": 360, "height": 740})
    assert await sideways(page) == 0
    await page.get_by_role("button", name="Chats", exact=True).click()
    await expect(page.get_by_role("complementary", name="Chats")).to_be_in_viewport(ratio=1)
    await picture(page, "right-to-left-phone")
    assert await sideways(page) == 0


# What can be pressed, but stands in no line of text and in no label, and is less than 24 pixels high or wide.
SMALL = """() => {
  const found = [];
  const look = (root) => {
    for (const one of root.querySelectorAll("*")) {
      if (one.shadowRoot) look(one.shadowRoot);
      if (!one.matches("button, a[href], input, select, textarea, summary") || one.closest("label, p, rn-markdown"))
        continue;
      const { width, height } = one.getBoundingClientRect();
      if (width && height && (width < 24 || height < 24)) found.push(`${one.outerHTML} ${width} by ${height}`);
    }
  };
  look(document);
  return found;
}"""


async def small(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(SMALL)
    return found


async def sideways(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    wide: int = await page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    return wide
