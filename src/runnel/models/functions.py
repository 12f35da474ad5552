"""Tools and schemas of answers, as every dialect describes them."""

from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["Function", "closed", "function_of", "is_strict"]

# What a constraint on an answer may say in vendors' strict modes; the rest is told in words.
_KEPT = frozenset({"type", "properties", "required", "items", "enum", "const", "anyOf", "allOf", "$ref", "$defs"})
_SAID = frozenset({"title", "description", "additionalProperties", "oneOf", "definitions", "$schema", "default"})
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"})


class Function(msgspec.Struct, frozen=True):
    """A tool as vendors see it; `parameters` is the JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


def function_of(tool: Any) -> Function:
    """A tool from an object that has a name, a description and parameters, or a mapping of these; or such a mapping as
    the member `function`, as OpenAI's clients write it."""
    if isinstance(tool, Mapping) and isinstance(tool.get("function"), Mapping):
        tool = tool["function"]

    def read(name: str) -> Any:
        return tool.get(name) if isinstance(tool, Mapping) else getattr(tool, name, None)

    parameters = read("parameters")
    return Function(
        read("name") or "",
        read("description") or "",
        parameters if parameters is not None else {"type": "object", "properties": {}},
    )


def is_strict(schema: Any) -> bool:
    """Whether OpenAI's strict mode takes the schema: every object closed, and every member of it required."""
    if isinstance(schema, Mapping):
        if "properties" in schema or schema.get("type") == "object":
            members = set(schema.get("properties", {}))
            if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != members:
                return False
        return all(is_strict(each) for each in schema.values())
    if isinstance(schema, list | tuple):
        return all(is_strict(each) for each in schema)
    return True


def closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as Anthropic takes it: every object closed; limits that it cannot hold a model to (lengths, ranges,
    patterns) told in the description instead."""
    made: dict[str, Any] = {}
    untold: dict[str, Any] = {}
    for name, value in schema.items():
        match name:
            case "properties" | "$defs" | "definitions":
                made["properties" if name == "properties" else "$defs"] = {k: closed(v) for k, v in value.items()}
            case "items" if isinstance(value, Mapping):
                made[name] = closed(value)
            case "anyOf" | "oneOf" | "allOf":
                made["allOf" if name == "allOf" else "anyOf"] = [closed(each) for each in value]
            case "$ref":
                made[name] = value.replace("#/definitions/", "#/$defs/")
            case "format" if value in _FORMATS:
                made[name] = value
            case "minItems" if value in (0, 1):
                made[name] = value
            case _ if name in _KEPT or name in ("title", "description"):
                made[name] = value
            case _ if name not in _SAID:
                untold[name] = value
    if "properties" in made or made.get("type") == "object":
        made["additionalProperties"] = False
    if untold:
        told = msgspec.json.encode(untold).decode()
        made["description"] = f"{made.get('description', '')} {told}".strip()
    return made
