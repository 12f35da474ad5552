"""A line of what was said, and where in it is what was searched for."""

import re
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile

from .wanted import Word, folded

__all__ = ["excerpt", "marks"]

# In code points: of the line, and of what stands in it before the first mark, where there is more.
_LENGTH = 160
_LEAD = 16
# As many places of each word are looked at in one message.
_PLACES = 300

# Of Markdown, what would stand in the way of a reader: strong emphasis, code, headings.
_MARKUP = re.compile(r"(?<!\w)\*\*(?=\S)|(?<=\S)\*\*(?!\w)|`+|^#{1,6} ", re.MULTILINE)

Span = tuple[int, int]
Marks = tuple[Span, ...]


def marks(text: str, patterns: Iterable[str]) -> Marks:
    """Where `text` has what the patterns are for: in order, none upon another."""
    return _joined([span for span, _ in _places(folded(text), patterns)])


def excerpt(text: str, words: Sequence[Word]) -> tuple[str, Marks]:
    """A line of `text`, from where most of the words are close to each other, the first such place; and the marks."""
    line = " ".join(_MARKUP.sub("", text).split())
    places = _places(folded(line), [word.pattern for word in words if word.phrase is not None])
    begin = max(0, _densest(places) - _LEAD)
    if begin:
        begin = line.find(" ", begin, begin + _LEAD) + 1 or begin
    end = min(begin + _LENGTH, len(line))
    if end < len(line):
        space = line.rfind(" ", begin + _LENGTH // 2, end)
        end = space if space > 0 else end
    before, after = "…" if begin else "", "…" if end < len(line) else ""
    shift = len(before) - begin
    within = [(max(start, begin), min(stop, end)) for (start, stop), _ in places if start < end and stop > begin]
    return before + line[begin:end] + after, _joined([(start + shift, stop + shift) for start, stop in within])


def _densest(places: Sequence[tuple[Span, int]]) -> int:
    """Where a line begins that has as many of the words as one can have."""
    found, most = 0, 0
    for number, ((first, _), _) in enumerate(places):
        limit = first + _LENGTH - 2 * _LEAD
        near = {word for _, word in takewhile(lambda place: place[0][1] <= limit, islice(places, number, None))}  # noqa: B023
        if len(near) > most:
            found, most = first, len(near)
    return found


def _places(text: str, patterns: Iterable[str]) -> list[tuple[Span, int]]:
    """Where the words are in a folded text, with the number of each, in order."""
    found = [
        (place.span(), number)
        for number, pattern in enumerate(patterns)
        for place in islice(re.finditer(pattern, text), _PLACES)
    ]
    return sorted(found)


def _joined(spans: Iterable[Span]) -> Marks:
    """Spans in order, those that touch or overlap made one."""
    found: list[Span] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
