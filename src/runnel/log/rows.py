"""The rows that a run's segments lie in. A row's key is the run's number and its last `seq` in one integer, so that a
run's rows lie together and in order, and no index is needed."""

from collections.abc import Iterator
from typing import Any

import apsw

from .segment import Segment

__all__ = ["compact", "insert", "remove", "segments"]

_SEQ_BITS = 32
_SEQ_MASK = (1 << _SEQ_BITS) - 1
_COMPACT_BYTES = 1 << 16


def insert(connection: apsw.Connection, id: int, first: int, last: int, data: bytes) -> None:
    """Add the events `first` to `last` of a run."""
    connection.execute("INSERT INTO log_segments VALUES (?, ?, ?)", (id << _SEQ_BITS | last, first, data))


def segments(connection: apsw.Connection, id: int, after: int) -> Iterator[Segment]:
    """A run's rows, from the one that holds the event after `after`."""
    rows = connection.execute(
        "SELECT key, first_seq, data FROM log_segments WHERE key > ? AND key <= ? ORDER BY key",
        (id << _SEQ_BITS | after, id << _SEQ_BITS | _SEQ_MASK),
    )
    for key, first, data in rows:
        yield Segment(first, key & _SEQ_MASK, data)


def remove(connection: apsw.Connection, id: int) -> None:
    """Delete a run's rows."""
    low = id << _SEQ_BITS
    connection.execute("DELETE FROM log_segments WHERE key BETWEEN ? AND ?", (low, low | _SEQ_MASK))


def compact(connection: apsw.Connection, id: int) -> None:
    """Join the rows of a run that has ended: small ones into rows of some 64 kB, large ones as they are."""
    low = id << _SEQ_BITS
    sizes: list[Any] = connection.execute(
        "SELECT key, length(data) FROM log_segments WHERE key BETWEEN ? AND ? ORDER BY key", (low, low | _SEQ_MASK)
    ).fetchall()
    group: list[int] = []
    size = 0
    for key, length in [*sizes, (-1, _COMPACT_BYTES)]:
        if group and size + length > _COMPACT_BYTES:
            if len(group) > 1:
                _join(connection, group[0], group[-1])
            group, size = [], 0
        group.append(key)
        size += length


def _join(connection: apsw.Connection, first_key: int, last_key: int) -> None:
    rows: list[Any] = connection.execute(
        "SELECT first_seq, data FROM log_segments WHERE key BETWEEN ? AND ? ORDER BY key", (first_key, last_key)
    ).fetchall()
    connection.execute("DELETE FROM log_segments WHERE key BETWEEN ? AND ?", (first_key, last_key))
    data = b"".join([row[1] for row in rows])
    connection.execute("INSERT INTO log_segments VALUES (?, ?, ?)", (last_key, rows[0][0], data))
