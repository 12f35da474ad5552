"""Markdown: kept as it is written, since models and people read it so; its headings give sections and anchors."""

import re
from typing import ClassVar

from ...errors import DocumentEmpty
from .base import ParsedDocument, Section, clean
from .decoding import decode

__all__ = ["MarkdownParser"]

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*\n", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
# One alternative a kind of line that matters: a fence, `# heading`, or a line that `===` or `---` underlines.
_LINE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*$"
    r"|^ {0,3}(?P<level>#{1,6})(?:[ \t]+(?P<heading>[^\n]*?))??(?:[ \t]+#+)?[ \t]*$"
    r"|^ {0,3}(?P<above>[^\s>#\-*+=|`~][^\n]{0,200})\n {0,3}(?P<under>=+|-{2,})[ \t]*$",
    re.MULTILINE,
)
_LINK = re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_MARKS = re.compile(r"[*`]|(?<!\w)_+|_+(?!\w)|<[^>]+>")
# In code points: what is longer is no heading for people, and the patterns above take the square of it.
_LONGEST = 2000
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


class MarkdownParser:
    """CommonMark's ATX and setext headings outside of fences; anchors as GitHub makes them."""

    name: ClassVar[str] = "markdown"
    version: ClassVar[int] = 1
    isolated: ClassVar[bool] = False
    suffixes: ClassVar[frozenset[str]] = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd"})
    media_types: ClassVar[frozenset[str]] = frozenset({"text/markdown", "text/x-markdown"})

    def parse(self, data: bytes, name: str) -> ParsedDocument:
        text = clean(decode(data, name))
        if not text.strip():
            raise DocumentEmpty(f"there is no text in {name}", document=name)
        front = _FRONT_MATTER.match(text)
        titled = _TITLE.search(front[1]) if front else None
        sections = tuple(_sections(text, front.end() if front else 0))
        title = titled[1] if titled else next((s.heading[-1] for s in sections if len(s.heading) == 1), None)
        return ParsedDocument(text, "text/markdown", title, sections)


def _sections(text: str, start: int) -> list[Section]:
    path: list[tuple[int, str]] = []
    found: list[Section] = []
    anchors: dict[str, int] = {}
    fence = ""
    for line in _LINE.finditer(text, start):
        if line["fence"]:
            mark = line["fence"]
            if not fence:
                fence = mark
            elif mark[0] == fence[0] and len(mark) >= len(fence) and line[0].strip() == mark:
                fence = ""
            continue
        words = _plain((line["heading"] or line["above"] or "")[:_LONGEST])
        if fence or not words:
            continue
        level = len(line["level"]) if line["level"] else 1 if line["under"][0] == "=" else 2
        path = [(above, heading) for above, heading in path if above < level] + [(level, words)]
        anchor = _NOT_IN_ANCHOR.sub("", words.lower()).replace(" ", "-")
        times = anchors[anchor] = anchors.get(anchor, -1) + 1
        headings = tuple(heading for _, heading in path)
        found.append(Section(line.start(), headings, f"{anchor}-{times}" if times else anchor))
    return found


def _plain(heading: str) -> str:
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", heading)).split())
