"""The documents of a server."""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from ..backend import Documents
from ..errors import DocumentError, Misuse
from ..retrieval import AddReport
from ..retrieval.documents import Upload
from ..retrieval.library import Document
from ..retrieval.retrieval import DocumentLike
from ..runs.handles import Run
from ..vocabulary.events import StatusLine
from ..vocabulary.failures import ErrorValue
from ..vocabulary.messages import Source
from .connection import Connection
from .runs import RunAnswer, part

__all__ = ["RemoteDocuments"]


class _Document(msgspec.Struct):
    id: str
    name: str
    size: int
    added_at: int
    indexed: bool = False
    title: str | None = None
    media_type: str | None = None
    length: int | None = None
    pages: int | None = None
    error: ErrorValue | None = None

    @property
    def value(self) -> Document:
        """The document as far as a server tells of it."""
        return Document(
            self.id,
            self.id,
            self.name,
            None,
            "",
            self.size,
            0,
            self.added_at,
            media_type=self.media_type,
            title=self.title,
            length=self.length,
            pages=self.pages,
            indexed_at=self.added_at if self.indexed else None,
            error=self.error,
        )


class _Page(msgspec.Struct):
    documents: list[_Document]


class _Uploaded(msgspec.Struct):
    documents: list[_Document]
    run: RunAnswer


# In code points: a server gives no more of a text at once.
_PASSAGE = 1_000_000


class _PageStart(msgspec.Struct):
    page: int
    start: int


class _Passage(msgspec.Struct):
    text: str
    end: int
    length: int
    pages: list[_PageStart] = []


class RemoteDocuments(Documents):
    """Documents of a server; see `runnel.backend.Documents`. How large one may be, the server says when it comes."""

    max_bytes = 1 << 62

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def upload(self, uploads: Sequence[Upload], ids: Sequence[str] = ()) -> _Uploaded:
        """Upload files, and have them indexed, and documents with `ids` again. Raises DocumentTooLarge and the like."""
        if ids and not uploads:
            raise Misuse("documents of a server are indexed when they are uploaded: name files")
        files = [("files", (one.name, one.data, one.media_type or "application/octet-stream")) for one in uploads]
        return await self._connection.ask(_Uploaded, "POST", "/api/documents", files=files)

    async def report(self, run: Run, ids: Sequence[str]) -> AddReport:
        """What came of a run that indexes these documents."""
        await run.wait()
        found = [await self._get(id) for id in ids]
        errors = [one.error.error() for one in found if one.error is not None]
        failed = tuple(error for error in errors if isinstance(error, DocumentError))
        return AddReport(tuple(one.id for one in found if one.indexed), len(found) - len(failed), failed=failed)

    async def keep(self, upload: Upload) -> Document:
        """Upload a document; it is indexed at once."""
        return (await self.upload([upload])).documents[0].value

    async def add(
        self, documents: Sequence[DocumentLike], progress: Callable[[StatusLine], None] | None = None
    ) -> AddReport:
        """See `Runnel.index`, which is how a server is asked."""
        raise Misuse("a server indexes in a run of its own: use `index`, and wait for its report")

    async def search(self, question: str, documents: Sequence[str], limit: int | None = None) -> tuple[Source, ...]:
        """A server searches for the chats that it answers."""
        raise Misuse("a server searches documents for the chats that it answers: make a chat with them")

    async def check(self, ids: Sequence[str]) -> None:
        """Raises UnknownDocument where one of these is not there."""
        for id in ids:
            await self._get(id)

    async def count(self) -> int:
        """How many there are."""
        count, last = 0, None
        while page := await self.list(last, 1000):
            count, last = count + len(page), page[-1].id
        return count

    async def get(self, id: str) -> Document:
        """The document with this id. Raises UnknownDocument."""
        return (await self._get(id)).value

    async def text(self, id: str) -> str:
        """The document's whole text; empty where it is not indexed. Raises UnknownDocument."""
        return await self.passage(id, 0, sys.maxsize)

    async def passage(self, id: str, start: int, end: int) -> str:
        """The document's text from code point `start` to `end`, as far as there is some. Raises UnknownDocument."""
        return "".join([passage.text async for passage in self._passages(id, start, end)])

    async def pages(self, id: str, start: int, end: int) -> Sequence[tuple[int, int]]:
        """The pages that code points `start` to `end` lie on, each with where it begins. Raises UnknownDocument."""
        found = {page.page: page.start async for passage in self._passages(id, start, end) for page in passage.pages}
        return sorted(found.items())

    async def _passages(self, id: str, start: int, end: int) -> AsyncIterator[_Passage]:
        while 0 <= start < end:
            query = {"start": start, "end": min(end, start + _PASSAGE)}
            passage = await self._connection.ask(_Passage, "GET", f"{_path(id)}/text", query=query)
            yield passage
            start = passage.end if passage.text and passage.end < passage.length else end

    async def content(self, id: str) -> bytes:
        """The document's bytes. Raises UnknownDocument."""
        return await self._connection.content(f"{_path(id)}/content")

    async def delete(self, id: str) -> None:
        """Delete the document. Raises UnknownDocument."""
        await self._connection.ask(type(None), "DELETE", _path(id))

    async def remove_missing(self) -> Sequence[Document]:
        """A server has no files of this machine."""
        raise Misuse("the documents of a server were uploaded: there are no files that could be missing")

    async def _get(self, id: str) -> _Document:
        return await self._connection.ask(_Document, "GET", _path(id))

    async def list(self, after: str | None = None, limit: int = 100) -> Sequence[Document]:
        """Documents, the newest first; those after the document `after`."""
        query: dict[str, Any] = {"before": after, "limit": limit}
        page = await self._connection.ask(_Page, "GET", "/api/documents", query=query)
        return [one.value for one in page.documents]


def _path(id: str) -> str:
    return f"/api/documents/{part(id)}"
