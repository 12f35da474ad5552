"""All streams that a server has open: one tick for the heartbeats of all, and the word that it is to end."""

import asyncio
from typing import Protocol

__all__ = ["TICKS", "Follower", "Followers"]

# The parts of a heartbeat's time.
TICKS = 4


class Follower(Protocol):
    """A stream that is open."""

    def tick(self) -> None:
        """One of the `TICKS` parts of a heartbeat's time has passed, or the server is to end."""


class Followers:
    """The open streams of a server. `heartbeat` is the silence in seconds after which a reader, and what is between,
    is shown that the stream is alive."""

    def __init__(self, draining: asyncio.Event, heartbeat: float) -> None:
        self.heartbeat = heartbeat
        self.draining = draining
        self._open: set[Follower] = set()
        self._ticking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._open)

    def add(self, follower: Follower) -> None:
        """A stream has begun."""
        self._open.add(follower)
        if self._ticking is None or self._ticking.done():
            self._ticking = asyncio.ensure_future(self._tick())

    def discard(self, follower: Follower) -> None:
        """A stream has ended."""
        self._open.discard(follower)
        if not self._open and self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    async def _tick(self) -> None:
        while not self.draining.is_set():
            try:
                async with asyncio.timeout(self.heartbeat / TICKS):
                    await self.draining.wait()
            except TimeoutError:
                pass
            for follower in tuple(self._open):
                follower.tick()
