"""Files that are given to the page: each is sent and read by itself, and nothing waits for it but what needs it."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Route, expect

from runnel.testing.upstream import Answer
from tests.retrieval.pdfs import encrypted_pdf, image_pdf

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place
from .files import add, choose, documents, drag, drop, listed, on_their_way, paste, slow, written

pytestmark = pytest.mark.asyncio(loop_scope="module")
SETTINGS = {"RUNNEL_DOCUMENTS__MAX_BYTES": "4000000"}


async def test_files_are_dropped_anywhere_with_their_folders_and_text_that_is_dragged_is_no_file(
    guest: Visitor, tmp_path: Path
) -> None:
    page = await guest.tab()
    loose = written(tmp_path, {"loose.md": "# Loose\n\nsand", "plain.txt": "gravel"})
    folder = tmp_path / "folder"
    (folder / "deep" / "deeper").mkdir(parents=True)
    written(folder, {".hidden": "no", "song.mp3": "no"})
    written(folder / "deep" / "deeper", {"inner.md": "# Inner\n\nclay"})
    zone = page.locator("rn-drop-zone").get_by_text("Drop files")
    await drag(page, loose, "dragEnter", "dragOver")
    await expect(zone).to_be_visible()
    await picture(page, "drop")
    await page.evaluate("dispatchEvent(new DragEvent('dragleave'))")  # as where the pointer leaves the window
    await expect(zone).to_be_hidden()
    await drag(page, [], "dragEnter", "dragOver", text="words")
    await expect(zone).to_be_hidden()
    await drop(page, *loose, folder)
    for name in ["loose.md", "plain.txt", "inner.md"]:
        await expect(on_their_way(page, name)).to_contain_text("Ready")
    await expect(page.get_by_text("Left out: 2 files without text")).to_be_visible()
    assert set(await listed(page)) >= {"loose.md", "plain.txt", "inner.md"}
    assert "song.mp3" not in await listed(page)


async def test_files_are_chosen_and_pasted_too_and_the_same_file_is_one_document(
    guest: Visitor, tmp_path: Path
) -> None:
    page = await guest.tab()
    paths = written(tmp_path, {"once.md": "# Once\n\nonly"})
    for name in ["Drop documents anywhere", "Attach files or pictures"]:
        await choose(page, page.get_by_role("button", name=name), *paths)
        await expect(on_their_way(page, "once.md").last).to_contain_text("Ready")
    await paste(page, "once.md", "text/markdown", paths[0].read_bytes())
    await expect(on_their_way(page, "once.md").last).to_contain_text("Ready")
    assert (await listed(page)).count("once.md") == 1


async def test_a_file_that_cannot_be_read_says_why_in_plain_words(guest: Visitor, tmp_path: Path) -> None:
    guest.expected = (413,)
    page = await guest.tab()
    refused: dict[str, tuple[str | bytes, str]] = {
        "empty.txt": ("", "It is empty."),
        "blank.txt": (" \n\n ", "There is no text in it."),
        "locked.pdf": (encrypted_pdf(), "A password protects it."),
        "scan.pdf": (image_pdf(), "Its pages are pictures of text"),
        "cut.pdf": (b"%PDF-1.4\nnothing", "It is damaged"),
        "letter.docx": (b"PK\x03\x04 letter", "save it as PDF or HTML"),
        "bomb.zip": (b"PK\x03\x04", "no text that can be read"),
        "noise": (bytes(range(256)) * 20, "no text that can be read"),
        "large.txt": ("water " * 1_000_000, "It is too large: files may have 3.8 MB here."),
    }
    await drop(page, *written(tmp_path, {name: content for name, (content, _) in refused.items()}))
    for name, (_, why) in refused.items():
        await expect(on_their_way(page, name)).to_contain_text(why)
    await expect(page.get_by_text("0 of 9 files added")).to_be_visible()
    await picture(page, "refused-files")
    await page.get_by_role("button", name="Put all away").click()
    await expect(on_their_way(page)).to_have_count(0)
    await add(page, *written(tmp_path, {"good.md": "# Good\n\nstone"}))
    assert not set(await listed(page)) & set(refused)


async def test_an_upload_that_breaks_off_is_tried_again_and_one_on_its_way_is_stopped(
    guest: Visitor, place: Place, tmp_path: Path
) -> None:
    page = await guest.tab()
    [path] = written(tmp_path, {"broken.txt": "water " * 500_000})
    async with slow(page, 400_000):
        await drop(page, path)
        await expect(on_their_way(page, "broken.txt")).to_contain_text(re.compile(r"[1-9]\d? %"))
        await page.get_by_role("textbox", name="Ask").fill("I write meanwhile")
        await picture(page, "sending")
        guest.offline = True
        await place.server.kill()
        await expect(on_their_way(page, "broken.txt")).to_contain_text("The connection broke off.")
    await place.server.start()
    await page.get_by_role("button", name="Try again").click()
    await expect(on_their_way(page, "broken.txt")).to_contain_text("Ready")
    await expect(page.get_by_role("textbox", name="Ask")).to_have_value("I write meanwhile")
    [other] = written(tmp_path, {"stopped.txt": "stone " * 500_000})
    async with slow(page, 400_000):
        await drop(page, other)
        await expect(on_their_way(page, "stopped.txt")).to_contain_text("%")
        await page.get_by_role("button", name="Stop: stopped.txt").click()
        await expect(on_their_way(page, "stopped.txt")).to_have_count(0)
    await page.reload()
    found = await listed(page)
    assert "broken.txt" in found
    assert "stopped.txt" not in found


async def test_a_server_with_too_much_to_do_is_asked_again(guest: Visitor, tmp_path: Path) -> None:
    guest.expected = (429,)
    page = await guest.tab()
    refusals: list[dict[str, Any]] = [
        {"limit": "requests", "detail": "too many requests at once: wait a little"},
        {"limit": "documents", "detail": "there may be 7 documents", "most": 7},
    ]

    async def refuse(route: Route) -> None:
        if route.request.method != "POST" or not refusals:
            await route.continue_()
            return
        details = refusals.pop(0)
        problem = {"type": "", "title": "", "status": 429, "code": "limit_reached", "detail": details.pop("detail")}
        body = msgspec.json.encode({**problem, "details": details})
        await route.fulfill(
            status=429, headers={"Retry-After": "1"}, body=body, content_type="application/problem+json"
        )

    await page.route("**/api/documents", refuse)
    await drop(page, *written(tmp_path, {"late.md": "# Late\n\nsand"}))
    await expect(on_their_way(page, "late.md")).to_contain_text("The server is busy: again in 1 s")
    await expect(on_their_way(page, "late.md")).to_contain_text("There may be 7 documents")
    await page.get_by_role("button", name="Try again").click()
    await expect(on_their_way(page, "late.md")).to_contain_text("Ready")


async def test_a_question_waits_for_the_files_that_were_added_for_it(
    guest: Visitor, place: Place, tmp_path: Path
) -> None:
    place.talk.answer = Answer(tokens=["Of clay ", "[1]"])
    page = await guest.tab()
    async with slow(page, 800_000):
        await drop(page, *written(tmp_path, {"kiln.txt": "The kiln is made of blue clay.\n\n" + "sand " * 300_000}))
        await expect(on_their_way(page, "kiln.txt")).to_contain_text("%")
        await ask(page, "What is the kiln made of?")
        await expect(page.get_by_role("article", name="You")).to_contain_text("What is the kiln made of?")
        await expect(text(page)).to_contain_text("Of clay")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await answer(page).get_by_role("button", name="Sources").click()
    await expect(answer(page).get_by_role("list", name="Sources")).to_contain_text("kiln.txt")
    await expect(answer(page).get_by_role("list", name="Sources")).to_contain_text("made of blue clay")


async def test_what_was_being_read_when_the_server_ended_is_read_when_it_is_wanted(
    guest: Visitor, place: Place, tmp_path: Path
) -> None:
    guest.offline = True
    page = await guest.tab()
    await drop(page, *written(tmp_path, {"half.txt": "The sea is wide. " * 200_000}))
    await expect(on_their_way(page, "half.txt")).to_contain_text("Being read")
    await place.server.kill()
    await place.server.start()
    await expect(on_their_way(page, "half.txt")).to_contain_text("It was not read to its end.")
    await page.reload()
    row = (await documents(page)).get_by_role("listitem").filter(has_text="half.txt")
    await expect(row).to_contain_text("Not read yet")
    await row.get_by_role("button", name="Read half.txt now").click()
    await expect(row.get_by_role("button", name="Open half.txt")).to_be_enabled()
    await expect(row).not_to_contain_text("yet")
