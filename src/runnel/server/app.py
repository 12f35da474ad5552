"""The ASGI app: puts the operations of all subjects together."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from ..app import Runnel
from ..errors import InvalidRequest, NotFound, RunnelError
from .calls import Caller, Identify, Server
from .operations import Operation
from .problems import respond
from .subjects import SUBJECTS

__all__ = ["create_app"]


def create_app(runnel: Runnel | None = None, *, identify: Identify | None = None) -> Starlette:
    """Runnel as an ASGI app, for any ASGI server, or to be mounted in another app.

    `runnel` is used as it is where it is open, and else opened with the app's lifespan, and closed with it; without
    one, `Runnel()`. `identify` says who calls; without it everybody may do everything: for one user on one machine.
    """
    runnel = runnel or Runnel()
    server = Server(runnel, identify or _everybody(runnel))
    operations: Iterable[Operation] = [operation for subject in SUBJECTS for operation in subject]
    app = Starlette(
        routes=[operation.route(server) for operation in operations],
        lifespan=lambda _: _opened(runnel),
        exception_handlers={HTTPException: _http_error, RunnelError: _failed, Exception: _failed},
    )
    app.state.server = server
    return app


def _everybody(runnel: Runnel) -> Identify:
    async def identify(connection: HTTPConnection) -> Caller:
        return Caller(runnel)

    return identify


@asynccontextmanager
async def _opened(runnel: Runnel) -> AsyncIterator[None]:
    opening: AbstractAsyncContextManager[object] = runnel
    if runnel.is_open:
        yield
    else:
        async with opening:
            yield


async def _failed(request: Request, error: Exception) -> Response:
    return respond(request, error)


async def _http_error(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: a path or method that is not there."""
    assert isinstance(error, HTTPException)
    what = f"{request.method} {request.url.path}"
    if error.status_code == 404:
        return respond(request, NotFound(f"there is no {what} here"), 404)
    response = respond(request, InvalidRequest(f"{what}: {error.detail}"), error.status_code)
    response.headers.update(error.headers or {})
    return response
