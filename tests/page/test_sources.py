"""What an answer stands on: numbers in the text, passages beside it, documents opened at the place."""

import re
from pathlib import Path
from typing import Literal

import httpx2
import pytest
from playwright.async_api import Locator, Page, expect

from runnel.testing.upstream import Answer
from tests.retrieval.pdfs import pdf

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place
from .files import add, documents, drop, on_their_way, written
from .test_everywhere import violations

pytestmark = pytest.mark.asyncio(loop_scope="module")
PASSAGE = "The tide turns twice a day, because the Earth turns under the Moon."
FOCUSED = """() => {
    let found = document.activeElement;
    while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
    return found?.getAttribute("aria-label") ?? found?.localName;
}"""


def citation(page: Page, number: int = 1) -> Locator:
    """A number of a source in the last answer's text."""
    return text(page).get_by_role("button", name=re.compile(f"^Source {number}"))


def viewer(page: Page) -> Locator:
    """The document that is shown."""
    return page.get_by_role("dialog", name="Document")


async def cited(
    guest: Visitor, place: Place, folder: Path, name: str, content: str | bytes, said: str, **beside: str
) -> Page:
    """A page with an answer that says this of a document, and cites it. There are no others but those `beside` it."""
    async with httpx2.AsyncClient(base_url=place.server.url) as client:
        for document in (await client.get("/api/documents")).json()["documents"]:
            await client.delete(f"/api/documents/{document['id']}")
    place.talk.answer = Answer(tokens=[said, " [1]", "."])
    page = await guest.tab()
    await add(page, *written(folder, {name: content, **beside}))
    await ask(page, f"How often does the tide turn in a day, as {name} says?")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(citation(page)).to_be_visible()
    return page


async def test_sources_say_where_they_are_from_and_show_the_words_that_were_taken(
    guest: Visitor, place: Place, tmp_path: Path
) -> None:
    document = f"# Rivers\n\n{'A **river** runs to the sea. ' * 25}\n\n## Tides\n\n{PASSAGE}\n\n{'So be it. ' * 60}"
    page = await cited(guest, place, tmp_path, "tides.md", document, "It turns twice a day", waves="Rain falls often.")
    await answer(page).get_by_role("button", name=re.compile(r"Sources \d")).click()
    sources = answer(page).get_by_role("list", name="Sources").get_by_role("listitem")
    await expect(sources).to_have_count(1)
    await expect(sources).to_contain_text("tides.md")
    await expect(sources).to_contain_text("Rivers")
    await expect(sources.locator("mark")).to_have_text("turns twice a day")
    await expect(sources).not_to_contain_text("#")
    await expect(sources).not_to_contain_text("*")
    await expect(answer(page).get_by_text("Found, but not cited")).to_be_visible()
    await expect(sources).to_be_in_viewport(ratio=1)
    await picture(page, "sources")


