"""All operations, by subject: what is listed here is served, and is in the OpenAPI document."""

from collections.abc import Sequence

from .api.chats import CHATS
from .api.runs import RUNS
from .operations import Operations

__all__ = ["SUBJECTS"]

SUBJECTS: Sequence[Operations] = (CHATS, RUNS)
