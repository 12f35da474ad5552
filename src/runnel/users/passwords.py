"""Passwords, by Argon2id with the parameters of RFC 9106's second choice (64 MiB, 3 passes), which the library has as
its default."""

import asyncio
from typing import TYPE_CHECKING

from ..errors import InvalidRequest

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["Passwords"]

SHORTEST = 8
# Argon2's time grows with what it is given; nobody types so much.
LONGEST = 1024
# Each check takes 64 MiB while it goes on.
_AT_ONCE = 2


class Passwords:
    """Makes and checks hashes of passwords, beside the event loop."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """What is kept of a password. Raises InvalidRequest where it is too short or too long."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise InvalidRequest(f"a password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}")
        async with self._room:
            return await asyncio.to_thread(lambda: _hasher().hash(password))

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether `password` is the one of `hashed`. None is of somebody who is not there or has none: that takes as
        long, so that the time does not tell."""
        async with self._room:
            return await asyncio.to_thread(self._verify, hashed, password[:LONGEST])

    def _verify(self, hashed: str | None, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        hasher = _hasher()
        if hashed is None and self._nobodys is None:
            self._nobodys = hasher.hash("nobody's")
        try:
            hasher.verify(hashed or self._nobodys or "", password)
        except (VerificationError, InvalidHashError):
            return False
        return hashed is not None


def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()
