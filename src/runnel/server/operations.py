"""Operations: functions that answer requests, each with its types, from which both the reading of a request and the
OpenAPI document come. So the document cannot say anything else than what is done."""

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeAlias, get_type_hints

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..errors import InvalidRequest, LimitReached, RunnelError
from .calls import Call, Caller, Server, caller_of
from .problems import respond

__all__ = ["Handler", "Operation", "Operations", "reply"]

Handler: TypeAlias = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    The handler takes the `Call`, and what it names among `body`, `query` and `headers`: structs that the request's body
    (JSON), query string and headers are decoded to. It returns the value to encode, or a Response. `returns` is that
    value's type for the document, None for an answer without a body; `produces` are the media types of a Response that
    it makes itself. `open` operations need no identity. `errors` are statuses that `openapi.statuses` cannot tell from
    these.
    """

    method: str
    path: str
    handler: Handler
    status: int = 200
    body: type | None = None
    query: type[msgspec.Struct] | None = None
    headers: type[msgspec.Struct] | None = None
    returns: Any = None
    produces: tuple[str, ...] = ("application/json",)
    consumes: str = "application/json"
    open: bool = False
    errors: tuple[int, ...] = ()
    tag: str = ""

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").split("\n")[0]

    @property
    def description(self) -> str:
        """The handler's docstring."""
        return inspect.getdoc(self.handler) or ""

    @property
    def streams(self) -> bool:
        """Whether it may go on for as long as a run does."""
        return "text/event-stream" in self.produces

    def route(self, server: Server) -> Route:
        """The operation as Starlette has it."""
        return Route(self.path, _Endpoint(self, server), methods=[self.method], name=self.handler.__name__)


@dataclass
class Operations:
    """The operations of one subject. `add` is a decorator."""

    tag: str
    all: list[Operation] = field(default_factory=list)

    def add(
        self,
        method: str,
        path: str,
        *,
        status: int = 200,
        produces: tuple[str, ...] = ("application/json",),
        consumes: str = "application/json",
        open: bool = False,
        errors: tuple[int, ...] = (),
        returns: Any = inspect.Parameter.empty,
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated handler as the operation. `returns` is for those that make a Response of it."""

        def declare(handler: Handler) -> Handler:
            hints = get_type_hints(handler, include_extras=True)
            answers = hints.get("return") if returns is inspect.Parameter.empty else returns
            self.all.append(
                Operation(
                    method,
                    path,
                    handler,
                    status,
                    hints.get("body"),
                    hints.get("query"),
                    hints.get("headers"),
                    None if answers in (type(None), Response) else answers,
                    produces,
                    consumes,
                    open,
                    errors,
                    self.tag,
                )
            )
            return handler

        return declare

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.all)


class _Endpoint:
    """Answers one operation: identify, read, call, encode."""

    def __init__(self, operation: Operation, server: Server) -> None:
        self._operation = operation
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation, limits = self._operation, self._server.limits
        caller = Caller(self._server.runnel) if operation.open else caller_of(scope)
        who = caller.user if operation.streams else None
        try:
            limits.open_stream(who)
        except LimitReached as error:
            await respond(Request(scope), error)(scope, receive, send)
            return
        try:
            await (await self._response(Request(scope, receive, send), caller))(scope, receive, send)
        finally:
            limits.close_stream(who)

    async def _response(self, request: Request, caller: Caller) -> Response:
        try:
            return await self._answer(request, caller)
        except RunnelError as error:
            return respond(request, error)
        except ClientDisconnect:
            return Response(status_code=400)  # which nobody gets: the caller left before all was sent
        except RecursionError:
            return respond(request, InvalidRequest(f"what was sent to {request.url.path} is nested too deep"))

    async def _answer(self, request: Request, caller: Caller) -> Response:
        operation = self._operation
        given: dict[str, Any] = {}
        if operation.query is not None:
            given["query"] = _converted(f"the query of {request.url.path}", request.query_params, operation.query)
        if operation.headers is not None:
            given["headers"] = _converted("the headers", _headers(request, operation.headers), operation.headers)
        if operation.body is not None and operation.consumes == "application/json":
            given["body"] = await _body(request, operation.body)
        telemetry = self._server.telemetry
        with nullcontext() if telemetry is None else telemetry.called(request.headers):
            answer = await operation.handler(Call(self._server, caller, request), **given)
        return answer if isinstance(answer, Response) else reply(answer, operation.status)


def reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A value as JSON; None is an answer without a body."""
    if value is None:
        return Response(None, 204 if status == 200 else status, headers)
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def _converted(what: str, values: Mapping[str, str], kind: type[msgspec.Struct]) -> Any:
    try:
        found: Any = msgspec.convert(dict(values), kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"{what}: {error}") from None
    for given, name in zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True):
        if given in values and getattr(found, name) is None:
            raise InvalidRequest(f"{what}: `{given}` cannot be null: leave it out instead")
    return found


def _headers(request: Request, kind: type[msgspec.Struct]) -> dict[str, str]:
    return {name: request.headers[name] for name in kind.__struct_encode_fields__ if name in request.headers}


async def _body(request: Request, kind: type) -> Any:
    data = await request.body()
    try:
        try:
            return msgspec.json.decode(data or b"{}", type=kind)
        except msgspec.ValidationError:  # perhaps since JSON has one kind of numbers: 2.0 is an integer too
            return msgspec.convert(_whole(msgspec.json.decode(data)), kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body of {request.method} {request.url.path}: {error}") from None


def _whole(value: Any) -> Any:
    """A JSON value, with integers for numbers that are some."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return {name: _whole(one) for name, one in value.items()} if isinstance(value, dict) else value
