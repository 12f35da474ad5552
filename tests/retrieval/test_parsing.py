# ruff: noqa: RUF001 - texts in many scripts are what this is about
"""Every parser keeps the contract; which one is chosen; what each makes of its kind of document."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnel.errors import (
    DocumentBroken,
    DocumentEmpty,
    DocumentError,
    DocumentProtected,
    DocumentScanned,
    DocumentUnsupported,
)
from runnel.retrieval import Parser
from runnel.retrieval.parsing import choose
from runnel.retrieval.parsing.decoding import decode
from runnel.retrieval.parsing.html import HtmlParser
from runnel.retrieval.parsing.markdown import MarkdownParser
from runnel.retrieval.parsing.pdf import PdfParser
from runnel.retrieval.parsing.text import TextParser
from runnel.testing.parsers import ParserContract

from .pdfs import encrypted_pdf, image_pdf, pdf

MARKDOWN = b"# The lighthouse\n\nBuilt in *1887*.\n\n## Its `lamp`\n\n```\n# no heading\n```\n\nUnder\n---\nlast\n"
HTML = b"""<!doctype html><html><head><title>The  lighthouse</title><style>p{}</style></head><body>
<nav><a href="/">Home</a></nav><div class="sidebar">Others</div>
<h1>The lighthouse</h1><p>Built in <b>1887</b>&nbsp;&amp; painted.<br>White.</p>
<section id="lamp"><h2>The lamp</h2><p>It<em>turns</em>.</p><pre>  a
    b</pre><ul><li>one</li><li>two</li></ul></section>
