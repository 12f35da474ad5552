"""What a chat shares with those that it was forked from.

A fork's `base` is the message that it was made from: where it leaves the chat that has it, which may be a fork itself.
So there is a line of chats, and a chat shows what any of them has, but for what that one made where a fork below left.
"""

from typing import Any

import apsw

from .rows import move_message

__all__ = ["BASES", "LINE", "SHARED", "hand_on", "shares"]

# For `WITH RECURSIVE`: the line of `:chat`, which comes first.
LINE = (
    "line (chat, base, nth) AS (SELECT id, base, 0 FROM chats WHERE id = :chat UNION ALL SELECT m.chat, c.base, nth + 1"
    " FROM line JOIN messages m ON m.id = line.base JOIN chats c ON c.id = m.chat)"
)
# Whether the message `m` is shown in `:chat`.
SHARED = (
    "EXISTS (SELECT 1 FROM line own WHERE own.chat = m.chat"
    " AND NOT EXISTS (SELECT 1 FROM line fork WHERE fork.nth < own.nth AND fork.base = m.parent))"
)
_SHARES = f"WITH RECURSIVE {LINE} SELECT 1 FROM line WHERE chat = :other"

# The bases of chats that have none and begin with what others have.
BASES = """
WITH RECURSIVE up (of, id, chat, parent) AS (
    SELECT c.id, m.id, m.chat, m.parent FROM chats c JOIN messages m ON m.id = c.head WHERE c.base IS NULL
    UNION ALL SELECT of, m.id, m.chat, m.parent FROM up JOIN messages m ON m.id = up.parent WHERE up.chat = of
)
UPDATE chats SET base = up.id FROM up WHERE up.of = chats.id AND up.chat != chats.id;
"""
# The base of `:heir`, where the message that it had is its own by now: the last one before that is not.
_BASE = (
    "WITH RECURSIVE up (id, chat, parent) AS (SELECT m.id, m.chat, m.parent FROM chats c"
    " JOIN messages m ON m.id = c.base WHERE c.id = :heir"
    " UNION ALL SELECT m.id, m.chat, m.parent FROM up JOIN messages m ON m.id = up.parent WHERE up.chat = :heir)"
    " UPDATE chats SET base = (SELECT id FROM up WHERE chat != :heir) WHERE id = :heir"
)
# Where branches of others leave `:chat`: its forks, the oldest first, then what has been asked elsewhere since.
_LEAVE = (
    "SELECT f.base, f.id FROM messages m JOIN chats f ON f.base = m.id AND f.id != :chat WHERE m.chat = :chat"
    " ORDER BY f.rowid",
    "SELECT p.id, m.chat FROM messages p JOIN messages m ON m.parent = p.id WHERE p.chat = :chat AND m.chat != :chat"
    " ORDER BY m.number",
)


def shares(connection: apsw.Connection, chat: str, other: str | None) -> bool:
    """Whether `other` is among those that `chat` was forked from."""
    return connection.execute(_SHARES, {"chat": chat, "other": other}).fetchone() is not None


def hand_on(connection: apsw.Connection, chat: str) -> None:
    """What other chats share of this one (their branches go on from there) is theirs from now on, with its runs."""
    for sql in _LEAVE:
        leaving: Any = connection.execute(sql, {"chat": chat}).fetchall()
        for shared, heir in leaving:
            at: str | None = shared
            while at is not None:
                at = move_message(connection, at, chat, heir)
            connection.execute(_BASE, {"heir": heir})
