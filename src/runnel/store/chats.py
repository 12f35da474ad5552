"""The rows of chats, their messages and their feeds."""

from collections.abc import AsyncIterator, Callable, Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

import apsw
import msgspec

from ..database import Database
from ..errors import UnknownChat, UnknownMessage
from ..vocabulary.chats import ChatChange, ChatSettings, ChatValue, Match
from ..vocabulary.messages import MessageValue, PartKind, Status
from .feed import Feed
from .forks import LINE, SHARED, shares
from .kept import kept
from .quotas import UNLIMITED, Quotas
from .rows import OPEN, add_change, branch, following, last_turn, message, mine
from .search_index import catch_up
from .searching import find, matches
from .wanted import words_of

__all__ = ["Chats"]

_STORED = "id, title, settings, head, created_at, updated_at, key, user, unlisted"
_COLUMNS = (
    f"{_STORED}, (SELECT r.id FROM runs r INDEXED BY runs_open WHERE r.chat = chats.id AND r.status IN {OPEN}"
    " ORDER BY r.number LIMIT 1)"
)
_settings: msgspec.json.Decoder[ChatSettings] = msgspec.json.Decoder(ChatSettings)
# Of a message `m` without a parent: it has a place; a question that waits for its turn has none yet.
_PLACED = (
    f"NOT EXISTS (SELECT 1 FROM runs r INDEXED BY runs_open WHERE r.chat = m.chat AND r.status IN {OPEN}"
    " AND r.status = 'queued' AND m.id IN (r.message, r.spec ->> 'question'))"
)
# A first message `m` of the chat `:chat`, or of one that it was forked from.
_FIRST = f"m.chat IN (SELECT chat FROM line) AND m.parent IS NULL AND {_PLACED}"
_FEED = 1000


