"""The tables of chats, messages and runs."""

from ..database import Migrations

__all__ = ["MIGRATIONS"]

MIGRATIONS = Migrations(
    "store",
    (
        """
        CREATE TABLE chats (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            settings TEXT NOT NULL,
            head TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            last_change INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX chats_by_use ON chats (updated_at DESC, id DESC);

        -- `body` is the message but for its parts, which lie in rows of their own to be filtered by kind.
        CREATE TABLE messages (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            chat TEXT NOT NULL,
            parent TEXT,
            status TEXT NOT NULL,
            body BLOB NOT NULL
        );
        CREATE INDEX messages_by_parent ON messages (parent);
        CREATE INDEX messages_by_chat ON messages (chat);
        CREATE TABLE parts (
            message INTEGER NOT NULL,
            n INTEGER NOT NULL,
            piece INTEGER NOT NULL,
            kind TEXT NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (message, n, piece)
        );

        -- `number` is the order in which runs were asked for: queued ones start by it.
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            chat TEXT,
            message TEXT,
            status TEXT NOT NULL,
            owner TEXT NOT NULL,
            cancelling INTEGER NOT NULL DEFAULT 0,
            began_at INTEGER NOT NULL,
            spec TEXT NOT NULL
        );
        CREATE INDEX runs_open ON runs (chat, number) WHERE status IN ('queued', 'running', 'waiting');
        CREATE INDEX runs_owned ON runs (owner, cancelling) WHERE status IN ('queued', 'running', 'waiting');

        CREATE TABLE changes (
            chat TEXT NOT NULL,
            seq INTEGER NOT NULL,
            at INTEGER NOT NULL,
            type TEXT NOT NULL,
            message TEXT,
            run TEXT,
            status TEXT,
            PRIMARY KEY (chat, seq)
        ) WITHOUT ROWID;
        """,
        # What people say to a run: the numbers are never used again, so that one can ask for what came after.
        """
        CREATE TABLE run_inputs (number INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, body BLOB NOT NULL);
        CREATE INDEX run_inputs_by_run ON run_inputs (run, number);
        """,
        # A caller's own key finds the chat again.
        """
        ALTER TABLE chats ADD COLUMN key TEXT;
        CREATE UNIQUE INDEX chats_by_key ON chats (key) WHERE key IS NOT NULL;
        """,
    ),
)
