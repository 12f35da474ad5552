"""Runs on a server, as the handles of runs want them."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

import msgspec

from ..errors import Misuse
from ..log import Cursor, Segment
from ..store import RunInput
from ..vocabulary.fold import MessageFold
from ..vocabulary.messages import MessageValue, Status
from ..vocabulary.requests import Request
from ..vocabulary.runs import RunValue
from .connection import Connection

__all__ = ["RemoteRuns", "RunAnswer", "part"]


class RunAnswer(msgspec.Struct):
    """A run as the server describes it; of one that has just been started, the part that is known."""

    id: str
    status: Status
    kind: str = "answer"
    began_at: int = 0
    chat_id: str | None = None
    message_id: str | None = None
    question_id: str | None = None
    model: str | None = None
    waits_for: tuple[Request, ...] = ()
    last_seq: int = 0

    @property
    def value(self) -> RunValue:
        """The run as a value."""
        return RunValue(
            self.id,
            self.kind,
            self.status,
            self.began_at,
            self.chat_id,
            self.message_id,
            self.question_id,
            self.model,
        )


class RemoteRuns:
    """A RunBackend. A stream that breaks goes on after the last event that came, for as long as the server comes back
    in time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, id: str) -> RunAnswer:
        """The run with an id. Raises UnknownRun."""
        return await self._connection.ask(RunAnswer, "GET", f"/api/runs/{part(id)}")

    def makes(self, id: str) -> bool:
        """Nothing is made here."""
        return False

    async def follow(self, id: str, after: int = 0) -> AsyncIterator[Segment]:
        """The run's events after `after`, until it ends. Raises UnknownRun, ServerUnreachable."""
        async with aclosing(self._connection.follow(f"/api/runs/{part(id)}/events", lambda: after)) as found:
            async for lines in found:
                segment = Segment(after + 1, after + len(lines), b"\n".join([*lines, b""]))
                after = segment.last
                yield segment
                if segment.ended:
                    return

    async def cursor(self, id: str, after: int = 0) -> Cursor:
        """A place in a log is for who has the log."""
        raise Misuse("a run on a server is followed with `events` or `segments`: its log is not here")

    async def wait(self, id: str) -> MessageValue:
        """What the run made, once it has ended."""
        run = await self.get(id)
        fold = MessageFold()
        if not run.status.ended or run.message_id is None:
            async for segment in self.follow(id):
                fold.apply_all(segment.events)
        if run.message_id is None:
            return fold.value()
        value = await self.message(run.message_id)
        # The log ends a moment before the message is stored for good.
        return value if value.status.ended else fold.value()

    async def cancel(self, id: str) -> None:
        """End the run as `cancelled`, and return once it has ended. Raises UnknownRun."""
        await self._connection.ask(MessageValue, "POST", f"/api/runs/{part(id)}/cancel")

    async def give(self, run: str, given: RunInput) -> None:
        """Hand a person's word to a run. Raises UnknownRun, NotWaiting."""
        if given.kind == "approval":
            body: dict[str, Any] = {"approve": bool(given.approve), "arguments": given.arguments, "note": given.note}
            place = f"approvals/{part(given.about)}"
        elif given.kind == "input":
            body = {"text": given.text}
            place = f"inputs/{part(given.about)}"
        else:
            body, place = {"text": given.text}, "steer"
        await self._connection.ask(type(None), "POST", f"/api/runs/{part(run)}/{place}", body, once=True)

    async def waits_for(self, id: str) -> tuple[Request, ...]:
        """What the run asks of people now. Raises UnknownRun."""
        return (await self.get(id)).waits_for

    async def last_seq(self, id: str) -> int:
        """The `seq` of the last event that is there now. Raises UnknownRun."""
        return (await self.get(id)).last_seq

    async def message(self, id: str) -> MessageValue:
        """The message with an id, as it now stands. Raises UnknownMessage."""
        return await self._connection.ask(MessageValue, "GET", f"/api/messages/{part(id)}")

    async def folded(self, id: str) -> MessageValue:
        """What the run's events so far make. Raises UnknownRun."""
        return (await self._folded(id)).value()

    async def _folded(self, id: str) -> MessageFold:
        run, fold = await self.get(id), MessageFold()
        if run.last_seq:
            async for segment in self.follow(id):
                fold.apply_all(segment.events)
                if fold.last_seq >= run.last_seq:
                    break
        return fold


def part(id: str) -> str:
    """An id as a part of a path."""
    return quote(id, safe="")
