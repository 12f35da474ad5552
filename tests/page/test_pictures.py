"""Pictures that go with a question: shown small, sent as models take them, and refused in plain words."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, picture, text
from .conftest import Place
from .files import choose, drop, on_their_way, paste, written

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def painted(guest: Visitor, width: int, height: int, kind: str = "image/png") -> bytes:
    """A picture of this size and kind."""
    page = await guest.tab()
    data = await page.evaluate(
        """async ([width, height, type]) => {
            const canvas = new OffscreenCanvas(width, height);
            canvas.getContext("2d").fillRect(0, 0, width / 2, height);
            const blob = await canvas.convertToBlob({ type });
            return [...new Uint8Array(await blob.arrayBuffer())];
        }""",
        [width, height, kind],
    )
    await page.close()
    return bytes(data)


async def test_pictures_are_chosen_pasted_and_dropped_go_with_the_question_and_stay(
    guest: Visitor, place: Place, tmp_path: Path
) -> None:
    small = await painted(guest, 300, 200)
    [chosen, dropped] = written(
        tmp_path, {"chosen.png": small, "dropped.jpg": await painted(guest, 6000, 3000, "image/jpeg")}
    )
    place.talk.answer = Answer(tokens=["It is ", "black."])
    page = await guest.tab()
    attached = page.get_by_role("list", name="Attached").get_by_role("listitem")
    await choose(page, page.get_by_role("button", name="Attach files or pictures"), chosen)
    await expect(attached).to_have_count(1)
    await paste(page, "pasted.png", "image/png", small)
    await expect(attached).to_have_count(2)
    await drop(page, dropped)
    await expect(attached).to_have_count(3)
    await page.get_by_role("button", name="Remove pasted.png").click()
    await expect(attached).to_have_count(2)
    await picture(page, "attached")
    await ask(page, "What colour is it?")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page)).to_have_text("It is black.")
    await expect(attached).to_have_count(0)
    shown = page.get_by_role("article", name="You").get_by_role("img")
    for _ in range(2):
        await expect(shown).to_have_count(2)
        for at in range(2):
            await expect(shown.nth(at)).to_have_accessible_name(f"Picture {at + 1} of 2")
            assert await shown.nth(at).evaluate("image => image.decode().then(() => image.height)") <= 150
        await picture(page, "pictures")
        await page.reload()
    await page.get_by_role("button", name="Picture 2 of 2").click()
    await expect(page.get_by_role("button", name="Picture 2 of 2")).to_have_attribute("aria-expanded", "true")
    [asked] = [request.body for request in place.upstream.requests if request.body]
    parts = asked["messages"][-1]["content"]
    sent = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    assert [url.partition(";")[0] for url in sent] == ["data:image/png", "data:image/jpeg"]
    assert len(sent[1]) < 1_000_000  # made smaller, as the vendors would


async def test_what_is_no_picture_for_models_is_refused_before_it_is_sent(
    guest: Visitor, place: Place, tmp_path: Path
) -> None:
    page = await guest.tab()
    drawing = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.ran = 1'><script>window.ran = 1</script></svg>"
    refused: dict[str, tuple[str | bytes, str]] = {
        "drawing.svg": (drawing, "Save it as PNG."),
        "photo.heic": (b"\0\0\0\x18ftypheic" + bytes(200), "Save it as JPEG or PNG."),
        "words.png": ("not a picture", "cannot read it as a picture"),
    }
    await drop(page, *written(tmp_path, {name: content for name, (content, _) in refused.items()}))
    for name, (_, why) in refused.items():
        await expect(on_their_way(page, name)).to_contain_text(why)
    assert await page.evaluate("window.ran") is None
    await expect(page.get_by_role("list", name="Attached")).to_be_hidden()
    await picture(page, "refused-pictures")


async def test_a_model_that_takes_no_pictures_is_said_before_the_question(
    guest: Visitor, place: Place, tmp_path: Path
) -> None:
    [path] = written(tmp_path, {"red.png": await painted(guest, 20, 20)})
    page = await guest.tab()
    await page.get_by_role("button", name="Settings").click()
    await page.get_by_label("Model", exact=True).select_option("excerpts")
    await drop(page, path)
    await expect(on_their_way(page, "red.png")).to_contain_text("no pictures. Choose another model")
    await page.get_by_role("button", name="Put away: red.png").click()
    await page.get_by_label("Model", exact=True).select_option("vendor:any")
    await drop(page, path)
    await expect(page.get_by_role("list", name="Attached").get_by_role("listitem")).to_have_count(1)
    await page.get_by_role("button", name="Send").click()  # without a word
    await expect(page.get_by_text("Write what you want to know of the picture")).to_be_visible()
    await expect(page.get_by_role("list", name="Attached").get_by_role("listitem")).to_have_count(1)
    await page.get_by_label("Model", exact=True).select_option("excerpts")
    await ask(page, "What colour is it?")
    await expect(page.get_by_text("no pictures. Choose another model, or remove them")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Ask")).to_have_value("What colour is it?")
    await expect(page.get_by_role("list", name="Attached").get_by_role("listitem")).to_have_count(1)
