"""The errors of vendors as Runnel's own, in the vendor's words and without its key.

What an error is is read from its HTTP status and its `code` or `type`; from its words only where these do not tell it
(vLLM and Anthropic for a prompt that is too long).
"""

import email.utils
import re
import time
from collections.abc import Mapping
from typing import Any

from ..errors import (
    AuthenticationFailed,
    BadRequest,
    ConnectionFailed,
    ConnectTimeout,
    ContextTooLong,
    ModelError,
    ModelTimeout,
    Overloaded,
    QuotaExceeded,
    RateLimited,
    Refused,
)

__all__ = ["from_sdk", "from_vendor", "retry_after"]

_BY_CODE: dict[str, type[ModelError]] = {
    "context_length_exceeded": ContextTooLong,  # OpenAI, OpenRouter, LM Studio
    "exceed_context_size_error": ContextTooLong,  # llama.cpp
    "string_above_max_length": ContextTooLong,
    "content_filter": Refused,  # Azure
    "content_policy_violation": Refused,
    "invalid_prompt": Refused,
    "invalid_api_key": AuthenticationFailed,
    "authentication_error": AuthenticationFailed,
    "permission_error": AuthenticationFailed,
    "rate_limit_exceeded": RateLimited,
    "rate_limit_error": RateLimited,
    "insufficient_quota": QuotaExceeded,
    "overloaded_error": Overloaded,
    "server_error": Overloaded,
    "internal_server_error": Overloaded,
    "unavailable_error": Overloaded,  # llama.cpp while it loads the model
    "InternalServerError": Overloaded,  # vLLM
    "api_error": Overloaded,  # Anthropic, from here on
    "timeout_error": Overloaded,
    "billing_error": QuotaExceeded,
    "request_too_large": ContextTooLong,
}
_BY_STATUS: dict[int, type[ModelError]] = {
    401: AuthenticationFailed,
    402: QuotaExceeded,  # OpenRouter: no credit left
    403: AuthenticationFailed,
    408: Overloaded,
    409: Overloaded,
    413: ContextTooLong,
    429: RateLimited,
}
_TOO_LONG = re.compile(
    r"maximum context length|context (length|size|window|limit)|n_ctx|prompt is too long", re.IGNORECASE
)
_KEY = re.compile(r"\b(sk-|Bearer )[\w*.-]{4,}")


def from_vendor(
    error: object,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    key: str | None = None,
    **details: Any,
) -> ModelError:
    """The error that a vendor describes by `error`: the `error` member of its answer (an object or a
    sentence), or the whole body. `details` (`provider`, `model`) go into the error's own."""
    described = _described(error)
    code = described.get("code")
    if isinstance(code, int) or (isinstance(code, str) and code.isdigit()):  # the status again, not a code
        status, code = status or int(code), None
    kind = described.get("type")
    words = _without_key(str(described.get("message") or "") or _words(error), key)
    return _class(status, code, kind, words, described)(
        _sentence(words, status, details),
        vendor_message=words or None,
        vendor_code=code or kind,
        status_code=status,
        retry_after=retry_after(headers or {}),
        **details,
    )


def from_sdk(error: Exception, *, connect_timeout: float, key: str | None = None, **details: Any) -> ModelError:
    """The error that the SDK or its transport raised."""
    response = getattr(error, "response", None)
    if response is not None:
        body = getattr(error, "body", None) or getattr(error, "message", "")
        return from_vendor(body, status=response.status_code, headers=response.headers, key=key, **details)
    who = details.get("provider", "the vendor")
    names = {type(error).__name__, type(error.__cause__).__name__}
    if "ConnectTimeout" in names:
        return ConnectTimeout(f"no connection to {who} within {connect_timeout:g} s", limit=connect_timeout, **details)
    if names & {"APITimeoutError", "ReadTimeout", "WriteTimeout", "PoolTimeout"}:
        return ModelTimeout(f"{who} did not answer in time", **details)
    words = _without_key(str(error.__cause__ or error), key)
    return ConnectionFailed(f"{who} could not be reached: {words}", vendor_message=words, **details)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `retry-after` (seconds or a date), where the vendor says."""
    try:
        if "retry-after-ms" in headers:
            return float(headers["retry-after-ms"]) / 1000
        given = headers.get("retry-after")
        if given is None:
            return None
        if re.fullmatch(r"\s*[\d.]+\s*", given):
            return float(given)
        return max(0.0, email.utils.parsedate_to_datetime(given).timestamp() - time.time())
    except ValueError:
        return None


def _described(error: object) -> Mapping[str, Any]:
    if isinstance(error, Mapping):
        inner = error.get("error")
        return inner if isinstance(inner, Mapping) else error
    return {}


def _words(error: object) -> str:
    if isinstance(error, Mapping):
        error = error.get("error") or error.get("detail") or ""  # Ollama; FastAPI
    return error if isinstance(error, str) else str(error or "")


def _class(
    status: int | None, code: object, kind: object, words: str, described: Mapping[str, Any]
) -> type[ModelError]:
    for name in (code, kind):
        if isinstance(name, str) and name in _BY_CODE:
            return _BY_CODE[name]
    metadata = described.get("metadata")
    if status == 403 and isinstance(metadata, Mapping) and metadata.get("reasons"):
        return Refused  # OpenRouter's moderation
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status is not None and status >= 500:
        return Overloaded
    if not isinstance(code, str) and _TOO_LONG.search(words):
        return ContextTooLong
    return BadRequest if status is not None or kind == "invalid_request_error" else ModelError


def _sentence(words: str, status: int | None, details: Mapping[str, Any]) -> str:
    who = details.get("provider", "the vendor")
    if words:
        return f"{who}: {words}"
    return f"{who} answered with status {status}" if status else f"{who} reported an error without words"


def _without_key(words: str, key: str | None) -> str:
    if key:
        words = words.replace(key, "…")
    return _KEY.sub(r"\1…", words)[:2000]
