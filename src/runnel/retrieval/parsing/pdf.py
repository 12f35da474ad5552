"""PDF, page by page, with PDFium; the outline gives sections.

PDFium is not thread-safe and its files may be hostile, so this parser runs in a process of its own (`isolated`).
"""

import re
from typing import TYPE_CHECKING, ClassVar

from ...errors import DocumentBroken, DocumentEmpty, DocumentError, DocumentProtected, DocumentScanned
from .base import ParsedDocument, Section, clean

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]

__all__ = ["PdfParser"]

# PDFium writes U+FFFE (older versions U+0002) where a line ends in a hyphen that the page's layout put there.
_HYPHENATED = re.compile("[\ufffe\x02](?:\r\n|\n)?")
_NO_TITLE = re.compile(
    r"^(?:untitled\d*|microsoft word\b.*|.*\.(?:docx?|tex|dvi|indd|pptx?|xlsx?|pdf)|[\W\d_]*)$", re.I
)
_IMAGE = 3  # FPDF_PAGEOBJ_IMAGE
_PASSWORD = 4  # FPDF_ERR_PASSWORD
_MOST_OUTLINE = 5000
_BETWEEN_PAGES = "\n\n"


class PdfParser:
    """The text of each page in the order in which PDFium reads it; hyphens of the layout taken back."""

    name: ClassVar[str] = "pdf"
    version: ClassVar[int] = 1
    isolated: ClassVar[bool] = True
    suffixes: ClassVar[frozenset[str]] = frozenset({".pdf"})
    media_types: ClassVar[frozenset[str]] = frozenset({"application/pdf"})

    def parse(self, data: bytes, name: str) -> ParsedDocument:
        from pypdfium2 import PdfDocument, PdfiumError

        try:
            document = PdfDocument(data)
        except PdfiumError as error:
            if getattr(error, "err_code", None) == _PASSWORD or "password" in str(error).lower():
                raise DocumentProtected(f"{name} is protected by a password", document=name) from error
            raise DocumentBroken(f"{name} is damaged, or no PDF ({error})", document=name) from error
        try:
            return _parsed(document, name)
        except PdfiumError as error:
            raise DocumentBroken(f"{name} is damaged ({error})", document=name) from error
        finally:
            document.close()


def _parsed(document: "PdfDocument", name: str) -> ParsedDocument:
    pages = [_page(document, number) for number in range(len(document))]
    if not any(pages):
        raise _without_text(document, name)
    starts, length = [], 0
    for text in pages:
        starts.append(length)
        length += len(text) + len(_BETWEEN_PAGES)
    title = clean(document.get_metadata_value("Title")).strip()
    sections = _sections(document, pages, starts)
    return ParsedDocument(
        _BETWEEN_PAGES.join(pages),
        "application/pdf",
        None if not title or _NO_TITLE.match(title) else title,
        tuple(sections),
        tuple(starts),
    )


def _page(document: "PdfDocument", number: int) -> str:
    """The text of one page; one that cannot be read is blank, since the others may be whole."""
    from pypdfium2 import PdfiumError

    try:
        page = document[number]
        text = page.get_textpage().get_text_range()
        page.close()
    except PdfiumError:
        return ""
    return clean(_HYPHENATED.sub("", text)).strip()


def _without_text(document: "PdfDocument", name: str) -> DocumentError:
    for number in range(min(len(document), 20)):
        if any(True for _ in document[number].get_objects(filter=[_IMAGE], max_depth=3)):
            return DocumentScanned(
                f"{name} is a scan: its pages are pictures, without text; run it through text recognition (OCR) first",
                document=name,
            )
    return DocumentEmpty(f"there is no text in {name}", document=name)


def _sections(document: "PdfDocument", pages: list[str], starts: list[int]) -> list[Section]:
    """The outline, each entry where its words stand on the page that it names, or else where the page begins."""
    path: list[tuple[int, str]] = []
    found: list[Section] = []
    for count, entry in enumerate(document.get_toc(max_depth=8)):
        if count >= _MOST_OUTLINE:
            break
        words = " ".join(clean(entry.get_title()).split())
        destination = entry.get_dest()
        number = destination.get_index() if destination is not None else None
        if not words or number is None or not 0 <= number < len(pages):
            continue
        path = [(level, heading) for level, heading in path if level < entry.level] + [(entry.level, words)]
        after = found[-1].start - starts[number] if found else 0
        place = _place(words, pages[number], max(0, after))
        found.append(Section(starts[number] + place, tuple(heading for _, heading in path)))
    found.sort(key=lambda section: section.start)
    return found


def _place(words: str, page: str, after: int) -> int:
    """Where `words` stand in `page`, however its lines are broken; `after` or 0 where they do not."""
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words.split()), re.IGNORECASE)
    found = pattern.search(page, after) or pattern.search(page)
    return found.start() if found else min(after, len(page))
