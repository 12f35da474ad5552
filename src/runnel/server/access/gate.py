"""The gate: every request and every socket goes through it before anything else looks at them. It asks whether the
host is ours, whether the page may, who calls, and whether that is too much; and it puts the headers on every answer.

What it lets through has a caller (`calls.caller_of`). It holds nothing of a request that goes on.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from starlette._utils import get_route_path
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ...errors import NotAllowed, RunnelError, Unauthenticated
from ..calls import Server, admit, caller_of, known_of
from ..problems import respond
from . import cookies
from .headers import SECURITY, Sending
from .hosts import Hosts
from .limits import measured
from .standing import Standing

__all__ = ["Gate", "address_of"]


class Gate:
    """Stands before an ASGI app. `open` are the paths that anybody may call, exact or ending with a slash for all that
    is below; `uploads` those where a request may have `upload` bytes. `login` is the page where people go who are not
    known, if there is one."""

    def __init__(
        self,
        app: ASGIApp,
        server: Server,
        hosts: Hosts,
        *,
        open: Iterable[str],
        uploads: Iterable[str],
        upload: int,
        login: str | None,
    ) -> None:
        self._app = app
        self._server = server
        self._hosts = hosts
        self._open = frozenset(open)
        self._open_below = tuple(path for path in self._open if path.endswith("/"))
        self._uploads = frozenset(uploads)
        self._upload = upload
        self._login = login
        self._standing = Standing()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        cors = self._hosts.cors(headers)
        sending = Sending(send, [*SECURITY, *cors] if cors else SECURITY)
        try:
            answer = await self._admit(scope, headers)
            if answer is None and scope["type"] == "http":
                receive = measured(receive, headers.get(b"content-length"), self._most(scope))
        except Exception as error:
            answer = self._refuse(scope, headers, error)
        del headers, cors
        if answer is not None:
            await answer(scope, receive, sending)
        elif scope["type"] == "http":
            await self._while_known(scope, receive, sending)
        else:
            await self._socket(scope, receive, sending)

    async def _admit(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Response | None:
        """Judge a request; None lets it through. Raises RunnelError where it is refused."""
        try:
            self._hosts.check_host([value for name, value in scope["headers"] if name == b"host"])
        except NotAllowed as error:
            return respond(HTTPConnection(scope), error, 421)
        method: str = scope.get("method", "")
        preflight = self._hosts.preflight(method, headers)
        if preflight is not None:
            response = Response(None, 204)
            response.raw_headers += preflight
            return response
        by_cookie = b"authorization" not in headers and cookies.sent(scope, headers, cookies.SESSION)
        self._hosts.check_origin(method, headers, by_cookie=by_cookie)
        path = get_route_path(scope)
        if scope["type"] == "http" and (path in self._open or path.startswith(self._open_below)):
            return None
        connection = HTTPConnection(scope)
        try:
            caller = await self._server.identify(connection)
        except Unauthenticated:
            self._server.limits.request(address_of(scope))
            raise
        self._server.limits.request(caller.user)
        admit(scope, caller)
        return None

    def _refuse(self, scope: Scope, headers: Mapping[bytes, bytes], error: Exception) -> Response:
        page = scope.get("method") == "GET" and b"text/html" in headers.get(b"accept", b"")
        if isinstance(error, Unauthenticated) and page and self._login is not None:
            query: str = scope["query_string"].decode("latin-1")
            wanted = get_route_path(scope) + (f"?{query}" if query else "")
            return RedirectResponse(f"{scope.get('root_path', '')}{self._login}?next={quote(wanted, safe='')}", 303)
        return respond(HTTPConnection(scope), error)

    async def _while_known(self, scope: Scope, receive: Receive, sending: Sending) -> None:
        """Let a call go on for as long as its caller is known."""
        known = known_of(scope)
        if known is None:
            await self._app(scope, receive, sending)
        elif await self._standing.hold(self._app(scope, receive, sending), known):
            return
        elif not sending.begun:
            gone = Unauthenticated("what you showed has expired or was revoked meanwhile")
            await respond(HTTPConnection(scope), gone)(scope, receive, sending)
        elif scope["type"] == "websocket":
            await sending({"type": "websocket.close", "code": 1008, "reason": "no longer known"})
        else:
            await sending({"type": "http.response.body", "body": b"", "more_body": False})

    async def _socket(self, scope: Scope, receive: Receive, send: Sending) -> None:
        who = caller_of(scope).user
        limits = self._server.limits
        try:
            limits.open_stream(who)
        except RunnelError as error:
            await respond(HTTPConnection(scope), error)(scope, receive, send)
            return
        try:
            await self._while_known(scope, receive, send)
        finally:
            limits.close_stream(who)

    def _most(self, scope: Scope) -> int:
        upload = scope["method"] == "POST" and get_route_path(scope) in self._uploads
        return self._upload if upload else self._server.limits.body


def address_of(scope: Scope) -> str:
    """What limits are counted by where nobody is known: an address, or the network of an IPv6 one, of which one caller
    has as many as they like."""
    host: str = scope["client"][0] if scope.get("client") else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return f"address {host}"
    return f"address {address.exploded[:19] if address.version == 6 else host}"
