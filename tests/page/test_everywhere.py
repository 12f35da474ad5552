"""The page for everybody: assistive technology, light and dark, narrow windows, text from right to left."""

import pytest
from playwright.async_api import Page, expect

from runnel.testing.upstream import Answer
from tests.house import ROOT

from .browser import Visitor, answer, ask, picture, text
from .conftest import Talk

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
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


async def violations(page: Page) -> list[str]:
    """What axe finds on a page that does not hold to WCAG 2.2, levels A and AA."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("(tags) => axe.run({ runOnly: tags })", WCAG)
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_wrong(visitor: Visitor, talk: Talk, theme: str) -> None:
    talk.answer = Answer(tokens=[RICH])
    page = await visitor.tab()
    await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    await expect(page.locator("rn-welcome")).to_contain_text("answers")
    assert await violations(page) == []
    await ask(page, "What is water?")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page)).to_contain_text("Said once.")
    await page.get_by_role("button", name="Settings").click()
    await expect(page.get_by_role("heading", name="Model", exact=True)).to_be_visible()
    await picture(page, theme)
    assert await violations(page) == []


async def test_a_phone_shows_it_without_scrolling_sideways(visitor: Visitor, talk: Talk) -> None:
    talk.answer = Answer(tokens=[RICH])
    page = await visitor.tab()
    await page.set_viewport_size({"width": 360, "height": 740})
    await ask(page, "What is water? " + "verylongword" * 20)
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page)).to_contain_text("Said once.")
    await picture(page, "phone")
    assert await sideways(page) == 0
    await page.get_by_role("button", name="Chats").click()
    await expect(page.get_by_role("complementary", name="Chats")).to_be_in_viewport()
    await picture(page, "phone-chats")
    assert await sideways(page) == 0


async def test_text_from_right_to_left_is_shown_so(visitor: Visitor, talk: Talk) -> None:
    talk.answer = Answer(tokens=["المد ", "يتكرر ", "مرتين ", "في اليوم."])
    page = await visitor.tab()
    await page.set_viewport_size({"width": 360, "height": 740})
    await ask(page, "كم مرة يتكرر المد؟")
    await expect(text(page)).to_have_text("المد يتكرر مرتين في اليوم.")
    paragraph = text(page).locator("p")
    assert await paragraph.evaluate("element => getComputedStyle(element).direction") == "rtl"
    await picture(page, "right-to-left")
    assert await sideways(page) == 0


async def sideways(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    wide: int = await page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    return wide
