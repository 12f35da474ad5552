"""The ASGI app: puts the operations of all subjects together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp

from ..app import Runnel
from ..config import Config
from ..errors import InvalidRequest, NotFound, RunnelError
from .access.gate import Gate
from .access.hosts import Hosts
from .access.identity import Identity
from .access.login import LOGIN, OIDC_LOGIN, Login
from .calls import Identify, Server
from .live.socket import live_route
from .openapi import OpenAPI
from .operating.access_log import AccessLog
from .operating.metrics import Metrics
from .page import ASSETS, WebPage
from .problems import respond
from .subjects import SUBJECTS

__all__ = ["create_app"]

# Bytes of an upload's form besides the file.
_AROUND_A_FILE = 1 << 20


def create_app(runnel: Runnel | None = None, *, identify: Identify | None = None) -> Starlette:
    """Runnel as an ASGI app, for any ASGI server, or to be mounted in another app.

    `runnel` is used as it is where it is open, and else opened with the app's lifespan, and closed with it; without
    one, `Runnel()`; what is opened here hides tracebacks. `identify` says who calls; without it, the users of the
    database do, and where there are none, whoever is at this machine may do everything. Raises ConfigError.
    """
    runnel = runnel or Runnel()
    if not runnel.is_open:
        runnel.hide_tracebacks()
    config = runnel.config
    identity = Identity(runnel)
    server = Server(runnel, identify or identity)
    operations = [operation for subject in SUBJECTS for operation in subject]
    pages = [] if identify is not None else _login(identity, config)
    secured = _always if identify is not None else identity.has_users
    openapi = Route("/openapi.json", OpenAPI(operations, secured).answer)
    web = WebPage()
    open_to_all = [openapi, *pages, *web.files()]
    app = _App(
        routes=[
            *[operation.route(server) for operation in operations],
            live_route(server),
            *open_to_all,
            *web.places(),
        ],
        lifespan=lambda _: _opened(server),
        exception_handlers={HTTPException: _http_error, RunnelError: _failed, Exception: _failed},
    )
    app.gate = partial(
        Gate,
        server=server,
        hosts=Hosts(config.server),
        open=[*[one.path for one in operations if one.open], *[page.path for page in open_to_all], ASSETS],
        uploads=[operation.path for operation in operations if operation.consumes == "multipart/form-data"],
        upload=config.documents.max_bytes + _AROUND_A_FILE,
        login=LOGIN if pages else None,
    )
    app.metrics = server.metrics
    app.router.redirect_slashes = False
    app.state.server = server
    return app


async def _always() -> bool:
    return True


class _App(Starlette):
    """Starlette, wholly behind the gate: what Starlette itself answers too."""

    gate: Callable[[ASGIApp], ASGIApp]
    metrics: Metrics

    def build_middleware_stack(self) -> ASGIApp:
        return AccessLog(self.gate(super().build_middleware_stack()), self.metrics)


def _login(identity: Identity, config: Config) -> list[Route]:
    """Where people log in with a browser."""
    if config.oidc is None:
        return Login(identity, config.server.session_days).routes()
    from .access.oidc import SingleSignOn  # an extra

    login = Login(identity, config.server.session_days, (OIDC_LOGIN, config.oidc.name))
    return [*login.routes(), *SingleSignOn(config.oidc, identity, login).routes()]


@asynccontextmanager
async def _opened(server: Server) -> AsyncIterator[None]:
    if server.runnel.is_open:
        yield
        server.draining.set()
        return
    async with server.runnel:
        yield
        await server.end()


async def _failed(request: Request, error: Exception) -> Response:
    return respond(request, error)


async def _http_error(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: a path or method that is not there."""
    assert isinstance(error, HTTPException)
    what = f"{request.method} {request.url.path}"
    if error.status_code == 404:
        missing = f"nothing at {request.url.path}" if request.method in ("GET", "HEAD") else f"no {what} here"
        return respond(request, NotFound(f"there is {missing}"), 404)
    response = respond(request, InvalidRequest(f"{what}: {error.detail}"), error.status_code)
    response.headers.update(error.headers or {})
    if error.status_code == 405:  # the router names the methods of one route, of several that have this path
        routes = [route for route in request.app.routes if isinstance(route, Route)]
        there = [route.methods or set() for route in routes if route.matches(request.scope)[0] is not Match.NONE]
        response.headers["Allow"] = ", ".join(sorted(set().union(*there)))
    return response
