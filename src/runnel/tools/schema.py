"""The parameters of a function as a JSON schema, and what a model gives as their values.

Models have habits: numbers as text, lists and objects as JSON text, `null` for what they would leave out. These are
taken for what they mean. A name that the function does not have is an error that says which names it has.
"""

import inspect
import json
import types
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

import msgspec

from ..errors import ToolArgumentsInvalid, ToolInvalid
from .base import ToolContext

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Parameters", "annotations_of"]

_MOST_ERRORS = 8


def annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The type of each parameter; Any for those without one. Raises ToolInvalid for types that are not there."""
    target = function if inspect.isroutine(function) or not callable(function) else type(function).__call__
    try:
        hints = typing.get_type_hints(_unwrapped(target), include_extras=True)
    except Exception as error:  # an annotation may be any expression
        raise ToolInvalid(f"the types of {_name(function)} cannot be read: {error}") from error
    return {name: hints.get(name, Any) for name in inspect.signature(function).parameters}


class Parameters:
    """The parameters of `function` that a model gives, without those in `injected`."""

    def __init__(self, function: Callable[..., Any], injected: Mapping[str, Any], descriptions: Mapping[str, str]):
        from pydantic import ConfigDict, Field, create_model
        from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError

        signature = inspect.signature(function)
        self.names = [name for name in signature.parameters if name not in injected]
        self._defaults = {
            name for name in self.names if signature.parameters[name].default is not inspect.Parameter.empty
        }
        fields: dict[str, Any] = {}
        # Fields have names of our own, since a function may call its parameters what a model's field may not be called.
        self._fields = {name: f"p{number}" for number, name in enumerate(self.names)}
        hints = annotations_of(function)
        for name, field in self._fields.items():
            default = signature.parameters[name].default
            given = ... if default is inspect.Parameter.empty else default
            annotation = _known(_with_text(hints[name]))
            fields[field] = (annotation, Field(given, alias=name, **_description(descriptions.get(name))))
        config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, arbitrary_types_allowed=False)
        try:
            self._model: type[BaseModel] = create_model("Parameters", __config__=config, **fields)
        except (PydanticSchemaGenerationError, PydanticUserError, TypeError) as error:
            first = str(error).splitlines()[0]
            raise ToolInvalid(f"the parameters of {_name(function)} have no JSON schema: {first}") from error
        self.schema = _schema_of(self._model, _name(function))

    def values(self, arguments: Mapping[str, Any], tool: str) -> dict[str, Any]:
        """The values for the function, of the types it asks for. Raises ToolArgumentsInvalid, with a line for each
        thing that is wrong."""
        from pydantic import ValidationError

        try:
            model = self._model.model_validate(dict(arguments))
        except ValidationError as first:
            mended = self._mended(arguments, first)
            try:
                if mended is None:
                    raise first
                model = self._model.model_validate(mended)
            except ValidationError as error:
                raise ToolArgumentsInvalid(self._explained(error, tool), tool=tool) from None
        except RecursionError:
            raise ToolArgumentsInvalid("The arguments are nested too deeply.", tool=tool) from None
        return {name: getattr(model, field) for name, field in self._fields.items() if field in model.model_fields_set}

    def _mended(self, arguments: Mapping[str, Any], error: Any) -> dict[str, Any] | None:
        """The arguments with what was wrong read as it is likely to be meant, if there is such a reading."""
        mended = dict(arguments)
        for one in error.errors(include_url=False, include_context=False):
            name = str(one["loc"][0]) if one["loc"] else ""
            if name not in mended or name not in self._fields:
                continue
            if mended[name] is None and name in self._defaults:
                del mended[name]
            elif isinstance(mended[name], str):
                try:
                    mended[name] = msgspec.json.decode(mended[name])
                except (msgspec.MsgspecError, UnicodeError, RecursionError):
                    continue
        return mended if mended != dict(arguments) else None

    def _explained(self, error: Any, tool: str) -> str:
        errors = error.errors(include_url=False, include_context=False)
        lines = [self._line(one) for one in errors[:_MOST_ERRORS]]
        if len(errors) > _MOST_ERRORS:
            lines.append(f"and {len(errors) - _MOST_ERRORS} more")
        return "\n- ".join([f"The arguments of {tool} are not valid, so it was not called:", *lines])

    def _line(self, error: Mapping[str, Any]) -> str:
        place = ".".join([str(part) for part in error["loc"]]) or "arguments"
        match error["type"]:
            case "missing":
                return f"{place}: is missing"
            case "extra_forbidden" if len(error["loc"]) == 1:
                there_are = ", ".join(self.names) or "none"
                return f"{place}: there is no such argument; there are: {there_are}"
        return f"{place}: {error['msg']}, not {_short(error.get('input'))}"


def _schema_of(model: "type[BaseModel]", function: str) -> dict[str, Any]:
    from pydantic.errors import PydanticInvalidForJsonSchema
    from pydantic.json_schema import GenerateJsonSchema

    class Schema(GenerateJsonSchema):
        # A default that JSON cannot write is left out; the function has it all the same.
        ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

        def field_title_should_be_set(self, schema: Any) -> bool:
            return False

    try:
        schema = model.model_json_schema(by_alias=True, schema_generator=Schema, mode="validation")
    except PydanticInvalidForJsonSchema as error:
        first = str(error).splitlines()[0]
        raise ToolInvalid(f"the parameters of {function} have no JSON schema: {first}") from error
    schema.pop("title", None)
    schema.setdefault("properties", {})
    return schema


def _description(text: str | None) -> dict[str, Any]:
    return {"description": text} if text else {}  # none at all, so that one of `Annotated` stays


def _with_text(annotation: Any) -> Any:
    """`Annotated[int, "what it is"]`: the text describes the parameter."""
    if get_origin(annotation) is not Annotated:
        return annotation
    from pydantic import Field

    first, *rest = get_args(annotation)
    kept = tuple(Field(description=one) if isinstance(one, str) else one for one in rest)
    return Annotated[(first, *kept)]


def _known(annotation: Any) -> Any:
    """The type with msgspec's structs in it as something that pydantic can validate."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return _struct(annotation)
    arguments = get_args(annotation)
    origin = get_origin(annotation)
    known = [_known(one) if isinstance(one, type) or get_args(one) else one for one in arguments]
    if all(new is old for new, old in zip(known, arguments, strict=True)) or origin is typing.Literal:
        return annotation
    if origin is Annotated:
        return Annotated[(known[0], *annotation.__metadata__)]
    if origin in (Union, types.UnionType):
        return Union[tuple(known)]  # noqa: UP007
    return origin[tuple(known)]


