"""The SQLite file that the log, the store and the index share: one writer thread with group commit, readers beside it,
numbered migrations, signals of change, and the owners' locks. It knows nothing of what the tables mean."""

from .database import Database, Part, Synchronous
from .migrations import Migrations
from .owners import Owner
from .places import all_at, unheard
from .signals import Signal

__all__ = ["Database", "Migrations", "Owner", "Part", "Signal", "Synchronous", "all_at", "unheard"]
