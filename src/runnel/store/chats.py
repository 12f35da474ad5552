"""The rows of chats, their messages and their feeds."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import apsw
import msgspec

from ..database import Database
from ..errors import UnknownChat, UnknownMessage
from ..vocabulary.chats import ChatChange, ChatSettings, ChatValue
from ..vocabulary.messages import MessageValue, PartKind, Status
from .rows import add_change, branch, last_turn, message

__all__ = ["Chats"]

_COLUMNS = "id, title, settings, head, created_at, updated_at, key"
_settings: msgspec.json.Decoder[ChatSettings] = msgspec.json.Decoder(ChatSettings)
_FEED = 1000


class Chats:
    """Chats in a `Database` that was opened with the store's migrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, chat: ChatValue) -> ChatValue:
        """Add a chat; returns the one that has its key already where there is one, whoever came first."""

        def work(connection: apsw.Connection) -> ChatValue:
            found = None if chat.key is None else _find(connection, "key", chat.key)
            if found is not None:
                return found
            connection.execute(
                f"INSERT INTO chats ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    chat.id,
                    chat.title,
                    msgspec.json.encode(chat.settings).decode(),
                    chat.head,
                    chat.created_at,
                    chat.updated_at,
                    chat.key,
                ),
            )
            add_change(connection, chat.id, chat.created_at, "chat.changed")
            return chat

        return await self._database.write(work)

    async def by_key(self, key: str) -> ChatValue | None:
        """The chat with that key, if there is one."""
        return await self._database.read(lambda connection: _find(connection, "key", key))

    async def get(self, id: str) -> ChatValue:
        """A chat. Raises UnknownChat."""
        return await self._database.read(lambda connection: _get(connection, id))

    async def by_use(self, limit: int = 50, before: str | None = None) -> list[ChatValue]:
        """Chats by their last use, the latest first; `before` is the id of the last chat of the page before."""
        return await self._database.read(
            lambda connection: [
                _chat(values)
                for values in connection.execute(
                    f"SELECT {_COLUMNS} FROM chats WHERE :before IS NULL OR (updated_at, id) <"
                    " (SELECT updated_at, id FROM chats WHERE id = :before)"
                    " ORDER BY updated_at DESC, id DESC LIMIT :limit",
                    {"before": before, "limit": limit},
                )
            ]
        )

    async def change(
        self,
        id: str,
        at: int,
        *,
        settings: ChatSettings | None = None,
        title: str | None = None,
        head: str | None = None,
    ) -> ChatValue:
        """Change what is given, and return the chat. Raises UnknownChat."""

        def work(connection: apsw.Connection) -> ChatValue:
            _get(connection, id)
            connection.execute(
                "UPDATE chats SET settings = coalesce(?, settings), title = coalesce(?, title),"
                " head = coalesce(?, head) WHERE id = ?",
                (msgspec.json.encode(settings).decode() if settings is not None else None, title, head, id),
            )
            add_change(connection, id, at, "chat.changed")
            return _get(connection, id)

        chat = await self._database.write(work)
        self._database.fire(f"chat:{id}")
        return chat

    async def message(self, id: str) -> MessageValue:
        """A message as it was last stored. Raises UnknownMessage."""
        found = await self._database.read(lambda connection: message(connection, id))
        if found is None:
            raise UnknownMessage(f"there is no message {id}", message=id)
        return found

    async def branch(
        self, head: str | None, limit: int | None = None, kinds: Iterable[PartKind] | None = None
    ) -> list[MessageValue]:
        """The last `limit` messages of the branch that ends with `head`, oldest first, as they were last stored."""
        if head is None or (limit is not None and limit <= 0):
            return []
        return await self._database.read(lambda connection: branch(connection, head, limit, kinds))

    async def last_turn(self, id: str, kinds: Iterable[PartKind]) -> list[MessageValue]:
        """What the current branch of a chat says after the user's last message, as it was last stored, with the parts
        of `kinds` only. Costs the same however long the chat is. Raises UnknownChat."""

        def work(connection: apsw.Connection) -> list[MessageValue]:
            head = _get(connection, id).head
            return [] if head is None else last_turn(connection, head, kinds)

        return await self._database.read(work)

    async def alternatives(self, id: str) -> list[MessageValue]:
        """The messages that stand where `id` does: with its parent, itself among them, in the order in which they were
        made. Raises UnknownMessage."""

        def work(connection: apsw.Connection) -> list[MessageValue]:
            value = message(connection, id)
            if value is None:
                raise UnknownMessage(f"there is no message {id}", message=id)
            # A question that waits for its turn has no place yet.
            rows = _any(
                connection.execute(
                    "SELECT id FROM messages m WHERE parent IS ? AND (parent IS NOT NULL OR chat IS ?) AND NOT EXISTS"
                    " (SELECT 1 FROM runs r WHERE r.status = 'queued' AND r.chat = m.chat AND m.id IN"
                    " (r.message, r.spec ->> 'question') AND m.parent IS NULL) ORDER BY number",
                    (value.parent, value.chat),
                )
            )
            found = [message(connection, one) for (one,) in rows.fetchall()]
            return [one for one in found if one is not None and one.role == value.role]

        return await self._database.read(work)

    async def leaf(self, id: str) -> str:
        """The end of the branch that goes on from a message, by the newest one at each parting."""

        def work(connection: apsw.Connection) -> str:
            last = id
            while True:
                row = connection.execute(
                    "SELECT id FROM messages WHERE parent = ? ORDER BY number DESC LIMIT 1", (last,)
                ).fetchone()
                if row is None:
                    return last
                last = str(row[0])

        return await self._database.read(work)

    async def turn(
        self, id: str, question: str, page: Callable[[ChatSettings], int]
    ) -> tuple[ChatValue, MessageValue, list[MessageValue]]:
        """A chat, a question of it, and the last `page(settings)` messages before that: all that an answer begins
        with, in one look. Raises UnknownChat and UnknownMessage."""

        def work(connection: apsw.Connection) -> tuple[ChatValue, list[MessageValue]]:
            chat = _get(connection, id)
            return chat, branch(connection, question, page(chat.settings) + 1)

        chat, messages = await self._database.read(work)
        if not messages:
            raise UnknownMessage(f"there is no message {question}", message=question)
        return chat, messages[-1], messages[:-1]

    async def follow(self, id: str, after: int = 0) -> AsyncIterator[ChatChange]:
        """The chat's feed after change `after`, and what comes, until the reader leaves. Raises UnknownChat."""
        await self.get(id)
        signal = self._database.signal(f"chat:{id}")
        with self._database.watch():
            while True:
                version = signal.version
                for change in await self._changes(id, after):
                    after = change.seq
                    yield change
                    version = -1  # look again before waiting: there may be more than one page
                if version != -1:
                    await signal.after(version)

    async def _changes(self, id: str, after: int) -> list[ChatChange]:
        return await self._database.read(
            lambda connection: [
                ChatChange(seq, at, type, about, run, None if status is None else Status(status))
                for seq, at, type, about, run, status in _any(
                    connection.execute(
                        "SELECT seq, at, type, message, run, status FROM changes WHERE chat = ? AND seq > ?"
                        " ORDER BY seq LIMIT ?",
                        (id, after, _FEED),
                    )
                )
            ]
        )


def _any(rows: Any) -> Any:
    """Rows whose columns have the types that the schema gives them."""
    return rows


def _chat(values: Any) -> ChatValue:
    id, title, settings, head, created_at, updated_at, key = values
    return ChatValue(id, _settings.decode(settings), created_at, updated_at, title, head, key)


def _find(connection: apsw.Connection, column: str, value: str) -> ChatValue | None:
    values = connection.execute(f"SELECT {_COLUMNS} FROM chats WHERE {column} = ?", (value,)).fetchone()
    return None if values is None else _chat(values)


def _get(connection: apsw.Connection, id: str) -> ChatValue:
    found = _find(connection, "id", id)
    if found is None:
        raise UnknownChat(f"there is no chat {id}", chat=id)
    return found