def _struct(kind: type[msgspec.Struct]) -> Any:
    from pydantic import BeforeValidator, WithJsonSchema

    def convert(value: Any) -> Any:
        try:
            return msgspec.convert(value, kind, strict=False)
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from None

    (schema,), components = msgspec.json.schema_components([kind])
    return Annotated[Any, BeforeValidator(convert), WithJsonSchema(_inlined(schema, components, ()))]


def _inlined(schema: Any, components: Mapping[str, Any], above: tuple[str, ...]) -> Any:
    """The schema without references; one that leads back to itself ends as any object."""
    if isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name:
            return {"type": "object"} if name in above else _inlined(components[name], components, (*above, name))
        return {key: _inlined(value, components, above) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_inlined(one, components, above) for one in schema]
    return schema


def _short(value: Any) -> str:
    try:
        written = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        written = type(value).__name__
    return written if len(written) <= 80 else f"{written[:77]}…"


def _unwrapped(function: Any) -> Any:
    while hasattr(function, "func") and hasattr(function, "keywords"):  # functools.partial
        function = function.func
    return function


def _name(function: Any) -> str:
    return str(getattr(function, "__qualname__", None) or function)


def is_context(annotation: Any, kinds: tuple[Any, ...] = (ToolContext,)) -> Any:
    """The kind of context that a parameter asks for, or None."""
    candidates = [annotation, *(one for one in get_args(annotation) if one is not type(None))]
    return next((kind for kind in kinds for one in candidates if one is kind), None)
