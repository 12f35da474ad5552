"""What a handler is given: who calls, `Runnel` as this caller sees it, and the request."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.requests import HTTPConnection, Request

from ..app import Runnel
from .followers import Followers

__all__ = ["Call", "Caller", "Identify", "Server"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: `app` is Runnel as they see it. `user` is None where the server has no users."""

    app: Runnel
    user: str | None = None


class Identify(Protocol):
    """Finds out who calls. Raises Unauthenticated."""

    async def __call__(self, connection: HTTPConnection, /) -> Caller: ...


@dataclass(slots=True)
class Server:
    """What all calls share. `draining` is set once the server is to end: streams say so and end, and their readers
    come back to the next one."""

    runnel: Runnel
    identify: Identify
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    followers: Followers = field(init=False)

    def __post_init__(self) -> None:
        self.followers = Followers(self.draining)


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

    @property
    def path(self) -> dict[str, Any]:
        """The parts of the path that are named in the operation's."""
        return self.request.path_params
