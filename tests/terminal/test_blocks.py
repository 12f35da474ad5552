"""Markdown that comes in pieces is drawn as it would be whole, and each piece costs the same."""

import io
import re
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from runnel.terminal.blocks import Block, BlockSplitter
from runnel.terminal.markdown import MarkdownText, draw
from tests.terminal.documents import documents


def printed(*contents: object, width: int = 60) -> str:
    """What a terminal gets, with its styles; links without the numbers that tell them apart."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system="truecolor", legacy_windows=False)
    for content in contents:
        console.print(content, end="")
    return re.sub(r"8;id=\d+;", "8;;", out.getvalue())


def in_pieces(pieces: list[str]) -> list[Block]:
    """The blocks of a text that comes so, looked at after each piece."""
    splitter = BlockSplitter()
    blocks = []
    for piece in pieces:
        splitter.feed(piece)
        blocks += splitter.finished()
        splitter.rest()
    return blocks + splitter.finish()


def cut(text: str, places: list[int]) -> list[str]:
    ends = sorted({place % (len(text) + 1) for place in places} | {0, len(text)})
    return [text[begin:end] for begin, end in pairwise(ends)]


@given(documents, st.lists(st.integers(min_value=0), max_size=30))
@example("Para\n#\nmore", [6])
@example("Para\n-", [5, 6])
@example("1. a\n1. b\n\n   c\n1. d", list(range(20)))
def test_a_text_cut_anywhere_is_drawn_as_the_whole(text: str, places: list[int]) -> None:
    assert printed(draw(in_pieces(cut(text, places)))) == printed(MarkdownText(text))


@given(documents)
@example("- 1\n  >\n- one\n  - two\n")
def test_a_text_that_comes_letter_by_letter_is_drawn_as_the_whole(text: str) -> None:
    assert printed(draw(in_pieces(list(text)))) == printed(MarkdownText(text))


@given(st.text(max_size=200), st.lists(st.integers(min_value=0), max_size=20))
def test_no_text_is_refused(text: str, places: list[int]) -> None:
    printed(draw(in_pieces(cut(text, places))))


def test_the_work_for_a_piece_does_not_grow() -> None:
    shapes = {
        "paragraphs": "Some words of a paragraph.\n\n",
        "a list": "- an item with **bold** words\n",
        "a loose list": "1. an item\n\n   and more\n\n",
        "code": "x = 1\n",
    }
    for name, unit in shapes.items():
        splitter = BlockSplitter()
        splitter.feed("```python\n" if name == "code" else "")
        work, blocks = [], []
        for _ in range(1000):
            before = splitter.parsed
            splitter.feed(unit)
            finished, rest = splitter.finished(), splitter.rest()
            work.append(splitter.parsed - before)
            blocks.append(len(finished) + len(rest))
        assert max(work[500:]) <= max(work[:200]), name
        assert max(blocks) <= 4, name


def test_a_list_is_numbered_on_where_it_was_cut() -> None:
    text = "".join(["1. item\n" for _ in range(12)])
    numbers = [block.number for block in in_pieces(list(text))]
    assert numbers == list(range(1, 13))


def test_text_can_be_taken_back_while_it_is_not_finished() -> None:
    splitter = BlockSplitter()
    splitter.feed("First.\n\nSecond")
    assert len(splitter.finished()) == 0  # the second may still become part of the first: its line is not whole
    splitter.feed(" one.\n\nThird")
    assert len(splitter.finished()) == 1
    assert splitter.take_back(len("Third"))
    assert not splitter.take_back(1000)
    splitter.feed("Last")
    assert "Third" not in printed(draw(splitter.finish()))


def test_a_definition_before_its_use_makes_a_link() -> None:
    text = "[here]: https://example.com/\n\nSome words.\n\nGo [here].\n"
    assert "https://example.com/" in printed(draw(in_pieces(list(text))))


def test_control_characters_do_not_reach_the_terminal() -> None:
    text = "a \x1b[31mred\x1b[0m \x9b2J \x07 \u202eevil\u202c\r\n\n```\n\x1b]0;title\x07\n```\n"
    drawn = printed(MarkdownText(text))
    assert not re.search(r"\x1b\[31m|\x1b\]0|\x9b|\x07|\u202e", drawn)
    assert "evil" in drawn
