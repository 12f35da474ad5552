"""Documents on the page: uploaded, asked, and opened where an answer cites them."""

import re
from pathlib import Path

from playwright.async_api import expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, picture, text
from .conftest import Talk

PASSAGE = "The tide turns twice a day, because the Earth turns under the Moon."


async def test_an_answer_cites_an_uploaded_document_and_opens_it_at_the_passage(
    visitor: Visitor, talk: Talk, tmp_path: Path
) -> None:
    document = tmp_path / "tides.md"
    document.write_text(f"# Rivers\n\n{'A river runs to the sea. ' * 200}\n\n# Tides\n\n{PASSAGE}\n")
    talk.answer = Answer(tokens=["Twice a day ", "[1]", "."])
    page = await visitor.tab()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Drop documents anywhere").click()
    await (await chooser.value).set_files(document)
    await expect(page.locator("rn-welcome")).to_contain_text("answers from “tides.md”")
    await ask(page, "How often does the tide turn?")
    await expect(text(page)).to_contain_text("Twice a day")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await answer(page).get_by_role("button", name=re.compile(r"Sources \d")).click()
    await expect(answer(page).get_by_role("list", name="Sources")).to_contain_text(PASSAGE)
    await picture(page, "sources")
    await text(page).get_by_role("button", name=re.compile("Source 1")).click()
    await expect(page.get_by_role("dialog", name="Document").locator("mark")).to_contain_text(PASSAGE)
    await picture(page, "document")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Document")).to_be_hidden()
