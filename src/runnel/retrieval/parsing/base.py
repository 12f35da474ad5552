"""What a parser is, and what it makes of a document's bytes. A parser is one file; see `runnel.testing.parsers` for
the contract that each one keeps."""

import re
from typing import Protocol

import msgspec

__all__ = ["ParsedDocument", "Parser", "Section", "clean", "words_of"]


class Section(msgspec.Struct, frozen=True, array_like=True):
    """Where a heading's section begins, in code points; it ends where the next one begins.

    `heading` is the path of headings from the outermost to its own; `anchor` names the place in a link (`#anchor`).
    """

    start: int
    heading: tuple[str, ...] = ()
    anchor: str | None = None


class ParsedDocument(msgspec.Struct, frozen=True):
    """The text of a document, and its places in it as offsets in code points.

    `text` is clean (see `clean`) and never blank. `sections` are in order of `start`. `pages` holds the start of each
    page, in order, the first being 0; empty where the document has none.
    """

    text: str
    media_type: str
    title: str | None = None
    sections: tuple[Section, ...] = ()
    pages: tuple[int, ...] = ()


class Parser(Protocol):
    """Makes text of one kind of document.

    `version` rises whenever the same bytes give another text: documents are then parsed anew. `isolated` parsers run
    in a process of their own, however small the document: for engines in C that a hostile file may crash or hold up.
    """

    @property
    def name(self) -> str:
        """What it takes, in a word."""
        ...

    @property
    def version(self) -> int: ...

    @property
    def isolated(self) -> bool: ...

    @property
    def suffixes(self) -> frozenset[str]:
        """Of file names, in lower case, with the dot."""
        ...

    @property
    def media_types(self) -> frozenset[str]: ...

    def parse(self, data: bytes, name: str) -> ParsedDocument:
        """The text of `data`; `name` is for messages. Only reads its arguments, so it may run anywhere.

        Raises DocumentError or one of its children, with `document=name`.
        """
        ...


# Controls, lone surrogates and what is no character at all: no reader can show them, and NUL ends strings in C.
_UNWANTED = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]+")
_NEWLINES = re.compile("\r\n?|\x0c|\x85|\u2028|\u2029")


def clean(text: str) -> str:
    """`text` with one kind of newline and without characters that stand for nothing."""
    if _NEWLINES.search(text):
        text = _NEWLINES.sub("\n", text)
    return _UNWANTED.sub("", text) if _UNWANTED.search(text) else text


def words_of(text: str) -> frozenset[str]:
    """The words of `text`, which reads better than a list of them."""
    return frozenset(text.split())
