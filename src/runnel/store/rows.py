"""Messages as rows, and back. Functions of a connection, for the jobs of the other rooms of the store."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from typing import Any

import apsw
import msgspec

from ..vocabulary.messages import MessageValue, Part, PartKind, ReasoningPart, Status, SteeredPart, TextPart

__all__ = [
    "OPEN",
    "SAID",
    "add_change",
    "branch",
    "following",
    "insert_message",
    "last_turn",
    "message",
    "mine",
    "move_message",
    "own_id",
    "said",
    "update_message",
]

_PIECE = 1 << 16

# The topic of messages that have been written, for those who write their words.
SAID = "said"

OPEN = "('queued', 'running', 'waiting')"

_encode = msgspec.json.encode
_body: msgspec.json.Decoder[MessageValue] = msgspec.json.Decoder(MessageValue)
_part: msgspec.json.Decoder[Part] = msgspec.json.Decoder(Part)


def mine(user: str | None) -> str:
    """The condition by which a query sees what is `:user`'s only: nothing where all is seen."""
    return "" if user is None else " AND user = :user"


def insert_message(connection: apsw.Connection, value: MessageValue) -> None:
    """Add a message and its parts."""
    connection.execute(
        "INSERT INTO messages (id, chat, parent, status, body) VALUES (?, ?, ?, ?, ?)",
        (value.id, value.chat, value.parent, value.status.value, _without_parts(value)),
    )
    number = connection.last_insert_rowid()
    _insert_parts(connection, number, value.parts)
    if value.parts:
        _to_be_indexed(connection, number)


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
        _to_be_indexed(connection, number)


def move_message(connection: apsw.Connection, id: str, old: str, new: str) -> str | None:
    """A message of the chat `old`, and its run, are the chat `new`'s from now on. Returns its parent; None where it is
    not the chat's, or the first."""
    row: Any = connection.execute("SELECT number, body FROM messages WHERE id = ? AND chat = ?", (id, old)).fetchone()
    if row is None:
        return None
    value = msgspec.structs.replace(_body.decode(row[1]), chat=new)
    connection.execute("UPDATE messages SET chat = ?, body = ? WHERE number = ?", (new, _encode(value), row[0]))
    connection.execute("UPDATE indexed SET chat = ? WHERE message = ?", (new, row[0]))
    if not connection.changes():
        _to_be_indexed(connection, row[0])
    connection.execute("UPDATE runs SET chat = ? WHERE id = ?", (new, value.run))
    return value.parent


def _to_be_indexed(connection: apsw.Connection, number: int) -> None:
    """What the message says is to be found: see `search_index`, which writes its words afterwards."""
    connection.execute("INSERT OR IGNORE INTO unindexed VALUES (?)", (number,))


def _without_parts(value: MessageValue) -> bytes:
    return _encode(msgspec.structs.replace(value, parts=()))


def _insert_parts(connection: apsw.Connection, number: int, parts: Sequence[Part]) -> None:
    for n, part in enumerate(parts):
        for piece, body in enumerate(_pieces(part)):
            connection.execute("INSERT INTO parts VALUES (?, ?, ?, ?, ?)", (number, n, piece, part.kind, _encode(body)))


def _pieces(part: Part) -> Iterator[Part]:
    """A part in rows of a bounded size, so that a long text is never encoded or bound as one."""
    if not isinstance(part, TextPart | ReasoningPart) or len(part.text) <= _PIECE:
        yield part
        return
    for start in range(0, len(part.text), _PIECE):
        yield type(part)(part.text[start : start + _PIECE])


def _joined(pieces: list[Part]) -> Part:
    first = pieces[0]
    if len(pieces) == 1 or not isinstance(first, TextPart | ReasoningPart):
        return first
    return type(first)("".join([piece.text for piece in pieces if isinstance(piece, TextPart | ReasoningPart)]))


