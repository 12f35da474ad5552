"""What people say to runs: rows that wait for the run's owner, in whichever process. Kept for as long as the run."""

from typing import Any

import apsw
import msgspec

from ..database import Database

__all__ = ["Inputs", "RunInput"]


class RunInput(msgspec.Struct, frozen=True, omit_defaults=True):
    """One input. `kind`: `approval` (about a call), `input` (about what a tool asked), `steer`. `number` is its order
    among all inputs, 0 until it is stored."""

    kind: str
    about: str = ""
    text: str = ""
    approve: bool = False
    arguments: dict[str, Any] | None = None
    note: str | None = None
    number: int = 0


_input: msgspec.json.Decoder[RunInput] = msgspec.json.Decoder(RunInput)


def _given(number: int, body: bytes) -> RunInput:
    return msgspec.structs.replace(_input.decode(body), number=number)


class Inputs:
    """Inputs in a `Database` that was opened with the store's migrations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, run: str, given: RunInput) -> None:
        """Leave an input for the run's owner."""
        body = msgspec.json.encode(given)

        def work(connection: apsw.Connection) -> None:
            connection.execute("INSERT INTO run_inputs (run, body) VALUES (?, ?)", (run, body))

        await self._database.write(work)

    async def of(self, run: str) -> list[RunInput]:
        """All inputs of a run, in order."""

        def work(connection: apsw.Connection) -> list[RunInput]:
            rows: Any = connection.execute("SELECT number, body FROM run_inputs WHERE run = ? ORDER BY number", (run,))
            return [_given(number, body) for number, body in rows]

        return await self._database.read(work)

    async def since(self, number: int, owner: str) -> list[tuple[str, RunInput]]:
        """The inputs after `number` of runs that `owner` makes, in order, each with its run."""

        def work(connection: apsw.Connection) -> list[tuple[str, RunInput]]:
            rows: Any = connection.execute(
                "SELECT i.run, i.number, i.body FROM run_inputs i JOIN runs r ON r.id = i.run"
                " WHERE i.number > ? AND r.owner = ? ORDER BY i.number",
                (number, owner),
            )
            return [(run, _given(number, body)) for run, number, body in rows]

        return await self._database.read(work)
