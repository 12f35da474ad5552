"""A chat on a server."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Any

import msgspec

from ..chats.branches import Comparison, id_of
from ..chats.chat import Chat
from ..chats.scheduling import Schedule, is_later, moment
from ..errors import Misuse, NotFound, UnknownChat, UnknownMessage
from ..ids import new_id
from ..models.base import Model
from ..runs.handles import Message, Run
from ..store import Feed
from ..tools import ToolLike
from ..vocabulary.chats import ChatChange, ChatSettings, ChatValue, Head, IfBusy, Match
from ..vocabulary.messages import MediaPart, MessageValue, PartKind, ToolPart
from .connection import Connection
from .runs import RemoteRuns, RunAnswer, part
from .schedules import RemoteSchedules

__all__ = ["RemoteChat", "named_model", "named_tools"]

# Messages that are fetched at a time: as many as there may be, and as many as a turn has.
_PAGE = 1000
_FEW = 8


class _Messages(msgspec.Struct):
    messages: list[MessageValue]


class _Continuing(msgspec.Struct):
    possible: bool


class _Branches(msgspec.Struct):
    common: list[MessageValue]
    left: list[MessageValue]
    right: list[MessageValue]


class _Runs(msgspec.Struct):
    runs: list[RunAnswer]


class RemoteChat(Chat):
    """What a `Chat` is, asked of a server. All that it stands on is there."""

    def __init__(self, connection: Connection, value: ChatValue, match: Match | None = None) -> None:
        self.id = value.id
        self.match = match
        self._connection = connection
        self._runs = RemoteRuns(connection)
        self._value = value
        self._path = f"/api/chats/{part(value.id)}"
        self._schedules = RemoteSchedules(connection, self._path)

    async def start(
        self,
        question: str,
        *,
        media: Sequence[MediaPart] = (),
        if_busy: IfBusy | None = None,
        id: str | None = None,
        after: Run | str | None = None,
        at: datetime | None = None,
        every: str | None = None,
        zone: str | None = None,
    ) -> Any:
        """See Chat. A request that is sent again is the same run, or the same schedule."""
        body: dict[str, Any] = {"prompt": question, "media": media}
        if is_later(at, every, after, if_busy):
            body |= {"at": moment(at)} if at is not None else {"every": every}
            return await self._schedules.add(id, body if zone is None else body | {"zone": zone})
        body |= {"if_busy": if_busy, "after": after.id if isinstance(after, Run) else after}
        key = {"Idempotency-Key": id or new_id("run")}
        answer = await self._connection.ask(RunAnswer, "POST", f"{self._path}/runs", body, headers=key)
        return self._made(answer)

    async def start_from(
        self,
        messages: Sequence[MessageValue],
        *,
        after: Message | str | Head | None = "head",
        settings: ChatSettings | None = None,
        memo: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> Run:
        """Not asked of a server."""
        raise Misuse("a server keeps what was said: ask with start() or answer()")

    async def edit(
        self, message: Message | str, question: str, *, stream: bool = False, media: Sequence[MediaPart] = ()
    ) -> Message:
        """See Chat."""
        return await self._answer_of(f"{_of(message)}/edit", {"prompt": question, "media": media}, stream)

    async def retry(self, message: Message | str | None = None, *, stream: bool = False) -> Message:
        """See Chat."""
        return await self._answer_of(f"{_of(message or await self._head())}/retry", None, stream)

    async def continue_message(self, message: Message | str, *, stream: bool = False) -> Message:
        """See Chat."""
        run = await self._run_of(message)
        return await self._answer_of(f"/api/runs/{part(run)}/continue", None, stream)

    async def can_continue(self, message: Message | str) -> bool:
        """See Chat."""
        path = f"/api/runs/{part(await self._run_of(message))}/continue"
        return (await self._connection.ask(_Continuing, "GET", path, query=self._here)).possible

    @property
    def _here(self) -> dict[str, str]:
        """That a message is meant as this chat has it, which may share it with the one that it was made in."""
        return {"chat": self.id}

    async def _run_of(self, message: Message | str) -> str:
        value = await self._runs.message(id_of(message))
        if value.run is None:
            raise UnknownMessage(f"message {value.id} is by the {value.role}, not by the assistant")
        return value.run

    async def messages(
        self,
        *,
        kinds: Iterable[PartKind] | None = None,
        limit: int | None = None,
        before: Message | str | None = None,
        after: Message | str | None = None,
        branch: Message | str | None = None,
    ) -> list[Message]:
        """See Chat. Many are fetched by pages."""
        wanted = None if kinds is None else frozenset(kinds)
        first = None if before is None else id_of(before)
        last = None if after is None else id_of(after)
        through = None if branch is None else id_of(branch)
        most = _PAGE if limit is None else min(limit, _PAGE)
        found: list[MessageValue] = []
        if last is not None:
            while more := await self._page(
                wanted, most if limit is None else min(most, limit - len(found)), first, last, through
            ):
                found.extend(more)
                last = more[-1].id
            return [Message(self._runs, value) for value in found]
        async with aclosing(self._backwards(wanted, most, first, through)) as messages:
            async for value in messages:
                if limit is not None and len(found) >= limit:
                    break
                found.append(value)
        return [Message(self._runs, value) for value in reversed(found)]

    async def _page(
        self,
        kinds: frozenset[PartKind] | None,
        limit: int,
        before: str | None,
        after: str | None,
        branch: str | None,
    ) -> list[MessageValue]:
        if limit <= 0:
            return []
        named = None if kinds is None else ",".join(sorted(kinds))
        query = {"kinds": named, "limit": limit, "before": before, "after": after, "branch": branch}
        return (await self._connection.ask(_Messages, "GET", f"{self._path}/messages", query=query)).messages

    async def _backwards(
        self, kinds: frozenset[PartKind] | None, page: int, before: str | None = None, branch: str | None = None
    ) -> AsyncGenerator[MessageValue, None]:
        """The messages of a branch from its end on, or from `before`, fetched so many at a time."""
        while found := await self._page(kinds, page, before, None, branch):
            for value in reversed(found):
                yield value
            if found[0].parent is None:
                return
            before = found[0].id

    async def calls(self) -> list[ToolPart]:
        """See Chat."""
        turn: list[MessageValue] = []
        async with aclosing(self._backwards(frozenset({"tool"}), _FEW)) as messages:
            async for value in messages:
                if value.role == "user":
                    break
                turn.append(value)
        return [part for value in reversed(turn) for part in value.parts if isinstance(part, ToolPart)]

    async def message(self, id: str) -> Message:
        """See Chat."""
        return Message(self._runs, await self._runs.message(id))

    async def events(self, after: int = 0) -> AsyncIterator[ChatChange]:
        """See Chat."""
        begun = False
        try:
            async with aclosing(self._connection.follow(f"{self._path}/events", lambda: after)) as found:
                async for lines in found:
                    for line in lines:
                        change = msgspec.json.decode(line, type=ChatChange)
                        after, begun = change.seq, True
                        yield change
        except NotFound as error:
            if isinstance(error, UnknownChat) and not begun:
                raise
            # It was deleted meanwhile: who follows it comes to an end.

    async def feed(self, after: int = 0) -> Feed:
        """A place in a feed is for who has the database."""
        raise Misuse("a chat on a server is followed with `events`: its feed is not here")

    async def runs(self) -> list[Run]:
        """See Chat."""
        query = {"chat": self.id, "status": "queued,running,waiting", "limit": 1000}
        found = await self._connection.ask(_Runs, "GET", "/api/runs", query=query)
        return [self._made(answer) for answer in reversed(found.runs)]

    async def schedules(self) -> list[Schedule]:
        """See Chat."""
        return await self._schedules.all()

    async def schedule(self, id: str) -> Schedule:
        """See Chat."""
        return await self._schedules.get(id)

    async def change(
        self,
        *,
        model: Model | str | None = None,
        title: str | None = None,
        tools: Sequence[ToolLike] | None = None,
        **settings: Any,
    ) -> Chat:
        """See Chat."""
        body = dict(settings)
        if model is not None:
            body["model"] = named_model(model)
        if title is not None:
            body["title"] = title
        if tools is not None:
            body["tools"] = named_tools(tools)
        self._value = await self._connection.ask(ChatValue, "PATCH", self._path, body)
        return self

    async def alternatives(self, message: Message | str) -> list[Message]:
        """See Chat."""
        found = await self._connection.ask(_Messages, "GET", f"{_of(message)}/alternatives", query=self._here)
        return [Message(self._runs, value) for value in found.messages]

    async def alternatives_of(self, messages: Iterable[Message | str]) -> dict[str, tuple[str, ...]]:
        """See Chat. A request for each."""
        found: dict[str, tuple[str, ...]] = {}
        for message in messages:
            with suppress(UnknownMessage):
                found[id_of(message)] = tuple([one.id for one in await self.alternatives(message)])
        return {message: others for message, others in found.items() if len(others) > 1}

    async def switch(self, message: Message | str) -> None:
        """See Chat."""
        self._value = await self._connection.ask(ChatValue, "POST", f"{_of(message)}/switch", query=self._here)

    async def compare(self, left: Message | str, right: Message | str) -> Comparison:
        """See Chat."""
        query = {"with": id_of(right), **self._here}
        found = await self._connection.ask(_Branches, "GET", f"{_of(left)}/compare", query=query)
        common, left_side, right_side = (
            tuple([Message(self._runs, value) for value in side]) for side in (found.common, found.left, found.right)
        )
        return Comparison(common, left_side, right_side)

    async def fork(self, message: Message | str) -> Chat:
        """See Chat."""
        body = {"message": id_of(message)}
        value = await self._connection.ask(ChatValue, "POST", f"{self._path}/fork", body, once=True)
        return RemoteChat(self._connection, value)

    async def delete(self) -> None:
        """See Chat."""
        await self._connection.ask(type(None), "DELETE", self._path)

    async def _message(self, run: Run, stream: bool) -> Message:
        if not stream:
            return await run.wait()
        assert run.message_id is not None
        return Message(self._runs, await self._runs.message(run.message_id), run, ready=False)

    async def _answer_of(self, path: str, body: Any, stream: bool) -> Message:
        answer = await self._connection.ask(RunAnswer, "POST", path, body, query=self._here, once=True)
        return await self._message(self._made(answer), stream)

    async def _head(self) -> str:
        self._value = await self._connection.ask(ChatValue, "GET", self._path)
        if self._value.head is None:
            raise UnknownMessage(f"chat {self.id} has no messages yet")
        return self._value.head

    def _made(self, answer: RunAnswer) -> Run:
        return Run(self._runs, answer.value)


def named_model(model: Model | str) -> str:
    """The name of a model that a server is to use. Raises Misuse for an object."""
    if not isinstance(model, str):
        raise Misuse(f"the model {model.name} is an object of this program: a server takes the name of one of its own")
    return model


def named_tools(tools: Sequence[ToolLike]) -> list[str]:
    """The names of tools that a server is to use. Raises Misuse for objects."""
    if not all(isinstance(tool, str) for tool in tools):
        raise Misuse("tools that are objects of this program cannot go to a server: name those that it offers")
    return [str(tool) for tool in tools]


def _of(message: Message | str) -> str:
    return f"/api/messages/{part(id_of(message))}"
