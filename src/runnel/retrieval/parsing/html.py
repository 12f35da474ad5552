"""HTML: the text a reader of the page sees, without what surrounds it; headings give sections and anchors."""

import re
from typing import TYPE_CHECKING, ClassVar

from ...errors import DocumentBroken, DocumentEmpty
from .base import ParsedDocument, Section, clean, words_of
from .decoding import decode

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

__all__ = ["HtmlParser"]

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
# Not for readers, or not of this page.
_DROPPED = words_of(
    "script style template noscript head nav aside iframe object svg math canvas audio video select button"
    " textarea input dialog"
)
_ROLES = words_of("navigation banner search contentinfo complementary menu menubar")
_AROUND = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navheader|navfooter|navigation|sidebar|sphinxsidebar|breadcrumbs?|headerlink|skip-?link"
    r"|cookie-?(?:banner|notice|consent)|site-?(?:header|footer)|page-?footer|pagination)(?:$|[\s_-])",
    re.IGNORECASE,
)
_PARAGRAPHS = words_of(
    "p h1 h2 h3 h4 h5 h6 pre ul ol dl table blockquote section article main figure header footer form hr details"
)
_LINES = words_of("div li dt dd tr br caption address fieldset figcaption summary thead tbody tfoot option")
_CELLS = frozenset({"td", "th"})
_SPACES = re.compile(r"[ \t\n\r\f]+")


class HtmlParser:
    """Takes `<main>` or the only `<article>` where there is one, else the body; drops navigation, scripts, styles."""

    name: ClassVar[str] = "html"
    version: ClassVar[int] = 1
    isolated: ClassVar[bool] = False
    suffixes: ClassVar[frozenset[str]] = frozenset({".html", ".htm", ".xhtml", ".xht"})
    media_types: ClassVar[frozenset[str]] = frozenset({"text/html", "application/xhtml+xml"})

    def parse(self, data: bytes, name: str) -> ParsedDocument:
        from selectolax.lexbor import LexborHTMLParser, SelectolaxError

        try:
            tree = LexborHTMLParser(clean(decode(data, name, markup=True)))
        except SelectolaxError as error:
            raise DocumentBroken(f"{name} is too large a page to read, or damaged ({error})", document=name) from error
        body = tree.body
        for root, whole in ((_main(tree), False), (body, False), (body, True)):
            if root is None:
                continue
            writer = _Writer(whole)
            writer.walk(root)
            text = writer.text()
            if text:
                return ParsedDocument(text, "text/html", _title(tree, writer.sections), tuple(writer.sections))
        raise DocumentEmpty(f"there is no text in {name}", document=name)


def _main(tree: "LexborHTMLParser") -> "LexborNode | None":
    for selector in ("main", "[role=main]", "article"):
        found = tree.css(selector)
        if len(found) == 1:
            return found[0]
    return None


def _title(tree: "LexborHTMLParser", sections: list[Section]) -> str | None:
    node = tree.css_first("head > title") or tree.css_first("title")
    words = " ".join(node.text().split()) if node is not None else ""
    return words or next((section.heading[-1] for section in sections), None)


class _Writer:
    """Walks a tree without recursion (pages nest deeper than Python's stack) and writes down its text."""

    def __init__(self, whole: bool) -> None:
        self.sections: list[Section] = []
        self._whole = whole
        self._pieces: list[str] = []
        self._length = 0
        self._gap = 0  # newlines owed before the next word; 0 and `_space` is a blank
        self._space = False
        self._pre = 0
        self._path: list[tuple[int, str]] = []
        self._heading: tuple[int, int, int, str | None] | None = None  # level, start, first piece, anchor

    def text(self) -> str:
        """What was written."""
        return "".join(self._pieces).rstrip()

    def walk(self, root: "LexborNode") -> None:
        """Write down the text below `root`."""
        open_nodes: list[tuple[LexborNode, str]] = []
        node: LexborNode | None = root
        while node is not None or open_nodes:
            if node is None:
                closed, tag = open_nodes.pop()
                self._close(tag)
                node = closed.next if open_nodes else None
                continue
            tag = node.tag or ""
            if tag == "-text":
                self._write(node.text_content or "")
            elif tag[:1] not in "-_!" and self._wanted(node, tag):
                self._open(node, tag)
                open_nodes.append((node, tag))
                node = node.child
                continue
            node = node.next if open_nodes else None

    def _wanted(self, node: "LexborNode", tag: str) -> bool:
        if tag in _DROPPED:
            return self._whole and tag in ("nav", "aside")
        if self._whole or tag in ("body", "main", "article"):
            return True
        attributes = node.attributes
        if not attributes:
            return True
        if "hidden" in attributes or attributes.get("role") in _ROLES or attributes.get("aria-hidden") == "true":
            return False
        named = attributes.get("class")
        return not (named and _AROUND.search(named))

    def _open(self, node: "LexborNode", tag: str) -> None:
        self._break(tag)
        if tag in _HEADINGS:
            self._heading = (_HEADINGS[tag], -1, len(self._pieces), _anchor(node))
        elif tag == "pre":
            self._pre += 1
        elif tag == "li":
            self._write("- ")

    def _close(self, tag: str) -> None:
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag in _HEADINGS and self._heading is not None:
            self._section()
        if tag != "br":
            self._break(tag)

    def _section(self) -> None:
        assert self._heading is not None
        level, start, first, anchor = self._heading
        self._heading = None
        words = " ".join("".join(self._pieces[first:]).split()).rstrip(" ¶#")
        if start >= 0 and words:
            self._path = [(above, heading) for above, heading in self._path if above < level] + [(level, words)]
            self.sections.append(Section(start, tuple(heading for _, heading in self._path), anchor))

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._gap = max(self._gap, 2)
        elif tag in _LINES:
            self._gap = max(self._gap, 1)
        elif tag in _CELLS and not self._gap:
            self._space = True

    def _write(self, text: str) -> None:
        after = False
        if not self._pre:
            collapsed = _SPACES.sub(" ", text)
            text = collapsed.strip(" ")
            self._space = self._space or collapsed[:1] == " "
            after = collapsed[-1:] == " "
        elif self._gap:
            text = text.lstrip("\n")
        if not text:
            return
        if self._pieces:
            before = "\n" * self._gap if self._gap else " " if self._space and not self._pre else ""
            if before:
                self._put(before)
        self._gap = 0
        self._space = after
        if self._heading is not None and self._heading[1] < 0:
            self._heading = (self._heading[0], self._length, len(self._pieces), self._heading[3])
        self._put(text)

    def _put(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)


def _anchor(heading: "LexborNode") -> str | None:
    """The id that a link to the heading uses: its own, that of an anchor in it, or that of a section it opens."""
    own = heading.id or next((a.id or a.attributes.get("name") for a in heading.css("a[id], a[name]")), None)
    if own:
        return own
    node = heading
    for _ in range(5):
        parent, before = node.parent, node.prev
        while before is not None and before.is_text_node and not (before.text_content or "").strip():
            before = before.prev
        if parent is None or before is not None or parent.tag in ("body", "main", "html"):
            return None
        if parent.id:
            return parent.id
        node = parent
    return None
