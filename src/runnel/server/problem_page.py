"""Errors for people: who comes to one with a browser is shown a page, made of `pages/problem.html`. It has its style
within it and allows nothing else, so it is the same where nothing else can be had: on a host that is not ours."""

import hashlib
from base64 import b64encode
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import HTTPConnection
from starlette.responses import Response

__all__ = ["problem_page", "wants_page"]

_PAGES = Path(__file__).parent / "pages"


def wants_page(connection: HTTPConnection) -> bool:
    """Whether somebody came here with a browser. Programs take JSON, or whatever comes."""
    accepted = connection.headers.get("accept", "")
    return connection.scope.get("method") in ("GET", "HEAD") and "text/html" in accepted and "json" not in accepted


def problem_page(connection: HTTPConnection, status: int, message: str) -> Response:
    """An error as a page. `message` is that of a RunnelError."""
    page, style, policy = _made()
    body = page.substitute(
        title=_title(status),
        style=style,
        root=_root(connection),
        sentence=escape(f"{message[:1].upper()}{message[1:]}{'' if message.endswith('.') else '.'}"),
    )
    return Response(body, status, {"Content-Security-Policy": policy}, "text/html")


def _title(status: int) -> str:
    if status == 404:
        return "This page is not here"
    return "This went wrong" if status >= 500 else "This cannot be shown"


def _root(connection: HTTPConnection) -> str:
    """The way from the address to the start page: relative, since a proxy may have stripped what it begins with."""
    scope = connection.scope
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    # A slash that is written as %2F parts nothing for a browser.
    depth = path.partition(b"?")[0].count(b"/") - scope.get("root_path", "").count("/")
    return "../" * (depth - 1) or "./"


@cache
def _made() -> tuple[Template, str, str]:
    """The page, its style, and what it allows."""
    style = (_PAGES / "problem.css").read_text(encoding="utf-8")
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src 'self'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"
    return Template((_PAGES / "problem.html").read_text(encoding="utf-8")), style, policy
