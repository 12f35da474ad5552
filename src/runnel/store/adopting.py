"""What was made before there were users, handed to one of them."""

import apsw

from ..database import Database

__all__ = ["adopt"]


async def adopt(database: Database, user: str) -> int:
    """Chats, runs and schedules that are nobody's are this user's from now on, all at once; returns how many chats in
    the list that makes. A key that the user has for a chat already stays with that one."""

    def work(connection: apsw.Connection) -> int:
        connection.execute(
            "UPDATE chats SET key = NULL WHERE user IS NULL AND key IN (SELECT key FROM chats WHERE user = ?)", (user,)
        )
        listed = connection.execute(
            "SELECT count(*) FROM chats WHERE user IS NULL AND unlisted = 0 AND deleted_at IS NULL"
        ).get
        connection.execute("UPDATE chats SET user = ? WHERE user IS NULL", (user,))
        connection.execute("UPDATE runs SET user = ? WHERE user IS NULL", (user,))
        return int(listed)

    return await database.write(work)
