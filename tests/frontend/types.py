"""Makes the front end's types from the structs of Python: `python -m tests.frontend.types` writes them.

A test compares what is there with what would be written. Names of types lose their `Value` or `View`; tags and names
of fields are Python's. A field that is left out where it has its default is optional, and never null for that.
"""

import inspect
import json
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import msgspec
from msgspec import inspect as shapes

from runnel.errors import RunnelError
from runnel.server.api import chats as chats_api
from runnel.server.api import me as me_api
from runnel.server.api import messages as messages_api
from runnel.server.api import runs as runs_api
from runnel.server.api import schedules as schedules_api
from runnel.server.api import views
from runnel.server.api.tools import OfferedTools
from runnel.server.live import messages as live
from runnel.server.models import ListedModel, OfferedModels
from runnel.server.problems import Problem
from runnel.server.streaming import frames
from runnel.vocabulary import chats, events, messages, tokens
from runnel.vocabulary.requests import Request, RequestKind
from runnel.vocabulary.trace import Span, SpanKind
from tests.house import ROOT

PLACE = ROOT / "frontend" / "client" / "src" / "types.ts"

ALIASES: dict[str, Any] = {
    "Role": messages.Role,
    "PartKind": messages.PartKind,
    "Origin": tokens.Origin,
    "IfBusy": chats.IfBusy,
    "Retrieving": chats.Retrieving,
    "Steering": chats.Steering,
    "ChangeType": chats.ChangeType,
    "RequestKind": RequestKind,
    "SpanKind": SpanKind,
    "Sources": frames.Sources,
}
UNIONS: dict[str, Any] = {"Part": messages.Part, "Event": events.Event, "Ask": live.Ask}
ROOTS: tuple[Any, ...] = (
    *get_args(events.Event),
    messages.MessageValue,
    Request,
    Span,
    chats.ChatValue,
    chats.ChatChange,
    *[getattr(views, name) for name in views.__all__],
    schedules_api.ScheduleView,
    schedules_api.NewSchedule,
    ListedModel,
    OfferedModels,
    OfferedTools,
    me_api.Me,
    Problem,
    chats_api.NewChat,
    chats_api.ChatChanges,
    chats_api.Question,
    runs_api.Consent,
    messages_api.Edit,
    *get_args(live.Ask),
)
RENAMED = {"ListedModel": "Model", "ErrorValue": "ErrorValue"}  # a browser has an `Error` already

HEAD = """\
/* Made from Python by `python -m tests.frontend.types`: change it there. */
"""


def types() -> str:
    """The text of the types."""
    declared = [HEAD, *_constants()]
    for name, alias in ALIASES.items():
        declared.append(f"export type {name} = {_literals(get_args(alias))};")
    declared.append("export type Status = (typeof STATUSES)[number];")
    for struct in _structs(shapes.multi_type_info(ROOTS)):
        declared.append(_interface(struct))
    for name, union in UNIONS.items():
        declared.append(f"export type {name} = {' | '.join(_name(kind) for kind in get_args(union))};")
    return "\n\n".join(declared).replace("*/\n\n\n", "*/\n\n") + "\n"


def _constants() -> Iterator[str]:
    yield f"/** The version of the events. */\nexport const VERSION = {events.VERSION};"
    yield f"export const EVENT_TYPES = {json.dumps(events.EVENT_TYPES)} as const;"
    yield f"export const STATUSES = {json.dumps([status.value for status in messages.Status])} as const;"
    ended = [status.value for status in messages.Status if status.ended]
    yield f"/** After these nothing can follow. */\nexport const ENDED: readonly Status[] = {json.dumps(ended)};"
    yield f"export type ErrorCode = {_literals(sorted(_codes(RunnelError)))};"


def _codes(root: type[RunnelError]) -> set[str]:
    return {root.code}.union(*[_codes(child) for child in root.__subclasses__()])


