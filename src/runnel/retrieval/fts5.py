"""The index that needs nothing: SQLite's FTS5 with the Porter stemmer, ranked by BM25.

The table is contentless: chunks have their text already, and an external content table would need it at each removal.
A chunk's rowid is `content << 20 | position`, so that a document's chunks are one range of rowids, and a search in few
documents reads only their part of each word's list. BM25 counts how rare a word is over all documents of the database.
"""

from collections.abc import Sequence

import apsw

from ..database import Database
from ..database.words import TOKENIZER, indexable
from .chunking import Chunk
from .index import Hit, Index
from .synonyms import WEIGHT
from .words import Question

__all__ = ["MOST_CHUNKS", "TABLES", "Fts5Index", "rowid"]

_BITS = 20
MOST_CHUNKS = 1 << _BITS

TABLES = f"""
CREATE VIRTUAL TABLE chunk_words USING fts5(
    title, heading, text, content='', contentless_delete=1,
    tokenize="porter {TOKENIZER}"
);
"""

# Of title, heading and text.
WEIGHTS = (2.0, 2.0, 1.0)

# Of so many chunks that have the question's own words, those that have words for them too come first.
_CANDIDATES = 200

_ADD = "INSERT OR REPLACE INTO chunk_words (rowid, title, heading, text) VALUES (?, ?, ?, ?)"
_SEARCH = (
    "SELECT rowid, -bm25(chunk_words, ?, ?, ?) AS score FROM chunk_words"
    " WHERE chunk_words MATCH ? AND rowid BETWEEN ? AND ? {among} ORDER BY score DESC, rowid LIMIT ?"
)
_AMONG = f"AND rowid >> {_BITS} IN (SELECT value FROM json_each(?))"


def rowid(content: int, position: int) -> int:
    """The one number of a chunk."""
    return content << _BITS | position


class Fts5Index(Index):
    """In the tables of `TABLES`, which the database has from `MIGRATIONS`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, content: int, title: str, chunks: Sequence[Chunk]) -> None:
        def work(connection: apsw.Connection) -> None:
            name = indexable(title)
            connection.executemany(
                _ADD,
                (
                    (rowid(content, chunk.position), name, indexable(" ".join(chunk.heading)), indexable(chunk.text))
                    for chunk in chunks
                ),
            )

        await self._database.write(work)

    async def remove(self, content: int, count: int) -> None:
        for first in range(0, count, 500):
            rows = [(rowid(content, position),) for position in range(first, min(first + 500, count))]

            def work(connection: apsw.Connection, rows: Sequence[tuple[int]] = rows) -> None:
                connection.executemany("DELETE FROM chunk_words WHERE rowid = ?", rows)

            await self._database.write(work)

    async def search(self, question: str, contents: Sequence[int], limit: int) -> list[Hit]:
        asked = Question(question)
        expression, others = asked.expression(), asked.other_words()
        if expression is None or not contents or limit < 1:
            return []
        first, last = min(contents), max(contents)
        bounds = (rowid(first, 0), rowid(last, MOST_CHUNKS - 1))
        few: tuple[str, ...] = ()
        if len(set(contents)) <= last - first:
            few = (f"[{','.join(map(str, contents))}]",)
        sql = _SEARCH.format(among=_AMONG if few else "")

        def work(connection: apsw.Connection) -> list[Hit]:
            def rows(expression: str, most: int) -> dict[int, float]:
                return dict(connection.execute(sql, (*WEIGHTS, expression, *bounds, *few, most)))

            scores = rows(expression, max(limit, _CANDIDATES))
            if others is not None and scores:
                for row, score in rows(others, 5 * _CANDIDATES).items():
                    if row in scores:
                        scores[row] += WEIGHT * score
            best = sorted(scores.items(), key=lambda each: (-each[1], each[0]))[:limit]
            return [Hit(row >> _BITS, row & (MOST_CHUNKS - 1), score) for row, score in best]

        return await self._database.read(work)
