"""A document's text cut into chunks that tile it: no gap, no overlap, so that the text is stored once, any passage is
read from the chunks that it lies in, and `text[chunk.start:chunk.start + len(chunk.text)] == chunk.text`.

Sections are cut apart, except that short ones stay together; a long one is cut where its meaning breaks, between
paragraphs, sentences, words. Of four sizes (300 to 500 up to 1,000 to 1,600 code points) this one found most of the
right pages of `bench/questions.py` within the same budget; neighbours that are both found are joined again.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from .parsing import ParsedDocument, Section

__all__ = ["Chunk", "chunked"]

# In code points; about 150 tokens.
TARGET = (400, 800)
# A section shorter than this is joined by the next.
SHORT = 250


class Chunk(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A piece of a document's text. `position` counts from 0; `start` is in code points, `page` counts from 1.

    `heading` and `anchor` are those of the section in which its first word stands.
    """

    position: int
    start: int
    text: str
    page: int | None = None
    heading: tuple[str, ...] = ()
    anchor: str | None = None

    @property
    def end(self) -> int:
        """Where it ends, in code points."""
        return self.start + len(self.text)


def chunked(document: ParsedDocument) -> Iterator[Chunk]:
    """The chunks of `document`, in order; joined, their texts are its text. None is blank."""
    starts = [section.start for section in document.sections]
    text = document.text
    chunk: Chunk | None = None
    start = before = 0
    for cut in _cuts(text, _bounds(document)):
        blank = text[before:cut].isspace()
        before = cut
        if blank:
            continue  # blanks go with what follows them, or at the end with the last
        if chunk is not None:
            yield chunk
        piece = text[start:cut]
        words = start + len(piece) - len(piece.lstrip())
        within = bisect_right(starts, words) - 1
        section = document.sections[within] if within >= 0 else _NONE
        page = bisect_right(document.pages, words) or None
        chunk = Chunk(chunk.position + 1 if chunk else 0, start, piece, page, section.heading, section.anchor)
        start = cut
    if chunk is not None:
        yield msgspec.structs.replace(chunk, text=text[chunk.start :]) if start < len(text) else chunk


_NONE = Section(0)


def _bounds(document: ParsedDocument) -> list[int]:
    """Where one group of sections ends and the next begins, the end of the text included."""
    bounds: list[int] = []
    last = 0
    for section in document.sections:
        if section.start - last >= SHORT:
            bounds.append(section.start)
            last = section.start
    return [*bounds, len(document.text)]


def _cuts(text: str, bounds: list[int]) -> Iterator[int]:
    """Every place where a chunk ends."""
    least, most = TARGET
    start = 0
    for bound in bounds:
        while bound - start > most:
            start = _break(text, start + least, min(start + most, bound - least // 2))
            yield start
        if start < bound:
            yield bound
            start = bound


# From the strongest break to the weakest: the cut goes after it.
_MARKS = tuple(
    # The full-width marks of Chinese and Japanese among them.
    re.compile(mark)
    for mark in (
        r"\n\n+",
        r"\n",
        r"[.!?][\"')\]]*\s+|[\u3002\uff01\uff1f]",
        r"[,;:]\s+|[\u3001\uff0c\uff1b]",
        r"\s+",
    )
)


def _break(text: str, start: int, end: int) -> int:
    """The best place to cut between `start` and `end`: the last break of the strongest kind that there is."""
    for mark in _MARKS:
        last = max((found.end() for found in mark.finditer(text, start, end)), default=None)
        if last is not None:
            return last
    return end
