"""What people say to runs: rows that wait for the run's owner, in whichever process. Kept for as long as the run."""

from typing import Any

import apsw
import msgspec

from ..database import Database
from .kept import kept
from .rows import OPEN

__all__ = ["Inputs", "RunInput"]


class RunInput(msgspec.Struct, frozen=True, omit_defaults=True):
    """One input. `kind`: `approval` (about a call, of the step `step`), `input` (about what a tool asked), `steer`.
    `number` is its order among all inputs, 0 until it is stored."""

    kind: str
    about: str = ""
    text: str = ""
    approve: bool = False
    arguments: dict[str, Any] | None = None
    note: str | None = None
    number: int = 0
    step: int = 0


_input: msgspec.json.Decoder[RunInput] = msgspec.json.Decoder(RunInput)


def _given(number: int, body: bytes) -> RunInput:
    return msgspec.structs.replace(_input.decode(body), number=number)


def _of(connection: apsw.Connection, run: str) -> list[RunInput]:
    rows: Any = connection.execute("SELECT number, body FROM run_inputs WHERE run = ? ORDER BY number", (run,))
    return [_given(number, body) for number, body in rows]


def _same(one: RunInput, other: RunInput) -> bool:
    return (one.kind, one.about, one.step) == (other.kind, other.about, other.step)


class Inputs:
    """Inputs in a `Database` that was opened with the store's migrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, run: str, given: RunInput) -> RunInput | None:
        """Leave an input for the run's owner; returns it with its number, or None where the run has ended, or where
        somebody was first: what is about something is given once. Raises Misuse for what could not be read again."""
        body = msgspec.json.encode(kept("what was said", given))

        def work(connection: apsw.Connection) -> RunInput | None:
            going = connection.execute(f"SELECT 1 FROM runs WHERE id = ? AND status IN {OPEN}", (run,)).fetchone()
            if going is None or (given.about and any(_same(one, given) for one in _of(connection, run))):
                return None
            connection.execute("INSERT INTO run_inputs (run, body) VALUES (?, ?)", (run, body))
            return msgspec.structs.replace(given, number=connection.last_insert_rowid())

        return await self._database.write(work)

    async def of(self, run: str) -> list[RunInput]:
        """All inputs of a run, in order."""
        return await self._database.look(lambda connection: _of(connection, run))

    async def since(self, number: int, owner: str) -> list[tuple[str, RunInput]]:
        """The inputs after `number` of runs that `owner` makes, in order, each with its run."""

        def work(connection: apsw.Connection) -> list[tuple[str, RunInput]]:
            rows: Any = connection.execute(
                "SELECT i.run, i.number, i.body FROM run_inputs i JOIN runs r ON r.id = i.run"
                " WHERE i.number > ? AND r.owner = ? ORDER BY i.number",
                (number, owner),
            )
            return [(run, _given(number, body)) for run, number, body in rows]

        return await self._database.look(work)