def _structs(found: Iterable[shapes.Type]) -> list[shapes.StructType]:
    """The structs, and those that they have in them, each once, what is used before what uses it."""
    known: dict[type, shapes.StructType] = {}

    def visit(shape: shapes.Type) -> None:
        if isinstance(shape, shapes.StructType):
            if shape.cls in known or shape.cls in visiting:
                return
            visiting.add(shape.cls)
            for field in shape.fields:
                visit(field.type)
            known[shape.cls] = shape
        elif isinstance(shape, shapes.UnionType):
            for one in shape.types:
                visit(one)
        elif isinstance(shape, shapes.VarTupleType | shapes.ListType):
            visit(shape.item_type)
        elif isinstance(shape, shapes.DictType):
            visit(shape.value_type)
        elif isinstance(shape, shapes.Metadata):
            visit(shape.type)

    visiting: set[type] = set()
    for shape in found:
        visit(shape)
    return list(known.values())


def _interface(struct: shapes.StructType) -> str:
    about = inspect.cleandoc(struct.cls.__doc__ or "").replace("*/", "* /")
    lines = [*_comment(about), f"export interface {_name(struct.cls)} {{"]
    if struct.tag_field is not None:
        lines.append(f"  readonly {struct.tag_field}: {json.dumps(struct.tag)};")
    for field in struct.fields:
        lines.append(f"  readonly {field.encode_name}{_field(struct.cls, field)};")
    return "\n".join([*lines, "}"])


def _comment(text: str) -> list[str]:
    lines = text.splitlines()
    if len(lines) == 1:
        return [f"/** {lines[0]} */"]
    return ["/**", *[f" * {line}".rstrip() for line in lines], " */"]


def _field(owner: type[msgspec.Struct], field: shapes.Field) -> str:
    """What stands behind a field's name. What callers may leave out, and what is left out where it is the default, is
    optional; None as the default is then never there."""
    config = owner.__struct_config__
    optional = not field.required and (config.omit_defaults or config.forbid_unknown_fields)
    kinds = field.type.types if isinstance(field.type, shapes.UnionType) else (field.type,)
    if optional and field.default is None:
        kinds = tuple(kind for kind in kinds if not isinstance(kind, shapes.NoneType))
    return f"{'?' if optional else ''}: {_union(kinds)}"


def _union(kinds: Iterable[shapes.Type]) -> str:
    kinds = tuple(kinds)
    classes = {kind.cls for kind in kinds if isinstance(kind, shapes.StructType)}
    for name, union in UNIONS.items():
        if classes == set(get_args(union)):
            return name
    return " | ".join(dict.fromkeys([_type(kind) for kind in kinds]))


def _type(shape: shapes.Type) -> str:
    match shape:
        case shapes.Metadata(type=inner):
            return _type(inner)
        case shapes.StructType(cls=cls):
            return _name(cls)
        case shapes.EnumType(cls=cls):
            return cls.__name__
        case shapes.LiteralType(values=values):
            named = (name for name, alias in ALIASES.items() if set(get_args(alias)) == set(values))
            return next(named, _literals(values))
        case shapes.UnionType(types=kinds):
            return _union(kinds)
        case shapes.VarTupleType(item_type=item) | shapes.ListType(item_type=item):
            name = _type(item)
            return f"readonly ({name})[]" if " " in name else f"readonly {name}[]"
        case shapes.TupleType(item_types=items):
            return f"readonly [{', '.join([_type(item) for item in items])}]"
        case shapes.DictType(value_type=value):
            return f"Readonly<Record<string, {_type(value)}>>"
        case shapes.StrType() | shapes.BytesType():
            return "string"
        case shapes.IntType() | shapes.FloatType():
            return "number"
        case shapes.BoolType():
            return "boolean"
        case shapes.NoneType():
            return "null"
        case shapes.AnyType():
            return "unknown"
    raise TypeError(f"no type of TypeScript is known for {shape}")


def _literals(values: Iterable[object]) -> str:
    return " | ".join(json.dumps(value) for value in values)


def _name(cls: type) -> str:
    return RENAMED.get(cls.__name__) or cls.__name__.removesuffix("Value").removesuffix("View")


if __name__ == "__main__":
    PLACE.write_text(types(), encoding="utf-8")
