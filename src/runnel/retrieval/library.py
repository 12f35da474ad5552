"""The rows of documents and their texts: what is there, what replaces it, what is deleted. It knows nothing of files,
parsers or questions."""

import time
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

import apsw
import msgspec

from ..database import Database
from ..errors import LimitReached, UnknownDocument
from ..ids import new_id
from ..vocabulary.failures import ErrorValue
from .chunking import Chunk
from .documents import Upload
from .fts5 import MOST_CHUNKS, rowid
from .preparing import Head

__all__ = ["Document", "Library"]

_PORTION = 500


class Document(msgspec.Struct, frozen=True):
    """A document of the database. `size` in bytes, `length` in code points, `pages` 0 where it has none; times are
    Unix milliseconds, but `mtime`, the file's, is in nanoseconds. `path` None for an upload, whose bytes are kept.
    `user` is whose it is, empty where the program has no users.

    Not yet indexed, or never: `indexed_at` None, with `error` where that was tried. `hash` is BLAKE2b-256 of the bytes.
    """

    id: str
    identity: str
    name: str
    path: str | None
    user: str
    size: int
    mtime: int
    added_at: int
    hash: bytes | None = None
    parser: str | None = None
    media_type: str | None = None
    title: str | None = None
    length: int | None = None
    pages: int | None = None
    chunks: int | None = None
    content: int | None = None
    indexed_at: int | None = None
    error: ErrorValue | None = None


_FIELDS = ", ".join(Document.__struct_fields__)


