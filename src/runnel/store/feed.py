"""A reader's place in a chat's feed: the like of a log's cursor."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager

from ..database import Database, Signal, all_at, unheard
from ..vocabulary.chats import ChatChange

__all__ = ["Feed"]


class Feed:
    """The place in a chat's feed after the change `seq`. `over` once the chat is deleted. `changed` is called when
    there may be more than the last `take` gave; it is set before the first one. `read` gives the changes after one, a
    page of them, or None where the chat is not there."""

    whole = False  # a feed has no end

    def __init__(
        self, database: Database, id: str, after: int, read: Callable[[str, int], Awaitable[list[ChatChange] | None]]
    ) -> None:
        self.seq = after
        self.over = False
        self.changed: Callable[[], None] = unheard
        self._id = id
        self._read = read
        self._database = database
        self._signal: Signal | None = None
        self._watching: AbstractContextManager[None] | None = None

    def take_now(self) -> None:
        """A feed is read from the database."""

    async def take(self) -> list[ChatChange]:
        """The changes after the place; it is after them then. Nothing where there are none yet, or it is `over`."""
        if self.over:
            return []
        if self._signal is None:
            self._watching = self._database.watch()
            self._watching.__enter__()
            self._signal = self._database.signal(f"chat:{self._id}")
            self._signal.listen(self.changed)
        changes = await self._read(self._id, self.seq)
        if changes is None:
            self.over = True
            return []
        if changes:
            self.seq = changes[-1].seq
        return changes

    async def last(self) -> int:
        """The `seq` of the last change that there is."""
        sql = "SELECT coalesce(max(seq), 0) FROM changes WHERE chat = ?"
        found: int = await self._database.read(lambda connection: connection.execute(sql, (self._id,)).get)
        return found

    def changes(self) -> AsyncIterator[ChatChange]:
        """All that comes after the place, until the chat is deleted; closes the feed then."""
        return all_at(self)

    def close(self) -> None:
        """Be told nothing more. Idempotent."""
        self.over = True
        if self._signal is not None:
            self._signal.unlisten(self.changed)
            self._signal = None
        if self._watching is not None:
            self._watching.__exit__(None, None, None)
            self._watching = None
