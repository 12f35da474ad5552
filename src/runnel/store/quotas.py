"""How much a user may have. It is checked in the transaction that adds one more: being quick does not help."""

from dataclasses import dataclass

import apsw

from ..errors import LimitReached
from .rows import OPEN

__all__ = ["UNLIMITED", "Quotas"]


@dataclass(frozen=True)
class Quotas:
    """Chats (unlisted ones apart), and runs that have not ended, that one user may have; None is any number. What
    belongs to no user is not counted."""

    chats: int | None = None
    runs: int | None = None

    def check_chats(self, connection: apsw.Connection, user: str | None) -> None:
        """Raises LimitReached where the user may have no further chat."""
        if user is not None and self.chats is not None:
            sql = "SELECT count(*) FROM chats WHERE deleted_at IS NULL AND unlisted = 0 AND user = ?"
            if int(connection.execute(sql, (user,)).get) >= self.chats:
                raise LimitReached(
                    f"there may be {self.chats} chats: delete some first (the setting `server.limits.chats`)",
                    limit="chats",
                    most=self.chats,
                )

    def check_runs(self, connection: apsw.Connection, user: str | None) -> None:
        """Raises LimitReached where the user may have no further run that goes on."""
        if user is not None and self.runs is not None:
            sql = f"SELECT count(*) FROM runs WHERE status IN {OPEN} AND user = ?"
            if int(connection.execute(sql, (user,)).get) >= self.runs:
                raise LimitReached(
                    f"{self.runs} runs are going: wait for one to end, or cancel one (`server.limits.runs`)",
                    limit="runs",
                    most=self.runs,
                    retry_after=2,
                )


UNLIMITED = Quotas()
