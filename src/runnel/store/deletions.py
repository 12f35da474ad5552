"""What is deleted of a chat, in steps: it is marked, and gone for everybody, in one transaction; its rows follow by
portions, so that nobody waits for a long chat. Whoever finds a mark may go on: each step may be done again."""

from typing import Any

import apsw
import msgspec

from ..database import Database
from ..errors import UnknownChat
from .forks import hand_on
from .rows import OPEN
from .search_index import forget

__all__ = ["Deletions"]

_PORTION = 200


class Deletions:
    """Deleted chats, in a `Database` that was opened with the store's migrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mark(self, id: str, at: int) -> None:
        """The chat and its schedules are gone, its key is free again, and its runs are asked to end. Raises
        UnknownChat."""

        def work(connection: apsw.Connection) -> None:
            connection.execute(
                "UPDATE chats SET deleted_at = ?, key = NULL WHERE id = ? AND deleted_at IS NULL", (at, id)
            )
            if connection.changes() != 1:
                raise UnknownChat(f"there is no chat {id}", chat=id)
            connection.execute("DELETE FROM schedules WHERE chat = ?", (id,))
            connection.execute(f"UPDATE runs SET cancelling = 1 WHERE chat = ? AND status IN {OPEN}", (id,))

        await self._database.write(work)
        for topic in (f"chat:{id}", "schedules", "asked"):
            self._database.fire(topic)

    async def marked(self) -> list[str]:
        """The chats that are marked, and not swept yet."""
        sql = "SELECT id FROM chats WHERE deleted_at IS NOT NULL"
        return await self._database.read(lambda connection: [str(id) for (id,) in connection.execute(sql)])

    async def hand_on(self, id: str) -> None:
        """See `forks.hand_on`."""
        await self._database.write(lambda connection: hand_on(connection, id))

    async def runs(self, id: str) -> list[str]:
        """Some runs of the chat, as many as are deleted at a time."""
        sql = "SELECT id FROM runs WHERE chat = ? ORDER BY number LIMIT ?"
        return await self._database.read(
            lambda connection: [str(run) for (run,) in connection.execute(sql, (id, _PORTION))]
        )

    async def drop_runs(self, runs: list[str]) -> None:
        """Delete the rows of runs, what people said to them, and what was to be told of them."""
        ids = (msgspec.json.encode(runs).decode(),)

        def work(connection: apsw.Connection) -> None:
            for table, column in (("notices", "run"), ("run_inputs", "run"), ("runs", "id")):
                connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", ids)

        await self._database.write(work)

    async def drop(self, id: str) -> None:
        """Delete what is left of the chat: its messages, its feed, and its row last."""

        def portion(connection: apsw.Connection) -> int:
            rows: Any = connection.execute("SELECT number FROM messages WHERE chat = ? LIMIT ?", (id, _PORTION))
            numbers = rows.fetchall()
            connection.executemany("DELETE FROM parts WHERE message = ?", numbers)
            connection.executemany("DELETE FROM messages WHERE number = ?", numbers)
            forget(connection, numbers)
            return len(numbers)

        def rest(connection: apsw.Connection) -> None:
            connection.execute("DELETE FROM changes WHERE chat = ?", (id,))
            connection.execute("DELETE FROM chats WHERE id = ?", (id,))

        while await self._database.write(portion):
            pass
        await self._database.write(rest)
