"""What a server asks the user while it carries out a call: a form becomes questions, one a field."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ..base import ToolContext

if TYPE_CHECKING:
    import mcp_types as types

__all__ = ["ask_for"]

_YES = frozenset({"y", "yes", "true", "1", "ok", "accept"})
_NO = frozenset({"n", "no", "false", "0"})
_TRIES = 3


async def ask_for(context: ToolContext, params: "types.ElicitRequestParams") -> "types.ElicitResult":
    """Ask all that `params` wants to know. The user may answer `decline` or `cancel` instead."""
    import mcp_types as types

    try:
        if params.mode == "url":
            return await _consent(context, f"{params.message}\n{params.url}\nDone? (yes, decline)")
        schema = msgspec.to_builtins(params.requested_schema) if params.requested_schema else {}
        fields: Mapping[str, Mapping[str, Any]] = schema.get("properties") or {}
        if not fields:
            return await _consent(context, f"{params.message} (yes, decline)")
        required = schema.get("required") or ()
        content: dict[str, Any] = {}
        for number, (name, field) in enumerate(fields.items()):
            before = f"{params.message}\n" if number == 0 else ""
            value = await _field(context, before, name, field, name in required)
            if value is not None:
                content[name] = value
    except _NotAnsweredError as left:
        return types.ElicitResult(action="decline" if str(left) == "decline" else "cancel")
    return types.ElicitResult(action="accept", content=content)


class _NotAnsweredError(Exception):
    """With `decline` or `cancel`."""


async def _consent(context: ToolContext, question: str) -> "types.ElicitResult":
    import mcp_types as types

    answer = (await _answer(context, question)).lower()
    return types.ElicitResult(action="accept" if answer in _YES else "decline")


async def _field(
    context: ToolContext, before: str, name: str, field: Mapping[str, Any], required: bool
) -> str | int | float | bool | list[str] | None:
    question = f"{before}{field.get('title') or name}"
    if field.get("description"):
        question += f": {field['description']}"
    notes = [", ".join([label for _, label in _choices(field)])]
    if field.get("type") == "boolean":
        notes.append("yes or no")
    if field.get("default") is not None:
        notes.append(f"default {_label(field)}")
    elif not required:
        notes.append("may be left empty")
    if any(notes):
        question += f" ({'; '.join(filter(None, notes))})"
    problem = ""
    for _ in range(_TRIES):
        answer = await _answer(context, f"{problem}{question}")
        if not answer and (not required or field.get("default") is not None):
            default: str | int | float | bool | list[str] | None = field.get("default")
            return default
        try:
            return _value(answer, field)
        except ValueError as error:
            problem = f"{error}. "
    raise _NotAnsweredError("cancel")


async def _answer(context: ToolContext, question: str) -> str:
    answer = (await context.ask(question)).strip()
    if answer.lower() in ("decline", "cancel"):
        raise _NotAnsweredError(answer.lower())
    return answer


def _value(answer: str, field: Mapping[str, Any]) -> str | int | float | bool | list[str]:
    """The answer as the field's type. Raises ValueError, with a word for the user."""
    kind = field.get("type", "string")
    if kind == "array":
        chosen = [one.strip() for one in answer.split(",") if one.strip()]
        return [_choice(one, _choices(field.get("items") or {})) for one in chosen]
    if kind == "boolean":
        if answer.lower() in _YES | _NO:
            return answer.lower() in _YES
        raise ValueError("Yes or no, please")
    if kind in ("integer", "number"):
        try:
            return int(answer) if kind == "integer" else float(answer)
        except ValueError:
            raise ValueError(f"{answer!r} is not a{'n integer' if kind == 'integer' else ' number'}") from None
    if not answer:
        raise ValueError("An answer is needed")
    return _choice(answer, _choices(field))


def _choices(field: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The values that may be chosen, each with what people call it."""
    field = field.get("items") or field
    if "enum" in field:
        names = field.get("enumNames") or field["enum"]
        return [(str(value), str(label)) for value, label in zip(field["enum"], names, strict=False)]
    titled = field.get("oneOf") or field.get("anyOf") or ()
    return [(str(one["const"]), str(one.get("title", one["const"]))) for one in titled if "const" in one]


def _label(field: Mapping[str, Any]) -> str:
    """The default, as people call it."""
    default = field["default"]
    labels = dict(_choices(field))
    return ", ".join([labels.get(one, str(one)) for one in (default if isinstance(default, list) else [default])])


def _choice(answer: str, choices: list[tuple[str, str]]) -> str:
    if not choices:
        return answer
    for value, label in choices:
        if answer.lower() in (value.lower(), label.lower()):
            return value
    raise ValueError(f"{answer!r} is not one of {', '.join([label for _, label in choices])}")
