"""The cookies of browsers: which name they have, how they are set, read and taken away."""

from collections.abc import Mapping

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope

__all__ = ["FORM", "OIDC", "SESSION", "clear", "name_of", "read", "sent", "write"]

# Who is logged in; what shows that a form is the one of our page; what is remembered while somebody logs in elsewhere.
SESSION, FORM, OIDC = "runnel", "runnel-form", "runnel-oidc"


def name_of(scope: Scope, kind: str) -> str:
    """The name by which browsers hold a cookie to what we say of it: that no neighbour of this host has set it, and
    that it came by TLS."""
    if not _is_secure(scope):
        return kind
    return f"__Secure-{kind}" if scope.get("root_path") else f"__Host-{kind}"


def read(connection: HTTPConnection, kind: str) -> str | None:
    """The value of the cookie that the browser sent, if it did."""
    return connection.cookies.get(name_of(connection.scope, kind)) or None


def sent(scope: Scope, headers: Mapping[bytes, bytes], kind: str) -> bool:
    """Whether a request has such a cookie."""
    return name_of(scope, kind).encode() + b"=" in headers.get(b"cookie", b"")


def write(response: Response, scope: Scope, kind: str, value: str, seconds: float, *, strict: bool = False) -> None:
    """Have the browser keep a value for so long; no script sees it. A `strict` one is sent only from our own pages."""
    response.set_cookie(
        name_of(scope, kind),
        value,
        max_age=int(seconds),
        path=scope.get("root_path") or "/",
        secure=_is_secure(scope),
        httponly=True,
        samesite="strict" if strict else "lax",
    )


def clear(response: Response, scope: Scope, kind: str) -> None:
    """Have the browser forget a cookie."""
    write(response, scope, kind, "", 0)


def _is_secure(scope: Scope) -> bool:
    return scope.get("scheme") in ("https", "wss")
