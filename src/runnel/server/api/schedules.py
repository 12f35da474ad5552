"""Questions that a chat will be asked later."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from ...chats.scheduling import Schedule
from ...errors import InvalidRequest
from ..calls import Call
from ..operations import Operations
from .chats import chat_of
from .common import IdempotencyKey, Limit, Medium, Text, parts
from .views import RunPage, RunView

__all__ = ["SCHEDULES"]

SCHEDULES = Operations("schedules")

# The last moment that a calendar has, in Unix milliseconds, in every time zone.
_LAST = 253_402_000_000_000


class NewSchedule(msgspec.Struct, forbid_unknown_fields=True):
    """A question, and when it is asked: `at` a moment (Unix milliseconds), or `every` time that a cron expression says,
    read in the time zone `zone` (such as `Europe/Berlin`)."""

    prompt: Text
    at: Annotated[int, msgspec.Meta(ge=0, le=_LAST)] | None = None
    every: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    zone: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    media: tuple[Medium, ...] = ()


class ScheduleView(msgspec.Struct):
    """A question that is asked later; `next_at` is when it is due next, null where nothing more comes of it, and
    `created_at` when it was made, in Unix milliseconds."""

    id: str
    chat_id: str
    prompt: str
    every: str | None
    zone: str
    next_at: int | None
    created_at: int

    @classmethod
    def of(cls, schedule: Schedule) -> "ScheduleView":
        """The view of a schedule."""
        due = schedule.next_at
        next_at = None if due is None else round(due.timestamp() * 1000)
        about = schedule.question, schedule.every, schedule.zone, next_at, schedule.created_at
        return cls(schedule.id, schedule.chat_id, *about)


class Page(msgspec.Struct):
    """A page of a list: what was asked before the run `before`."""

    limit: Limit = 50
    before: str | None = None


class ScheduleList(msgspec.Struct):
    """Schedules, the next that is due first."""

    schedules: list[ScheduleView]


@SCHEDULES.add("POST", "/api/chats/{chat}/schedules", status=201, errors=(409,))
async def create_schedule(call: Call, body: NewSchedule, headers: IdempotencyKey) -> ScheduleView:
    """Have a question asked later, once or again and again. It is answered whether or not anybody looks."""
    if (body.at is None) == (body.every is None):
        raise InvalidRequest("say when: one of `at` and `every`")
    chat = await chat_of(call)
    at = None if body.at is None else datetime.fromtimestamp(body.at / 1000, UTC)
    made = await chat.start(
        body.prompt, media=parts(body.media), id=headers.key, at=at, every=body.every, zone=body.zone
    )
    return ScheduleView.of(made)


@SCHEDULES.add("GET", "/api/chats/{chat}/schedules")
async def list_schedules(call: Call) -> ScheduleList:
    """The schedules of the chat of which something more comes."""
    return ScheduleList([ScheduleView.of(schedule) for schedule in await (await chat_of(call)).schedules()])


@SCHEDULES.add("GET", "/api/chats/{chat}/schedules/{schedule}")
async def get_schedule(call: Call) -> ScheduleView:
    """A schedule as it stands, also one of which nothing more comes."""
    return ScheduleView.of(await _schedule(call))


@SCHEDULES.add("GET", "/api/chats/{chat}/schedules/{schedule}/runs")
async def list_schedule_runs(call: Call, query: Page) -> RunPage:
    """The runs that the schedule began, the newest first."""
    found = await (await _schedule(call)).runs(query.limit, query.before)
    return RunPage([RunView.of(run.value) for run in found[::-1]], found[0].id if len(found) == query.limit else None)


@SCHEDULES.add("DELETE", "/api/chats/{chat}/schedules/{schedule}", status=204)
async def cancel_schedule(call: Call) -> None:
    """Nothing more comes of the schedule; what it has asked already goes on. As often as you like."""
    await (await _schedule(call)).cancel()


async def _schedule(call: Call) -> Schedule:
    """The schedule that the path names. Raises UnknownChat, NotFound."""
    return await (await chat_of(call)).schedule(call.path["schedule"])
