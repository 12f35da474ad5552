"""A new run's claim and its first events, written in the transaction that makes the run."""

from collections.abc import Callable, Sequence
from typing import Protocol

import apsw

from ..database import Part
from ..vocabulary.events import Event
from . import journal, rows
from .claims import Claims
from .head import Head
from .segment import Segment
from .stamping import stamp

__all__ = ["Beginning", "SQLiteBeginning", "erase"]


class Beginning(Part, Protocol):
    """A claim that is made, and events that are visible, once it is written; `epoch` is the claim's, known by then."""

    epoch: int


class SQLiteBeginning:
    """A Beginning in the database. `begun` is told of the run's head and first segment."""

    def __init__(
        self, claims: Claims, run: str, events: Sequence[Event], begun: Callable[[Head, Segment], None]
    ) -> None:
        self.epoch = 0
        self._claims = claims
        self._run = run
        self._segment, _ = stamp(events, 0)
        self._begun = begun
        self._id = self._others = 0

    def write(self, connection: apsw.Connection) -> None:
        """See Part."""
        erase(connection, self._run)  # its deletion may have been cut short
        self.epoch, self._others = self._claims.count(connection)
        segment = self._segment
        self._id = connection.execute(
            "INSERT INTO log_heads (run, epoch, last_seq, ended) VALUES (?, ?, ?, 0) RETURNING id",
            (self._run, self.epoch, segment.last),
        ).get
        rows.insert(connection, self._id, segment.first, segment.last, segment.data)

    def written(self) -> None:
        """See Part."""
        self._begun(Head(self._run, self._id, self.epoch, 0, self._others), self._segment)


def erase(connection: apsw.Connection, run: str) -> bool:
    """Delete all of a run; returns whether there was any."""
    id = connection.execute("SELECT id FROM log_heads WHERE run = ?", (run,)).get
    if id is None:
        return False
    journal.merge(connection)
    connection.execute("DELETE FROM log_heads WHERE id = ?", (id,))
    rows.remove(connection, id)
    return True
