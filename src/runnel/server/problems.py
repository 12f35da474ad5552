"""Errors as RFC 9457 problem documents, and as pages for people. The one place that says which error is which HTTP
status."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette._utils import get_route_path
from starlette.requests import HTTPConnection
from starlette.responses import Response

from .. import errors
from ..errors import RunnelError
from .openai.errors import OpenAIError, openai_error, openai_status
from .problem_page import problem_page, wants_page

__all__ = ["MEDIA_TYPE", "Problem", "problem", "respond", "status_of"]

logger = logging.getLogger("runnel.server")

MEDIA_TYPE = "application/problem+json"
OPENAI = "/v1/"
# Seconds after which to try again where something else than time has to pass.
_RETRY_LATER = 60

# The most particular class counts.
_STATUS: Mapping[type[RunnelError], int] = {
    errors.NotFound: 404,
    errors.RunInProgress: 409,
    errors.NotWaiting: 409,
    errors.CannotContinue: 409,
    errors.KeyConflict: 409,
    errors.NameTaken: 409,
    errors.ModelMissing: 409,
    errors.ToolMissing: 409,
    errors.ModelUnknown: 422,
    errors.ToolUnknown: 422,
    errors.ToolInvalid: 422,
    errors.Misuse: 400,
    errors.Unauthenticated: 401,
    errors.NotAllowed: 403,
    errors.LimitReached: 429,
    errors.TooLarge: 413,
    errors.ConfigError: 500,
    errors.Closed: 503,
    errors.DocumentTooLarge: 413,
    errors.DocumentUnsupported: 415,
    errors.DocumentError: 422,
    errors.LogError: 503,
    errors.ModelError: 502,
    errors.Failure: 500,
}


class Problem(msgspec.Struct, omit_defaults=True):
    """A problem document (RFC 9457). `code` and `details` are those of the error's class in `runnel.errors`: a client
    makes the same error of them again. `error` is there on OpenAI's wire, for its clients."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    details: dict[str, Any] = {}
    error: OpenAIError | None = None


def status_of(error: RunnelError) -> int:
    """The HTTP status that an error is answered with."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def problem(error: RunnelError, status: int | None = None) -> Problem:
    """The document of an error; `status` where the error's class does not say it."""
    status = status or status_of(error)
    return Problem(
        f"urn:runnel:error:{error.code}", HTTPStatus(status).phrase, status, error.message, error.code, error.details
    )


def respond(connection: HTTPConnection, error: Exception, status: int | None = None) -> Response:
    """The answer to a call that failed. What no caller can have caused is logged, and told without its inside."""
    if not isinstance(error, RunnelError):
        logger.error("%s failed", connection.scope["path"], exc_info=error)
        error = errors.InternalError("the server failed to do this: its log says why")
    on_openai_wire = get_route_path(connection.scope).startswith(OPENAI)
    if on_openai_wire:
        status = openai_status(error, status or status_of(error))
    document = problem(error, status)
    if on_openai_wire:
        document = msgspec.structs.replace(document, error=openai_error(error, document.status))
    headers: dict[str, str] = {}
    wait = error.details.get("retry_after", _RETRY_LATER if document.status == 429 else None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, round(float(wait))))
    if document.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if wants_page(connection):
        response = problem_page(connection, document.status, document.detail)
    else:
        response = Response(msgspec.json.encode(document), document.status, media_type=MEDIA_TYPE)
    response.headers.update(headers)
    return response
