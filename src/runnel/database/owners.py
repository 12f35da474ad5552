"""Owners: each open `Runnel` holds an operating system's lock on a file beside the database. A lock that is free means
that its owner is dead, however it died; no clock and no heartbeat is asked."""

import contextlib
from pathlib import Path

from filelock import FileLock, Timeout

from ..ids import new_id

__all__ = ["Owner"]


class Owner:
    """This process's ownership of the runs it makes. `id` names it in their rows."""

    def __init__(self, database: str | None) -> None:
        """`database` is the file's path; None for a database in memory, which has no other owners."""
        self.id = new_id("owner")
        self._folder = None if database is None else Path(f"{database}-owners")
        self._lock: FileLock | None = None

    def hold(self) -> None:
        """Take the lock, for as long as the process lives or until `release`."""
        if self._folder is not None and self._lock is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self._file(self.id), thread_local=False)
            self._lock.acquire()

    def release(self) -> None:
        """Let go of the lock. Idempotent."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
            with contextlib.suppress(OSError):
                self._file(self.id).unlink()

    def alive(self, owner: str) -> bool:
        """Whether the owner called `owner` still lives."""
        if owner == self.id:
            return self._lock is not None or self._folder is None
        if self._folder is None:
            return False
        file = self._file(owner)
        if not file.exists():
            return False
        lock = FileLock(file, thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
        with contextlib.suppress(OSError):
            file.unlink()
        return False

    def _file(self, owner: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{owner}.lock"
