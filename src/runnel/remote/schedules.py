"""The schedules of a chat on a server."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ..chats.scheduling import Schedule
from ..ids import new_id
from ..runs.handles import Run
from ..store import ScheduleValue
from .connection import Connection
from .runs import RemoteRuns, RunAnswer, part

__all__ = ["RemoteSchedules"]

_PAGE = 1000


class _Schedule(msgspec.Struct):
    id: str
    chat_id: str
    prompt: str
    every: str | None
    zone: str
    next_at: int | None
    created_at: int

    @property
    def value(self) -> ScheduleValue:
        return ScheduleValue(
            self.id, self.chat_id, self.prompt, self.created_at, every=self.every, zone=self.zone, next_at=self.next_at
        )


class _Schedules(msgspec.Struct):
    schedules: list[_Schedule]


class _Runs(msgspec.Struct):
    runs: list[RunAnswer]
    next: str | None


class RemoteSchedules:
    """A ScheduleBackend, of the chat at `path`."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = f"{path}/schedules"
        self._runs = RemoteRuns(connection)

    async def add(self, id: str | None, body: Mapping[str, Any]) -> Schedule:
        """A new schedule; a request that is sent again is the same one."""
        key = {"Idempotency-Key": id or new_id("schedule")}
        return Schedule(self, (await self._connection.ask(_Schedule, "POST", self._path, body, headers=key)).value)

    async def get(self, id: str) -> Schedule:
        """The schedule with an id. Raises NotFound."""
        return Schedule(self, await self.value(id))

    async def all(self) -> list[Schedule]:
        """Those of which something more comes, the next first."""
        found = await self._connection.ask(_Schedules, "GET", self._path)
        return [Schedule(self, one.value) for one in found.schedules]

    async def value(self, id: str) -> ScheduleValue:
        """See ScheduleBackend."""
        return (await self._connection.ask(_Schedule, "GET", f"{self._path}/{part(id)}")).value

    async def runs(self, id: str, limit: int | None = None, before: str | None = None) -> list[Run]:
        """See ScheduleBackend. Many are fetched by pages."""
        found: list[Run] = []
        while limit is None or len(found) < limit:
            query = {"limit": _PAGE if limit is None else min(limit - len(found), _PAGE), "before": before}
            page = await self._connection.ask(_Runs, "GET", f"{self._path}/{part(id)}/runs", query=query)
            found += [Run(self._runs, answer.value) for answer in page.runs]
            before = page.next
            if before is None:
                break
        return found[::-1]

    async def cancel(self, id: str) -> None:
        """See ScheduleBackend."""
        await self._connection.ask(type(None), "DELETE", f"{self._path}/{part(id)}")
