"""Chats, messages and runs as SQL rows. The rows of a message are written once it has ended; until then the log alone
knows what it says."""

from .adopting import adopt
from .chats import Chats
from .deletions import Deletions
from .feed import Feed
from .inputs import Inputs, RunInput
from .kept import kept
from .notices import CALLABLE, NoticeRow, Notices
from .quotas import Quotas
from .rows import own_id
from .runs import RunRow, Runs, RunSpec, now_ms
from .schedules import Schedules, ScheduleValue
from .schema import MIGRATIONS
from .search_index import SearchIndex

__all__ = [
    "CALLABLE",
    "MIGRATIONS",
    "Chats",
    "Deletions",
    "Feed",
    "Inputs",
    "NoticeRow",
    "Notices",
    "Quotas",
    "RunInput",
    "RunRow",
    "RunSpec",
    "Runs",
    "ScheduleValue",
    "Schedules",
    "SearchIndex",
    "adopt",
    "kept",
    "now_ms",
    "own_id",
]
