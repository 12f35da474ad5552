"""Runs: looking at them, following them, acting on them."""

from typing import Annotated, Any

import msgspec
from starlette.responses import Response

from ...errors import CannotContinue
from ...runs.handles import Run
from ...vocabulary.messages import MessageValue, Status
from ...vocabulary.trace import Span
from ..calls import Call
from ..operations import Operations
from ..streaming.frames import Sources
from ..streaming.streams import NDJSON, SSE, follow
from .common import Limit, Text
from .messages import Within
from .views import Continuing, RunPage, RunView, StartedRun

__all__ = ["RUNS"]

RUNS = Operations("runs")

_STATUSES = "|".join(Status)


class Page(msgspec.Struct):
    """A page of a list: what was asked for before the run `before`; of a chat; in one of some statuses, with commas
    between them."""

    limit: Limit = 50
    before: str | None = None
    chat: str | None = None
    status: Annotated[str, msgspec.Meta(pattern=rf"^({_STATUSES})(,({_STATUSES}))*$")] | None = None


class Following(msgspec.Struct):
    """Where a reader begins: after the event with this `seq`; and where in the stream the sources are."""

    after: Annotated[int, msgspec.Meta(ge=0, le=(1 << 32) - 1)] | None = None
    sources: Sources = "first"


class Word(msgspec.Struct, forbid_unknown_fields=True):
    """What a person says."""

    text: Text


class Consent(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a call of a tool may be carried out, perhaps with other arguments; `note` is told the model where not."""

    approve: bool
    arguments: dict[str, Any] | None = None
    note: str | None = None


@RUNS.add("GET", "/api/runs")
async def list_runs(call: Call, query: Page) -> RunPage:
    """The runs, the newest first."""
    statuses = None if query.status is None else query.status.split(",")
    found = await call.app.runs(query.limit, query.before, chat=query.chat, statuses=statuses)
    return RunPage([RunView.of(run.value) for run in found], found[-1].id if len(found) == query.limit else None)


@RUNS.add("GET", "/api/runs/{run}")
async def get_run(call: Call) -> RunView:
    """A run as it stands, and what it asks of people."""
    run = await run_of(call)
    waits_for = await run.waits_for() if run.value.status is Status.WAITING else ()
    return RunView.of(run.value, waits_for, await run.last_seq())


@RUNS.add("GET", "/api/runs/{run}/events", produces=(SSE, NDJSON), errors=(204,))
async def run_events(call: Call, query: Following) -> Response:
    """The run's events after `after` (or `Last-Event-ID`): those that are there, then those that come, to its end."""
    return follow(call, await run_of(call), query.after or 0, sources=query.sources)


@RUNS.add("GET", "/api/runs/{run}/trace")
async def run_trace(call: Call) -> Span:
    """What the run did until now, when, and how long each thing took, as a tree."""
    return await (await run_of(call)).trace()


@RUNS.add("POST", "/api/runs/{run}/cancel")
async def cancel_run(call: Call) -> MessageValue:
    """End the run as `cancelled` unless it has ended already; answers with the message as it then stands."""
    return (await (await run_of(call)).cancel()).value


@RUNS.add("POST", "/api/runs/{run}/steer", status=204, errors=(409,))
async def steer_run(call: Call, body: Word) -> None:
    """Say something to the model while the run goes on."""
    await (await run_of(call)).steer(body.text)


@RUNS.add("GET", "/api/runs/{run}/continue")
async def can_continue_run(call: Call, query: Within) -> Continuing:
    """Whether the run's message was cut, and its chat's model goes on from a partial answer."""
    run = await run_of(call)
    if run.chat_id is None or run.message_id is None:
        return Continuing(False)
    chat = await call.app.get_chat(query.chat or run.chat_id)
    return Continuing(await chat.can_continue(run.message_id))


@RUNS.add("POST", "/api/runs/{run}/continue", status=202, errors=(409,))
async def continue_run(call: Call, query: Within) -> StartedRun:
    """Go on where the run's message was cut: another run, whose message is a sibling of it and begins with its text."""
    run = await run_of(call)
    if run.chat_id is None or run.message_id is None:
        raise CannotContinue(f"run {run.id} answers no question: there is nothing to continue")
    chat = await call.app.get_chat(query.chat or run.chat_id)
    return StartedRun.of(call, (await chat.continue_message(run.message_id, stream=True)).run)


@RUNS.add("POST", "/api/runs/{run}/approvals/{call}", status=204, errors=(409,))
async def approve_call(call: Call, body: Consent) -> None:
    """Consent to a call of a tool that waits for it, or refuse it."""
    run = await run_of(call)
    await run.approve(call.path["call"], body.approve, arguments=body.arguments, note=body.note)


@RUNS.add("POST", "/api/runs/{run}/inputs/{input}", status=204, errors=(409,))
async def reply_to_input(call: Call, body: Word) -> None:
    """Answer what a tool asked."""
    await (await run_of(call)).reply(call.path["input"], body.text)


async def run_of(call: Call) -> Run:
    """The run that the path names. Raises UnknownRun."""
    return await call.app.run(call.path["run"])
