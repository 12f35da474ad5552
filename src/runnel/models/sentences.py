"""A passage cut into what can be quoted whole: sentences, list items, code blocks, table rows; and words as
stems."""

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

__all__ = ["Unit", "stems", "units"]

UnitKind: TypeAlias = Literal["sentence", "item", "code", "table", "heading"]

_FENCE = re.compile(r"\s*(```|~~~)")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_ENDS = re.compile(r"[.!?…:]['\"”’)\]*_`]*$|[。\uff01\uff1f]$")
_BREAK = re.compile(
    r"(?<=[.!?…])(['\"”’)\]]*)\s+(?=['\"“\u2018(\[*_`]*[^\W\d_a-z]|['\"“\u2018(\[*_`]*\d|`)|(?<=[。\uff01\uff1f])"
)
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|etc|Dr|Mr|Mrs|Ms|Prof|St|No|Fig|Eq|Sec|Ch|Vol|pp|al|approx|ca|Inc|Ltd|Jan|Feb|Mar|Apr|Jun"
    r"|Jul|Aug|Sept?|Oct|Nov|Dec)|\b[A-Z])\.$"
)
_WORD = re.compile(r"[^\W_]+")
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_INDENTED = re.compile(r"(?: {4}|\t)\S")


class Unit(msgspec.Struct, frozen=True):
    """Something to quote: `number` counts within its passage; `whole` is False for half a sentence at an edge,
    which has an ellipsis there."""

    number: int
    kind: UnitKind
    text: str
    whole: bool = True


def units(passage: str, *, cut_before: bool = False) -> list[Unit]:
    """The units of a passage, in order. `cut_before`: text comes before it, so its first sentence may be
    half."""
    found: list[Unit] = []
    blocks = list(_blocks(passage))
    for at, (kind, text) in enumerate(blocks):
        pieces = _sentences(text) if kind == "sentence" else [text]
        for number, piece in enumerate(pieces):
            whole = True
            if kind == "sentence" and len(piece.split()) > 3:
                first = at == 0 and number == 0 and cut_before and piece[:1].islower()
                last = at == len(blocks) - 1 and number == len(pieces) - 1 and not _ENDS.search(piece)
                last = last and not passage.endswith("\n") and len(piece.split()) > 8
                piece = f"{'… ' * first}{piece}{' …' * last}"
                whole = not (first or last)
            found.append(Unit(len(found), kind, piece, whole))
    return found


def _blocks(passage: str) -> Iterator[tuple[UnitKind, str]]:
    """Paragraphs (lines joined), items, code, tables and headings."""
    lines = passage.expandtabs(4).split("\n")
    prose: list[str] = []
    table: list[str] = []
    code: list[str] = []
    fenced = in_item = False
    for line in [*lines, ""]:
        if fenced or _FENCE.match(line):
            if not code and prose:
                yield _prose(prose, in_item)
                prose, in_item = [], False
            code.append(line)
            if fenced and _FENCE.match(line):
                yield "code", "\n".join(code)
                code = []
                fenced = False
            else:
                fenced = True
            continue
        if not prose and _INDENTED.match(line) and not _ITEM.match(line):
            code.append(line)
            continue
        if code:
            if not line.strip():
                code.append("")
                continue
            yield "code", _fenced(code)
            code = []
        if table and not line.lstrip().startswith("|"):
            yield "table", "\n".join(table)
            table = []
        starts = bool(_ITEM.match(line))
        alone = line.lstrip().startswith(("#", "|"))
        if prose and (starts or alone or not line.strip()):
            yield _prose(prose, in_item)
            prose, in_item = [], False
        if alone and line.lstrip().startswith("|"):
            table.append(line.strip())
        elif alone:
            yield "heading", line.strip()
        elif line.strip():
            in_item = in_item or starts
            prose.append(line.strip())
    if any(line.strip() for line in code):
        yield "code", "\n".join([*code, "```"]) if fenced else _fenced(code)


def _prose(lines: list[str], in_item: bool) -> tuple[UnitKind, str]:
    if len(lines) == 2 and re.fullmatch(r"[=~^\"-]{3,}", lines[1]):
        return "heading", lines[0]
    text = " ".join(lines)
    if in_item:
        return "item", _ITEM.sub("", text, count=1)
    short = len(lines) == 1 and len(text.split()) <= 9 and not _ENDS.search(text)
    return ("heading" if short else "sentence"), text


def _fenced(lines: list[str]) -> str:
    body = "\n".join(line[4:] if line.startswith("    ") else line for line in lines).strip("\n")
    return f"```\n{body}\n```"


def _sentences(paragraph: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for match in _BREAK.finditer(paragraph):
        end = match.end(1) if match.group(1) else match.start()
        piece = paragraph[start:end].strip()
        if _ABBREVIATED.search(piece):
            continue
        if piece:
            pieces.append(piece)
        start = end
    rest = paragraph[start:].strip()
    return [*pieces, rest] if rest else pieces


def stems(text: str) -> list[str]:
    """The words of a text without their endings, in order; ideographs in pairs, since they have no spaces."""
    found: list[str] = []
    for word in _WORD.findall(text.casefold()):
        runs = _IDEOGRAPHS.findall(word)
        if runs:
            found.extend(run[at : at + 2] for run in runs for at in range(max(1, len(run) - 1)))
        else:
            found.append(_stem(word))
    return found


def _stem(word: str) -> str:
    """A word without the commonest English endings, so that `indexes`, `indexing` and `indexed` meet."""
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for ending in (
        "ization",
        "ations",
        "ation",
        "ments",
        "ment",
        "ness",
        "ings",
        "ing",
        "edly",
        "ed",
        "es",
        "s",
        "ly",
        "er",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith(("ss", "us", "is")):
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word
