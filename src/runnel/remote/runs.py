"""Runs on a server, as the handles of runs want them."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx2
import msgspec

from ..errors import Closed, Misuse
from ..log import Cursor, Segment
from ..store import RunInput
from ..vocabulary.failures import rebuild
from ..vocabulary.fold import MessageFold
from ..vocabulary.messages import MessageValue, Status
from ..vocabulary.requests import Request
from ..vocabulary.runs import RunValue
from .connection import Connection, Problem

__all__ = ["RemoteRuns", "RunAnswer", "part"]

_PROBLEM = b'{"type":"error"'


class _ProblemLine(msgspec.Struct):
    problem: Problem


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
        patience = None
        over = False
        while not over:
            try:
                async with self._connection.stream(f"/api/runs/{part(id)}/events", {"after": after}) as answer:
                    over = answer.status_code == 204
                    async for segment in _segments(answer, after):
                        patience = None
                        after = segment.last
                        over = segment.ended
                        yield segment
                if not over:  # the server is ending, and back in a moment
                    patience = patience or self._connection.patience()
                    await patience.wait(None)
            except httpx2.TransportError as error:
                patience = patience or self._connection.patience()
                await patience.wait(error)
            except Closed:
                if not self._connection.is_open:
                    raise
                patience = patience or self._connection.patience()
                await patience.wait(None)

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
        path = f"/api/runs/{part(run)}"
        if given.kind == "approval":
            body = {"approve": bool(given.approve), "arguments": given.arguments, "note": given.note}
            await self._connection.ask(type(None), "POST", f"{path}/approvals/{part(given.about)}", body)
        elif given.kind == "input":
            body = {"text": given.text}
            await self._connection.ask(type(None), "POST", f"{path}/inputs/{part(given.about)}", body)
        else:
            await self._connection.ask(type(None), "POST", f"{path}/steer", {"text": given.text})

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


async def _segments(answer: httpx2.Response, after: int) -> AsyncIterator[Segment]:
    """The whole lines of what comes, as they come."""
    rest = b""
    async for data in answer.aiter_raw():
        whole, newline, rest = (rest + data).rpartition(b"\n")
        lines = [line for line in whole.split(b"\n") if line]  # an empty one only says that the server is there
        problem = lines.pop() if lines and lines[-1].startswith(_PROBLEM) else None
        if lines:
            data = b"\n".join(lines) + newline
            yield Segment(after + 1, after + len(lines), data)
            after += len(lines)
        if problem is not None:
            found = msgspec.json.decode(problem, type=_ProblemLine).problem
            raise rebuild(found.code, found.detail, found.details)


def part(id: str) -> str:
    """An id as a part of a path."""
    return quote(id, safe="")
