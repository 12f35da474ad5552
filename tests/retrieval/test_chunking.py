"""Chunks tile their document, and know their places in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runnel.retrieval import Chunk, ParsedDocument, Section
from runnel.retrieval.chunking import TARGET, chunked
from runnel.retrieval.parsing.markdown import MarkdownParser

_WORDS = st.one_of(
    st.text(max_size=50),
    st.text(alphabet="ab .\n#*-`>é灯🦀\u0301\u200d", max_size=3000),
    st.integers(1, 60).map(lambda times: "A sentence of some words. " * times + "\n\n"),
    st.integers(1, 2000).map(lambda times: "x" * times),
    st.integers(1, 900).map(lambda times: "\n" * times),
)


def assert_tiled(document: ParsedDocument, chunks: list[Chunk]) -> None:
    assert "".join(chunk.text for chunk in chunks) == document.text
    assert [chunk.position for chunk in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        assert document.text[chunk.start : chunk.end] == chunk.text
        assert chunk.text.strip()


@settings(deadline=None)
@given(st.lists(_WORDS, max_size=8).map("".join).filter(str.strip), st.data(), st.booleans())
def test_chunks_tile_the_text_exactly(text: str, data: st.DataObject, markdown: bool) -> None:
    places = st.lists(st.integers(0, len(text) - 1), max_size=5).map(sorted)
    sections = tuple(Section(start, (f"h{start}",)) for start in data.draw(places))
    pages = (0, *data.draw(places))
    document = ParsedDocument(text, "text/markdown" if markdown else "text/plain", None, sections, pages)
    assert_tiled(document, list(chunked(document)))


def test_a_chunk_is_no_longer_than_the_target() -> None:
    text = "".join(f"Sentence number {number} has a few words. " for number in range(2000))
    chunks = list(chunked(ParsedDocument(text, "text/plain")))
    assert max(len(chunk.text) for chunk in chunks) <= TARGET[1]
    assert sum(len(chunk.text) < TARGET[0] for chunk in chunks) < len(chunks) / 10


def test_a_chunk_has_the_heading_and_page_of_its_first_word() -> None:
    body = "Some words here. " * 60
    text = f"{body}\n\nHeading\n\n{body}"
    start = text.index("Heading")
    document = ParsedDocument(text, "x/y", None, (Section(start, ("A", "B"), "b"),), (0, start - 1))
    chunks = list(chunked(document))
    assert_tiled(document, chunks)
    for chunk in chunks:
        after = chunk.start >= start - 2
        assert (chunk.heading, chunk.anchor, chunk.page) == ((("A", "B"), "b", 2) if after else ((), None, 1))


def test_short_sections_stay_together() -> None:
    text = "".join(f"## Question {number}\n\nAn answer.\n\n" for number in range(10))
    document = MarkdownParser().parse(text.encode(), "x")
    chunks = list(chunked(document))
    assert_tiled(document, chunks)
    assert len(chunks) == 1


@pytest.mark.parametrize("piece", ["word ", "x", "\n", "> ", "灯台", "👩‍👩‍👧", "- a\n"])
def test_a_text_without_breaks_is_cut_all_the_same(piece: str) -> None:
    text = "a" + piece * (300_000 // len(piece)) + "z"
    for media_type in ("text/plain", "text/markdown"):
        document = ParsedDocument(text, media_type)
        assert_tiled(document, list(chunked(document)))
