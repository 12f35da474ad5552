"""What is told of runs to those who asked to be told, as values."""

from typing import Literal, TypeAlias

import msgspec

from .failures import ErrorValue
from .messages import Status

__all__ = ["Notice", "NoticeType"]

NoticeType: TypeAlias = Literal["run.ended", "run.waiting"]


class Notice(msgspec.Struct, frozen=True, omit_defaults=True):
    """That a run has ended, or that it waits for a person.

    `id` stays the same however often it is told. `at` is when that was, in Unix milliseconds. `content` is the text of
    the message, or of as much as there is while it waits; `calls` are the ids of the calls of tools that wait for
    consent.
    """

    id: str
    type: NoticeType
    at: int
    run_id: str
    status: Status
    chat_id: str | None = None
    message_id: str | None = None
    content: str = ""
    error: ErrorValue | None = None
    calls: tuple[str, ...] = ()
