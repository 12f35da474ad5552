"""Errors as OpenAI's clients know them: by status, and by a member `error` of the answer."""

from collections.abc import Mapping

import msgspec

from ...errors import (
    AuthenticationFailed,
    BadRequest,
    ContextTooLong,
    ModelUnknown,
    Overloaded,
    QuotaExceeded,
    RateLimited,
    Refused,
    RunnelError,
)

__all__ = ["OpenAIError", "openai_error", "openai_status"]

# Where OpenAI answers otherwise than Runnel; and the names that its own errors have. The most particular class counts.
_OTHERWISE: Mapping[type[RunnelError], tuple[int, str]] = {
    ModelUnknown: (404, "model_not_found"),
    RateLimited: (429, "rate_limit_exceeded"),
    QuotaExceeded: (429, "insufficient_quota"),
    ContextTooLong: (400, "context_length_exceeded"),
    Refused: (400, "content_policy_violation"),
    BadRequest: (400, "invalid_request"),
    Overloaded: (503, "server_overloaded"),
    AuthenticationFailed: (502, "upstream_authentication"),
}
_TYPES = {401: "authentication_error", 403: "permission_error", 409: "conflict_error", 429: "rate_limit_error"}


class OpenAIError(msgspec.Struct):
    """What OpenAI's clients read of an error."""

    message: str
    type: str
    param: str | None
    code: str | None


def _known(error: RunnelError) -> tuple[int, str] | None:
    return next((_OTHERWISE[kind] for kind in type(error).__mro__ if kind in _OTHERWISE), None)


def openai_status(error: RunnelError, status: int) -> int:
    """The status that OpenAI's clients expect of an error that Runnel answers with `status`."""
    known = _known(error)
    return known[0] if known else 400 if status == 422 else status


def openai_error(error: RunnelError, status: int) -> OpenAIError:
    """The error; `status` is the one it is sent with."""
    known = _known(error)
    kind = _TYPES.get(status) or ("server_error" if status >= 500 else "invalid_request_error")
    code = known[1] if known else error.code
    return OpenAIError(error.message, kind, error.details.get("param"), code)
