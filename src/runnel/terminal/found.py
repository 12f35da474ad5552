"""A chat as a search has found it: its title, and below it what was said, with what was searched for in bold."""

from collections.abc import Iterable

from rich.text import Text

from ..vocabulary.chats import Match
from .safe import safe

__all__ = ["found"]


def found(title: str, match: Match | None) -> Text:
    """In one line, or two."""
    line = _marked(title, () if match is None else match.title_marks)
    if match is not None and match.message is not None:
        line = Text("\n").join([line, Text.assemble("  ", _marked(match.text, match.marks, "dim"))])
    return line


def _marked(text: str, marks: Iterable[tuple[int, int]], style: str = "") -> Text:
    """`text` may be anybody's: what a terminal would obey is left out of each piece of it."""
    line, last = Text(), 0
    for start, end in (*marks, (len(text), len(text))):
        line.append(_plain(text[last:start]), style)
        line.append(_plain(text[start:end]), "bold")
        last = end
    return line


def _plain(text: str) -> str:
    return safe(text).replace("\n", " ").replace("\t", " ")
