"""Runs: looking at them, following them, acting on them."""

import msgspec
from starlette.responses import Response

from ...vocabulary.messages import MessageValue
from ..calls import Call
from ..operations import Operations
from ..streams import NDJSON, SSE, follow

__all__ = ["RUNS"]

RUNS = Operations("runs")


class After(msgspec.Struct):
    """Where a reader begins: after the event with this `seq`."""

    after: int | None = None


@RUNS.add("GET", "/api/runs/{run}/events", produces=(SSE, NDJSON))
async def run_events(call: Call, query: After) -> Response:
    """The run's events after `after` (or `Last-Event-ID`): those that are there, then those that come, to its end."""
    return follow(call, await call.app.run(call.path["run"]), query.after or 0)


@RUNS.add("POST", "/api/runs/{run}/cancel")
async def cancel_run(call: Call) -> MessageValue:
    """End the run as `cancelled` unless it has ended already; answers with the message as it then stands."""
    return (await (await call.app.run(call.path["run"])).cancel()).value
