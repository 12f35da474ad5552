"""Documents on the page: which there are, how they stand, and which of them a chat draws on."""

import re
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Error, expect

from runnel.testing.upstream import Answer
from tests.server.processes import Serving

from .browser import Visitor, answer, ask, picture
from .conftest import Talk
from .files import add, documents, listed, written

HOSTILE = [
    "<img src=x onerror=window.ran=1>.md",
    "turned \u202egnp.exe.md",
    "../../../etc/passwd.md",
    f"{'long ' * 80}.md",
    "كتاب الماء.md",
    "a?b#c&d=%22.md",
]


async def upload(url: str, files: Sequence[tuple[str, bytes, str]], wait: bool = False) -> list[str]:
    """Upload files with names, contents and types as no page would; the ids of their documents. With `wait`, once they
    are indexed."""
    async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
        found = []
        for first in range(0, len(files), 100):
            response = await client.post("/api/documents", files=[("files", one) for one in files[first : first + 100]])
            assert response.status_code == 202, response.text
            uploaded = response.json()
            found += [document["id"] for document in uploaded["documents"]]
            if wait:
                await client.get(uploaded["run"]["events"])
        return found


async def test_a_new_chat_draws_on_all_documents_and_its_first_question_on_those_that_are_ticked(
    visitor: Visitor, server: Serving, talk: Talk
) -> None:
    talk.answer = Answer(tokens=["So ", "it is ", "[1]"])
    await upload(server.url, [(f"note-{n:04}.md", f"# {n}\n\nStone {n}.".encode(), "") for n in range(1100)])
    page = await visitor.tab()
    await expect(page.get_by_role("button", name="Answers draw on all 1,100 documents")).to_be_visible()
    found = await documents(page)
    assert await found.get_by_role("listitem").count() == 100  # of many, some are shown
    await page.get_by_label("Find documents by name").fill("note-0042")
    await expect(found.get_by_role("listitem")).to_have_count(1)
    await expect(found).not_to_contain_text("read")
    await found.get_by_role("checkbox").uncheck()
    await expect(page.get_by_role("button", name="Answers draw on 1,099 of 1,100 documents")).to_be_visible()
    await page.get_by_label("Find documents by name").fill("")
    await picture(page, "documents")
    await ask(page, "Which stones are there?")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(page.get_by_role("button", name="Answers draw on 1,099 of 1,100 documents")).to_be_visible()
    await page.get_by_label("Find documents by name").fill("note-10")
    async with page.expect_response(lambda response: response.request.method == "PATCH"):
        await page.get_by_role("button", name="None of these").click()
    await expect(page.get_by_role("button", name="Answers draw on 999 of 1,100 documents")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="Answers draw on 999 of 1,100 documents")).to_be_visible()


async def test_what_another_tab_uploads_is_seen_being_read(visitor: Visitor, server: Serving) -> None:
    await upload(
        server.url, [("slow.txt", b"The sea is wide. " * 200_000, ""), ("slower.txt", b"So is it. " * 300_000, "")]
    )
    page = await visitor.tab()
    found = await documents(page)
    await expect(found.get_by_role("listitem").filter(has_text="slow.txt")).to_contain_text(
        re.compile("Being read|Waits to be read")
    )
    await picture(page, "being-read")
    for name in ["slow.txt", "slower.txt"]:
        await expect(page.get_by_role("button", name=f"Open {name}")).to_be_enabled()
    await expect(found).not_to_contain_text("read")


