"""Markdown in an answer: shown as it comes in a real browser, touched only at its end, and copied as it is meant."""

import pytest
from playwright.async_api import Locator, Page, expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place

pytestmark = pytest.mark.asyncio(loop_scope="module")

CODE = 'def flow(water: int) -> str:\n    """Doc <b>."""\n    return f"{water} & \\"more\\""\n\n\n# end'
RICH = f"""## Water

It **runs**, *often* ~~never~~, with `code`, [a link](https://example.com/a?b=c) and https://example.com/bare.

| stream | length |
|:---|---:|
| Runnel | 12 |
| Brook | $x^2$ |

1. one
   - nested
   - [x] done
2. two

> Said $e = mc^2$ once.

```python
{CODE}
```

$$\\int_0^1 x\\,dx = \\frac{{1}}{{2}}$$

A price of $5 and $10, and the end.
"""
WIDE = f"""{"long" * 100}

{"wide " * 30}

| {" | ".join(f"column{number}" for number in range(20))} |
|{"---|" * 20}
| {" | ".join("cell" for _ in range(20))} |

```
{"code " * 100}
```

{"> " * 60}deep in quotes

{"- " * 60}deep in lists

$${" + ".join(f"x_{{{number}}}" for number in range(60))}$$

The end.
"""
BOTH_WAYS = """First from the left.

المد يتكرر مرتين في اليوم.

- واحد
- اثنان

1. one

| اسم | طول |
|---|---|
| نهر | 12 |

The end.
"""
# Notes each block that is touched though it was finished: another one stood after it when the answer was last touched.
WATCH = """() => {
    window.violations = [];
    addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
    window.seen = 0;
    window.late = [];
    const watched = new WeakSet();
    const watch = (element) => {
        const body = element.shadowRoot.querySelector(".body");
        let known = 0;
        new MutationObserver((records) => {
            for (const { target } of records) {
                seen++;
                let block = target;
                while (block && block.parentNode !== body) block = block.parentNode;
                const at = [...body.children].indexOf(block);
                if (at >= 0 && at < known - 1) late.push(block.textContent);
            }
            known = body.children.length;
        }).observe(body, { childList: true, characterData: true, subtree: true });
    };
    const look = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.localName === "rn-markdown" && !watched.has(element)) (watched.add(element), watch(element));
            if (element.shadowRoot) look(element.shadowRoot);
        }
    };
    const often = () => (look(document), requestAnimationFrame(often));
    often();
}"""
NODES = """(element) => {
    const body = element.shadowRoot.querySelector(".body");
    window.before = [...body.querySelectorAll("*")].filter((node) => !node.closest("math, pre"));
    return before.length;
}"""
KEPT = """(element) => {
    const body = element.shadowRoot.querySelector(".body");
    return before.filter((node) => !body.contains(node)).map((node) => node.outerHTML);
}"""
SIDEWAYS = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


def pieces(said: str, size: int) -> list[str]:
    """A text as tokens."""
    return [said[at : at + size] for at in range(0, len(said), size)]


async def answered(guest: Visitor, place: Place, said: str, size: int = 5) -> Page:
    """A page on which the model has said this, and ended."""
    place.talk.answer = Answer(tokens=pieces(said, size))
    page = await guest.tab()
    await ask(page, "What is water?")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page)).to_contain_text("end")
    return page


async def selected(page: Page, within: Locator) -> str:
    """What is copied when all of it is selected."""
    await within.evaluate("""(element) => {
        const selection = getSelection();
        selection.removeAllRanges();
        const range = document.createRange();
        range.selectNodeContents(element);
        selection.addRange(range);
    }""")
    await page.keyboard.press("Control+c")
    return str(await page.evaluate("navigator.clipboard.readText()"))


async def test_what_a_model_writes_is_shown_as_it_is_meant(guest: Visitor, place: Place) -> None:
    page = await answered(guest, place, RICH)
    shown = text(page)
    await expect(shown.get_by_role("heading", name="Water", level=2)).to_be_visible()
    await expect(shown.get_by_role("columnheader", name="length")).to_have_attribute("scope", "col")
    await expect(shown.get_by_role("cell", name="Runnel")).to_be_visible()
    await expect(shown.locator("ol > li > ul > li")).to_have_count(2)
    await expect(shown.get_by_role("checkbox")).to_be_checked()
    await expect(shown.locator("blockquote")).to_contain_text("Said")
    for name in ["a link", "https://example.com/bare"]:
        link = shown.get_by_role("link", name=name)
        await expect(link).to_have_attribute("target", "_blank")
        await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(shown).to_contain_text("A price of $5 and $10")
    await expect(shown.locator("math")).to_have_count(3)
    await expect(shown.locator(".display math mfrac")).to_have_count(1)
    await expect(shown.get_by_role("figure", name="Code, python").locator(".hljs-keyword").first).to_have_text("def")
    await picture(page, "markdown", full_page=True)


