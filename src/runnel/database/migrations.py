"""Numbered migrations: each component of the database has its own list, and its own number."""

from dataclasses import dataclass

import apsw

from ..errors import DatabaseTooNew

__all__ = ["Migrations", "migrate"]


@dataclass(frozen=True)
class Migrations:
    """A component's tables: `steps[n]` is the SQL that takes version n to n + 1. Steps are only ever added."""

    component: str
    steps: tuple[str, ...]


def migrate(connection: apsw.Connection, path: str, wanted: Migrations) -> None:
    """Bring a component to its last version, in one transaction.

    Raises DatabaseTooNew where the file is already beyond that.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS versions (component TEXT PRIMARY KEY, version INTEGER NOT NULL)")
    row = connection.execute("SELECT version FROM versions WHERE component = ?", (wanted.component,)).fetchone()
    version = int(row[0]) if row else 0
    if version > len(wanted.steps):
        raise DatabaseTooNew(
            f"the database {path} was made by a later Runnel ({wanted.component} tables are of version {version}, this"
            f" Runnel knows {len(wanted.steps)}): upgrade Runnel, or use another database",
            database=path,
        )
    for step in wanted.steps[version:]:
        connection.execute(step)
    if version < len(wanted.steps):
        connection.execute(
            "INSERT INTO versions VALUES (?, ?) ON CONFLICT (component) DO UPDATE SET version = excluded.version",
            (wanted.component, len(wanted.steps)),
        )
