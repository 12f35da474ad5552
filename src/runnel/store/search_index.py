"""The words of what was said in chats, which `searching` finds them by.

They are written behind what is said, never on the way of an answer: whoever writes a message notes its number in
`unindexed`, in the same transaction, and many are indexed together for a fraction of what each would cost by itself.
A search brings in what is new before it looks. What a migration finds in an old database is noted in the same way, and
indexed in small portions, the latest first, while the database is in use; any process may do the next portion.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import apsw

from ..database import Database
from ..database.words import TOKENIZER, indexable
from ..errors import LogError
from .rows import SAID, said

__all__ = ["TABLES", "SearchIndex", "catch_up", "forget"]

logger = logging.getLogger("runnel")

# The index is contentless: the messages have their text. `indexed` says whose chat's each of its rows is.
TABLES = f"""
CREATE VIRTUAL TABLE message_words USING fts5(text, content='', contentless_delete=1, tokenize="{TOKENIZER}");
CREATE TABLE indexed (message INTEGER PRIMARY KEY, chat TEXT NOT NULL);
CREATE TABLE unindexed (message INTEGER PRIMARY KEY);
"""

# Of one transaction, in messages and code points: the tokens of runs that are going wait for it, some milliseconds.
_MESSAGES = 100
_CODE_POINTS = 1 << 16
# A search waits for so many messages; where there are more, as when an old database is indexed, for the latest alone.
_WAITED_FOR = 1000
# For how many seconds words gather before they are written.
_GATHER = 1.0

# Of a chat that is in no list, or deleted, nothing is found.
_NEXT = (
    "SELECT u.message, c.id FROM unindexed u LEFT JOIN messages m ON m.number = u.message"
    " AND CAST(m.body AS TEXT) ->> 'role' IN ('user', 'assistant')"
    " LEFT JOIN chats c ON c.id = m.chat AND c.unlisted = 0 AND c.deleted_at IS NULL ORDER BY u.message DESC LIMIT ?"
)


class SearchIndex:
    """Writes the words of messages, in a `Database` that was opened with the store's migrations, while that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what is left to write, and go on with what comes."""
        self._task = asyncio.ensure_future(self._keep_up())

    async def close(self) -> None:
        """Leave the rest to others, or to the next that opens the database."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _keep_up(self) -> None:
        signal = self._database.signal(SAID)
        now = asyncio.get_running_loop().time
        while True:
            version = signal.version
            began = now()
            with _told():
                while await _portion(self._database):
                    await asyncio.sleep(now() - began)  # others have as much of the writer's time
                    began = now()
            await signal.after(version)
            await asyncio.sleep(_GATHER)


async def catch_up(database: Database) -> None:
    """Write the words of what was said last: of all, unless there is a lot, as there is when a migration has begun."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM unindexed LIMIT {_WAITED_FOR + 1})"
    left = await database.look(lambda connection: int(connection.execute(sql).get))
    with _told():  # what was indexed before is found all the same
        for _ in range(1 if left > _WAITED_FOR else left):  # a portion has one message at least
            if not await _portion(database):
                return


def forget(connection: apsw.Connection, numbers: Sequence[tuple[int]]) -> None:
    """Messages are deleted: nothing is found by their words."""
    for table, column in (("message_words", "rowid"), ("indexed", "message"), ("unindexed", "message")):
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", numbers)


@contextmanager
def _told() -> Iterator[None]:
    """Where the database cannot be written to, it is tried again the next time."""
    try:
        yield
    except LogError as error:
        logger.warning("what was said cannot be indexed now, and is not found yet: %s", error)


async def _portion(database: Database) -> bool:
    """Index some messages, the latest first. Returns whether there may be more."""
    if not await database.look(lambda connection: connection.execute("SELECT 1 FROM unindexed LIMIT 1").get):
        return False
    return await database.write(_index_some)


def _index_some(connection: apsw.Connection) -> bool:
    rows: Any = connection.execute(_NEXT, (_MESSAGES,)).fetchall()
    size = 0
    for number, chat in rows:
        forget(connection, [(number,)])
        text = "" if chat is None else said(connection, number)
        if text:
            connection.execute("INSERT INTO message_words (rowid, text) VALUES (?, ?)", (number, indexable(text)))
            connection.execute("INSERT INTO indexed VALUES (?, ?)", (number, chat))
        size += len(text)
        if size >= _CODE_POINTS:
            break
    return bool(rows)
