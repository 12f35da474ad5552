"""Whose a secret is, for a server: looked up once, then known until something changes, in whichever process."""

import asyncio
import logging
import time

import msgspec

from ..errors import RunnelError
from .secrets import digest
from .users import Credential, Users

__all__ = ["Directory"]

logger = logging.getLogger("runnel.users")

# What another process changes holds after so many seconds at the latest.
LOOK_SECONDS = 0.5
# So many secrets are known at once.
_MOST = 10_000
# When a token was last used is right to so many milliseconds.
_USED_MS = 3_600_000


class Directory:
    """What requests ask: where there are users, a small look at the database every half second, however many they are.

    A database without users is for one person. But once there was a user, that there is none any more lets nobody in:
    who removes the last user does not mean to open the doors.
    """

    def __init__(self, users: Users) -> None:
        self.users = users
        self._known: dict[bytes, Credential] = {}
        self._version = -1
        self._looked = float("-inf")
        self._any = False
        self._writing: set[asyncio.Task[None]] = set()

    async def has_users(self) -> bool:
        """Whether there is a user, or has been one since the server began. While there is none, each call looks: the
        first user closes the doors at once."""
        await self._look(0.0 if not self._any else LOOK_SECONDS)
        return self._any

    async def is_open(self) -> bool:
        """Whether there is no user yet, for calls that go on, which ask again and again."""
        await self._look(LOOK_SECONDS)
        return not self._any

    async def find(self, secret: str) -> Credential | None:
        """Whose a secret is, unless it was revoked or its time is over."""
        await self._look(LOOK_SECONDS)
        hash = digest(secret)
        found = self._known.get(hash)
        if found is None:
            version = self._version
            found = await self.users.find(hash)
            if found is None:
                return None
            if version == self._version:  # else it may have been revoked meanwhile
                self._remember(hash, found)
        now = time.time_ns() // 1_000_000
        if found.expires_at is not None and found.expires_at <= now:
            return None
        if found.token is not None and now - (found.used_at or 0) >= _USED_MS:
            self._used(hash, found, now)
        return found

    def forget(self) -> None:
        """Something was changed here: the next request looks."""
        self._looked = float("-inf")

    async def _look(self, seconds: float) -> None:
        """Unless somebody has within so many seconds."""
        now = time.monotonic()
        if now - self._looked < seconds and self._version >= 0:
            return
        before, self._looked = self._looked, now  # others who come meanwhile go by what was known, once anything was
        try:
            version, any = await self.users.state()
        except BaseException:
            self._looked = before
            raise
        self._any = self._any or any
        if version != self._version:
            self._version = version
            self._known.clear()

    def _remember(self, hash: bytes, found: Credential) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[hash] = found

    def _used(self, hash: bytes, found: Credential, now: int) -> None:
        assert found.token is not None
        if hash in self._known:
            self._known[hash] = msgspec.structs.replace(found, used_at=now)
        task = asyncio.ensure_future(self._write_used(found.token, now))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write_used(self, token: str, now: int) -> None:
        try:
            await self.users.used(token, now)
        except RunnelError as error:  # nobody waits for it, and it is the least of what a failing database means
            logger.warning("when a token was used could not be kept: %s", error)
