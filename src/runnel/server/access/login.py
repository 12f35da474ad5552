"""Logging in with a browser: a page with a form, and a session in a cookie. The page is plain, works without scripts,
and is made here from `pages/`."""

import secrets
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ...errors import InvalidRequest, LimitReached, NotAllowed, RunnelError, Unauthenticated
from ...users import check, sign
from ..problems import respond, status_of
from . import cookies
from .gate import address_of
from .identity import Identity
from .limits import Buckets

__all__ = ["LOGIN", "OIDC_LOGIN", "Login", "local"]

LOGIN, OIDC_LOGIN = "/login", "/oidc/login"
# A page that was open for longer has its form again.
_FORM_SECONDS = 3600
_FORM_BYTES = 16_384


class Login:
    """The pages, and who may try how often. `elsewhere` is the path where people log in with an account elsewhere, and
    what that is called."""

    def __init__(self, identity: Identity, session_days: float, elsewhere: tuple[str, str] | None = None) -> None:
        self._identity = identity
        self._lifetime = session_days * 86_400
        self._elsewhere = elsewhere
        self._key = secrets.token_bytes(32)
        # So many at once, and one in so many seconds then: from one address, and for one name from wherever.
        self._by_address = Buckets(1 / 5, 20)
        self._by_name = Buckets(1 / 30, 10)

    def routes(self) -> list[Route]:
        """The pages' routes: anybody may call them."""
        return [
            Route(LOGIN, self._page, methods=["GET"]),
            Route(LOGIN, self._log_in, methods=["POST"]),
            Route("/logout", self._log_out, methods=["POST"]),
            Route("/assets/login.css", _style, methods=["GET"]),
        ]

    async def _page(self, request: Request) -> Response:
        if not await self._identity.directory.has_users():
            return _to(request, "/")
        return self._form(request, request.query_params.get("next", ""))

    async def _log_in(self, request: Request) -> Response:
        given: dict[str, str] = {}
        try:
            given = await _fields(request)
            return await self._try(request, given)
        except RunnelError as error:
            return self.refused(request, error, given)

    async def _try(self, request: Request, given: Mapping[str, str]) -> Response:
        nonce = cookies.read(request, cookies.FORM)
        if nonce is None or not check(self._key, nonce, given.get("form", "")):
            raise NotAllowed("this form is too old, or not of this page: try again")
        name, password = given.get("name", ""), given.get("password", "")
        wait = self._by_address.take(address_of(request.scope)) or self._by_name.take(name.casefold())
        if wait:
            raise LimitReached("too many attempts to log in: wait a little", limit="logins", retry_after=wait)
        user = await self._identity.directory.users.by_password(name, password)
        if user is None:
            raise Unauthenticated("no user has this name and this password")
        return await self.begin(request, user.id, given.get("next", ""))

    async def begin(self, request: Request, user: str, next: str) -> Response:
        """Begin a session of the user with that id, in place of the one that the browser had, and go to `next`."""
        users = self._identity.directory.users
        before = cookies.read(request, cookies.SESSION)
        if before is not None:
            await users.end_session(before)
            self._identity.directory.forget()
        secret = await users.add_session(user, self._lifetime)
        response = _to(request, local(next))
        cookies.write(response, request.scope, cookies.SESSION, secret, self._lifetime)
        cookies.clear(response, request.scope, cookies.FORM)
        return response

    def refused(self, request: Request, error: RunnelError, given: Mapping[str, str] | None = None) -> Response:
        """Why somebody could not log in: the page again for people, a problem document for programs."""
        if "text/html" not in request.headers.get("accept", ""):
            return respond(request, error)
        given = given or {}
        return self._form(request, given.get("next", ""), given.get("name", ""), error)

    async def _log_out(self, request: Request) -> Response:
        session = cookies.read(request, cookies.SESSION)
        if session is not None:
            await self._identity.directory.users.end_session(session)
            self._identity.directory.forget()
        response = _to(request, LOGIN)
        cookies.clear(response, request.scope, cookies.SESSION)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def _form(self, request: Request, next: str, name: str = "", error: RunnelError | None = None) -> Response:
        nonce = cookies.read(request, cookies.FORM) or secrets.token_urlsafe(16)
        root = request.scope.get("root_path", "")
        elsewhere = ""
        if self._elsewhere is not None:
            path, label = self._elsewhere
            there = f"{root}{path}?next={quote(local(next), safe='')}"
            elsewhere = f'<a class="elsewhere" href="{escape(there)}">Log in with {escape(label)}</a>'
        body = _template().substitute(
            root=escape(root),
            form=sign(self._key, nonce),
            next=escape(local(next)),
            name=escape(name),
            problem="" if error is None else f'<p class="problem" role="alert">{escape(_sentence(error))}</p>',
            elsewhere=elsewhere,
        )
        response = Response(body, 200 if error is None else status_of(error), media_type="text/html")
        if isinstance(error, LimitReached):
            response.headers["Retry-After"] = str(max(1, round(error.details["retry_after"])))
        cookies.write(response, request.scope, cookies.FORM, nonce, _FORM_SECONDS, strict=True)
        return response


def local(next: str) -> str:
    """Where to go after logging in: a path here, whatever a link says."""
    here = next.startswith("/") and not next.startswith(("//", "/\\")) and next.isprintable() and next.isascii()
    return next if here else "/"


def _to(request: Request, path: str) -> Response:
    return RedirectResponse(request.scope.get("root_path", "") + path, 303)


async def _fields(request: Request) -> dict[str, str]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES:
            raise InvalidRequest("this form is too long")
    try:
        return dict(parse_qsl(body.decode(), errors="strict", max_num_fields=20))
    except ValueError:
        raise InvalidRequest("this form cannot be read") from None


def _sentence(error: RunnelError) -> str:
    return f"{error.message[:1].upper()}{error.message[1:]}."


async def _style(request: Request) -> Response:
    return Response(_file("login.css"), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@cache
def _template() -> Template:
    return Template(_file("login.html"))


@cache
def _file(name: str) -> str:
    return (files(__package__) / "pages" / name).read_text(encoding="utf-8")
