"""Where the events of runs are appended, read and followed. A log knows events; it knows nothing of models, chats or
tasks."""

from .base import EventLog, Observer
from .beginning import Beginning
from .cursor import Cursor
from .feeder import Append, Feeder
from .memory import MemoryLog
from .segment import Segment
from .sqlite import SQLiteLog

__all__ = ["Append", "Beginning", "Cursor", "EventLog", "Feeder", "MemoryLog", "Observer", "SQLiteLog", "Segment"]