class Library:
    """Documents in the tables of `MIGRATIONS`: all of them, or those of `user` alone, to whom another's are not there.
    LogError and its children where the database fails."""

    def __init__(self, database: Database, user: str | None = None, most: int | None = None) -> None:
        """`most` is how many documents one user may have; what is nobody's is not counted."""
        self.user = user
        self._most = most
        self._database = database
        # With the sign, what is looked for by its id is not looked for among all that the user has.
        self._mine, self._is_mine = ("", "") if user is None else (" AND user = :user", " AND +user = :user")

    def as_user(self, user: str) -> "Library":
        """What is this user's of it."""
        return Library(self._database, user, self._most)

    async def by_id(self, ids: Sequence[str]) -> dict[str, Document]:
        """Those of `ids` that are there."""
        return {document.id: document for document in await self._those("id", ids)}

    async def contents(self, ids: Sequence[str]) -> dict[int, str]:
        """The contents of those of `ids` that are indexed, each with its document's id."""
        values = {"ids": msgspec.json.encode(ids).decode(), "user": self.user}
        sql = (
            "SELECT content, id FROM documents WHERE content IS NOT NULL AND id IN (SELECT value FROM json_each(:ids))"
            f"{self._is_mine}"
        )
        return await self._database.read(lambda connection: dict(connection.execute(sql, values)))

    async def unread(self, ids: Sequence[str]) -> list[Document]:
        """Those of `ids` that are there and have no content, in the order in which they were added."""
        return await self._those("id", ids, " AND content IS NULL")

    async def by_identity(self, identities: Sequence[str]) -> dict[str, Document]:
        """Those of `identities` that are there."""
        return {document.identity: document for document in await self._those("identity", identities)}

    async def _those(self, column: str, values: Sequence[str], which: str = "") -> list[Document]:
        if not values:
            return []
        wanted = {"values": msgspec.json.encode(values).decode(), "user": self.user}
        where = f"{column} IN (SELECT value FROM json_each(:values)){which}{self._is_mine}"
        sql = f"SELECT {_FIELDS} FROM documents WHERE {where} ORDER BY number"
        return await self._database.read(lambda connection: [_document(row) for row in connection.execute(sql, wanted)])

    async def all(self, after: str | None, limit: int) -> list[Document]:
        """Documents, the newest first: older than the document `after`."""
        where = f"1{self._mine}"
        if after is not None:
            where += f" AND number < (SELECT number FROM documents WHERE id = :after{self._is_mine})"
        sql = f"SELECT {_FIELDS} FROM documents WHERE {where} ORDER BY number DESC LIMIT :limit"
        values = {"user": self.user, "after": after, "limit": limit}
        return await self._database.read(lambda connection: [_document(row) for row in connection.execute(sql, values)])

    async def count(self) -> int:
        """How many documents there are."""
        sql = f"SELECT count(*) FROM documents WHERE 1{self._mine}"
        return await self._database.read(lambda connection: int(connection.execute(sql, {"user": self.user}).get))

    async def keep(self, upload: Upload, identity: str) -> tuple[Document, bool]:
        """Keep an upload's bytes, as a document yet to be indexed; the one that is there, where it is. Says whether it
        is new. Raises LimitReached where its user has too many."""

        def work(connection: apsw.Connection) -> tuple[Document, bool]:
            added = connection.execute(
                "INSERT INTO documents (id, identity, name, user, size, media_type, added_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (identity) DO NOTHING RETURNING number",
                (new_id("doc"), identity, upload.name, upload.user, len(upload.data), upload.media_type, _now()),
            ).fetchone()
            if added is not None:
                self._check_number(connection, upload.user)
                connection.execute("INSERT INTO originals VALUES (?, ?)", (added[0], upload.data))
            row = connection.execute(f"SELECT {_FIELDS} FROM documents WHERE identity = ?", (identity,)).fetchone()
            return _document(row), added is not None

        return await self._database.write(work)

    def _check_number(self, connection: apsw.Connection, user: str) -> None:
        if user and self._most is not None:
            count = int(connection.execute("SELECT count(*) FROM documents WHERE user = ?", (user,)).get)
            if count > self._most:
                raise LimitReached(
                    f"there may be {self._most} documents: delete some first (the setting `server.limits.documents`)",
                    limit="documents",
                    most=self._most,
                )

    async def original(self, id: str) -> bytes | None:
        """The bytes of an upload."""
        sql = "SELECT data FROM originals JOIN documents ON number = document WHERE id = ?"

        def work(connection: apsw.Connection) -> bytes | None:
            row = connection.execute(sql, (id,)).fetchone()
            return row[0] if row else None

        return await self._database.read(work)

    async def begin(self) -> int:
        """The number of a new content."""
        sql = "INSERT INTO contents (began_at) VALUES (?) RETURNING number"
        return await self._database.write(lambda connection: _one(connection, sql, (_now(),)))

    async def write(self, content: int, chunks: Iterable[Chunk]) -> None:
        """The next chunks of a content."""
        rows = [
            (
                rowid(content, chunk.position),
                chunk.start,
                chunk.text,
                chunk.page,
                msgspec.json.encode(chunk.heading).decode() if chunk.heading else None,
                chunk.anchor,
            )
            for chunk in chunks
        ]
        sql = "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?)"
        await self._database.write(lambda connection: connection.executemany(sql, rows).close())

    async def finish(
        self, content: int, chunks: int, head: Head, *, identity: str, name: str, path: str | None, mtime: int
    ) -> tuple[Document, Document | None]:
        """From here on the document of `identity` has this content. Gives it as it is now, and as it was before."""

        def work(connection: apsw.Connection) -> tuple[Document, Document | None]:
            select = f"SELECT {_FIELDS} FROM documents WHERE identity = ?"
            row = connection.execute(select, (identity,)).fetchone()
            before = _document(row) if row else None
            values = (
                *(
                    new_id("doc"),
                    identity,
                    name,
                    path,
                    self.user or "",
                    head.size,
                    mtime,
                    _now(),
                    head.hash,
                    head.parser,
                ),
                *(head.media_type, head.title, head.length, len(head.starts), chunks, content, _now()),
            )
            connection.execute(
                "INSERT INTO documents (id, identity, name, path, user, size, mtime, added_at, hash, parser,"
                " media_type, title, length, pages, chunks, content, indexed_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (identity) DO UPDATE SET (size, mtime, hash, parser, media_type, title, length, pages,"
                " chunks, content, indexed_at, error) = (excluded.size, excluded.mtime, excluded.hash, excluded.parser,"
                " excluded.media_type, excluded.title, excluded.length, excluded.pages, excluded.chunks,"
                " excluded.content, excluded.indexed_at, NULL)",
                values,
            )
            if head.starts:
                starts = msgspec.json.encode(head.starts).decode()
                connection.execute("UPDATE contents SET pages = ? WHERE number = ?", (starts, content))
            return _document(connection.execute(select, (identity,)).fetchone()), before

        return await self._database.write(work)

    async def looked_at(self, id: str, mtime: int) -> None:
        """The file has another time, but the same bytes."""
        sql = "UPDATE documents SET mtime = ?, indexed_at = ? WHERE id = ?"
        await self._database.write(lambda connection: connection.execute(sql, (mtime, _now(), id)).close())

    async def failed(self, id: str, error: ErrorValue) -> None:
        """Remember why an upload could not be indexed."""
        sql = "UPDATE documents SET error = ? WHERE id = ? AND content IS NULL"
        value = msgspec.json.encode(error)
        await self._database.write(lambda connection: connection.execute(sql, (value, id)).close())

    async def adopt(self, id: str, user: str, identity: str) -> None:
        """The document is `user`'s from now on, found again by `identity` unless they have one that is."""
        sql = (
            "UPDATE documents SET user = :user, identity = CASE WHEN EXISTS (SELECT 1 FROM documents WHERE identity ="
            " :identity) THEN identity ELSE :identity END WHERE id = :id"
        )
        values = {"id": id, "user": user, "identity": identity}
        await self._database.write(lambda connection: connection.execute(sql, values).close())

    async def delete(self, id: str) -> Document:
        """Delete the row; the content is to be dropped next. Raises UnknownDocument."""

        def work(connection: apsw.Connection) -> Document:
            sql = f"SELECT {_FIELDS} FROM documents WHERE id = :id{self._is_mine}"
            row = connection.execute(sql, {"id": id, "user": self.user}).fetchone()
            if row is None:
                raise UnknownDocument(f"there is no document {id}", document=id)
            connection.execute("DELETE FROM documents WHERE id = ?", (id,))
            return _document(row)

        return await self._database.write(work)

    async def drop(self, content: int, count: int) -> None:
        """Delete the first `count` chunks of a content, and the content."""
        for first in range(0, count, _PORTION):
            bounds = (rowid(content, first), rowid(content, min(first + _PORTION, MOST_CHUNKS)) - 1)

            def work(connection: apsw.Connection, bounds: tuple[int, int] = bounds) -> None:
                connection.execute("DELETE FROM chunks WHERE number BETWEEN ? AND ?", bounds)

            await self._database.write(work)
        sql = "DELETE FROM contents WHERE number = ?"
        await self._database.write(lambda connection: connection.execute(sql, (content,)).close())

    async def left_behind(self, older_than_ms: int) -> list[tuple[int, int]]:
        """Contents that no document has and that nobody is likely to be writing, with the number of their chunks."""
        sql = (
            "SELECT number, (SELECT 1 + max(chunks.number) - (contents.number << 20) FROM chunks WHERE chunks.number"
            " BETWEEN contents.number << 20 AND (contents.number << 20) + 1048575) FROM contents"
            " WHERE began_at < ? AND number NOT IN (SELECT content FROM documents WHERE content IS NOT NULL)"
        )
        before = (_now() - older_than_ms,)
        return await self._database.read(
            lambda connection: [(number, count or 0) for number, count in connection.execute(sql, before)]
        )

    async def text(self, content: int) -> str:
        """The whole text of a content."""
        sql = "SELECT text FROM chunks WHERE number BETWEEN ? AND ? ORDER BY number"
        bounds = (rowid(content, 0), rowid(content, MOST_CHUNKS - 1))
        return await self._database.read(
            lambda connection: "".join([text for (text,) in connection.execute(sql, bounds)])
        )

    async def passage(self, content: int, count: int, start: int, end: int) -> str:
        """The text of a content of `count` chunks from code point `start` to `end`, at the cost of what is read."""

        def begins(connection: apsw.Connection, position: int) -> int:
            return _one(connection, "SELECT start FROM chunks WHERE number = ?", (rowid(content, position),))

        def work(connection: apsw.Connection) -> str:
            first = bisect_right(range(count), start, key=lambda position: begins(connection, position)) - 1
            bounds = (rowid(content, first), rowid(content, count - 1))
            pieces, place = [], begins(connection, first)
            skipped = start - place
            sql = "SELECT text FROM chunks WHERE number BETWEEN ? AND ? ORDER BY number"
            for (text,) in connection.execute(sql, bounds):
                pieces.append(text)
                place += len(text)
                if place >= end:
                    break
            return "".join(pieces)[skipped : skipped + end - start]

        return await self._database.read(work)

    async def pages(self, content: int, start: int, end: int) -> list[tuple[int, int]]:
        """The pages of a content that code points `start` to `end` lie on, each with where it begins; none where it has
        none."""
        sql = "SELECT pages FROM contents WHERE number = ?"
        row = await self._database.read(lambda connection: connection.execute(sql, (content,)).fetchone())
        starts = msgspec.json.decode(row[0], type=list[int]) if row and row[0] else []
        first = max(1, bisect_right(starts, start))
        return [(page, at) for page, at in enumerate(starts[first - 1 :], first) if at < max(end, start + 1)]

    async def chunks(self, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Chunk]:
        """Those of the chunks `(content, position)` that are there."""
        sql = "SELECT start, text, page, heading, anchor FROM chunks WHERE number = ?"

        def work(connection: apsw.Connection) -> dict[tuple[int, int], Chunk]:
            found = {}
            for content, position in wanted:
                row = connection.execute(sql, (rowid(content, position),)).fetchone()
                if row is not None:
                    start, text, page, heading, anchor = row
                    path = tuple(msgspec.json.decode(heading)) if heading else ()
                    found[content, position] = Chunk(position, start, text, page, path, anchor)
            return found

        return await self._database.read(work)


def _document(row: Any) -> Document:
    values = dict(zip(Document.__struct_fields__, row, strict=True))
    values["error"] = msgspec.json.decode(values["error"], type=ErrorValue) if values["error"] else None
    return Document(**values)


def _one(connection: apsw.Connection, sql: str, values: tuple[Any, ...]) -> int:
    return next(int(number) for (number,) in connection.execute(sql, values))


def _now() -> int:
    return time.time_ns() // 1_000_000
