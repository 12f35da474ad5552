"""Messages as rows, and back. Functions of a connection, for the jobs of the other rooms of the store."""

from collections.abc import Iterable, Sequence

import apsw
import msgspec

from ..vocabulary.messages import MessageValue, Part, PartKind, Status

__all__ = ["OPEN", "add_change", "branch", "insert_message", "message", "update_message"]

OPEN = "('queued', 'running', 'waiting')"

_encode = msgspec.json.encode
_body: msgspec.json.Decoder[MessageValue] = msgspec.json.Decoder(MessageValue)
_part: msgspec.json.Decoder[Part] = msgspec.json.Decoder(Part)


def insert_message(connection: apsw.Connection, value: MessageValue) -> None:
    """Add a message and its parts."""
    connection.execute(
        "INSERT INTO messages (id, chat, parent, status, body) VALUES (?, ?, ?, ?, ?)",
        (value.id, value.chat, value.parent, value.status.value, _without_parts(value)),
    )
    _insert_parts(connection, connection.last_insert_rowid(), value.parts)


def update_message(connection: apsw.Connection, value: MessageValue) -> None:
    """Put a message's new value in the place of the old one."""
    row = connection.execute(
        "UPDATE messages SET parent = ?, status = ?, body = ? WHERE id = ? RETURNING number",
        (value.parent, value.status.value, _without_parts(value), value.id),
    ).fetchone()
    if row is not None:
        number = int(str(row[0]))
        connection.execute("DELETE FROM parts WHERE message = ?", (number,))
        _insert_parts(connection, number, value.parts)


def _without_parts(value: MessageValue) -> str:
    return _encode(msgspec.structs.replace(value, parts=())).decode()


def _insert_parts(connection: apsw.Connection, number: int, parts: Sequence[Part]) -> None:
    for n, part in enumerate(parts):
        connection.execute(
            "INSERT INTO parts VALUES (?, ?, ?, ?)",
            (number, n, part.__struct_config__.tag, _encode(part).decode()),
        )


def message(connection: apsw.Connection, id: str) -> MessageValue | None:
    """One message, or None."""
    found = _messages(
        connection.execute(
            "SELECT m.number, m.status, m.body, p.body FROM messages m LEFT JOIN parts p ON p.message = m.number"
            " WHERE m.id = ? ORDER BY p.n",
            (id,),
        )
    )
    return found[0] if found else None


def branch(
    connection: apsw.Connection, head: str | None, limit: int | None = None, kinds: Iterable[PartKind] | None = None
) -> list[MessageValue]:
    """The last `limit` messages of the branch that ends with `head`, oldest first, with their parts of `kinds` only.

    Costs what it returns, however long the branch.
    """
    wanted = "" if kinds is None else " AND p.kind IN (SELECT value FROM json_each(:kinds))"
    return _messages(
        connection.execute(
            "WITH RECURSIVE branch (number, parent, n) AS ("
            " SELECT number, parent, 1 FROM messages WHERE id = :head"
            " UNION ALL"
            " SELECT m.number, m.parent, n + 1 FROM branch b JOIN messages m ON m.id = b.parent WHERE n < :limit)"
            " SELECT m.number, m.status, m.body, p.body FROM branch b JOIN messages m ON m.number = b.number"
            f" LEFT JOIN parts p ON p.message = m.number{wanted} ORDER BY b.n DESC, p.n",
            {
                "head": head,
                "limit": limit if limit is not None else 1 << 60,
                "kinds": _encode(sorted(kinds)).decode() if kinds is not None else None,
            },
        )
    )


def _messages(rows: Iterable[tuple[object, ...]]) -> list[MessageValue]:
    """Messages from rows of (number, status, body, part body or NULL), ordered by message."""
    found: list[MessageValue] = []
    parts: list[Part] = []
    last: object = None
    for number, status, body, part in rows:
        if number != last:
            last = number
            _finish(found, parts)
            # The column is the truth: a status may change without the body being written anew.
            found.append(msgspec.structs.replace(_body.decode(str(body)), status=Status(str(status))))
        if part is not None:
            parts.append(_part.decode(str(part)))
    _finish(found, parts)
    return found


def _finish(found: list[MessageValue], parts: list[Part]) -> None:
    if parts:
        found[-1] = msgspec.structs.replace(found[-1], parts=tuple(parts))
        parts.clear()


def add_change(
    connection: apsw.Connection,
    chat: str | None,
    at: int,
    type: str,
    *,
    message: str | None = None,
    run: str | None = None,
    status: Status | None = None,
) -> None:
    """Add a change to a chat's feed."""
    if chat is None:
        return
    row = connection.execute(
        "UPDATE chats SET last_change = last_change + 1, updated_at = ? WHERE id = ? RETURNING last_change", (at, chat)
    ).fetchone()
    if row is not None:
        connection.execute(
            "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?)",
            (chat, row[0], at, type, message, run, status.value if status is not None else None),
        )
