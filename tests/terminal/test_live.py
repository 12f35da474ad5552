"""An answer in a terminal and elsewhere, while it comes."""

import asyncio
import io
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from runnel.terminal.live import WITHDRAWN, LiveView, render_stream
from runnel.terminal.markdown import MarkdownText
from runnel.vocabulary.content import Chunk, ChunkFold
from runnel.vocabulary.events import TextDelta, TextRetracted
from tests.terminal.documents import documents
from tests.terminal.emulator import shown
from tests.terminal.test_blocks import cut


def terminal(height: int = 1000) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=60, height=height, force_terminal=True, color_system="standard"), out


def whole(text: str) -> list[str]:
    console, out = terminal()
    console.print(MarkdownText(text), end="")
    return shown(out.getvalue())


@given(documents, st.lists(st.integers(min_value=0), max_size=20))
def test_what_is_shown_at_the_end_does_not_depend_on_how_it_came(text: str, places: list[int]) -> None:
    async def show() -> str:
        console, out = terminal()
        view = LiveView(console)
        for piece in cut(text, places):
            view.write(piece)
            view.status("Waiting")
            view.draw()
        await view.end()
        return out.getvalue()

    assert shown(asyncio.run(show())) == whole(text)


async def test_a_region_is_never_as_high_as_the_terminal() -> None:
    console, out = terminal(height=6)
    view = LiveView(console)
    view.write("| a |\n|---|\n")
    for number in range(50):
        view.write(f"| {number} |\n")
        view.draw()
        ups = [int(code.split("A")[0]) for code in out.getvalue().split("\x1b[")[1:] if "A" in code[:3]]
        assert max(ups, default=0) < 6
    await view.end()
    assert [line for line in shown(out.getvalue()) if line.strip().isdigit()][-50:] == [str(n) for n in range(50)]


async def test_drawing_does_not_follow_every_piece() -> None:
    console, _ = terminal()
    async with LiveView(console) as view:
        for _ in range(10_000):
            view.write("word ")
        await asyncio.sleep(0)
        assert view.drawn <= 1  # one paragraph, at most once


async def test_what_is_taken_back_before_it_was_printed_for_good_is_gone() -> None:
    console, out = terminal()
    view = LiveView(console)
    fold = ChunkFold()
    for event in (TextDelta(text="Hello wrold"), TextRetracted(count=5), TextDelta(text="world.")):
        chunk = fold.apply(event)
        if chunk is not None:
            view.write(chunk)
            view.draw()
    await view.end()
    assert shown(out.getvalue()) == ["Hello world.", ""]


async def test_what_is_taken_back_after_it_was_printed_for_good_is_said_to_be() -> None:
    console, out = terminal()
    view = LiveView(console)
    fold = ChunkFold()
    for event in (TextDelta(text="One.\n\nTwo.\n\nThree"), TextRetracted(count=15), TextDelta(text=" more.")):
        chunk = fold.apply(event)
        if chunk is not None:
            view.write(chunk)
            view.draw()
    await view.end()
    lines = [line for line in shown(out.getvalue()) if line]
    assert lines[-2:] == [WITHDRAWN, "On more."]


async def test_a_status_is_gone_once_the_answer_is_whole() -> None:
    console, out = terminal()
    view = LiveView(console)
    view.status("Searching")
    view.draw()
    assert any("Searching" in line for line in shown(out.getvalue()))
    view.write("Done.")
    await view.end()
    assert shown(out.getvalue()) == ["Done.", ""]


async def stream(*pieces: str) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


async def test_any_stream_of_text_can_be_rendered() -> None:
    console, out = terminal()
    await render_stream(stream("**bo", "ld**", Chunk(" word")), console)
    assert shown(out.getvalue()) == ["bold word", ""]


async def test_without_a_terminal_the_text_is_passed_on_as_it_is() -> None:
    out = io.StringIO()
    await render_stream(stream("**bo", "ld**"), Console(file=out, force_terminal=False))
    assert out.getvalue() == "**bold**\n"
