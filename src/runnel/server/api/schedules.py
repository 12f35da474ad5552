"""Questions that a chat will be asked later."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from ...chats.scheduling import Schedule
from ...errors import InvalidRequest, NotFound
from ..calls import Call
from ..operations import Operations
from .chats import chat_of
from .common import IdempotencyKey, Medium, Text, parts

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
    """A question that is asked later; `next_at` is when it is due next, in Unix milliseconds."""

    id: str
    chat_id: str
    prompt: str
    every: str | None
    zone: str
    next_at: int | None

    @classmethod
    def of(cls, schedule: Schedule) -> "ScheduleView":
        """The view of a schedule."""
        due = schedule.next_at
        next_at = None if due is None else round(due.timestamp() * 1000)
        return cls(schedule.id, schedule.chat_id, schedule.question, schedule.every, schedule.zone, next_at)


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


@SCHEDULES.add("DELETE", "/api/chats/{chat}/schedules/{schedule}", status=204)
async def cancel_schedule(call: Call) -> None:
    """Nothing more comes of the schedule; what it has asked already goes on."""
    id = call.path["schedule"]
    for schedule in await (await chat_of(call)).schedules():
        if schedule.id == id:
            await schedule.cancel()
            return
    raise NotFound(f"the chat has no schedule {id} of which something comes", schedule=id)
