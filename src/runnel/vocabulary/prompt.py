"""The prompt: all that a model is given, and the deltas it gives back."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from .events import (
    AttemptStarted,
    Captured,
    MetricsSampled,
    PartDelta,
    ReasoningDelta,
    StatusLine,
    TextDelta,
    TextRetracted,
    ToolCallDelta,
    UsageReported,
)
from .messages import MediaPart, MessageValue, Source

__all__ = ["Delta", "Finish", "Prompt", "Sampling"]


class Sampling(msgspec.Struct, frozen=True, omit_defaults=True):
    """How tokens are chosen; None leaves it to the model. `top_logprobs` asks for log-probabilities and so many
    alternatives a token (0: the token's own only). `tool_choice` has the model call a tool first: `required` for
    whichever, or a tool's name."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    top_logprobs: int | None = None
    reasoning_effort: str | None = None
    tool_choice: str | None = None


class Prompt(msgspec.Struct, frozen=True):
    """All that a model is given for one step.

    `question` is verbatim what the user said; `media` came with it. `history` holds every ended message of the branch
    before it, oldest first, cancelled and empty ones too, without system and current question: a vendor's dialect
    drops what it cannot take. `so_far` is the answer as it stands after the steps before this one: what was said,
    calls and their results, what the user said meanwhile; it follows the question. `prefill` is text the answer is to
    go on from (only for models that declare `prefill`).
    """

    question: str
    history: tuple[MessageValue, ...] = ()
    system: str | None = None
    sources: tuple[Source, ...] = ()
    media: tuple[MediaPart, ...] = ()
    tools: tuple[Any, ...] = ()
    output: Mapping[str, Any] | None = None
    sampling: Sampling = Sampling()
    rewritten_question: str | None = None
    prefill: str | None = None
    so_far: MessageValue | None = None


class Finish(msgspec.Struct, frozen=True):
    """A model's last delta: why it stopped. `length` and `content_filter` end the run `incomplete`."""

    reason: str = "stop"


# What a model yields: text, or any of these events (their `seq` and `at` are the runner's to give), or `Finish`. A
# model that falls back by itself says so with `AttemptStarted`: what it says next replaces what it said before.
Delta: TypeAlias = (
    str
    | TextDelta
    | ReasoningDelta
    | PartDelta
    | TextRetracted
    | ToolCallDelta
    | AttemptStarted
    | StatusLine
    | Captured
    | UsageReported
    | MetricsSampled
    | Finish
)
