"""The rows of notices: what is to be told of runs, written with the fact itself and kept until somebody was told."""

from collections.abc import Iterable

import apsw
import msgspec

from ..database import Database
from ..ids import new_id
from ..vocabulary.messages import Status

__all__ = ["CALLABLE", "NoticeRow", "Notices", "add_notices"]

# The target of notices that a function of the program is told.
CALLABLE = "callable"


class NoticeRow(msgspec.Struct, frozen=True):
    """A notice that somebody is yet to be told. `owner` is who is telling it, or was when it died."""

    number: int
    id: str
    target: str
    run: str
    status: Status
    at: int
    attempts: int
    owner: str | None


def add_notices(
    connection: apsw.Connection, targets: Iterable[str], chat: str | None, run: str, status: Status, at: int
) -> bool:
    """Leave word for `targets`, and for the chat's own, that a run stands so; returns whether there are any."""
    row = connection.execute("SELECT settings ->> 'notify' FROM chats WHERE id = ?", (chat,)).fetchone()
    own = [] if row is None or row[0] is None else [str(row[0])]
    all_of_them = list(dict.fromkeys([*targets, *own]))
    for target in all_of_them:
        connection.execute(
            "INSERT INTO notices (id, target, run, status, at, next_at) VALUES (?, ?, ?, ?, ?, ?)",
            (new_id("notice"), target, run, status.value, at, 0),  # at once, also where the clock is set back
        )
    return bool(all_of_them)


class Notices:
    """Notices in a `Database` that was opened with the store's migrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: int, limit: int) -> list[NoticeRow]:
        """Those whose moment has come, the oldest first."""
        return await self._database.read(
            lambda connection: [
                NoticeRow(
                    int(str(number)),
                    str(id),
                    str(target),
                    str(run),
                    Status(str(status)),
                    int(str(at)),
                    int(str(attempts)),
                    None if owner is None else str(owner),
                )
                for number, id, target, run, status, at, attempts, owner in connection.execute(
                    "SELECT number, id, target, run, status, at, attempts, owner FROM notices WHERE next_at <= ?"
                    " ORDER BY number LIMIT ?",
                    (now, limit),
                )
            ]
        )

    async def soonest(self, now: int) -> int | None:
        """When the next one after `now` is due."""

        def work(connection: apsw.Connection) -> int | None:
            row = connection.execute("SELECT min(next_at) FROM notices WHERE next_at > ?", (now,)).fetchone()
            return None if row is None or row[0] is None else int(str(row[0]))

        return await self._database.read(work)

    async def claim(self, row: NoticeRow, owner: str) -> bool:
        """Take on to tell it; False where another process was first."""

        def work(connection: apsw.Connection) -> bool:
            connection.execute(
                "UPDATE notices SET owner = ?, attempts = attempts + 1"
                " WHERE number = ? AND owner IS ? AND attempts = ?",
                (owner, row.number, row.owner, row.attempts),
            )
            return connection.changes() == 1

        return await self._database.write(work)

    async def told(self, row: NoticeRow) -> None:
        """It was told."""

        def work(connection: apsw.Connection) -> None:
            connection.execute("DELETE FROM notices WHERE number = ?", (row.number,))

        await self._database.write(work)

    async def put_off(self, row: NoticeRow, next_at: int | None) -> None:
        """It could not be told: again at `next_at`, or never, and it stays for whoever looks why."""

        def work(connection: apsw.Connection) -> None:
            connection.execute("UPDATE notices SET owner = NULL, next_at = ? WHERE number = ?", (next_at, row.number))

        await self._database.write(work)
