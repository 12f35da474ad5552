"""The room's door: documents go in, sources for a question come out."""

import asyncio
import copy
import os
import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

import msgspec

from ..database import Database
from ..errors import DocumentError, UnknownDocument
from ..vocabulary.events import StatusLine
from ..vocabulary.messages import Source
from .documents import Upload, find_files, several, too_large
from .fts5 import Fts5Index
from .index import Hit, Index
from .indexing import AddReport, Indexing, Task
from .library import Document, Library
from .parsing import BUILT_IN, Parser
from .retriever import sources
from .words import Question
from .workers import Workers

__all__ = ["Retrieval"]

DocumentLike: TypeAlias = str | os.PathLike[str] | bytes | Upload

_ID = re.compile("doc_[0-9a-f]{24}")
_MOST_HITS = 100
_LEFT_BEHIND_MS = 3_600_000


class Retrieval:
    """Documents and the search in them, over a database that was opened with `MIGRATIONS`.

    `max_bytes` is the largest document taken, `budget_tokens` how much all sources of a question may have together.
    `parsers` come before Runnel's own, for the suffixes and media types that they claim. Every method raises LogError
    and its children where the database fails.
    """

    def __init__(
        self,
        database: Database,
        *,
        max_bytes: int = 64 << 20,
        budget_tokens: int = 2000,
        most: int | None = None,
        index: Index | None = None,
        parsers: Sequence[Parser] = (),
    ) -> None:
        self.max_bytes = max_bytes
        self.budget_tokens = budget_tokens
        self._library = Library(database, most=most)
        self._index = index or Fts5Index(database)
        self._parsers = tuple(parsers)
        self._workers = Workers(self._parsers)
        self._whole = self
        self._swept = False

    def as_user(self, user: str | None) -> "Retrieval":
        """The same, as it is for one user: what is added is theirs, and another's documents are not there. It closes
        nothing. None gives the whole."""
        if user is None:
            return self
        view = copy.copy(self)
        view._library = self._library.as_user(user)
        return view

    async def keep(self, upload: Upload) -> Document:
        """Keep an upload: it is durable, and `add([document.id])` indexes it. The same bytes and name, of one user,
        are kept once. Raises DocumentTooLarge."""
        return (await self._keep(upload))[0]

    async def _keep(self, upload: Upload) -> tuple[Document, bool]:
        """The same, and whether it is new."""
        if self._library.user is not None:
            upload = msgspec.structs.replace(upload, user=self._library.user)
        if len(upload.data) > self.max_bytes:
            raise too_large(upload.name, len(upload.data), self.max_bytes)
        return await self._library.keep(upload, await asyncio.to_thread(_identity, upload))

    async def add(
        self, documents: Sequence[DocumentLike], progress: Callable[[StatusLine], None] | None = None
    ) -> AddReport:
        """Index what is new or has changed of `documents`: paths, folders, patterns, bytes, `Upload`s, ids.

        What is wrong with a document is in the report (`failed`), and the others go on; bytes and `Upload`s that fail
        are not kept, while what was kept before with `keep` stays, with its `error`. May be cancelled at any moment;
        the next call goes on where it was. Raises UnknownDocument for an id of no document, before anything is done.
        """
        several("documents", documents)
        await self._sweep()
        ids = [one for one in documents if isinstance(one, str) and _is_id(one)]
        await self.check(ids)
        known = await self._library.by_id(ids)
        uploads: list[Document] = []
        new: list[Document] = []
        problems: list[DocumentError] = []
        wanted: list[Document | str | os.PathLike[str]] = []
        for one in documents:
            if isinstance(one, bytes):
                one = Upload(f"document-{blake2b(one, digest_size=4).hexdigest()}", one)
            if isinstance(one, Upload):
                try:
                    document, added = await self._keep(one)
                    uploads.append(document)
                    wanted.append(document)
                    if added:
                        new.append(document)
                except DocumentError as error:
                    problems.append(error)
            else:
                wanted.append(known.get(one, one) if isinstance(one, str) else one)
        tasks = await self._tasks(wanted, problems, {document.id for document in uploads})
        parsers = (*self._parsers, *BUILT_IN)
        indexing = Indexing(self._library, self._index, self._workers, parsers, self.max_bytes, progress or _silent)
        report = await indexing.run(tasks, problems)
        for document in new:
            if document.id not in report.ids:
                with suppress(UnknownDocument):  # somebody else may have
                    await self.delete(document.id)
        return report

    async def _tasks(
        self,
        wanted: Sequence[Document | str | os.PathLike[str]],
        problems: list[DocumentError],
        given: AbstractSet[str],
    ) -> list[Task]:
        """What there is to do for each of `wanted`, in order, each document once; the program itself has `given` the
        bytes of some. Looks at all files in one go."""
        names = [one.path or "" if isinstance(one, Document) else one for one in wanted]
        places = [place for place, name in enumerate(names) if name or not isinstance(wanted[place], Document)]
        looked = await asyncio.to_thread(find_files, [names[place] for place in places], self.max_bytes)
        found = dict(zip(places, looked, strict=True))
        identities = {file.path: self._file_identity(file.path) for files, _ in looked for file in files}
        known = await self._library.by_identity(list(identities.values()))
        tasks: dict[str, Task] = {}
        for place, one in enumerate(wanted):
            files, wrong = found.get(place, ([], []))
            if isinstance(one, Document) and (one.path is None or (wrong and one.content is not None)):
                # An upload stays as it was; and of a file that has gone since, the text is still there.
                apart = one.id not in given
                tasks.setdefault(one.identity, Task(one.identity, one.name, one.size, None, one, apart))
                continue
            problems += wrong
            for file in files:
                identity = identities[file.path]
                if identity not in tasks or file.named:
                    tasks[identity] = Task(identity, file.name, file.size, file, known.get(identity))
        return list(tasks.values())

    async def search(self, question: str, documents: Sequence[str], limit: int | None = None) -> tuple[Source, ...]:
        """The sources for `question` in the documents with these ids, the best first; at most `limit`, and no more
        than `budget_tokens` together.

        Ids of documents that are gone, or not indexed, are passed over. A question about the documents themselves
        (`Summarise this`) gets their beginnings. None where nothing fits.
        """
        contents = await self._library.contents(documents)
        if not contents:
            return ()
        if Question(question).about_documents:
            order = {id: place for place, id in enumerate(documents)}
            hits = _beginnings(sorted(contents, key=lambda content: order[contents[content]]))
        else:
            hits = await self._index.search(question, list(contents), _MOST_HITS)
        chunks = await self._library.chunks([(hit.content, hit.position) for hit in hits])
        known = await self._library.by_id(list({contents[hit.content] for hit in hits if hit.content in contents}))
        found = {one.content: one for one in known.values() if one.content is not None}
        return sources(hits, chunks, found, self.budget_tokens)[:limit]

    async def list(self, after: str | None = None, limit: int = 100) -> Sequence[Document]:
        """Documents, the newest first; those after the document `after`."""
        return await self._library.all(after, limit)

    async def count(self) -> int:
        """How many documents there are."""
        return await self._library.count()

    async def check(self, ids: Sequence[str]) -> None:
        """Raises UnknownDocument for one that is no document's id."""
        known = await self._library.by_id(ids)
        for id in ids:
            if id not in known:
                raise UnknownDocument(f"there is no document {id}", document=id)

    async def unread(self, ids: Sequence[str]) -> Sequence[Document]:
        """Those of the documents with these ids that cannot be searched: they are yet to be indexed, or have their
        `error`."""
        return await self._library.unread(ids)

    async def get(self, id: str) -> Document:
        """The document with this id. Raises UnknownDocument."""
        document = (await self._library.by_id([id])).get(id)
        if document is None:
            raise UnknownDocument(f"there is no document {id}", document=id)
        return document

    async def text(self, id: str) -> str:
        """The document's whole text, into which `Source.start` and `Source.end` point; empty where it is not indexed.

        Raises UnknownDocument.
        """
        document = await self.get(id)
        return await self._library.text(document.content) if document.content is not None else ""

    async def passage(self, id: str, start: int, end: int) -> str:
        """The document's text from code point `start` to `end`, as far as there is some. Raises UnknownDocument."""
        document = await self.get(id)
        end = min(end, document.length or 0)
        if document.content is None or not document.chunks or not 0 <= start < end:
            return ""
        return await self._library.passage(document.content, document.chunks, start, end)

    async def pages(self, id: str, start: int, end: int) -> Sequence[tuple[int, int]]:
        """The pages that code points `start` to `end` of the document's text lie on, from 1, each with where it begins;
        none where it has no pages. Raises UnknownDocument."""
        document = await self.get(id)
        if document.content is None or not document.pages:
            return ()
        return await self._library.pages(document.content, start, min(end, document.length or 0))

    async def content(self, id: str) -> bytes:
        """The document's bytes: an upload's as they were kept, a file's as it is now.

        Raises UnknownDocument, and DocumentError where the file cannot be read.
        """
        document = await self.get(id)
        if document.path is None:
            return await self._library.original(id) or b""
        try:
            return await asyncio.to_thread(Path(document.path).read_bytes)
        except OSError as error:
            text = f"cannot read {document.name}: {error.strerror}"
            raise DocumentError(text, document=document.name) from error

    async def delete(self, id: str) -> None:
        """Delete the document, its text and, of an upload, its bytes; a file is left where it is.

        Raises UnknownDocument.
        """
        document = await self._library.delete(id)
        if document.content is not None:
            await self._index.remove(document.content, document.chunks or 0)
            await self._library.drop(document.content, document.chunks or 0)

    async def adopt(self, user: str) -> int:
        """What is nobody's is this user's from now on; returns how many documents. May be done again where it was
        interrupted."""
        count, after, theirs = 0, None, self.as_user(user)
        while page := await self._library.all(after, 1000):
            after = page[-1].id
            for document in page:
                if document.user:
                    continue
                if document.path is None:
                    data = await self._library.original(document.id) or b""
                    identity = await asyncio.to_thread(_identity, Upload(document.name, data, user=user))
                else:
                    identity = theirs._file_identity(document.path)
                await self._library.adopt(document.id, user, identity)
                count += 1
        return count

    async def remove_missing(self) -> Sequence[Document]:
        """Delete the documents whose files are gone; gives what they were."""
        gone = []
        after = None
        while page := await self._library.all(after, 1000):
            after = page[-1].id
            gone += await asyncio.to_thread(_gone, page)
        for document in gone:
            await self.delete(document.id)
        return gone

    async def _sweep(self) -> None:
        """Once: delete what writers that died have left behind."""
        if not self._whole._swept:
            self._whole._swept = True
            for content, count in await self._library.left_behind(_LEFT_BEHIND_MS):
                await self._index.remove(content, count)
                await self._library.drop(content, count)

    async def close(self) -> None:
        """End what parses. The database stays open. Idempotent."""
        if self is self._whole:
            await self._workers.close()

    def _file_identity(self, path: str) -> str:
        """By what a file's document is found again: a path, of each user by itself."""
        user = self._library.user
        return path if user is None else f"file:{blake2b(f'{len(user)}:{user}{path}'.encode()).hexdigest()}"


def _identity(upload: Upload) -> str:
    digest = blake2b(upload.data, digest_size=32)
    digest.update(f"\0{upload.name}\0{upload.user}".encode())
    return f"upload:{digest.hexdigest()}"


def _is_id(name: str) -> bool:
    return _ID.fullmatch(name) is not None


def _beginnings(contents: Sequence[int]) -> list[Hit]:
    """The first chunk of each, then the second of each, and so on."""
    deep = range(-(-_MOST_HITS // len(contents)))
    return [Hit(content, position, 0.0) for position in deep for content in contents][:_MOST_HITS]


def _gone(documents: Sequence[Document]) -> list[Document]:
    return [one for one in documents if one.path is not None and not Path(one.path).exists()]


def _silent(line: StatusLine) -> None:
    pass
