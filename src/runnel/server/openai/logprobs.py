"""Log-probabilities of tokens, as both of OpenAI's formats have them."""

from collections.abc import Iterable, Sequence
from typing import Any

from ...vocabulary.tokens import MASKED_LOGPROB, Token

__all__ = ["logprobs_of"]


def logprobs_of(tokens: Sequence[Token] | None) -> list[dict[str, Any]]:
    """An entry for each token; nothing where the model does not say."""
    return [
        {
            "token": token.text,
            "bytes": list(token.text.encode("utf-8", "replace") if token.bytes is None else token.bytes),
            "logprob": _chance(token.logprob),
            "top_logprobs": [
                {"token": one.text, "bytes": _bytes(one.text), "logprob": _chance(one.logprob)} for one in token.top
            ],
        }
        for token in tokens or ()
    ]


def _chance(logprob: float | None) -> float:
    return MASKED_LOGPROB if logprob is None else logprob


def _bytes(text: str) -> Iterable[int]:
    return list(text.encode("utf-8", "replace"))
