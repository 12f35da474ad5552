"""Messages and what they are made of, as values. They know nothing of where they are stored or who made them, so
that the same value can come from a fold, a row, a file or a wire."""

from enum import StrEnum
from math import isfinite
from typing import ClassVar, Literal, TypeAlias

import msgspec

from .failures import ErrorValue

__all__ = [
    "MediaPart",
    "MessageValue",
    "Part",
    "PartKind",
    "ReasoningPart",
    "Role",
    "Source",
    "Status",
    "SteeredPart",
    "TextPart",
    "ToolPart",
    "Usage",
]

Role: TypeAlias = Literal["user", "assistant", "tool", "system"]
PartKind: TypeAlias = Literal["text", "reasoning", "tool", "media", "steered"]


class Status(StrEnum):
    """Where a run, and the message it makes, stands. Equal to its plain string."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    INCOMPLETE = "incomplete"

    @property
    def ended(self) -> bool:
        """Whether nothing can follow."""
        return self not in _GOING


_GOING = frozenset({Status.QUEUED, Status.RUNNING, Status.WAITING})


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tokens taken and given. `estimated` where the vendor did not say (a run that was cut)."""

    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    estimated: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.cached_tokens + other.cached_tokens,
            self.estimated or other.estimated,
        )

    @property
    def total_tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """A passage of a document, retrieved for a question.

    `start` and `end` are offsets in Unicode code points into the document's text; `page` counts from 1; `heading` is
    the path of headings above the passage, outermost first; `location` is the document's name (never where it lies)
    with `#page=3` or `#anchor`; `score` is higher for better, and finite (others are 0: JSON has no word for them).
    """

    id: str
    document: str
    title: str
    text: str
    start: int = 0
    end: int = 0
    page: int | None = None
    heading: tuple[str, ...] = ()
    location: str | None = None
    score: float = 0.0

    def __post_init__(self) -> None:
        if not isfinite(self.score):
            msgspec.structs.force_setattr(self, "score", 0.0)


class TextPart(msgspec.Struct, frozen=True, tag_field="kind", tag="text"):
    """What was said."""

    kind: ClassVar[PartKind] = "text"
    text: str


class ReasoningPart(msgspec.Struct, frozen=True, tag_field="kind", tag="reasoning", omit_defaults=True):
    """What the model thought aloud on the way. `signature` is for the vendor that gave it, which takes the thought back
    by it; it means nothing to others. A signed thought may have no text."""

    kind: ClassVar[PartKind] = "reasoning"
    text: str
    signature: str | None = None


class ToolPart(msgspec.Struct, frozen=True, tag_field="kind", tag="tool", omit_defaults=True):
    """A call of a tool and what came of it.

    `arguments` is the text as it streamed, or as a person changed it; `called` whether it was ever complete and carried
    out: a call that was not is never sent back to a vendor. One that was `called` and stays `pending` is carried out by
    the caller, who brings the result in a message by `tool`. `step` is the step that asked for it: calls of one step
    are answered together. `result` is what the model is told. `approval` is where a person's consent stands, for calls
    that need it.
    """

    kind: ClassVar[PartKind] = "tool"
    call: str
    name: str = ""
    arguments: str = ""
    called: bool = False
    status: Literal["pending", "running", "ok", "error", "cancelled"] = "pending"
    result: str | None = None
    step: int = 0
    approval: Literal["requested", "approved", "denied"] | None = None


class MediaPart(msgspec.Struct, frozen=True, tag_field="kind", tag="media", omit_defaults=True):
    """An image or another medium: base64 `data`, or a `url`."""

    kind: ClassVar[PartKind] = "media"
    media_type: str
    data: str = ""
    url: str | None = None


class SteeredPart(msgspec.Struct, frozen=True, tag_field="kind", tag="steered"):
    """What the user said while the answer was being made, in its place."""

    kind: ClassVar[PartKind] = "steered"
    text: str


Part: TypeAlias = TextPart | ReasoningPart | ToolPart | MediaPart | SteeredPart


class MessageValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn of a chat. Times are Unix milliseconds."""

    id: str
    role: Role
    status: Status
    chat: str | None = None
    parent: str | None = None
    run: str | None = None
    model: str | None = None
    parts: tuple[Part, ...] = ()
    sources: tuple[Source, ...] = ()
    created_at: int = 0
    finish_reason: str | None = None
    error: ErrorValue | None = None
    usage: Usage | None = None
    rewritten_question: str | None = None

    @property
    def content(self) -> str:
        """The text parts, joined."""
        return "".join([part.text for part in self.parts if isinstance(part, TextPart)])
