"""The tables of chats, messages and runs."""

from ..database import Migrations
from .forks import BASES
from .search_index import TABLES

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
        # Questions to be asked later. `next_at` is NULL once nothing more comes of one.
        """
        CREATE TABLE schedules (id TEXT PRIMARY KEY, chat TEXT NOT NULL, next_at INTEGER, body TEXT NOT NULL);
        CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;
        CREATE INDEX schedules_by_chat ON schedules (chat, next_at);
        """,
        # What is to be told of runs, to whom. `owner` is who is telling it; `next_at` is NULL once it was given up.
        """
        CREATE TABLE notices (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            target TEXT NOT NULL,
            run TEXT NOT NULL,
            status TEXT NOT NULL,
            at INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            next_at INTEGER,
            owner TEXT
        );
        CREATE INDEX notices_due ON notices (next_at) WHERE next_at IS NOT NULL;
        """,
        # Whose a chat is, and a run: NULL where the program asks for no user. A key is its user's own. A chat that is
        # marked as deleted is there for nobody but who sweeps it.
        """
        ALTER TABLE chats ADD COLUMN user TEXT;
        ALTER TABLE chats ADD COLUMN deleted_at INTEGER;
        ALTER TABLE runs ADD COLUMN user TEXT;
        DROP INDEX chats_by_key;
        CREATE UNIQUE INDEX chats_by_key ON chats (coalesce(user, ''), key) WHERE key IS NOT NULL;
        CREATE INDEX chats_by_user ON chats (user, updated_at DESC, id DESC) WHERE user IS NOT NULL;
        CREATE INDEX chats_deleted ON chats (id) WHERE deleted_at IS NOT NULL;
        CREATE INDEX runs_by_chat ON runs (chat, number);
        CREATE INDEX runs_by_user ON runs (user, number) WHERE user IS NOT NULL;
        CREATE INDEX runs_open_by_user ON runs (user, number)
            WHERE user IS NOT NULL AND status IN ('queued', 'running', 'waiting');
        """,
        # Chats that are in no list: each holds one answer to a prompt that came whole.
        """
        ALTER TABLE chats ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0;
        DROP INDEX chats_by_use;
        DROP INDEX chats_by_user;
        CREATE INDEX chats_by_use ON chats (updated_at DESC, id DESC) WHERE unlisted = 0;
        CREATE INDEX chats_by_user ON chats (user, updated_at DESC, id DESC) WHERE user IS NOT NULL AND unlisted = 0;
        """,
        # The message that a fork was made from: what comes after that in other chats is no part of it.
        """
        ALTER TABLE chats ADD COLUMN base TEXT;
        """,
        # The first messages of a chat, which stand beside each other, are found without its others.
        """
        CREATE INDEX messages_first ON messages (chat) WHERE parent IS NULL;
        """,
        # The words of messages. Of those that were written before, they are written while the database is in use.
        f"{TABLES} INSERT INTO unindexed SELECT number FROM messages;",
        # Each fork has a base, also those from before there were any; who was forked from a message is found by it.
        f"{BASES} CREATE INDEX chats_forked ON chats (base) WHERE base IS NOT NULL;",
    ),
)
