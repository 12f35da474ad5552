"""The usage of a run: what the vendor reported for each attempt, and an estimate for those that were cut."""

import msgspec

from .messages import Usage

__all__ = ["UsageFold", "estimate_tokens"]

# English text in the common vocabularies comes to about four characters a token (OpenAI's own rule of thumb).
_CODE_POINTS_A_TOKEN = 4


def estimate_tokens(code_points: int) -> int:
    """About how many tokens a text of so many code points makes, rounded up."""
    return -(-code_points // _CODE_POINTS_A_TOKEN)


class UsageFold:
    """Adds up attempts. The last report of an attempt holds; an attempt that spoke without one is estimated."""

    __slots__ = ("_before", "_reported", "code_points")

    def __init__(self) -> None:
        self._before: Usage | None = None
        self._reported: Usage | None = None
        self.code_points = 0

    def report(self, usage: Usage) -> None:
        """The vendor reports the present attempt's usage so far."""
        self._reported = usage

    def attempt(self) -> None:
        """A step or an attempt begins: the one before is closed."""
        self._before = self.total()
        self._reported = None
        self.code_points = 0

    def cut(self, input_tokens: int = 0) -> Usage:
        """The usage of a run that was cut: never less than what was said, and always an estimate. `input_tokens` is
        what its prompts come to, where the vendor did not say."""
        total = self.total() or Usage()
        unsaid = 0
        if self._reported is not None:
            unsaid = max(0, estimate_tokens(self.code_points) - self._reported.output_tokens)
        return msgspec.structs.replace(
            total,
            input_tokens=total.input_tokens or input_tokens,
            output_tokens=total.output_tokens + unsaid,
            estimated=True,
        )

    def total(self) -> Usage | None:
        """The usage so far, or None where nothing was reported or said."""
        present = self._reported
        if present is None and self.code_points:
            present = Usage(output_tokens=estimate_tokens(self.code_points), estimated=True)
        if self._before is None or present is None:
            return present or self._before
        return self._before + present
