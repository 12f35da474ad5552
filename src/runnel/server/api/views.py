"""What the API answers with, where that is not a value of the vocabulary itself."""

import msgspec

from ...chats.branches import Comparison
from ...chats.chat import Chat
from ...retrieval.library import Document
from ...runs.handles import Run
from ...vocabulary.chats import ChatSettings, Match
from ...vocabulary.failures import ErrorValue
from ...vocabulary.messages import MessageValue, Status
from ...vocabulary.requests import Request
from ...vocabulary.runs import RunValue
from ..calls import Call

__all__ = [
    "BranchPage",
    "Branches",
    "ChatPage",
    "ChatSummary",
    "Continuing",
    "DocumentPage",
    "DocumentView",
    "MessagePage",
    "PageStart",
    "Passage",
    "RunPage",
    "RunView",
    "StartedRun",
    "Uploaded",
]


class StartedRun(msgspec.Struct):
    """A run that has been started; `events` is the path of its stream."""

    id: str
    chat_id: str | None
    message_id: str | None
    status: Status
    events: str

    @classmethod
    def of(cls, call: Call, run: Run) -> "StartedRun":
        """The view of the run that a call has begun."""
        call.about(run.id)
        return cls(run.id, run.chat_id, run.message_id, run.value.status, events_of(run.id))


class RunView(msgspec.Struct, omit_defaults=True):
    """A run as it stands; `waits_for` is what it asks of people now, `events` the path of its stream, `last_seq` the
    number of its last event there now (0 in lists). `kind` is `answer` or `index`; times are Unix milliseconds."""

    id: str
    kind: str
    status: Status
    began_at: int
    events: str
    chat_id: str | None = None
    message_id: str | None = None
    question_id: str | None = None
    model: str | None = None
    waits_for: tuple[Request, ...] = ()
    last_seq: int = 0

    @classmethod
    def of(cls, value: RunValue, waits_for: tuple[Request, ...] = (), last_seq: int = 0) -> "RunView":
        """The view of a run."""
        return cls(
            value.id,
            value.kind,
            value.status,
            value.began_at,
            events_of(value.id),
            value.chat,
            value.message,
            value.question,
            value.model,
            waits_for,
            last_seq,
        )


class RunPage(msgspec.Struct):
    """Runs, the newest first. `next` is what `before` is for the next page, where there may be one."""

    runs: list[RunView]
    next: str | None


class ChatSummary(msgspec.Struct, omit_defaults=True):
    """A chat in a list. `going` is the run that it is answering with; times are Unix milliseconds. `settings`, `head`
    (the message that it ends with) and `key` (the caller's own, as JSON) are there where they were asked for; `match`
    is where a search has found it."""

    id: str
    title: str
    model: str
    created_at: int
    updated_at: int
    going: str | None = None
    settings: ChatSettings | None = None
    head: str | None = None
    key: str | None = None
    match: Match | None = None

    @classmethod
    def of(cls, chat: Chat, settings: bool = False) -> "ChatSummary":
        """The view of a chat, with its settings or without."""
        value = chat.value
        summary = cls(
            value.id,
            value.title,
            value.settings.model,
            value.created_at,
            value.updated_at,
            value.going,
            match=chat.match,
        )
        if settings:
            summary.settings, summary.head, summary.key = value.settings, value.head, value.key
        return summary


class ChatPage(msgspec.Struct):
    """Chats by their last use, the latest first. `next` is what `before` is for the next page, where there may be
    one."""

    chats: list[ChatSummary]
    next: str | None


class Continuing(msgspec.Struct):
    """Whether the message of a run can be gone on from now."""

    possible: bool


class MessagePage(msgspec.Struct):
    """Messages of one branch, the oldest first."""

    messages: list[MessageValue]


class BranchPage(MessagePage):
    """Messages of a chat's current branch, the oldest first. `alternatives` has, for each that is not alone in its
    place, the ids of all that stand there, in the order in which they were made. `last_change` is where the chat's feed
    stood when they were read: who follows it after that misses nothing."""

    alternatives: dict[str, tuple[str, ...]]
    last_change: int


class Branches(msgspec.Struct):
    """Two branches: what they share, and what each has for itself after that; the oldest first."""

    common: list[MessageValue]
    left: list[MessageValue]
    right: list[MessageValue]

    @classmethod
    def of(cls, found: Comparison) -> "Branches":
        """The view of a comparison."""
        sides = [[message.value for message in side] for side in (found.common, found.left, found.right)]
        return cls(*sides)


class DocumentView(msgspec.Struct, omit_defaults=True):
    """A document. `size` in bytes, `length` of its text in code points, `pages` where it has some; times are Unix
    milliseconds. It can be searched once it is `indexed`; where it never will be, `error` says why."""

    id: str
    name: str
    indexed: bool
    size: int
    added_at: int
    title: str | None = None
    media_type: str | None = None
    length: int | None = None
    pages: int | None = None
    error: ErrorValue | None = None

    @classmethod
    def of(cls, document: Document) -> "DocumentView":
        """The view of a document, without where the server has it, and where its code failed."""
        error = document.error
        return cls(
            document.id,
            document.name,
            document.content is not None,
            document.size,
            document.added_at,
            document.title,
            document.media_type,
            document.length,
            document.pages or None,
            None if error is None else ErrorValue(error.code, error.message),
        )


class DocumentPage(msgspec.Struct):
    """Documents, the newest first. `next` is what `before` is for the next page, where there may be one."""

    documents: list[DocumentView]
    next: str | None


class Uploaded(msgspec.Struct):
    """Documents that were taken, and the run that indexes them."""

    documents: list[DocumentView]
    run: StartedRun


class PageStart(msgspec.Struct):
    """A page of a document, from 1, and the code point of its text with which it begins."""

    page: int
    start: int


class Passage(msgspec.Struct, omit_defaults=True):
    """A piece of a document's text: code points `start` to `end` of `length`. `pages` are those that it lies on, where
    the document has some."""

    document: str
    start: int
    end: int
    length: int
    text: str
    pages: list[PageStart] = []


def events_of(run: str) -> str:
    """The path of a run's stream."""
    return f"/api/runs/{run}/events"