async def test_the_button_of_a_block_copies_exactly_its_code(guest: Visitor, place: Place) -> None:
    await guest.allow("clipboard-read", "clipboard-write")
    page = await answered(guest, place, RICH)
    await text(page).locator(".hljs-keyword").first.wait_for()
    await text(page).get_by_role("button", name="Copy").click()
    await expect(text(page).get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == CODE


async def test_code_is_copied_also_where_the_page_has_no_clipboard(guest: Visitor, place: Place) -> None:
    page = await answered(guest, place, RICH)
    await page.evaluate(
        "delete Navigator.prototype.clipboard"
    )  # as it is where a page comes by http from another machine
    await text(page).get_by_role("button", name="Copy").click()
    await expect(text(page).get_by_role("button", name="Copied")).to_be_visible()
    field = page.get_by_role("textbox", name="Ask")
    await field.focus()
    await page.keyboard.press("Control+v")
    await expect(field).to_have_value(CODE)


async def test_what_is_selected_is_copied_as_the_reader_sees_it(guest: Visitor, place: Place) -> None:
    await guest.allow("clipboard-read", "clipboard-write")
    page = await answered(guest, place, RICH)
    await expect(text(page).locator("math")).to_have_count(3)
    copied = await selected(page, text(page).locator(".body"))
    assert CODE in copied
    assert "Copy" not in copied
    assert "It runs, often never, with code, a link and https://example.com/bare." in copied
    assert "Runnel\t12" in copied
    assert "Said $e = mc^2$ once." in copied


async def test_blocks_that_are_finished_are_not_touched_again(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=[*pieces(RICH, 3)], delay=0.004)
    page = await guest.tab()
    await page.evaluate(WATCH)
    await ask(page, "What is water?")
    await expect(text(page)).to_contain_text("and the end")
    await text(page).evaluate(NODES)
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page).locator("math")).to_have_count(3)
    await text(page).locator(".hljs-keyword").first.wait_for()
    assert await text(page).evaluate(KEPT) == []
    assert await page.evaluate("seen") > 50
    # Formulas are typeset and code is coloured where they stand.
    late = await page.evaluate("late")
    assert [each for each in late if not any(own in each for own in ("Said", "stream", "def flow", "\\int"))] == []
    assert await page.evaluate("violations") == []


async def test_what_is_too_wide_scrolls_inside_itself(guest: Visitor, place: Place) -> None:
    place.talk.answer = Answer(tokens=pieces(WIDE, 40))
    page = await guest.tab()
    await page.set_viewport_size({"width": 360, "height": 740})
    await ask(page, "How wide?")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page).locator("math")).to_have_count(1)
    assert await page.evaluate(SIDEWAYS) == 0
    for wide in ["pre", ".table", ".math.display"]:
        assert await text(page).locator(wide).evaluate("element => element.scrollWidth > element.clientWidth"), wide
    assert await text(page).evaluate("element => element.scrollWidth <= element.clientWidth")
    for deep in ["deep in quotes", "deep in lists"]:
        assert (await text(page).get_by_text(deep).evaluate("element => element.clientWidth")) > 30
    await picture(page, "markdown-wide", full_page=True)


async def test_each_block_runs_in_its_own_direction(guest: Visitor, place: Place) -> None:
    page = await answered(guest, place, BOTH_WAYS)
    shown = text(page)
    starts = "element => { const r = document.createRange(); r.selectNodeContents(element); " + (
        "const [a, b] = [r.getBoundingClientRect(), element.getBoundingClientRect()]; "
        "return a.left - b.left < b.right - a.right ? 'left' : 'right'; }"
    )
    assert await shown.locator("p").evaluate_all(f"elements => elements.map({starts})") == ["left", "right", "left"]
    assert await shown.locator("li").evaluate_all(f"elements => elements.map({starts})") == ["right", "right", "left"]
    directions = "elements => elements.map((element) => getComputedStyle(element).direction)"
    assert await shown.locator("ul, ol, .table").evaluate_all(directions) == ["rtl", "ltr", "rtl"]
    await picture(page, "markdown-both-ways", full_page=True)


async def test_a_long_answer_is_whole_after_a_reload(guest: Visitor, place: Place) -> None:
    said = "".join(f"{number}. item with **bold** words and `code`\n" for number in range(1, 3000)) + "\n\nThe end.\n"
    page = await answered(guest, place, said, 2000)
    await page.reload()
    await expect(text(page)).to_contain_text("The end.")
    await expect(text(page).locator("li")).to_have_count(2999)
    await expect(text(page).locator("li strong")).to_have_count(2999)
    await expect(text(page).locator("p").last).to_be_in_viewport()  # where the reader was
