"""The README's picture of the page: `python -m tests.page.picture` takes it anew of the page as built."""

import asyncio
import sys
import tempfile
from pathlib import Path

import httpx2
from playwright.async_api import expect

from runnel.testing.upstream import Answer, Upstream
from tests.house import ROOT
from tests.server.processes import serving

from .browser import Visitor, answer, ask, chromium, text

PLACE = ROOT / "docs" / "pictures" / "page.png"
# It is loaded with the README.
MOST_BYTES = 200_000
CHATS = ("Minutes of the board, June", "Why is the build slow?", "Übersetzung der Einladung", "متى يبدأ الاجتماع؟")
QUESTION = "What becomes of an answer when the server is killed in the middle of it?"
ANSWER = """What was said is kept: each event is durable **before** anyone sees it [1].

- The run is `interrupted`; its partial text stays.
- A page that was reading goes on by itself [2]:

```http
GET /api/runs/run_1a1f/events
Last-Event-ID: 412
```

Where the model can, **Continue** goes on with it.
"""


async def take(place: Path = PLACE) -> None:
    """Ask on the page, and take its picture."""
    tokens = [ANSWER[at : at + 6] for at in range(0, len(ANSWER), 6)]
    with tempfile.TemporaryDirectory() as folder:
        async with (
            Upstream(Answer(tokens=tokens)) as upstream,
            serving(Path(folder) / "server", upstream, "gpt-5-mini") as server,
            httpx2.AsyncClient(base_url=server.url, timeout=60) as client,
            chromium() as browser,
        ):
            for title in reversed(CHATS):
                await client.post("/api/chats", json={"title": title})
            context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
            visitor = Visitor(context, server.url)
            page = await visitor.tab()
            async with page.expect_file_chooser() as chooser:
                await page.get_by_role("button", name="Drop documents anywhere").click()
            await (await chooser.value).set_files([ROOT / "docs" / name for name in ("streams.md", "runs.md")])
            await expect(page.locator("rn-welcome")).to_contain_text("2 documents")
            await expect(page.locator("rn-uploads").get_by_role("listitem")).to_have_count(0)
            await ask(page, QUESTION)
            await expect(answer(page)).to_have_attribute("aria-busy", "false")
            await expect(text(page)).to_contain_text("Continue")
            await text(page).get_by_role("button", name="Source 1").hover()
            await expect(page.get_by_text("before anyone sees it").last).to_be_visible()
            place.parent.mkdir(exist_ok=True)
            await page.screenshot(path=place)
    assert visitor.wrong == []
    size = place.stat().st_size
    print(f"{place.relative_to(ROOT) if place.is_relative_to(ROOT) else place}: {size / 1000:.0f} kB", file=sys.stderr)
    assert size <= MOST_BYTES


if __name__ == "__main__":
    asyncio.run(take(*map(Path, sys.argv[1:])))
