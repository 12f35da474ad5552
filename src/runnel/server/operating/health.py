"""What operators and their probes ask: whether the process lives, whether it is to be sent requests, what it counts."""

import secrets

import msgspec
from starlette.responses import Response

from ...errors import Closed, NotAllowed, Unauthenticated
from ..calls import Call
from ..operations import Operations

__all__ = ["HEALTH"]

HEALTH = Operations("health")

PLAIN = "text/plain"


class Health(msgspec.Struct):
    """How it is."""

    status: str


@HEALTH.add("GET", "/healthz", open=True)
async def health(call: Call) -> Health:
    """Whether the process lives: it does where this is answered."""
    return Health("alive")


@HEALTH.add("GET", "/readyz", open=True, errors=(503,))
async def readiness(call: Call) -> Health:
    """Whether requests are to be sent here: the database can be written, and the server is not about to end."""
    if call.server.draining.is_set():
        raise Closed("this server is about to end: ask the next one", retry_after=1)
    await call.server.runnel.check()
    return Health("ready")


@HEALTH.add("GET", "/metrics", open=True, produces=(PLAIN,))
async def metrics(call: Call) -> Response:
    """What is counted, for Prometheus. Takes the token of the setting `server.metrics_token`; where there is none,
    only a server without users tells, and its own machine only."""
    await _admit(call)
    app = call.server.runnel
    body, media_type = call.server.metrics.exposition(
        call.request.headers.get("Accept", ""), await app.count_by_status(), await app.documents.count()
    )
    return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})


async def _admit(call: Call) -> None:
    token = call.server.runnel.config.server.metrics_token
    if token is None:
        if (await call.server.identify(call.request)).user is not None:
            raise NotAllowed("what a server with users counts is for its operator: set `server.metrics_token`")
        return
    kind, _, given = call.request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secrets.compare_digest(given.encode(), token.get_secret_value().encode()):
        raise Unauthenticated("/metrics takes the token of `server.metrics_token`: `Authorization: Bearer …`")
