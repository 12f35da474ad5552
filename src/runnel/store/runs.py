"""The rows of runs: who owns each, where it stands, what it needs to go on in another process."""

import asyncio
import time
from collections.abc import Collection, Iterable
from typing import Any

import apsw
import msgspec

from ..database import Database, Part
from ..errors import KeyConflict, RunInProgress, UnknownChat, UnknownRun
from ..vocabulary.chats import ChatSettings, title_of
from ..vocabulary.messages import MessageValue, Status
from ..vocabulary.runs import RunValue, TraceContext
from .notices import add_notices
from .quotas import UNLIMITED, Quotas
from .rows import OPEN, SAID, add_change, insert_message, message, mine, own_id, update_message

__all__ = ["RunRow", "RunSpec", "Runs", "now_ms", "numbered_runs"]


def now_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000


class RunSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a run was asked to do, enough to begin it in another process.

    `question` and `going_on` are ids of messages: the question answered, and the message whose text is gone on from.
    `documents` are what an indexing run was given. `queued_behind` says that it waits for the chat's earlier runs,
    `after` the run, of whichever chat, whose end it waits for before that. `settings` hold in place of the chat's.
    `memo` is what a surface keeps of the request, for itself, `trace` the caller's trace.
    """

    kind: str
    model: str | None = None
    question: str | None = None
    going_on: str | None = None
    documents: tuple[str, ...] = ()
    queued_behind: bool = False
    after: str | None = None
    settings: ChatSettings | None = None
    memo: dict[str, Any] = {}
    trace: TraceContext | None = None


class RunRow(msgspec.Struct, frozen=True):
    """A run as the store knows it. `began_at` is Unix milliseconds. `user` is whose it is: of a run of a chat, whose
    that is."""

    id: str
    kind: str
    chat: str | None
    message: str | None
    status: Status
    owner: str
    cancelling: bool
    began_at: int
    spec: RunSpec
    number: int = 0
    user: str | None = None

    @property
    def value(self) -> RunValue:
        """What others than its owner know of it."""
        spec = self.spec
        asked = spec.question, spec.model, spec.memo, spec.trace
        return RunValue(self.id, self.kind, self.status, self.began_at, self.chat, self.message, *asked)


_COLUMNS = "id, kind, chat, message, status, owner, cancelling, began_at, spec, number, user"
_spec: msgspec.json.Decoder[RunSpec] = msgspec.json.Decoder(RunSpec)


def _row(values: tuple[object, ...]) -> RunRow:
    id, kind, chat, message, status, owner, cancelling, began_at, spec, number, user = values
    return RunRow(
        str(id),
        str(kind),
        None if chat is None else str(chat),
        None if message is None else str(message),
        Status(str(status)),
        str(owner),
        bool(cancelling),
        int(str(began_at)),
        _spec.decode(str(spec)),
        int(str(number)),
        None if user is None else str(user),
    )


class Runs:
    """Runs in a `Database` that was opened with the store's migrations: all of them, or those of `user` alone, to whom
    another's are not there."""

    def __init__(
        self, database: Database, notify: Iterable[str] = (), user: str | None = None, quotas: Quotas = UNLIMITED
    ) -> None:
        """`notify` are the targets that are told of every run that ends, or waits, here."""
        self._database = database
        self._notify = tuple(notify)
        self._user = user
        self._quotas = quotas

    def as_user(self, user: str) -> "Runs":
        """What is this user's of it."""
        return Runs(self._database, self._notify, user, self._quotas)

    async def begin(
        self,
        row: RunRow,
        messages: Iterable[MessageValue],
        after_head: bool = True,
        beginning: Part | None = None,
    ) -> RunRow:
        """Add a run and the new messages of its turn, in one transaction, and move the chat's head to the last of them.
        What `beginning` writes is a part of it. A chat without a title is called after its first question.

        The first of them follows the head where `after_head` says so, else the parent that it names.

        Returns the run that was there already where `row.id` was used before for the same thing. A run that is
        `queued_behind` others leaves the head alone: it takes its place when it starts. Raises RunInProgress (whose
        `details["run"]` names it) where another run of the chat is going and this one is not `queued_behind`, and
        KeyConflict where the id was used for another chat, kind or question; UnknownChat where the chat was deleted;
        LimitReached where too many runs of its user are going.
        """
        new = tuple(messages)

        def work(connection: apsw.Connection) -> RunRow:
            same = _find(connection, row.id)
            if same is not None:
                return _same(connection, same, row, new)
            head, user, title = (None, row.user, "") if row.chat is None else _of_chat(connection, row.chat)
            if row.chat is not None and not row.spec.queued_behind:
                going = connection.execute(
                    f"SELECT id FROM runs INDEXED BY runs_open WHERE chat = ? AND status IN {OPEN}"
                    " ORDER BY number LIMIT 1",
                    (row.chat,),
                ).fetchone()
                if going is not None:
                    raise RunInProgress(
                        f"chat {row.chat} is answering already (run {going[0]}): wait for it, cancel it, or say what"
                        " to do with if_busy='enqueue', 'interrupt' or 'rollback'",
                        chat=row.chat,
                        run=going[0],
                    )
            self._quotas.check_runs(connection, user)
            at = row.began_at
            follows_head = after_head and not row.spec.queued_behind
            for n, value in enumerate(new):
                if n == 0 and follows_head:
                    value = msgspec.structs.replace(value, parent=head)
                insert_message(connection, value)
                add_change(connection, row.chat, at, "message.added", message=value.id, status=value.status)
            connection.execute(
                "INSERT INTO runs (id, kind, chat, message, status, owner, began_at, spec, user)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row.id,
                    row.kind,
                    row.chat,
                    row.message,
                    row.status.value,
                    row.owner,
                    at,
                    msgspec.json.encode(row.spec).decode(),
                    user,
                ),
            )
            if new and not row.spec.queued_behind:
                connection.execute("UPDATE chats SET head = ? WHERE id = ?", (new[-1].id, row.chat))
                if not title and head is None and (title := title_of(new[0].content)):
                    connection.execute("UPDATE chats SET title = ? WHERE id = ?", (title, row.chat))
                    add_change(connection, row.chat, at, "chat.changed")
            add_change(connection, row.chat, at, "run.started", message=row.message, run=row.id, status=row.status)
            if beginning is not None:
                beginning.write(connection)
            return row

        def shown(began: RunRow) -> None:
            if began is row and beginning is not None:
                beginning.written()
            self._fire(row.chat)

        return await self._database.write(work, shown, small=False)

    async def take_turn(self, id: str) -> None:
        """A run that was queued behind others starts: its question follows the chat's head now, and its message
        becomes the head."""

        def work(connection: apsw.Connection) -> None:
            row = _get(connection, id)
            if row.spec.queued_behind and row.spec.question is not None and row.chat is not None:
                question = message(connection, row.spec.question)
                if question is not None:
                    head = _of_chat(connection, row.chat)[0]
                    update_message(connection, msgspec.structs.replace(question, parent=head))
                connection.execute("UPDATE chats SET head = ? WHERE id = ?", (row.message, row.chat))
                spec = msgspec.structs.replace(row.spec, queued_behind=False)
                connection.execute("UPDATE runs SET spec = ? WHERE id = ?", (msgspec.json.encode(spec).decode(), id))

        await self._database.write(work)

    async def get(self, id: str) -> RunRow:
        """A run, by its id; a user's by their own for it too. Raises UnknownRun."""
        if self._user is None:
            return await self._database.look(lambda connection: _get(connection, id))
        sql = f"SELECT {_COLUMNS} FROM runs WHERE id IN (:id, :own) AND user = :user ORDER BY id = :own LIMIT 1"
        values = {"id": id, "own": own_id(self._user, "run", id), "user": self._user}
        found = await self._database.look(lambda connection: connection.execute(sql, values).fetchone())
        if found is None:
            raise _unknown(id)
        return _row(found)

    async def newest(
        self,
        limit: int = 50,
        before: str | None = None,
        chat: str | None = None,
        statuses: Collection[Status] | None = None,
    ) -> list[RunRow]:
        """The newest runs first: of a chat, in one of `statuses`. `before` is the id of the last run of the page
        before."""
        where, index, order = f"1{mine(self._user)}", "", "number"
        if chat is not None:
            where += " AND chat = :chat"
            index = "INDEXED BY runs_by_chat"
        if statuses is not None:
            where += " AND status IN (SELECT value FROM json_each(:statuses))"
            if not any(status.ended for status in statuses):
                where += f" AND status IN {OPEN}"  # of these there are few, and an index
                index = "INDEXED BY runs_open" if chat is not None or self._user is None else ""
                order = "number" if chat is not None or self._user is not None else "+number"
        if before is not None:
            where += f" AND number < (SELECT number FROM runs WHERE id = :before{mine(self._user)})"
        values = {
            "user": self._user,
            "chat": chat,
            "statuses": msgspec.json.encode(sorted(statuses or ())).decode(),
            "before": before,
            "limit": limit,
        }
        sql = f"SELECT {_COLUMNS} FROM runs {index} WHERE {where} ORDER BY {order} DESC LIMIT :limit"
        return await self._database.read(lambda connection: [_row(row) for row in connection.execute(sql, values)])

    async def count_going(self) -> int:
        """How many runs have not ended."""
        sql = f"SELECT count(*) FROM runs WHERE status IN {OPEN}{mine(self._user)}"
        return await self._database.read(lambda connection: int(connection.execute(sql, {"user": self._user}).get))

    async def count_by_status(self) -> dict[str, int]:
        """How many runs are in each status but the ends."""
        sql = f"SELECT status, count(*) FROM runs WHERE status IN {OPEN}{mine(self._user)} GROUP BY status"
        return await self._database.read(lambda connection: dict(connection.execute(sql, {"user": self._user})))

    async def going(self, chat: str | None = None) -> list[RunRow]:
        """The runs that have not ended, of one chat or of all, in the order in which they were asked for."""
        where = "" if chat is None else " AND chat = :chat"
        sql = f"SELECT {_COLUMNS} FROM runs INDEXED BY runs_open WHERE status IN {OPEN}{where} ORDER BY number"
        return await self._database.read(
            lambda connection: [_row(values) for values in connection.execute(sql, {"chat": chat})]
        )

    async def owners(self) -> list[str]:
        """Who makes the runs that have not ended."""
        sql = f"SELECT DISTINCT owner FROM runs INDEXED BY runs_owned WHERE status IN {OPEN}"
        return await self._database.look(lambda connection: [str(owner) for (owner,) in connection.execute(sql)])

    async def indexing(self) -> list[RunRow]:
        """The runs that index and have not ended, in the order in which they were asked for."""
        sql = (
            f"SELECT {_COLUMNS} FROM runs INDEXED BY runs_open WHERE status IN {OPEN} AND chat IS NULL"
            " AND kind = 'index' ORDER BY number"
        )
        return await self._database.read(lambda connection: [_row(values) for values in connection.execute(sql)])

    async def adopt(self, id: str, old_owner: str, new_owner: str) -> bool:
        """Take a dead owner's run over; False where another process was first, or it has ended."""

        def work(connection: apsw.Connection) -> bool:
            connection.execute(
                f"UPDATE runs SET owner = ? WHERE id = ? AND owner = ? AND status IN {OPEN}", (new_owner, id, old_owner)
            )
            return connection.changes() == 1

        return await self._database.write(work)

    def change_status(self, row: RunRow, status: Status) -> asyncio.Future[bool]:
        """The run goes on with another status. The write is queued by the time this returns."""
        at = now_ms()

        def work(connection: apsw.Connection) -> bool:
            connection.execute(f"UPDATE runs SET status = ? WHERE id = ? AND status IN {OPEN}", (status.value, row.id))
            if connection.changes() != 1:
                return False  # it has ended, or another owner has it
            connection.execute("UPDATE messages SET status = ? WHERE id = ?", (status.value, row.message))
            add_change(connection, row.chat, at, "run.changed", message=row.message, run=row.id, status=status)
            return status is Status.WAITING and self._leave_word(connection, row, status, at)

        return self._database.write(work, lambda word: self._fire(row.chat, word), small=True)

    async def end(self, row: RunRow, status: Status, value: MessageValue) -> None:
        """The run has ended, and `value` is its message, if it has one, for good. Idempotent."""
        at = now_ms()

        def work(connection: apsw.Connection) -> bool:
            connection.execute(f"UPDATE runs SET status = ? WHERE id = ? AND status IN {OPEN}", (status.value, row.id))
            if connection.changes() != 1:
                return False
            if row.message is not None:
                update_message(connection, value)
                add_change(connection, row.chat, at, "message.changed", message=value.id, status=status)
            add_change(connection, row.chat, at, "run.changed", message=row.message, run=row.id, status=status)
            return self._leave_word(connection, row, status, at)

        self._fire(row.chat, await self._database.write(work))
        self._database.fire(f"run:{row.id}")
        self._database.fire(SAID)

    async def ask_to_cancel(self, id: str) -> None:
        """Leave word for the run's owner, in whichever process, that somebody asked to cancel it."""

        def work(connection: apsw.Connection) -> None:
            connection.execute("UPDATE runs SET cancelling = 1 WHERE id = ?", (id,))

        await self._database.write(work)
        self._database.fire("asked")

    async def to_cancel(self, owner: str) -> list[str]:
        """The owner's runs that somebody asked to cancel."""
        return await self._database.look(
            lambda connection: [
                str(id)
                for (id,) in connection.execute(
                    f"SELECT id FROM runs WHERE owner = ? AND cancelling = 1 AND status IN {OPEN}", (owner,)
                )
            ]
        )

    def _leave_word(self, connection: apsw.Connection, row: RunRow, status: Status, at: int) -> bool:
        return add_notices(connection, self._notify, row.chat, row.id, status, at)

    def _fire(self, chat: str | None, word: bool = False) -> None:
        if chat is not None:
            self._database.fire(f"chat:{chat}")
        if word:
            self._database.fire("notices")


