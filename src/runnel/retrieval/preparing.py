"""From a document's bytes to portions of chunks, ready to be stored. It runs in a thread or in a process of its own,
and so takes and gives plain values."""

import hashlib
import traceback
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from ..errors import DocumentBroken, DocumentError, DocumentMissing, DocumentTooLarge, InternalError, RunnelError
from .chunking import Chunk, chunked
from .documents import too_large
from .fts5 import MOST_CHUNKS
from .parsing import ParsedDocument, Parser, Section, choose

__all__ = ["Elsewhere", "Failed", "Head", "Portion", "Reply", "Request", "Unchanged", "made_by", "prepare"]

# A portion is one job of the database's writer, which the events of runs wait for: a few milliseconds.
PORTION = 64
# Raise it when documents are cut in another way, so that they are indexed anew.
CHUNKING = 1
# In code points.
LONGEST_HEADING = 300


class Request(msgspec.Struct, frozen=True, array_like=True):
    """A document to prepare: the file at `path`, or `data`. `known` is the hash and the parser it was indexed with.
    `apart` where it may mean harm: it is parsed in a process of its own, however small it is."""

    name: str
    max_bytes: int
    path: str | None = None
    data: bytes | None = None
    media_type: str | None = None
    known: tuple[bytes, str] | None = None
    apart: bool = False


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a document once it is parsed. `parser` is `name/version/chunking`; `length` in code points, in
    which `starts` are those of its pages."""

    hash: bytes
    size: int
    parser: str
    media_type: str
    title: str | None
    length: int
    starts: tuple[int, ...]


class Portion(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The next chunks; `head` comes with the first portion. There is at least one."""

    chunks: list[Chunk]
    head: Head | None
    last: bool


class Unchanged(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """The bytes are those that are known: there is nothing to do."""


class Failed(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """It could not be parsed: an error of `runnel.errors`, described."""

    code: str
    message: str
    details: dict[str, Any]


class Elsewhere(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """Its parser wants a process of its own, which this is not."""


Reply: TypeAlias = Portion | Unchanged | Failed | Elsewhere


def made_by(parser: Parser) -> str:
    """What a document's chunks depend on beside its bytes."""
    return f"{parser.name}/{parser.version}/{CHUNKING}"


def prepare(request: Request, parsers: Sequence[Parser] = (), isolated: bool = True) -> Iterator[Reply]:
    """The replies to `request`: portions up to the `last`, or one of the others. Raises nothing."""
    try:
        data = _read(request)
        parser = choose(data, request.name, request.media_type, parsers)
        maker = made_by(parser)
        digest = hashlib.blake2b(data, digest_size=32).digest()
        if request.known == (digest, maker):
            yield Unchanged()
            return
        if parser.isolated and not isolated:
            yield Elsewhere()
            return
        parsed = _bounded(parser.parse(data, request.name))
        head: Head | None = Head(
            digest, len(data), maker, parsed.media_type, parsed.title, len(parsed.text), parsed.pages
        )
        del data
        chunks = chunked(parsed)
        following = list(islice(chunks, PORTION))
        while following:
            portion, following = following, list(islice(chunks, PORTION))
            if portion[-1].position >= MOST_CHUNKS - 1:
                raise DocumentTooLarge(f"{request.name} has too much text to index", document=request.name)
            yield Portion(portion, head, not following)
            head = None
    except RunnelError as error:
        yield Failed(error.code, error.message, error.details)
    except (RecursionError, MemoryError, OverflowError) as error:
        yield _failed(DocumentBroken(f"{request.name} cannot be read ({error!r})", document=request.name))
    except Exception as error:
        text = f"{request.name} could not be parsed: {error!r}"
        trace = traceback.format_exc()
        yield _failed(InternalError(text, document=request.name, traceback=trace))


def _bounded(parsed: ParsedDocument) -> ParsedDocument:
    """With titles of a length that people write: a heading is stored again with every chunk below it."""
    sections = tuple(
        Section(
            section.start,
            tuple([heading[:LONGEST_HEADING] for heading in section.heading]),
            None if section.anchor is None else section.anchor[:LONGEST_HEADING],
        )
        for section in parsed.sections
    )
    title = None if parsed.title is None else parsed.title[:LONGEST_HEADING]
    return msgspec.structs.replace(parsed, title=title, sections=sections)


def _failed(error: RunnelError) -> Failed:
    return Failed(error.code, error.message, error.details)


def _read(request: Request) -> bytes:
    if request.data is not None:
        data = request.data
    else:
        assert request.path is not None
        try:
            with Path(request.path).open("rb") as file:
                data = file.read(request.max_bytes + 1)
        except FileNotFoundError as error:
            raise DocumentMissing(f"there is no file {request.name}", document=request.name) from error
        except OSError as error:
            raise DocumentError(f"cannot read {request.name}: {error.strerror}", document=request.name) from error
    if len(data) > request.max_bytes:
        raise too_large(request.name, len(data), request.max_bytes)
    return data
