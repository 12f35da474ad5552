"""Recorded runs, shown: in a terminal and elsewhere."""

import io
from collections.abc import AsyncIterator
from typing import cast

import pytest
from rich.console import Console

from runnel.runs.handles import Run
from runnel.terminal.live import LiveView, PlainView
from runnel.terminal.showing import Shown, show_run
from runnel.vocabulary import events
from tests import recorded
from tests.terminal.emulator import shown


class Recorded:
    """As much of a run as is shown."""

    id = "run_1"

    def __init__(self, name: str) -> None:
        self._events = recorded.events(name)

    async def events(self) -> AsyncIterator[events.Event]:
        for event in self._events:
            yield event


def run(name: str) -> Run:
    return cast("Run", Recorded(name))


async def in_terminal(name: str, width: int = 80, after: int = 0) -> list[str]:
    out = io.StringIO()
    view = LiveView(Console(file=out, width=width, height=40, force_terminal=True, color_system="standard"))
    async with view:
        await show_run(run(name), view, Shown(), after)
    return shown(out.getvalue())


async def elsewhere(name: str, verbose: bool) -> tuple[str, list[str]]:
    said: list[str] = []
    notes: list[str] = []
    async with PlainView(said.append, notes.append, verbose=verbose) as view:
        await show_run(run(name), view, Shown())
    return "".join(said), notes


async def test_a_run_with_tools_in_a_terminal() -> None:
    assert await in_terminal("tools_with_reasoning") == [
        "✻ I need the weather in both towns.",
        "",
        "Let me look.",
        "",
        '⚙ weather(town="Kassel") → {"celsius": 7.5, "sky": "rain"}',
        '✗ weather(town="Ulm") → no such station: Ulm',
        "✻ One failed; try the region.",
        '⚙ weather(town="Neu-Ulm") → {"celsius": 9, "sky": "clear"}',
        "",
        "› in one line please",
        "",
        "Kassel: rain, 7.5 °C. Neu-Ulm: clear, 9 °C.",
        "",
    ]


async def test_a_run_that_is_shown_from_its_middle_on_knows_its_calls() -> None:
    lines = await in_terminal("tools_with_reasoning", after=20)
    assert lines[0] == '✗ weather(town="Ulm") → no such station: Ulm'


async def test_elsewhere_the_text_is_the_messages_and_lines_stand_beside_it() -> None:
    said, notes = await elsewhere("tools_with_reasoning", verbose=True)
    assert said == recorded.message("tools_with_reasoning").content + "\n"
    assert notes[0] == "✻ I need the weather in both towns."
    assert '⚙ weather(town="Kassel") → {"celsius": 7.5, "sky": "rain"}' in notes
    assert await elsewhere("tools_with_reasoning", verbose=False) == (said, [])


@pytest.mark.parametrize("name", recorded.NAMES)
@pytest.mark.parametrize("width", [30, 80, 120])
async def test_every_recorded_run_fits_the_terminal(name: str, width: int) -> None:
    assert all(len(line) <= width for line in await in_terminal(name, width))
