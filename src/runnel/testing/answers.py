"""What a fake vendor answers, whatever dialect it is asked in; and how it refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Answer", "Refusal", "insist"]


@dataclass(frozen=True, eq=False)
class Answer:
    """What the fake vendor does with a request. Times in seconds.

    It waits `first_delay`, then says `reasoning`, `tokens` and `calls` (name and arguments as JSON text),
    `delay` apart, and ends as vendors do. `status` other than 200 answers with `error` and `headers` instead;
    with `status` 200, `error` comes in the middle of the stream, after the tokens. `end` False ends without
    the end marker; `cut` hangs up there; `never` says nothing at all; `raw` is sent in place of the stream,
    as it is. `reasoning_member` is OpenAI's name for thoughts; `signature` is what Anthropic signs them with, and
    `redacted` thoughts that it does not show.
    """

    tokens: Sequence[str] = ("Hello", " world")
    reasoning: Sequence[str] = ()
    reasoning_member: str = "reasoning_content"
    signature: str | None = "signed"
    redacted: Sequence[str] = ()
    calls: Sequence[tuple[str, str]] = ()
    refusal: str | None = None
    finish: str | None = None
    usage: Mapping[str, Any] | None = None
    first_delay: float = 0.0
    delay: float = 0.0
    status: int = 200
    error: Mapping[str, Any] | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    end: bool = True
    cut: bool = False
    never: bool = False
    raw: Sequence[bytes] | None = None


class Refusal(Exception):
    """The vendor does not take a request: why, and the member that is wrong."""

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


def insist(holds: object, message: str, param: str) -> None:
    """Refuse a request unless something holds."""
    if not holds:
        raise Refusal(message, param)
