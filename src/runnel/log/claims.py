"""The count of claims, by which a log knows without looking at each run that nobody else has claimed one of its own."""

import apsw

__all__ = ["Claims"]


class Claims:
    """Claims, and runs forgotten, of the whole file, and those of this log among them."""

    def count(self, connection: apsw.Connection) -> tuple[int, int]:
        """Count one of this log's; returns the number of all so far, and that of all but this log's."""
        # In a temporary table, which is this connection's alone, and rolled back with the rest.
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS log_own_claims (log INTEGER PRIMARY KEY, count INTEGER)")
        connection.execute(
            "INSERT INTO log_own_claims VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1", (id(self),)
        )
        count = connection.execute("UPDATE log_claims SET count = count + 1 RETURNING count").get
        return count, self.others(connection)

    def others(self, connection: apsw.Connection) -> int:
        """How many all but this log have made."""
        others: int = connection.execute(
            "SELECT count - (SELECT count FROM log_own_claims WHERE log = ?) FROM log_claims", (id(self),)
        ).get
        return others
