"""How blocks of Markdown look in a terminal: as plain as they can be read, in the terminal's own colours.

Each block is drawn by itself, so that it can be printed for good when it is finished.
"""

from collections.abc import Iterable, Iterator, Sequence

from markdown_it.tree import SyntaxTreeNode
from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import Segment
from rich.style import Style
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from .blocks import Block, BlockSplitter

__all__ = ["MarkdownText", "draw"]

# Longer lines are hard to read.
MOST_COLUMNS = 100

_STYLES = {
    "strong": Style(bold=True),
    "em": Style(italic=True),
    "s": Style(strike=True),
    "code_inline": Style(color="cyan"),
}
_HEADINGS = {"h1": Style(bold=True, underline=True), "h2": Style(bold=True), "h3": Style(bold=True, italic=True)}
_DIM = Style(dim=True)
_BULLETS = "•◦▪"
_SCHEMES = ("http://", "https://", "mailto:")


class MarkdownText:
    """A whole text of Markdown, drawn as it would be had it come by and by."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        splitter = BlockSplitter()
        splitter.feed(self._text)
        yield draw(splitter.finish())


def draw(blocks: Iterable[Block]) -> RenderableType:
    """What to print for `blocks`."""
    return _Narrow(Group(*[part for block in blocks for part in _with_gap(block)]))


def _with_gap(block: Block) -> Iterator[RenderableType]:
    if block.gap:
        yield Text()
    if block.node.type == "list_item":
        yield _Item(block.number, _children(block.node, block.lines, 1, close=True))
    elif block.code is not None:
        yield _code(block.code, block.node.info if block.node.type == "fence" else "")
    else:
        yield _block(block.node, block.lines)


def _block(node: SyntaxTreeNode, lines: Sequence[str], depth: int = 0) -> RenderableType:
    match node.type:
        case "heading":
            return _inline(node, _HEADINGS.get(node.tag, Style(italic=True)))
        case "fence" | "code_block":
            return _code(node.content.rstrip("\n"), node.info if node.type == "fence" else "")
        case "blockquote":
            return _Prefixed("▎ ", _children(node, lines, depth))
        case "bullet_list" | "ordered_list":
            return _list(node, lines, depth)
        case "table":
            return _table(node)
        case "hr":
            return Rule(style=_DIM)
        case _:
            return _inline(node)


def _children(node: SyntaxTreeNode, lines: Sequence[str], depth: int, close: bool = False) -> RenderableType:
    """The blocks in a block; an empty line between them, in a list (`close`) only where the text has one."""
    parts: list[RenderableType] = []
    for number, child in enumerate(node.children):
        if number and (not close or (child.map is not None and _is_blank(lines, child.map[0] - 1))):
            parts.append(Text())
        parts.append(_block(child, lines, depth))
    return Group(*parts)


def _list(node: SyntaxTreeNode, lines: Sequence[str], depth: int) -> RenderableType:
    ordered = node.type == "ordered_list"
    start = int(str(node.attrs.get("start", 1)))
    parts: list[RenderableType] = []
    for number, item in enumerate(node.children):
        if number and item.map is not None and _is_blank(lines, item.map[0] - 1):
            parts.append(Text())
        inside = _children(item, lines, depth + 1, close=True)
        parts.append(_Item(start + number if ordered else None, inside, depth))
    return Group(*parts)


def _code(code: str, info: str) -> RenderableType:
    language = info.split(maxsplit=1)[0] if info.strip() else "text"
    # The text alone: `Syntax` itself fills its lines with spaces, which are copied with the code.
    text = Syntax(code, language, theme="ansi_dark", background_color="default").highlight(code)
    text.right_crop(len(text.plain) - len(text.plain.rstrip("\n")))
    text.append("\n" * (len(code) - len(code.rstrip("\n"))))
    text.no_wrap, text.overflow = False, "fold"
    return Padding(text, (0, 0, 0, 2), expand=False)


def _table(node: SyntaxTreeNode) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", border_style="dim", show_edge=False)
    for part in node.children:
        for row in part.children:
            cells = [_inline(cell) for cell in row.children]
            if part.type == "thead":
                for cell, text in zip(row.children, cells, strict=True):
                    style = str(cell.attrs.get("style", ""))
                    right, centre = "right" in style, "center" in style
                    table.add_column(
                        text, justify="right" if right else "center" if centre else "left", overflow="fold"
                    )
            else:
                table.add_row(*cells)
    return table


def _inline(node: SyntaxTreeNode, style: Style | None = None) -> Text:
    """The text of a block, with its emphasis, code and links."""
    text = Text(style=style or "")
    for child in node.children:
        for part in child.children if child.type == "inline" else [child]:
            _append(text, part, Style())
    return text


def _append(text: Text, node: SyntaxTreeNode, style: Style) -> None:
    style += _STYLES.get(node.type, Style())
    match node.type:
        case "softbreak":
            text.append(" ")
        case "hardbreak":
            text.append("\n")
        case "link":
            _append_link(text, node, style, str(node.attrs.get("href", "")))
        case "image":
            text.append(f"[picture: {node.content or node.attrs.get('src', '')}]", style + _DIM)
        case _ if node.children:
            for child in node.children:
                _append(text, child, style)
        case _:
            text.append(node.content, style)


def _append_link(text: Text, node: SyntaxTreeNode, style: Style, target: str) -> None:
    """The words of a link, and where it leads, since words may lie; only the web and mail can be clicked."""
    begin = len(text.plain)
    clickable = Style(link=target) if target.startswith(_SCHEMES) else Style()
    for child in node.children:
        _append(text, child, style + Style(underline=True) + clickable)
    words = text.plain[begin:]
    if target and target.removeprefix("mailto:") != words:
        text.append(f" ({target})", style + _DIM + clickable)


def _is_blank(lines: Sequence[str], number: int) -> bool:
    """Whether nothing stands on a line, but for the marks of a quotation around it."""
    return 0 <= number < len(lines) and not lines[number].strip("> ")


class _Narrow:
    """Its content, at most `MOST_COLUMNS` wide."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(self._content, options.update(width=min(options.max_width, MOST_COLUMNS)))


class _Prefixed:
    """Its content, each line after the same prefix: a quotation."""

    def __init__(self, prefix: str, content: RenderableType) -> None:
        self._prefix = prefix
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _lined(console, options, self._content, self._prefix, self._prefix)


class _Item:
    """A list's item, after its number or its bullet. Numbers have room for two digits, so that an item can be drawn
    before it is known how many there are."""

    def __init__(self, number: int | None, content: RenderableType, depth: int = 0) -> None:
        self._mark = f" {_BULLETS[min(depth, 2)]} " if number is None else f"{number:2}. "
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _lined(console, options, self._content, self._mark, " " * len(self._mark))


def _lined(console: Console, options: ConsoleOptions, content: RenderableType, first: str, others: str) -> RenderResult:
    inner = options.update(width=max(8, options.max_width - len(first)))
    for number, line in enumerate(console.render_lines(content, inner, pad=False)):
        yield Segment(first if number == 0 else others, _DIM)
        yield from line
        yield Segment.line()
