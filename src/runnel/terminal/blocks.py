"""Cuts Markdown that is still coming into blocks that are finished and a tail that is not.

CommonMark is read line by line, and a block that was closed stays closed. So once a block has begun after another, on
a line that is whole, the one before is finished, and only the tail needs to be parsed again. A list is cut between
its items, and code between its lines, since both can grow long. What this cannot do is use a link's definition that
comes later than the block that refers to it.

It knows nothing of how blocks look.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from .safe import safe

__all__ = ["Block", "BlockSplitter"]

# A piece of code ends with the first empty line after so many lines, or at the most of them.
_CODE_LEAST, _CODE_MOST = 40, 80

_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_ITEMS = {"bullet_list", "ordered_list"}


@dataclass(frozen=True)
class Block:
    """A block or a part of one, ready to be drawn.

    `node` is a block of markdown-it's tree; `lines` are those that its `map` counts. `gap`: an empty line stands before
    it. A list's item has its `number` (None where it has a bullet). `code` is the text of a piece of code.
    """

    node: SyntaxTreeNode
    lines: Sequence[str]
    gap: bool = True
    number: int | None = None
    code: str | None = None


class BlockSplitter:
    """Takes text as it comes, and gives blocks.

    `begun`: whether something stands above, so that the first block has an empty line before it. `parsed` counts the
    code points that were ever given to the parser: the measure of its work.
    """

    def __init__(self, begun: bool = False) -> None:
        self.parsed = 0
        self._tail = ""
        self._coming: list[str] = []
        self._environment: dict[str, Any] = {}
        self._begun = begun
        # Where the tail goes on with a list or a piece of code that was cut.
        self._number: int | None = None
        self._within: str | None = None

    @property
    def tail(self) -> str:
        """The text that is not finished, as it came."""
        if self._coming:
            self._tail += "".join(self._coming)
            self._coming.clear()
        return self._tail

    def feed(self, text: str) -> None:
        """More text; costs nothing but its length."""
        self._coming.append(text)

    def take_back(self, count: int) -> bool:
        """Lose the last `count` code points, where all of them are in the tail; returns whether they were."""
        tail = self.tail
        if count > len(tail) or self._within == "code":
            return False
        self._tail = tail[: len(tail) - count]
        return True

    def finished(self) -> list[Block]:
        """The blocks that are finished by now, and were not given before."""
        whole = self.tail.rfind("\n") + 1
        return self._cut(whole, last=False) if whole else []

    def rest(self) -> list[Block]:
        """The tail's blocks, as they look now."""
        return list(self._blocks(self.tail, _Position(self._begun, self._number, self._within)))

    def finish(self) -> list[Block]:
        """All that is left, once no more text comes."""
        return self._cut(len(self.tail), last=True)

    def _cut(self, end: int, last: bool) -> list[Block]:
        text = self._tail[:end]
        position = _Position(self._begun, self._number, self._within)
        blocks = list(self._blocks(text, position, last))
        if last:
            self._tail, self._within, self._number = "", None, None
        elif blocks:
            self._tail = position.opening + _after(text, position.cut) + self._tail[end:]
            self._within, self._number = position.within, position.number
        self._begun = self._begun or bool(blocks)
        return blocks

    def _blocks(self, text: str, position: "_Position", last: bool | None = None) -> Iterator[Block]:
        """The blocks of `text`: all of them, or without `last` those that are finished; `position` moves on."""
        self.parsed += len(text)
        text = safe(text)
        lines = text.split("\n")
        # A definition in a text that is only looked at may still grow: it must not stay.
        environment = self._environment if last is not None else {"references": dict(self._references())}
        root = SyntaxTreeNode(_parser.parse(text, environment))
        nodes = root.children
        for number, node in enumerate(nodes):
            is_last = number == len(nodes) - 1
            finished = last is not False or not is_last
            if node.type in _ITEMS:
                yield from _items(node, lines, position, finished)
            elif node.type in ("fence", "code_block"):
                yield from _pieces(node, lines, position, finished)
            elif finished:
                yield Block(node, lines, gap=position.begun)
                position.pass_by(node)

    def _references(self) -> dict[str, Any]:
        found: dict[str, Any] = self._environment.get("references", {})
        return found


class _Position:
    """How far the cutting is: the line that the tail begins with, and what of a block that was cut goes on there."""

    def __init__(self, begun: bool, number: int | None, within: str | None) -> None:
        self.begun = begun
        self.cut = 0
        self.opening = ""
        self.number = number
        self.within = within

    def pass_by(self, node: SyntaxTreeNode) -> None:
        """`node` is finished as a whole."""
        self.begun = True
        self.cut = _lines(node)[1]
        self.opening, self.number, self.within = "", None, None


def _items(node: SyntaxTreeNode, lines: Sequence[str], position: _Position, finished: bool) -> Iterator[Block]:
    """A list's items, the last only where the list is `finished`."""
    ordered = node.type == "ordered_list"
    continues = position.within == "list"
    number = int(str(node.attrs.get("start", 1)))
    if continues and position.number is not None:
        number = position.number
    for index, item in enumerate(node.children):
        first = _lines(item)[0]
        gap = _is_blank(lines, first - 1) if continues or index else position.begun
        if index == len(node.children) - 1 and not finished:
            if index or continues:
                position.within, position.number = "list", number if ordered else None
                # The empty line before the item says how it stands to the one before.
                position.cut = first - 1 if gap and first else first
            return
        yield Block(item, lines, gap=gap, number=number if ordered else None)
        position.begun = True
        number += 1
        position.cut = first
    position.pass_by(node)


def _pieces(node: SyntaxTreeNode, lines: Sequence[str], position: _Position, finished: bool) -> Iterator[Block]:
    """A block of code, in pieces where it is long; the last only where it is `finished`."""
    continues = position.within == "code"
    code = node.content.split("\n")
    opening = lines[_lines(node)[0]] + "\n" if node.type == "fence" else ""
    done = 0
    while (size := _piece(code, done)) is not None and opening:
        piece = "\n".join(code[done : done + size])
        yield Block(node, lines, gap=position.begun and not continues, code=piece)
        done += size
        continues = position.begun = True
        position.within, position.number = "code", None
        position.opening, position.cut = opening, _lines(node)[0] + 1 + done
    if finished:
        left = "\n".join(code[done:]).rstrip("\n")
        if left or not continues:
            yield Block(node, lines, gap=position.begun and not continues, code=left)
        position.pass_by(node)


def _piece(code: Sequence[str], start: int) -> int | None:
    """The lines of the piece of code that begins at `start`; None where what follows does not settle it yet."""
    for line in range(start + _CODE_LEAST, min(start + _CODE_MOST, len(code) - 1)):
        if not code[line].strip():
            return line + 1 - start
    return _CODE_MOST if len(code) - 1 > start + _CODE_MOST else None


def _is_blank(lines: Sequence[str], number: int) -> bool:
    return 0 <= number < len(lines) and not lines[number].strip()


def _lines(node: SyntaxTreeNode) -> tuple[int, int]:
    assert node.map is not None  # every block has one
    return node.map


def _after(text: str, line: int) -> str:
    """`text` from its line `line` on."""
    at = 0
    for _ in range(line):
        at = text.index("\n", at) + 1
    return text[at:]
