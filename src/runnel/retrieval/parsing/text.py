"""Plain text, source code, logs, tables: whatever decodes."""

from typing import ClassVar

from ...errors import DocumentEmpty
from .base import ParsedDocument, clean
from .decoding import decode

__all__ = ["TextParser"]


class TextParser:
    """Takes any text as it is; the first choice of no other parser, so it has no title and no sections."""

    name: ClassVar[str] = "text"
    version: ClassVar[int] = 1
    isolated: ClassVar[bool] = False
    suffixes: ClassVar[frozenset[str]] = frozenset({".txt", ".text", ".log", ".csv", ".tsv", ".rst", ".json"})
    media_types: ClassVar[frozenset[str]] = frozenset({"text/plain"})

    def parse(self, data: bytes, name: str) -> ParsedDocument:
        text = clean(decode(data, name))
        if not text.strip():
            raise DocumentEmpty(f"there is no text in {name}", document=name)
        return ParsedDocument(text, "text/plain")