async def test_the_chat_says_which_documents_it_has_from_its_first_moment(
    visitor: Visitor, talk: Talk, tmp_path: Path
) -> None:
    talk.answer = Answer(tokens=["So it is."])
    page = await visitor.tab()
    await add(page, *written(tmp_path, {"only.md": "# Only\n\nOne."}))
    found = await documents(page)
    await page.evaluate(
        """() => {
            window.said = new Set();
            const look = () => {
                for (const one of document.querySelector("rn-app").renderRoot.querySelectorAll("rn-scope"))
                    window.said.add(one.renderRoot.textContent.trim());
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    await ask(page, "What is there?")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(found.get_by_role("checkbox")).to_be_checked()
    assert await page.evaluate("[...window.said]") == ["Answers draw on only.md"]


async def test_a_deleted_document_can_be_had_back_and_answers_keep_what_they_cite(
    visitor: Visitor, server: Serving, talk: Talk
) -> None:
    talk.answer = Answer(tokens=["Of blue clay ", "[1]", "."])
    await upload(server.url, [("kiln.md", b"# Kiln\n\nIt is made **of blue clay**.", "")])
    page = await visitor.tab()
    await ask(page, "What is the kiln made of?")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await documents(page)
    await page.get_by_role("button", name="Delete kiln.md").click()
    await expect(page.get_by_text("Deleted “kiln.md” for all chats.")).to_be_visible()
    await picture(page, "undo")
    await page.get_by_role("button", name="Undo").click()
    assert await listed(page) == ["kiln.md"]
    await page.get_by_role("button", name="Delete kiln.md").click()
    await page.reload()  # the page goes away, and deletes it at once
    await expect(page.get_by_role("button", name="Answers draw on")).to_be_hidden()
    visitor.expected = (404,)
    await answer(page).get_by_role("button", name=re.compile("^Source 1")).click()
    viewer = page.get_by_role("dialog", name="Document")
    await expect(viewer).to_contain_text("This document was deleted.")
    await expect(viewer.locator("blockquote")).to_contain_text("It is made of blue clay.")


async def test_names_and_texts_of_documents_are_only_ever_shown(visitor: Visitor, server: Serving, talk: Talk) -> None:
    text = b"# <script>window.ran=1</script>\n\n<img src=x onerror='window.ran=1'> [water](javascript:ran=1) is wet."
    ids = await upload(server.url, [(name, text + str(n).encode(), "text/markdown") for n, name in enumerate(HOSTILE)])
    talk.answer = Answer(tokens=["Wet, is water ", *[f"[{n}]" for n in range(1, 7)]])
    page = await visitor.tab()
    await page.set_viewport_size({"width": 360, "height": 740})
    names = await listed(page)
    assert len(names) == len(ids)
    assert not any("\u202e" in name or "/" in name for name in names)
    await picture(page, "hostile-names")
    await page.keyboard.press("Escape")
    await ask(page, "Is water wet?")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await answer(page).get_by_role("button", name=re.compile("Sources")).click()
    await picture(page, "hostile-sources")
    for source in await answer(page).get_by_role("list", name="Sources").get_by_role("button").all():
        await source.click()
        viewer = page.get_by_role("dialog", name="Document")
        await expect(viewer.locator("mark")).to_contain_text("<img src=x onerror='window.ran=1'>")
        await page.keyboard.press("Escape")
        await expect(viewer).to_be_hidden()
    assert await page.evaluate("window.ran") is None
    assert await page.evaluate("document.scrollingElement.scrollWidth") == 360


async def test_a_file_is_never_given_to_the_browser_so_that_it_runs(visitor: Visitor, server: Serving) -> None:
    script = b"<script>window.ran = 1</script>"
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg'>" + script + b"<text>Water</text></svg>"
    files = [
        ("page.html", b"<html><body>Water" + script, "text/html"),
        (
            "page.xhtml",
            b"<html xmlns='http://www.w3.org/1999/xhtml'>" + script + b"Water</html>",
            "application/xhtml+xml",
        ),
        ("drawing.svg", drawing, "image/svg+xml"),
        ("page.md", b"Water" + script, "text/html"),
    ]
    page = await visitor.tab()
    for (name, _, _), id in zip(files, await upload(server.url, files, wait=True), strict=True):
        address = f"{server.url}/api/documents/{id}/content"
        if name in ("drawing.svg", "page.md"):  # what they are made of
            await page.goto(address)
            await expect(page.locator("body")).to_contain_text(script.decode())
            assert await page.evaluate("window.ran") is None
            continue
        async with page.expect_download() as download:
            with pytest.raises(Error, match="Download is starting"):
                await page.goto(address)
        assert (await download.value).suggested_filename == name
