"""Tokens: what a text delta is made of, where the model says."""

import builtins
import math
from typing import Literal, TypeAlias

import msgspec

__all__ = ["MASKED_LOGPROB", "Alternative", "Origin", "Token", "finite"]

Origin: TypeAlias = Literal["generated", "forced", "prompt"]

# JSON has no -inf, and the codecs write it as null; OpenAI's API puts -9999.0 for "as good as impossible".
MASKED_LOGPROB = -9999.0


class Alternative(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A token that could have stood in the place of another: its text, natural-log probability, and whether a
    constraint forbade it."""

    text: str
    logprob: float | None = None
    masked: bool = False


class Token(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One token: `text`; `bytes` where it is not valid UTF-8 by itself; natural-log `logprob`; the likeliest
    alternatives, itself among them; where it comes from; `ms` since the token before."""

    text: str
    logprob: float | None = None
    top: tuple[Alternative, ...] = ()
    bytes: builtins.bytes | None = None
    origin: Origin = "generated"
    ms: float | None = None


def finite(logprob: float | None) -> float | None:
    """A log-probability that JSON can carry: -inf becomes `MASKED_LOGPROB`, NaN becomes None."""
    if logprob is None or math.isnan(logprob):
        return None
    return max(logprob, MASKED_LOGPROB)
