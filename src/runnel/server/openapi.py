"""The OpenAPI document, generated from the operations: what it says of types is what requests are read by."""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ..vocabulary.events import Event
from .access import cookies
from .operations import Operation
from .problems import MEDIA_TYPE as PROBLEM
from .problems import Problem

__all__ = ["PATH_PARTS", "OpenAPI", "document", "statuses"]

_REFERENCE = "#/components/schemas/{name}"
_FILES = "multipart/form-data"
_ID = "[0-9a-f]{24}"

# What the parts of paths are: a pattern of what they look like, and a word on them.
PATH_PARTS: Mapping[str, tuple[str, str]] = {
    "chat": (f"^chat_{_ID}$", "The id of a chat."),
    "message": (f"^msg_{_ID}$", "The id of a message."),
    "document": (f"^doc_{_ID}$", "The id of a document."),
    "run": (r"^[A-Za-z0-9._:~-]+$", "The id of a run, or the caller's own for it (`Idempotency-Key`)."),
    "schedule": (r"^[A-Za-z0-9._:~-]+$", "The id of a schedule."),
    "call": (r"^[^/]+$", "The id of a tool's call, as `tool.approval.requested` has it."),
    "input": (r"^[^/]+$", "The id of a question, as `input.requested` has it."),
}
_ANY_PART = (r"^[^/]+$", "")

# Of a run's stream, an event's data is one of #/components/schemas/Event.
_STREAMS: Mapping[str, Any] = {
    "text/event-stream": {
        "description": "Server-sent events. `data` is JSON; a reader comes back with the last `id`.",
        "type": "object",
        "properties": {"id": {"type": "string"}, "event": {"type": "string"}, "data": {"type": "string"}},
    },
    "application/x-ndjson": {"description": "JSON, one event a line.", "type": "string"},
}


class OpenAPI:
    """Answers with the document of `operations`; `secured` says whether callers have to show who they are."""

    def __init__(self, operations: Sequence[Operation], secured: Callable[[], Awaitable[bool]]) -> None:
        self._operations = operations
        self._secured = secured
        self._made: dict[str | None, bytes] = {}

    async def answer(self, request: Request) -> Response:
        """The document, as it is where the request came."""
        cookie = cookies.name_of(request.scope, cookies.SESSION) if await self._secured() else None
        if cookie not in self._made:
            self._made[cookie] = msgspec.json.encode(document(self._operations, cookie))
        return Response(self._made[cookie], media_type="application/json")


def document(operations: Iterable[Operation], cookie: str | None = None) -> dict[str, Any]:
    """The document. `cookie` is the name of the one that browsers have where callers have to show who they are, None
    where they have not."""
    every = list(operations)
    schemas, components = _schemas(every)
    paths: dict[str, Any] = {}
    for operation in every:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation, schemas, cookie is not None)
    found: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Runnel",
            "version": version("runnel"),
            "description": "Every answer is a run: an ordered, durable log of events that outlives its reader. Errors"
            " are problem documents (RFC 9457).",
        },
        "paths": paths,
        "components": {"schemas": components},
    }
    if cookie is not None:
        found["components"]["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": cookie},
        }
    return found


def statuses(operation: Operation) -> set[int]:
    """Every status that an operation may answer with, its success among them."""
    found = {operation.status, 429, 500, 503, *operation.errors}
    if not operation.open:
        found |= {401, 403}
    if operation.body is not None or operation.consumes == _FILES:
        found |= {400, 413, 422}
    if operation.query is not None or operation.headers is not None:
        found.add(400)
    if "{" in operation.path:
        found |= {400, 404}
    return found


def _described(operation: Operation, schemas: Mapping[Any, Any], secured: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation), *_parameters(operation, schemas)],
        "responses": {
            str(status): _success(operation, schemas) if status == operation.status else _other(status)
            for status in sorted(statuses(operation))
        },
    }
    body = _body(operation, schemas)
    if body is not None:
        found["requestBody"] = body
    if secured and not operation.open:
        found["security"] = [{"token": []}, {"session": []}]
    return found


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    found = []
    for name in re.findall(r"\{(\w+)", operation.path):
        pattern, description = PATH_PARTS.get(name, _ANY_PART)
        schema = {"type": "string", "pattern": pattern}
        found.append({"name": name, "in": "path", "required": True, "schema": schema, "description": description})
    return found


def _parameters(operation: Operation, schemas: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """What a query and headers may have: the fields of their structs."""
    found = []
    for place, kind in (("query", operation.query), ("header", operation.headers)):
        schema = {} if kind is None else schemas[kind]
        for name, of in schema.get("properties", {}).items():
            of = {key: value for key, value in of.items() if key != "default" or value is not None}
            options = [one for one in of.get("anyOf", ()) if one != {"type": "null"}]
            if len(options) == 1:  # what is not given is None; null cannot be said in a query
                of = {**{key: value for key, value in of.items() if key != "anyOf"}, **options[0]}
            required = name in schema.get("required", ())
            one = {"name": name, "in": place, "required": required, "schema": of}
            description = of.pop("description", None)
            found.append(one if description is None else {**one, "description": description})
    return found


def _body(operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any] | None:
    if operation.consumes == _FILES:
        files = {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}}
        schema: Any = {"type": "object", "properties": {"files": files}, "required": ["files"]}
        schema["additionalProperties"] = False
    elif operation.body is not None:
        schema = schemas[operation.body]
    else:
        return None
    required = operation.body is None or any(field.required for field in msgspec.structs.fields(operation.body))
    return {"required": required, "content": {operation.consumes: {"schema": schema}}}


def _success(operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for media in operation.produces:
        if media in _STREAMS:
            content[media] = {"schema": _STREAMS[media]}
        elif operation.returns is not None:
            content[media] = {"schema": schemas[operation.returns]}
        elif media != "application/json":
            content[media] = {"schema": {"type": "string"}}
    found: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    return {**found, "content": content} if content else found


def _other(status: int) -> dict[str, Any]:
    if status < 400:
        return {"description": HTTPStatus(status).phrase}
    schema = {"$ref": _REFERENCE.format(name="Problem")}
    return {"description": HTTPStatus(status).phrase, "content": {PROBLEM: {"schema": schema}}}


def _schemas(operations: Sequence[Operation]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """The schema of every type that an operation names, and the components that these refer to. Of queries and headers
    the schema itself, since their fields become parameters."""
    named = [kind for one in operations for kind in (one.body, one.returns) if kind is not None]
    kinds = list(dict.fromkeys([*named, Problem, *get_args(Event)]))
    found, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    schemas = dict(zip(kinds, found, strict=True))
    for kind in {part for one in operations for part in (one.query, one.headers) if part is not None}:
        (reference,), own = msgspec.json.schema_components([kind], ref_template=_REFERENCE)
        name = reference["$ref"].rpartition("/")[2]
        schemas[kind] = own.pop(name)
        components |= {other: schema for other, schema in own.items() if other not in components}
    components["Event"] = {
        "oneOf": [schemas[kind] for kind in get_args(Event)],
        "discriminator": {"propertyName": "type"},
    }
    for schema in components.values():
        if "description" in schema:
            schema["description"] = inspect.cleandoc(schema["description"])
    return schemas, components