async def test_a_citation_shows_its_passage_and_opens_the_document_at_it(
    guest: Visitor, place: Place, tmp_path: Path
) -> None:
    long = "\n\n".join(f"Stone {n} weighs {n * 7} grams." for n in range(40_000))
    page = await cited(guest, place, tmp_path, "moon.txt", f"{long}\n\n{PASSAGE}\n\n{long}", "It turns twice a day")
    card = page.locator("rn-passage")
    await citation(page).hover()
    await expect(card.locator("mark")).to_have_text("turns twice a day")
    await expect(card).to_contain_text("moon.txt")
    await picture(page, "passage")
    await page.mouse.move(0, 0)
    await expect(card).to_be_hidden()
    await citation(page).focus()
    await expect(card).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(viewer(page).locator("mark")).to_contain_text(PASSAGE)
    await expect(viewer(page).locator("mark b")).to_have_text("turns twice a day")
    await expect(viewer(page).locator("mark b")).to_be_in_viewport()
    assert len(await viewer(page).locator(".text").inner_text()) < 100_000  # of more than two millions
    await picture(page, "document")
    region = viewer(page).get_by_role("region", name="Text of moon.txt")
    await region.evaluate("element => (element.scrollTop = element.scrollHeight)")
    await expect(region).to_contain_text("Stone 1000 weighs")
    await page.keyboard.press("Escape")
    await expect(viewer(page)).to_be_hidden()
    assert (await page.evaluate(FOCUSED)).startswith("Source 1")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_wrong_with_files_sources_and_documents(
    guest: Visitor, place: Place, tmp_path: Path, theme: Literal["light", "dark"]
) -> None:
    page = await cited(guest, place, tmp_path, "axe.md", f"# Axe\n\n{PASSAGE}", "It turns twice a day")
    await page.emulate_media(color_scheme=theme)
    await drop(page, *written(tmp_path, {"empty.txt": "", "fine.md": "# Fine"}))
    await expect(on_their_way(page, "fine.md")).to_contain_text("Ready")
    await documents(page)
    await answer(page).get_by_role("button", name=re.compile(r"Sources \d")).click()
    await citation(page).focus()
    await expect(page.locator("rn-passage")).to_be_visible()
    await picture(page, f"sources-{theme}")
    assert await violations(page) == []
    await page.keyboard.press("Enter")
    await expect(viewer(page).locator("mark")).to_be_visible()
    assert await violations(page) == []


async def test_a_passage_has_an_address(guest: Visitor, place: Place, tmp_path: Path) -> None:
    page = await cited(guest, place, tmp_path, "link.md", f"# Links\n\n{PASSAGE}", "It turns twice a day")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await citation(page).click()
    await viewer(page).get_by_role("button", name="Copy a link").click()
    address = str(await page.evaluate("navigator.clipboard.readText()"))
    other = await guest.tab(address.removeprefix(guest.url))
    await expect(viewer(other).locator("mark")).to_contain_text(PASSAGE)
    await expect(viewer(other).get_by_role("heading", name="link.md")).to_be_visible()


async def test_a_pdf_is_opened_at_the_page_of_the_words(guest: Visitor, place: Place, tmp_path: Path) -> None:
    filler = "\n".join(f"Line {n} of this page tells of stones and sand." for n in range(30))
    content = pdf([filler, f"{filler}\nIt ends.", f"{PASSAGE}\n{filler}"])
    page = await cited(guest, place, tmp_path, "report.pdf", content, "It turns twice a day")
    await citation(page).click()
    await expect(viewer(page).locator("mark b")).to_have_text("turns twice a day")
    await expect(viewer(page)).to_contain_text("Page 3 of 3")
    await expect(viewer(page).locator(".page")).to_have_text(["Page 1", "Page 2", "Page 3"])
    link = viewer(page).get_by_role("link", name="Open the page")
    await expect(link).to_have_attribute("href", re.compile(r"/content#page=3$"))
    await picture(page, "pdf")


async def test_a_finger_shows_the_passage_first_and_the_document_fills_a_phone(place: Place, tmp_path: Path) -> None:
    context = await place.browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    phone = Visitor(context, place.server.url)
    page = await cited(phone, place, tmp_path, "phone.md", f"# Phones\n\n{PASSAGE}", "It turns twice a day")
    await citation(page).tap()
    await expect(page.locator("rn-passage")).to_contain_text(PASSAGE)
    await expect(viewer(page)).to_be_hidden()
    await picture(page, "phone-passage")
    await page.locator("rn-passage").get_by_role("button", name="Open").tap()
    await expect(viewer(page).locator("mark")).to_contain_text(PASSAGE)
    box = await viewer(page).bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 360, 740)
    await picture(page, "phone-document")
    await viewer(page).get_by_role("button", name="Close the document").tap()
    await expect(viewer(page)).to_be_hidden()
    await citation(page).tap()
    await citation(page).tap()
    await expect(viewer(page).locator("mark")).to_contain_text(PASSAGE)
    await page.go_back()
    await expect(viewer(page)).to_be_hidden()
    await expect(text(page)).to_be_visible()
    await context.close()
    assert phone.wrong == []