def numbered_runs(
    connection: apsw.Connection, prefix: str, limit: int | None = None, before: str | None = None
) -> list[RunRow]:
    """The runs whose ids are `prefix` and a number, all of as many digits, in their order: the last `limit` of them, of
    those before the run `before`. Costs what it returns."""
    after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM runs WHERE id > ? AND id < ? AND substr(id, ?) NOT GLOB '*[^0-9]*'"
        " ORDER BY id DESC LIMIT ?",
        (prefix, after if before is None else min(before, after), len(prefix) + 1, -1 if limit is None else limit),
    )
    return [_row(values) for values in found][::-1]


def _of_chat(connection: apsw.Connection, chat: str) -> tuple[str | None, str | None, str]:
    """The head of a chat, its user and its title. Raises UnknownChat."""
    row: Any = connection.execute(
        "SELECT head, user, title FROM chats WHERE id = ? AND deleted_at IS NULL", (chat,)
    ).fetchone()
    if row is None:
        raise UnknownChat(f"there is no chat {chat}", chat=chat)
    return row[0], row[1], row[2]


def _find(connection: apsw.Connection, id: str) -> RunRow | None:
    values = connection.execute(f"SELECT {_COLUMNS} FROM runs WHERE id = ?", (id,)).fetchone()
    return None if values is None else _row(values)


def _get(connection: apsw.Connection, id: str) -> RunRow:
    row = _find(connection, id)
    if row is None:
        raise _unknown(id)
    return row


def _unknown(id: str) -> UnknownRun:
    return UnknownRun(f"there is no run {id}", run=id)


def _same(connection: apsw.Connection, there: RunRow, asked: RunRow, new: tuple[MessageValue, ...]) -> RunRow:
    question = message(connection, there.spec.question) if there.spec.question else None
    asked_question = next((value for value in new if value.id == asked.spec.question), None)
    if (there.chat, there.kind) != (asked.chat, asked.kind) or (
        asked_question is not None and (question is None or question.parts != asked_question.parts)
    ):
        raise KeyConflict(f"the id {asked.id} was used before, for another chat or question", run=asked.id)
    return there