<h3><a id="keeper"></a>Keeper</h3><table><tr><td>Ada</td><td>1890</td></tr></table>
<script>nothing()</script><footer class="site-footer">Imprint</footer></body></html>"""


class TestText(ParserContract):
    @pytest.fixture
    def parser(self) -> Parser:
        return TextParser()

    @pytest.fixture
    def document(self) -> bytes:
        return b"The lighthouse was built in 1887.\r\nIts lamp turns.\r"


class TestMarkdown(ParserContract):
    @pytest.fixture
    def parser(self) -> Parser:
        return MarkdownParser()

    @pytest.fixture
    def document(self) -> bytes:
        return MARKDOWN


class TestHtml(ParserContract):
    @pytest.fixture
    def parser(self) -> Parser:
        return HtmlParser()

    @pytest.fixture
    def document(self) -> bytes:
        return HTML


class TestPdf(ParserContract):
    @pytest.fixture
    def parser(self) -> Parser:
        return PdfParser()

    @pytest.fixture
    def document(self) -> bytes:
        return pdf(["The lighthouse was built in 1887.", "Its lamp turns."], "A light", [("Its lamp", 1)])


@pytest.mark.parametrize(
    ("data", "name", "chosen"),
    [
        (pdf(["x"]), "report.txt", "pdf"),
        (b"\n" + pdf(["x"]), "report", "pdf"),
        (HTML, "page.txt", "html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- made --><HTML><body>x", "page", "html"),
        (b"plain", "page.html", "html"),
        (b"# x", "README.MD", "markdown"),
        (b"# x", "README", "text"),
        (b"<p>x", "notes.txt", "text"),
        (codecs.BOM_UTF16_LE + "x".encode("utf-16-le"), "a.md", "markdown"),
    ],
)
def test_the_content_chooses_before_the_name(data: bytes, name: str, chosen: str) -> None:
    assert choose(data, name).name == chosen


def test_a_media_type_chooses_where_the_name_does_not() -> None:
    assert choose(b"# x", "upload", "text/markdown").name == "markdown"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\0\0\0", b"\x7fELF\0\0\0\x01", bytes(range(256)) * 40, b"\0" * 100])
def test_binary_files_are_not_supported(data: bytes) -> None:
    with pytest.raises(DocumentUnsupported):
        choose(data, "a.txt").parse(data, "a.txt")


def test_office_files_say_what_to_do() -> None:
    with pytest.raises(DocumentUnsupported, match="PDF"):
        choose(b"PK\x03\x04\0\0", "a.docx")


@pytest.mark.parametrize("parser", [TextParser(), MarkdownParser(), HtmlParser()], ids=lambda parser: parser.name)
@pytest.mark.parametrize("data", [b"", b"  \n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_what_has_no_text_is_empty(parser: Parser, data: bytes) -> None:
    with pytest.raises(DocumentEmpty) as caught:
        parser.parse(data, "blank")
    assert caught.value.document == "blank"


_TEXTS = {
    "latin-1": "Das Mädchen trägt schöne Schuhe für die Königin. Größe und Übermut tun selten gut.",
    "cp1252": "He said “it’s 5 €” – and left.",
    "cp1251": "Маяк был построен в 1887 году. Его лампа вращается раз в двенадцать секунд.",
    "shift_jis": "灯台は1887年に建てられました。その灯は十二秒に一度回ります。",
    "gb18030": "灯塔建于一八八七年，它的灯每十二秒转一圈。",
    "euc_kr": "등대는 1887년에 지어졌습니다. 등불은 십이 초에 한 번 돕니다.",
    "utf-8": "naïve 灯台 🦀",
    "utf-8-sig": "naïve",
    "utf-16": "Маяк",
    "utf-16-le": "Plain text without a mark.",
    "utf-16-be": "Plain text without a mark.",
    "utf-32": "x é",
}


@pytest.mark.parametrize("encoding", _TEXTS)
def test_text_is_read_in_the_encoding_it_was_written_in(encoding: str) -> None:
    text = _TEXTS[encoding]
    assert decode(text.encode(encoding), "x") == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1))
def test_utf_8_is_never_taken_for_anything_else(text: str) -> None:
    assert decode(text.encode(), "x") == text


def test_a_bad_byte_in_utf_8_spoils_nothing_else() -> None:
    assert decode("naïve café, ünïcode ".encode() * 20 + b"\xff.", "x").endswith("ünïcode \ufffd.")


def test_html_may_declare_its_encoding() -> None:
    data = "<meta charset=koi8-r><p>Маяк".encode("koi8-r")
    assert HtmlParser().parse(data, "x").text == "Маяк"


@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_an_error(data: bytes) -> None:
    for name in ("a.txt", "a.md", "a.html"):
        try:
            parsed = choose(data, name).parse(data, name)
        except DocumentError:
            continue
        assert parsed.text.strip()


def test_markdown_headings_are_sections() -> None:
    parsed = MarkdownParser().parse(MARKDOWN, "x")
    assert parsed.title == "The lighthouse"
    assert [(section.heading, section.anchor) for section in parsed.sections] == [
        (("The lighthouse",), "the-lighthouse"),
        (("The lighthouse", "Its lamp"), "its-lamp"),
        (("The lighthouse", "Under"), "under"),
    ]
    assert parsed.text[parsed.sections[1].start :].startswith("## Its `lamp`")


def test_markdown_front_matter_gives_the_title() -> None:
    assert MarkdownParser().parse(b'---\ntitle: "A light"\n---\n# Other\n', "x").title == "A light"


def test_the_same_heading_twice_has_two_anchors() -> None:
    parsed = MarkdownParser().parse(b"# A\n# A\n## [B](u) *c*\n", "x")
    assert [section.anchor for section in parsed.sections] == ["a", "a-1", "b-c"]


def test_html_gives_what_a_reader_sees() -> None:
    parsed = HtmlParser().parse(HTML, "x")
    assert parsed.title == "The lighthouse"
    assert parsed.text == (
        "The lighthouse\n\nBuilt in 1887\xa0& painted.\nWhite.\n\nThe lamp\n\nItturns.\n\n  a\n    b\n\n- one\n- two"
        "\n\nKeeper\n\nAda 1890"
    )
    assert [(section.heading[-1], section.anchor) for section in parsed.sections] == [
        ("The lighthouse", None),
        ("The lamp", "lamp"),
        ("Keeper", "keeper"),
    ]
    for section in parsed.sections:
        assert parsed.text[section.start :].startswith(section.heading[-1])


def test_html_prefers_the_main_part() -> None:
    assert HtmlParser().parse(b"<div>around</div><main><p>inside</p></main><div>after</div>", "x").text == "inside"


def test_html_that_is_all_navigation_is_kept() -> None:
    assert HtmlParser().parse(b"<nav><a>One</a></nav>", "x").text == "One"


@pytest.mark.parametrize(
    "data",
    [b"<p>a<b>b</p>c</b>", b"<table>x<tr>y", b"<<<>>>&&&#x;", b"<p", b"text", b"</div></div>x", b"<h1>", b"<svg><p>x"],
)
def test_broken_html_is_read_as_browsers_do(data: bytes) -> None:
    try:
        assert HtmlParser().parse(data, "x").text
    except DocumentEmpty:
        assert data in (b"<p", b"<h1>")


def test_deep_html_is_read() -> None:
    assert HtmlParser().parse(b"<div>" * 5000 + b"deep" + b"</div>" * 5000, "x").text == "deep"


def test_pdf_pages_and_outline_are_places() -> None:
    data = pdf(["One\nalpha", "Two\nbeta", "Three"], "A light", [("One", 0), ("beta", 1), ("Elsewhere", 2)])
    parsed = PdfParser().parse(data, "x")
    assert parsed.title == "A light"
    assert [parsed.text[start:].split()[0] for start in parsed.pages] == ["One", "Two", "Three"]
    assert [(s.heading, parsed.text[s.start :].split()[0]) for s in parsed.sections] == [
        (("One",), "One"),
        (("beta",), "beta"),
        (("Elsewhere",), "Three"),
    ]


@pytest.mark.parametrize("title", ["untitled", "Microsoft Word - a", "report.docx", "  ", "-"])
def test_a_pdf_title_that_says_nothing_is_none(title: str) -> None:
    assert PdfParser().parse(pdf(["x"], title), "x").title is None


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (encrypted_pdf(), DocumentProtected),
        (image_pdf(2), DocumentScanned),
        (pdf(["", ""]), DocumentEmpty),
        (b"%PDF-1.7\nnothing more", DocumentBroken),
        (b"%PDF-1.4\n" + bytes(range(256)) * 50, DocumentBroken),
    ],
    ids=["protected", "scanned", "empty", "cut", "noise"],
)
def test_a_pdf_without_text_says_why(data: bytes, error: type[DocumentError]) -> None:
    with pytest.raises(error) as caught:
        PdfParser().parse(data, "my.pdf")
    assert caught.value.document == "my.pdf"