def message(connection: apsw.Connection, id: str) -> MessageValue | None:
    """One message, or None."""
    found = _messages(
        connection.execute(
            "SELECT m.number, m.status, m.body, p.n, p.body FROM messages m LEFT JOIN parts p ON p.message = m.number"
            " WHERE m.id = ? ORDER BY p.n, p.piece",
            (id,),
        )
    )
    return found[0] if found else None


def said(connection: apsw.Connection, number: int) -> str:
    """What a message says, to be searched: its content, and what the user said meanwhile."""
    rows: Any = connection.execute(
        "SELECT body FROM parts WHERE message = ? AND kind IN ('text', 'steered') ORDER BY n, piece", (number,)
    )
    found: list[str] = []
    for (body,) in rows:
        match _part.decode(body):
            case TextPart(text):
                found.append(text)
            case SteeredPart(text):
                found.append(f"\n{text}\n")
    return "".join(found)


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
            " SELECT m.number, m.status, m.body, p.n, p.body FROM branch b JOIN messages m ON m.number = b.number"
            f" LEFT JOIN parts p ON p.message = m.number{wanted} ORDER BY b.n DESC, p.n, p.piece",
            {
                "head": head,
                "limit": limit if limit is not None else 1 << 60,
                "kinds": _encode(sorted(kinds)).decode() if kinds is not None else None,
            },
        )
    )


def following(
    connection: apsw.Connection, head: str, after: str, limit: int | None, kinds: Iterable[PartKind] | None
) -> list[MessageValue] | None:
    """The first `limit` messages after `after` on the branch that ends with `head`, oldest first, with their parts of
    `kinds` only; None where `after` is not on it.

    Costs what it returns, and a look at the id of each message after `after`.
    """
    walk: Any = connection.execute(
        "WITH RECURSIVE branch (id, parent) AS (SELECT id, parent FROM messages WHERE id = ?"
        " UNION ALL SELECT m.id, m.parent FROM branch b JOIN messages m ON m.id = b.parent) SELECT id FROM branch",
        (head,),
    )
    page: deque[str] = deque(maxlen=limit)  # newest first
    for (id,) in walk:
        if id == after:
            return branch(connection, page[0], len(page), kinds) if page else []
        page.append(id)
    return None


def last_turn(connection: apsw.Connection, head: str, kinds: Iterable[PartKind]) -> list[MessageValue]:
    """The messages after the last one by the user on the branch that ends with `head`, oldest first, with their parts
    of `kinds` only. What came before is not looked at."""
    found: list[MessageValue] = []
    at: str | None = head
    while at is not None:
        value = branch(connection, at, 1, kinds)
        if not value or value[0].role == "user":
            break
        found.extend(value)
        at = value[0].parent
    return found[::-1]


def _messages(rows: Iterable[tuple[Any, ...]]) -> list[MessageValue]:
    """Messages from rows of (number, status, body, n, part body or NULL), ordered by message, n and piece."""
    found: list[MessageValue] = []
    for (_, status), of_message in groupby(rows, itemgetter(0, 1)):
        body: bytes | None = None
        parts: list[Part] = []
        for _, of_part in groupby(of_message, itemgetter(3)):
            pieces: list[Part] = []
            for row in of_part:
                body = body or row[2]
                if row[4] is not None:
                    pieces.append(_part.decode(row[4]))
            if pieces:
                parts.append(_joined(pieces))
        assert body is not None
        # The column is the truth: a status may change without the body being written anew.
        value = _body.decode(body)
        found.append(msgspec.structs.replace(value, status=Status(status), parts=tuple(parts)))
    return found


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


def own_id(user: str | None, kind: str, id: str) -> str:
    """The id under which is stored what a user calls `id`: two users may use the same one and not know of each other.
    Without users it is `id` itself."""
    if user is None:
        return id
    return f"{kind}_{blake2b(f'{len(user)}:{user}{id}'.encode(errors='surrogatepass'), digest_size=16).hexdigest()}"
