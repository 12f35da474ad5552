"""The tables of documents, their texts (as the chunks that tile them) and their words."""

from ..database import Migrations
from . import fts5

__all__ = ["MIGRATIONS"]

# A content is one version of a document's text; `documents.content` is the one that holds. One that no document
# refers to is being written, or was left behind when its writer died or its document changed.
_FIRST = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    identity TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    path TEXT,
    owner TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL DEFAULT 0,
    added_at INTEGER NOT NULL,
    hash BLOB,
    parser TEXT,
    media_type TEXT,
    title TEXT,
    length INTEGER,
    pages INTEGER,
    chunks INTEGER,
    content INTEGER,
    indexed_at INTEGER,
    error BLOB
);
CREATE INDEX documents_by_content ON documents (content);
CREATE TABLE originals (
    document INTEGER PRIMARY KEY REFERENCES documents (number) ON DELETE CASCADE,
    data BLOB NOT NULL
);
CREATE TABLE contents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    began_at INTEGER NOT NULL
);
CREATE TABLE chunks (
    number INTEGER PRIMARY KEY,
    start INTEGER NOT NULL,
    text TEXT NOT NULL,
    page INTEGER,
    heading TEXT,
    anchor TEXT
);
"""

# What the other rooms call it: `owner` is the process that makes a run.
_BY_USER = """
ALTER TABLE documents RENAME COLUMN owner TO user;
CREATE INDEX documents_by_user ON documents (user, number);
"""

# Where the pages of a content begin, in code points, as JSON: NULL where it has none, or was made before this.
_PAGES = "ALTER TABLE contents ADD COLUMN pages TEXT;"

MIGRATIONS = Migrations("retrieval", (_FIRST + fts5.TABLES, _BY_USER, _PAGES))
