"""Which parser takes a document: what its bytes say counts for more than its name."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from ...errors import DocumentEmpty, DocumentUnsupported
from .base import Parser
from .decoding import is_binary
from .html import HtmlParser
from .markdown import MarkdownParser
from .pdf import PdfParser
from .text import TextParser

__all__ = ["BUILT_IN", "choose"]

_TEXT = TextParser()
_HTML = HtmlParser()
_PDF = PdfParser()
BUILT_IN: tuple[Parser, ...] = (_PDF, _HTML, MarkdownParser(), _TEXT)

_HTML_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<\?xml[^>]*>|<!--.*?-->)*<(?:!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL
)
_OFFICE = {".doc", ".docx", ".odt", ".ppt", ".pptx", ".odp", ".xls", ".xlsx", ".ods", ".rtf", ".epub", ".pages"}


def choose(data: bytes, name: str, media_type: str | None = None, parsers: Sequence[Parser] = ()) -> Parser:
    """The parser for a document: one of `parsers` that claims its suffix or media type, else one of ours.

    Raises DocumentEmpty, or DocumentUnsupported where no parser takes it.
    """
    if not data:
        raise DocumentEmpty(f"{name} is empty", document=name)
    suffix = PurePath(name).suffix.lower()
    for parser in parsers:
        if suffix in parser.suffixes or media_type in parser.media_types:
            return parser
    if _is_pdf(data, suffix):
        return _PDF
    if suffix in _OFFICE:
        raise DocumentUnsupported(f"{name}: {suffix} files are not supported; save it as PDF or HTML", document=name)
    if is_binary(data):
        raise DocumentUnsupported(f"{name} is a binary file, which no parser takes", document=name)
    if _HTML_BEGINS.match(data[:4096]):
        return _HTML
    for parser in BUILT_IN:
        if parser is not _PDF and suffix in parser.suffixes:
            return parser
    for parser in BUILT_IN:
        if parser is not _PDF and media_type in parser.media_types:
            return parser
    return _TEXT


def _is_pdf(data: bytes, suffix: str) -> bool:
    """Readers of PDF take a mark within the first kilobyte; so may a text that tells of PDF."""
    marked = b"%PDF-" in data[:1024]
    return marked and (data.lstrip().startswith(b"%PDF-") or suffix == ".pdf" or is_binary(data))
