"""The chat as people see it: in tmux, a real terminal."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.processes import SECONDS, Place
from tests.terminal.tmux import Tmux, need_tmux

MODEL = '''
import asyncio, re
TEXT = """# Rivers

Some **bold** words, and a list:

""" + "".join([f"{n}. river number {n}\\n" for n in range(1, 81)]) + """
| a | b |
|---|---|
| 1 | 2 |

The end.
"""


class Rivers:
    name = "rivers"

    async def stream(self, prompt):
        for word in re.findall(r"\\s*\\S+|\\s+$", TEXT):
            yield word
            await asyncio.sleep(0.002)


class Endless:
    name = "endless"

    async def stream(self, prompt):
        while True:
            yield "on and "
            await asyncio.sleep(0.01)
'''


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Tmux]:
    """A chat whose model is `Rivers`."""
    need_tmux()
    place = Place(tmp_path)
    place.write("rivers.py", MODEL)
    tmux = Tmux(place, "chat", "-m", "rivers:Rivers")
    yield tmux
    tmux.close()


def test_an_answer_longer_than_the_screen_is_there_once_and_whole(chat: Tmux) -> None:
    chat.until("›")
    chat.type("which rivers?", "Enter")
    chat.until("The end.")
    lines = [line.rstrip() for line in chat.screen(above=True).splitlines()]
    assert [line.split(" number ")[1] for line in lines if " river number " in line] == [str(n) for n in range(1, 81)]
    assert lines.count("Rivers") == 1
    assert "Some bold words, and a list:" in lines
    assert not [line for line in lines if "Waiting for" in line]


def test_ctrl_c_stops_the_answer_and_a_second_one_leaves(chat: Tmux) -> None:
    chat.until("›")
    chat.type("/model rivers:Endless", "Enter")
    chat.until("rivers:Endless answers from here on.")
    chat.type("and?", "Enter")
    chat.until("on and on and")
    chat.type("C-c")
    chat.until("/retry answers again.")
    assert "Stopped. What was said is kept." in chat.screen()
    end = time.monotonic() + SECONDS
    while not chat.ended():
        assert time.monotonic() < end, chat.screen()
        chat.type("C-c")


def test_what_was_typed_before_comes_back(chat: Tmux) -> None:
    chat.until("›")
    chat.type("/nope", "Enter")
    chat.until("There is no /nope.")
    chat.type("Up")
    chat.until("› /nope\n\nThere is no /nope. /help lists what there is.\n\n› /nope")
