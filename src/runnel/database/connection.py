"""One connection to a database file: how it is set up, and what its errors mean to a person."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import apsw

from ..errors import DatabaseCorrupt, DatabaseLocked, DiskFull, LogError, Misuse

__all__ = ["BUSY_TIMEOUT", "Synchronous", "connect", "plainly"]

# How long to wait for another program's write lock, in seconds.
BUSY_TIMEOUT = 10.0
# After which it is tried again, where SQLite itself does not wait, in seconds.
_AGAIN = 0.005


class Synchronous(StrEnum):
    """What a commit survives: NORMAL the death of the process, FULL that of the machine's power too."""

    NORMAL = "normal"
    FULL = "full"


@contextmanager
def plainly(path: str) -> Iterator[None]:
    """Turns SQLite's errors into those of `runnel.errors`, naming the file."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise Misuse(f"{error.object!a:.80} is no text: it has half of a pair of surrogates") from error
    except apsw.FullError as error:
        raise DiskFull(
            f"no space left for the database {path}: what was written before is safe; free some space and go on",
            database=path,
        ) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise DatabaseLocked(
            f"another program holds the database {path} locked: close it, or wait until it is done",
            database=path,
        ) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise DatabaseCorrupt(
            f"{path} is not a Runnel database, or is damaged ({error}): move it away, or restore a copy",
            database=path,
        ) from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError, apsw.AuthError, apsw.IOError) as error:
        raise LogError(
            f"cannot use the database {path} ({error}): check that its folder exists and can be written to",
            database=path,
        ) from error


def connect(
    path: str,
    synchronous: Synchronous = Synchronous.NORMAL,
    readonly: bool = False,
    busy_timeout: float = BUSY_TIMEOUT,
) -> apsw.Connection:
    """A connection in WAL mode. Raises LogError where the file cannot be used."""
    with plainly(path):
        flags = apsw.SQLITE_OPEN_READWRITE | (0 if readonly else apsw.SQLITE_OPEN_CREATE)
        connection = apsw.Connection(path, flags=flags)
        try:
            connection.set_busy_timeout(int(busy_timeout * 1000))
            # One PRAGMA a call: apsw stops at the first row.
            _use_wal(connection, busy_timeout)
            connection.pragma("synchronous", synchronous.value)
            connection.pragma("foreign_keys", True)
            connection.pragma("temp_store", "memory")
            if readonly:
                connection.pragma("query_only", True)
        except BaseException:
            connection.close()
            raise
        return connection


def _use_wal(connection: apsw.Connection, patience: float) -> None:
    # Of those who make a new file at once, SQLite turns all away but one, and has none of them wait.
    until = time.monotonic() + patience
    while True:
        try:
            connection.pragma("journal_mode", "wal")
            return
        except apsw.BusyError:
            if time.monotonic() >= until:
                raise
            time.sleep(_AGAIN)
