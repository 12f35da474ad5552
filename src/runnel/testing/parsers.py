"""What every parser must hold to, as tests to inherit.

class TestMyParser(ParserContract):
    @pytest.fixture
    def parser(self) -> Parser:
        return MyParser()

    @pytest.fixture
    def document(self) -> bytes:       # one that has the words "lighthouse" and "1887"
        return MY_FILE
"""

import pytest

from ..errors import DocumentError
from ..retrieval.parsing import Parser
from ..retrieval.parsing.base import clean

__all__ = ["ParserContract"]


class ParserContract:
    """The tests."""

    def test_it_says_what_it_takes(self, parser: Parser) -> None:
        """Its name, and suffixes in lower case with their dot."""
        assert parser.name
        assert parser.version >= 1
        assert isinstance(parser.isolated, bool)
        assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in parser.suffixes)
        assert all("/" in media_type for media_type in parser.media_types)

    def test_it_finds_the_text(self, parser: Parser, document: bytes) -> None:
        """And names what it is made of."""
        parsed = parser.parse(document, "a document")
        assert "lighthouse" in parsed.text
        assert "1887" in parsed.text
        assert "/" in parsed.media_type

    def test_the_text_is_clean(self, parser: Parser, document: bytes) -> None:
        """It can be stored and sent anywhere."""
        text = parser.parse(document, "a document").text
        assert clean(text) == text
        assert text.encode("utf-8")

    def test_places_lie_within_the_text_and_in_order(self, parser: Parser, document: bytes) -> None:
        """Sections and pages."""
        parsed = parser.parse(document, "a document")
        starts = [section.start for section in parsed.sections]
        assert starts == sorted(starts)
        assert all(0 <= start < len(parsed.text) for start in starts)
        assert all(section.heading and all(section.heading) for section in parsed.sections)
        assert list(parsed.pages) == sorted(parsed.pages)
        assert all(0 <= start <= len(parsed.text) for start in parsed.pages)
        assert parsed.pages[:1] in ((), (0,))

    def test_the_same_bytes_give_the_same(self, parser: Parser, document: bytes) -> None:
        """Each time, whatever their name."""
        assert parser.parse(document, "one") == parser.parse(document, "another")

    @pytest.mark.parametrize("cut", [0.0, 0.01, 0.3, 0.5, 0.9])
    def test_a_document_that_was_cut_is_text_or_an_error_that_names_it(
        self, parser: Parser, document: bytes, cut: float
    ) -> None:
        """And nothing else."""
        named, text = "the cut one", "text"
        try:
            text = parser.parse(document[: int(len(document) * cut)], named).text
        except DocumentError as error:
            named = error.document
        assert named == "the cut one"
        assert text.strip()