class Chats:
    """Chats in a `Database` that was opened with the store's migrations: all of them, or those of `user` alone, to
    whom another's chats and messages are not there."""

    def __init__(self, database: Database, user: str | None = None, quotas: Quotas = UNLIMITED) -> None:
        self._database = database
        self._user = user
        self._quotas = quotas

    def as_user(self, user: str) -> "Chats":
        """What is this user's of it."""
        return Chats(self._database, user, self._quotas)

    async def add(self, chat: ChatValue) -> ChatValue:
        """Add a chat; returns the one of its user that has its key already where there is one, whoever came first.
        Raises UnknownMessage where its head is none, LimitReached where its user has too many, and Misuse where its
        settings are none."""
        chat = kept("the chat", chat)

        def work(connection: apsw.Connection) -> ChatValue:
            found = None if chat.key is None else _by_key(connection, chat.key, chat.user)
            if found is not None:
                return found
            if chat.head is not None:
                self._message(connection, chat.head)  # a fork: what it shares may have been deleted meanwhile
            if not chat.unlisted:
                self._quotas.check_chats(connection, chat.user)
            connection.execute(
                f"INSERT INTO chats ({_STORED}, base) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    chat.id,
                    chat.title,
                    msgspec.json.encode(chat.settings).decode(),
                    chat.head,
                    chat.created_at,
                    chat.updated_at,
                    chat.key,
                    chat.user,
                    chat.unlisted,
                    chat.head,
                ),
            )
            add_change(connection, chat.id, chat.created_at, "chat.changed")
            return chat

        return await self._database.write(work)

    async def by_key(self, key: str) -> ChatValue | None:
        """The user's chat with that key, if there is one; without a user, nobody's."""
        return await self._database.look(lambda connection: _by_key(connection, key, self._user))

    async def get(self, id: str) -> ChatValue:
        """A chat. Raises UnknownChat."""
        return await self._database.look(lambda connection: self._get(connection, id))

    async def by_use(self, limit: int = 50, before: str | None = None) -> list[ChatValue]:
        """Chats by their last use, the latest first; `before` is the id of the last chat of the page before."""
        where = f"deleted_at IS NULL AND unlisted = 0{mine(self._user)}"
        if before is not None:
            last = f"SELECT updated_at, id FROM chats WHERE id = :before{mine(self._user)}"
            where += f" AND (updated_at, id) < ({last})"
        sql = f"SELECT {_COLUMNS} FROM chats WHERE {where} ORDER BY updated_at DESC, id DESC LIMIT :limit"
        values = {"before": before, "limit": limit, "user": self._user}
        return await self._database.read(lambda connection: [_chat(row) for row in connection.execute(sql, values)])

    async def search(
        self, search: str, limit: int = 50, before: str | None = None
    ) -> list[tuple[ChatValue, Match | None]]:
        """Chats that have all words of `search` in their titles, or in what was said in them, and where: those whose
        titles have them first, and by their last use. Without a word, all. `before` is as in `by_use`."""
        words = words_of(search)
        if not words:
            return [(value, None) for value in await self.by_use(limit, before)]
        await catch_up(self._database)

        def work(connection: apsw.Connection) -> list[tuple[ChatValue, Match | None]]:
            ids = find(connection, words, self._user, limit, before)
            found = [self._get(connection, id) for id in ids]
            where = matches(connection, words, {value.id: value.title for value in found})
            return [(value, where[value.id]) for value in found]

        return await self._database.read(work)

    async def count(self) -> int:
        """How many chats there are."""
        sql = f"SELECT count(*) FROM chats WHERE deleted_at IS NULL AND unlisted = 0{mine(self._user)}"
        return await self._database.read(lambda connection: int(connection.execute(sql, {"user": self._user}).get))

    async def change(
        self,
        id: str,
        at: int,
        *,
        settings: ChatSettings | None = None,
        title: str | None = None,
        head: str | None = None,
    ) -> ChatValue:
        """Change what is given, and return the chat. Raises UnknownChat, and Misuse like `add`."""
        new = kept("the chat", ChatValue(id, settings or ChatSettings(), at, at, title or ""))

        def work(connection: apsw.Connection) -> ChatValue:
            self._get(connection, id)
            connection.execute(
                "UPDATE chats SET settings = coalesce(?, settings), title = coalesce(?, title),"
                " head = coalesce(?, head) WHERE id = ?",
                (settings and msgspec.json.encode(new.settings).decode(), title, head, id),
            )
            add_change(connection, id, at, "chat.changed")
            return self._get(connection, id)

        chat = await self._database.write(work)
        self._database.fire(f"chat:{id}")
        return chat

    async def message(self, id: str) -> MessageValue:
        """A message as it was last stored. Raises UnknownMessage."""
        return await self._database.look(lambda connection: self._message(connection, id))

    async def message_of(self, id: str, chat: str) -> MessageValue:
        """A message of a chat, or of one that it shares some with. Raises UnknownMessage."""
        return await self._database.look(lambda connection: self._message_of(connection, id, chat))

    async def branch(
        self,
        head: str | None,
        limit: int | None = None,
        kinds: Iterable[PartKind] | None = None,
        after: str | None = None,
    ) -> list[MessageValue]:
        """The last `limit` messages of the branch that ends with `head`, or the first after its message `after`; oldest
        first, as they were last stored. Raises UnknownMessage where `after` is not on it."""
        if limit is not None and limit <= 0:
            return []
        if after is None:
            return [] if head is None else await self._database.read(lambda one: branch(one, head, limit, kinds))
        found = None
        if head is not None:
            found = await self._database.read(lambda one: following(one, head, after, limit, kinds))
        if found is None:
            raise UnknownMessage(f"there is no message {after} on this branch", message=after)
        return found

    async def last_turn(self, id: str, kinds: Iterable[PartKind]) -> list[MessageValue]:
        """What the current branch of a chat says after the user's last message, as it was last stored, with the parts
        of `kinds` only. Costs the same however long the chat is. Raises UnknownChat."""

        def work(connection: apsw.Connection) -> list[MessageValue]:
            head = self._get(connection, id).head
            return [] if head is None else last_turn(connection, head, kinds)

        return await self._database.read(work)

    async def alternatives(self, id: str, chat: str) -> list[MessageValue]:
        """The messages that stand where `id` does in a chat: with its parent, itself among them, in the order in which
        they were made. Raises UnknownMessage."""

        def work(connection: apsw.Connection) -> list[MessageValue]:
            value = self._message_of(connection, id, chat)
            place = _FIRST if value.parent is None else "parent = :parent"
            rows = _any(
                connection.execute(
                    f"WITH RECURSIVE {LINE} SELECT id FROM messages m WHERE {place} AND {SHARED} ORDER BY number",
                    {"parent": value.parent, "chat": chat},
                )
            )
            found = [message(connection, one) for (one,) in rows.fetchall()]
            return [one for one in found if one is not None and one.role == value.role]

        return await self._database.read(work)

    async def places(self, ids: Iterable[str], chat: str) -> dict[str, tuple[str, ...]]:
        """Of each of these messages that is not the only one in its place, the ids of all that stand there, as
        `alternatives` has them."""
        whose = f"SELECT id FROM chats WHERE deleted_at IS NULL{mine(self._user)}"
        sql = (
            f"WITH RECURSIVE {LINE}, asked AS MATERIALIZED (SELECT m.number, m.id, m.parent, m.body"
            f" FROM json_each(:ids) given JOIN messages m ON m.id = given.value WHERE m.chat IN ({whose})),"
            # Nearly all are alone in their places: only the others are looked into.
            " beside AS (SELECT a.id AS asked, a.body AS one, m.number, m.id, m.body FROM asked a JOIN messages m"
            f" ON m.parent = a.parent AND m.number != a.number AND {SHARED} UNION ALL"
            " SELECT a.id, a.body, m.number, m.id, m.body FROM asked a JOIN messages m"
            f" ON {_FIRST} AND m.number != a.number WHERE a.parent IS NULL)"
            " SELECT asked, number, id FROM beside"
            " WHERE CAST(one AS TEXT) ->> 'role' = CAST(body AS TEXT) ->> 'role'"
            " UNION SELECT id, number, id FROM asked ORDER BY 1, 2"
        )
        values = {"ids": msgspec.json.encode(list(ids)).decode(), "user": self._user, "chat": chat}
        rows = await self._database.read(lambda connection: _any(connection.execute(sql, values)).fetchall())
        found = {asked: tuple([row[2] for row in of]) for asked, of in groupby(rows, itemgetter(0))}
        return {asked: of for asked, of in found.items() if len(of) > 1}

    async def leaf(self, id: str, chat: str) -> str:
        """The end of the branch that goes on from a message in a chat, by the newest one at each parting. Raises
        UnknownMessage, also where the message is of a chat that this one shares nothing with."""

        def work(connection: apsw.Connection) -> str:
            last = self._message_of(connection, id, chat).id
            while True:
                row = connection.execute(
                    f"WITH RECURSIVE {LINE} SELECT m.id FROM messages m JOIN line ON line.chat = m.chat"
                    f" WHERE m.parent = :id AND {SHARED} ORDER BY nth, number DESC LIMIT 1",
                    {"chat": chat, "id": last},
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
            chat = self._get(connection, id)
            return chat, branch(connection, question, page(chat.settings) + 1)

        chat, messages = await self._database.look(work)
        if not messages:
            raise UnknownMessage(f"there is no message {question}", message=question)
        return chat, messages[-1], messages[:-1]

    async def follow(self, id: str, after: int = 0) -> AsyncIterator[ChatChange]:
        """The chat's feed after change `after`, and what comes, until the reader leaves, or the chat is deleted. Raises
        UnknownChat."""
        async for change in (await self.feed(id, after)).changes():
            yield change

    async def feed(self, id: str, after: int = 0) -> Feed:
        """A reader's place in the chat's feed, to be closed. Raises UnknownChat."""
        await self.get(id)
        return Feed(self._database, id, after, self._changes)

    async def _changes(self, id: str, after: int) -> list[ChatChange] | None:
        """None where the chat was deleted."""

        def work(connection: apsw.Connection) -> list[ChatChange] | None:
            there = connection.execute("SELECT 1 FROM chats WHERE id = ? AND deleted_at IS NULL", (id,)).fetchone()
            rows = connection.execute(
                "SELECT seq, at, type, message, run, status FROM changes WHERE chat = ? AND seq > ?"
                " ORDER BY seq LIMIT ?",
                (id, after, _FEED),
            )
            found = [
                ChatChange(seq, at, type, about, run, None if status is None else Status(status))
                for seq, at, type, about, run, status in _any(rows)
            ]
            return None if there is None else found

        return await self._database.read(work)

    def _get(self, connection: apsw.Connection, id: str) -> ChatValue:
        sql = f"SELECT {_COLUMNS} FROM chats WHERE id = :id AND deleted_at IS NULL{mine(self._user)}"
        values = connection.execute(sql, {"id": id, "user": self._user}).fetchone()
        if values is None:
            raise UnknownChat(f"there is no chat {id}", chat=id)
        return _chat(values)

    def _message(self, connection: apsw.Connection, id: str) -> MessageValue:
        found = message(connection, id)
        if found is not None and self._user is not None:
            sql = "SELECT 1 FROM chats WHERE id = ? AND user = ? AND deleted_at IS NULL"
            if connection.execute(sql, (found.chat, self._user)).fetchone() is None:
                found = None
        if found is None:
            raise UnknownMessage(f"there is no message {id}", message=id)
        return found

    def _message_of(self, connection: apsw.Connection, id: str, chat: str) -> MessageValue:
        found = self._message(connection, id)
        if found.chat != chat and not shares(connection, chat, found.chat):
            raise UnknownMessage(f"there is no message {id} in chat {chat}", message=id, chat=chat)
        return found


def _any(rows: Any) -> Any:
    """Rows whose columns have the types that the schema gives them."""
    return rows


def _chat(values: Any) -> ChatValue:
    id, title, settings, head, created_at, updated_at, key, user, unlisted, going = values
    return ChatValue(
        id, _settings.decode(settings), created_at, updated_at, title, head, key, user, going, bool(unlisted)
    )


def _by_key(connection: apsw.Connection, key: str, user: str | None) -> ChatValue | None:
    sql = f"SELECT {_COLUMNS} FROM chats WHERE coalesce(user, '') = ? AND key = ? AND deleted_at IS NULL"
    values = connection.execute(sql, (user or "", key)).fetchone()
    return None if values is None else _chat(values)
