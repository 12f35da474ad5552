"""Files that a visitor gives to the page, as browsers give them."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, expect

__all__ = ["add", "choose", "documents", "drag", "drop", "listed", "on_their_way", "paste", "slow", "written"]


def written(folder: Path, files: Mapping[str, str | bytes]) -> list[Path]:
    """The paths of `files`, by their names, in `folder`."""
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return [folder / name for name in files]


async def drag(page: Page, paths: Iterable[Path], *kinds: str, text: str = "") -> None:
    """Drag files, folders or text over the page: events of `kinds`, as an operating system makes them."""
    session = await page.context.new_cdp_session(page)
    items = [{"mimeType": "text/plain", "data": text}] if text else []
    data = {"items": items, "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in kinds:
        await session.send("Input.dispatchDragEvent", {"type": kind, "x": 150, "y": 300, "data": data})
    await session.detach()


async def drop(page: Page, *paths: Path) -> None:
    """Drop files or folders on the page."""
    await drag(page, paths, "dragEnter", "dragOver", "drop")


async def choose(page: Page, button: Locator, *paths: Path) -> None:
    """Choose files by a button."""
    async with page.expect_file_chooser() as chooser:
        await button.click()
    await (await chooser.value).set_files(list(paths))


async def paste(page: Page, name: str, media_type: str, data: bytes) -> None:
    """Paste a file that another program has put into the clipboard."""
    await page.evaluate(
        """([name, type, bytes]) => {
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([new Uint8Array(bytes)], name, { type }));
            const how = { bubbles: true, composed: true, cancelable: true };
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, ...how }));
        }""",
        [name, media_type, list(data)],
    )


def on_their_way(page: Page, name: str = "") -> Locator:
    """The files that are on their way, or the one of this name."""
    return page.get_by_role("list", name="Files on their way").get_by_role("listitem").filter(has_text=name)


async def add(page: Page, *paths: Path) -> None:
    """Drop files, and wait until all of them can be searched."""
    await drop(page, *paths)
    await page.wait_for_function(
        """async (names) => {
            const { documents } = await (await fetch("/api/documents")).json();
            return names.every((name) => documents.some((one) => one.name === name && one.indexed));
        }""",
        arg=[path.name for path in paths],
    )
    for path in paths:
        await expect(on_their_way(page, path.name)).to_contain_text("Ready")


async def documents(page: Page) -> Locator:
    """The list of documents, which is opened."""
    found = page.get_by_role("list", name="Documents", exact=True)
    if not await found.is_visible():
        await page.get_by_role("button", name="Answers draw on").click()
    return found


async def listed(page: Page) -> Sequence[str]:
    """The names of the documents that are in the list."""
    return await (await documents(page)).locator(".name").all_inner_texts()


@asynccontextmanager
async def slow(page: Page, bytes_a_second: int) -> AsyncIterator[None]:
    """A connection that takes so much of what is sent."""
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
    await session.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": bytes_a_second})
    try:
        yield
    finally:
        await session.send("Network.emulateNetworkConditions", {**limits, "uploadThroughput": -1})
        await session.detach()
