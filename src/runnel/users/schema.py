"""The tables of users. No secret is in them: only SHA-256 of tokens and sessions, and Argon2 of passwords."""

from ..database import Migrations

__all__ = ["MIGRATIONS"]

MIGRATIONS = Migrations(
    "users",
    (
        # `folded` is the name as it is compared. `issuer` and `subject` name the account elsewhere they log in by.
        # `version` counts the changes after which what was looked up before no longer holds.
        """
        CREATE TABLE users (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            folded TEXT NOT NULL UNIQUE,
            password TEXT,
            issuer TEXT,
            subject TEXT,
            created_at INTEGER NOT NULL
        );
        CREATE UNIQUE INDEX users_by_subject ON users (issuer, subject) WHERE subject IS NOT NULL;
        CREATE TABLE tokens (
            id TEXT PRIMARY KEY,
            hash BLOB NOT NULL UNIQUE,
            user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            prefix TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            used_at INTEGER
        );
        CREATE INDEX tokens_by_user ON tokens (user);
        CREATE TABLE sessions (
            hash BLOB PRIMARY KEY,
            user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX sessions_by_user ON sessions (user);
        CREATE TABLE users_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
        INSERT INTO users_version VALUES (1, 0);
        """,
    ),
)
