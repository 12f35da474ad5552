"""What a handler is given: who calls, `Runnel` as this caller sees it, and the request."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from starlette.requests import HTTPConnection, Request
from starlette.types import Scope

from ..app import Runnel
from .access.limits import Limits
from .models import Models
from .operating.metrics import Metrics
from .operating.notes import note_of
from .streaming.followers import Followers

if TYPE_CHECKING:
    from .operating.telemetry import Telemetry

__all__ = ["Call", "Caller", "Identify", "Server", "admit", "caller_of", "known_of"]

_CALLER = "runnel.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: `app` is Runnel as they see it. `user` is None where the server has no users; `name` is what they are
    called. `known` is asked, while a call goes on, whether they still are who they showed to be."""

    app: Runnel
    user: str | None = None
    known: Callable[[], Awaitable[bool]] | None = None
    name: str | None = None


class Identify(Protocol):
    """Finds out who calls. Raises Unauthenticated."""

    async def __call__(self, connection: HTTPConnection, /) -> Caller: ...


def admit(scope: Scope, caller: Caller) -> None:
    """Who calls is known, and may."""
    scope[_CALLER] = caller
    note_of(scope).user = caller.user


def caller_of(scope: Scope) -> Caller:
    """Who calls, of a request or a socket that the gate let through and that is not open to all."""
    caller: Caller = scope[_CALLER]
    return caller


def known_of(scope: Scope) -> Callable[[], Awaitable[bool]] | None:
    """What says whether the caller of a request or a socket still is known; None for one that is open to all."""
    caller: Caller | None = scope.get(_CALLER)
    return None if caller is None else caller.known


@dataclass(slots=True)
class Server:
    """What all calls share. `draining` is set once the server is to end: streams say so and end, and their readers
    come back to the next one. `keeping` is held while an upload is in memory, on its way into the database."""

    runnel: Runnel
    identify: Identify
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    followers: Followers = field(init=False)
    models: Models = field(init=False)
    keeping: asyncio.Lock = field(default_factory=asyncio.Lock)
    limits: Limits = field(init=False)
    metrics: Metrics = field(default_factory=Metrics)
    telemetry: "Telemetry | None" = None

    def __post_init__(self) -> None:
        self.followers = Followers(self.draining, self.runnel.config.server.heartbeat)
        self.models = Models(self.runnel)
        self.limits = Limits(self.runnel.config.server.limits)
        self.runnel.observe(self.metrics.observe)
        if self.runnel.config.server.traces:
            from .operating.telemetry import Telemetry  # an extra

            self.telemetry = Telemetry(self.runnel, content=self.runnel.config.server.trace_content)
            self.runnel.observe(self.telemetry.observe, self.telemetry.origin)

    async def end(self) -> None:
        """End what is going: readers are told to come back, runs are drained, then interrupted. To be called before
        the `Runnel` is closed."""
        self.draining.set()
        await self.runnel.drain()
        if self.telemetry is not None:
            await self.telemetry.close()


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read and allowed."""

    server: Server
    caller: Caller
    request: Request

    @property
    def app(self) -> Runnel:
        """Runnel as the caller sees it: another's chats, runs and documents are not there."""
        return self.caller.app

    def about(self, run: str) -> None:
        """The call is about this run: for the access log, where its path does not say so."""
        note_of(self.request.scope).run = run

    @property
    def path(self) -> dict[str, Any]:
        """The parts of the path that are named in the operation's."""
        return self.request.path_params
