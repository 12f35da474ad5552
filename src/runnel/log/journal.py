"""The journal: where small pieces of many runs are written together, one row a commit, until they are merged into the
runs' own rows. A row for each run and commit would each change a page of its own.

A journal's row is its `heads` (for each piece the run's number, its first and last `seq` and its length in bytes) and
its `data`, the pieces one after the other. A merge takes the whole journal, and leaves an empty row of the next number,
so that none is ever given twice and whoever knows the old ones sees that they are gone. It only moves what is in the
database, in one transaction: any process may do it, at any time.
"""

from collections.abc import Iterable, Iterator
from struct import Struct
from threading import Lock
from typing import Any, NamedTuple

import apsw

from . import rows
from .segment import Segment

__all__ = ["Journal", "insert", "length", "merge"]

_PIECE = Struct("<4Q")


class _Piece(NamedTuple):
    """Where a part of a run lies."""

    number: int
    first: int
    last: int
    offset: int
    length: int


def insert(connection: apsw.Connection, pieces: Iterable[tuple[int, Segment]]) -> None:
    """Write pieces of runs, each with its run's number."""
    heads: list[bytes] = []
    data: list[bytes] = []
    pack = _PIECE.pack
    for id, segment in pieces:
        heads.append(pack(id, segment.first, segment.last, len(segment.data)))
        data.append(segment.data)
    connection.execute("INSERT INTO log_journal (heads, data) VALUES (?, ?)", (b"".join(heads), b"".join(data)))


def length(connection: apsw.Connection) -> int:
    """How many rows there are to merge, or one more."""
    first, last = _ends(connection)
    return last - first + 1


def merge(connection: apsw.Connection) -> None:
    """Move all that is in the journal into the runs' own rows, and bring their heads up to date."""
    last = _ends(connection)[1]
    merged: dict[int, list[tuple[int, int, list[bytes]]]] = {}
    for heads, data in connection.execute("SELECT heads, data FROM log_journal ORDER BY number"):
        start = 0
        for id, begin, end, size in _PIECE.iter_unpack(heads):
            parts = merged.setdefault(id, [])
            piece = data[start : start + size]
            start += size
            if parts and parts[-1][1] == begin - 1:
                begin, _, pieces = parts.pop()
                pieces.append(piece)
            else:
                pieces = [piece]
            parts.append((begin, end, pieces))
    if not merged:
        return
    for id, parts in merged.items():
        ended = connection.execute(
            "UPDATE log_heads SET last_seq = max(last_seq, ?) WHERE id = ? RETURNING ended", (parts[-1][1], id)
        ).get
        for begin, end, pieces in parts:
            rows.insert(connection, id, begin, end, b"".join(pieces))
        if ended:
            rows.compact(connection, id)
    connection.execute("DELETE FROM log_journal")
    connection.execute("INSERT INTO log_journal VALUES (?, x'', x'')", (last + 1,))


def _ends(connection: apsw.Connection) -> tuple[int, int]:
    ends: Any = connection.execute(
        "SELECT ifnull((SELECT min(number) FROM log_journal), 1), ifnull((SELECT max(number) FROM log_journal), 0)"
    ).fetchone()
    return ends[0], ends[1]


class Journal:
    """What a process knows of the journal's heads, so that many who look often read each row's once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._first = 0
        self._last = 0
        self._pieces: dict[int, list[_Piece]] = {}

    def segments(self, connection: apsw.Connection, id: int, after: int) -> Iterator[Segment]:
        """A run's pieces in the journal that hold events after `after`, in order."""
        for number, first, last, offset, size in self._known(connection, id):
            if last > after:
                data = connection.execute(
                    "SELECT substr(data, ?, ?) FROM log_journal WHERE number = ?", (offset + 1, size, number)
                ).get
                yield Segment(first, last, data)

    def last_seq(self, connection: apsw.Connection, id: int) -> int:
        """The last `seq` of a run in the journal, 0 where it has none there."""
        return max([piece.last for piece in self._known(connection, id)[-1:]], default=0)

    def _known(self, connection: apsw.Connection, id: int) -> list[_Piece]:
        first, last = _ends(connection)
        with self._lock:
            if first >= self._first:
                self._read(connection, first, last)
                return [piece for piece in self._pieces.get(id, ()) if piece.number <= last]
        # What this transaction sees was merged since, and another has looked at the journal after that.
        journal = Journal()
        journal._read(connection, first, last)
        return journal._pieces.get(id, [])

    def _read(self, connection: apsw.Connection, first: int, last: int) -> None:
        if first > self._first:  # there was a merge, and that takes all
            self._pieces.clear()
            self._first, self._last = first, first - 1
        if last <= self._last:
            return
        added = connection.execute(
            "SELECT number, heads FROM log_journal WHERE number > ? ORDER BY number", (self._last,)
        )
        for number, heads in added:
            offset = 0
            for id, begin, end, size in _PIECE.iter_unpack(heads):
                self._pieces.setdefault(id, []).append(_Piece(number, begin, end, offset, size))
                offset += size
        self._last = last
