"""Content parts and tools as clients write them, as Runnel's; and back."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from ...errors import InvalidRequest
from ...tools.base import NAME
from ...vocabulary.chats import ClientTool
from ...vocabulary.messages import MediaPart, MessageValue, Part, Role, Status, TextPart, ToolPart
from ..protocols.threads import data_url

__all__ = [
    "client_tools",
    "content_of",
    "given",
    "input_content",
    "invalid",
    "result_of",
    "returned",
    "schema_of",
    "text_in",
    "wanted_call",
]

_TEXTS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal", "summary_text": "text"}


def invalid(param: str, why: str) -> InvalidRequest:
    """What was sent in `param` cannot be done."""
    return InvalidRequest(f"{param}: {why}", param=param)


def given(role: Role, parts: Sequence[Part]) -> MessageValue:
    """A message that the caller gives."""
    return MessageValue("", role, Status.COMPLETED, parts=tuple(parts))


def content_of(content: Any, where: str) -> list[Part]:
    """The parts that a message's content makes. Raises InvalidRequest."""
    if content is None:
        return []
    if isinstance(content, str):
        return [TextPart(content)] if content else []
    if not isinstance(content, list):
        raise invalid(where, "content is a text, or a list of parts")
    return [_part(part, f"{where}[{place}]") for place, part in enumerate(content)]


def _part(part: Any, where: str) -> Part:
    kind = part.get("type") if isinstance(part, dict) else None
    match kind:
        case str() if kind in _TEXTS:
            return TextPart(text_in(part, _TEXTS[kind], where))
        case "image_url":
            image = part.get("image_url")
            return data_url(text_in(image, "url", f"{where}.image_url"), "")
        case "input_image":
            if not part.get("image_url"):
                raise invalid(where, "images are taken by `image_url`, not by `file_id`")
            return data_url(text_in(part, "image_url", where), "")
        case "input_audio":
            audio = part.get("input_audio")
            form = text_in(audio, "format", f"{where}.input_audio")
            return MediaPart(f"audio/{form}", text_in(audio, "data", f"{where}.input_audio"))
        case "file" | "input_file":
            file = part.get("file") if kind == "file" else part
            if not isinstance(file, dict) or not (file.get("file_data") or file.get("file_url")):
                raise invalid(where, "files are taken by `file_data` or `file_url`, not by `file_id`")
            return data_url(text_in(file, "file_data" if file.get("file_data") else "file_url", where), "")
    raise invalid(where, f"parts of type {str(kind)!r:.40} are not taken here")


def text_in(owner: Any, name: str, where: str) -> str:
    """A text by its name. Raises InvalidRequest where there is none."""
    value = owner.get(name) if isinstance(owner, dict) else None
    if not isinstance(value, str):
        raise invalid(f"{where}.{name}", "must be a text")
    return value


def input_content(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """The content of a message that was given, as a response's items have it."""
    made: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, TextPart):
            made.append({"type": "input_text", "text": part.text})
        elif isinstance(part, MediaPart):
            url = part.url or f"data:{part.media_type};base64,{part.data}"
            if part.media_type.partition("/")[0] in ("image", "*", ""):
                made.append({"type": "input_image", "image_url": url, "detail": "auto", "file_id": None})
            else:
                made.append({"type": "input_file", "file_data": url})
    return made


def wanted_call(call: str, name: str, arguments: str) -> ToolPart:
    """A call that the assistant asked for, as the caller tells of it. One whose arguments are no object was never
    carried out."""
    try:
        called = isinstance(msgspec.json.decode(arguments.encode("utf-8", "replace") or b"{}"), dict)
    except (msgspec.MsgspecError, RecursionError):
        called = False
    return ToolPart(call, name, arguments, called, step=1)


def returned(call: str, result: str) -> MessageValue:
    """The result of a call that the caller carried out."""
    return given("tool", [ToolPart(call, called=True, status="ok", result=result)])


def result_of(output: Any, where: str) -> str:
    """The text of a result."""
    return "\n".join([part.text for part in content_of(output, where) if isinstance(part, TextPart)])


def client_tools(tools: Sequence[Any] | None, choice: Any) -> tuple[tuple[ClientTool, ...], str | None]:
    """The tools that the caller carries out, and which of them the model is to call: see `Sampling.tool_choice`. Raises
    InvalidRequest for what is not offered here."""
    found = [_tool(tool, f"tools[{place}]") for place, tool in enumerate(tools or ())]
    if len({tool.name for tool in found}) < len(found):
        raise invalid("tools", "two tools have the same name")
    if choice == "none":
        return (), None
    if choice in (None, "auto"):
        return tuple(found), None
    if choice == "required" and found:
        return tuple(found), choice
    if isinstance(choice, dict) and choice.get("type") == "function":
        name = text_in(choice.get("function", choice), "name", "tool_choice")
        if name in {tool.name for tool in found}:
            return tuple(found), name
    raise invalid("tool_choice", "is auto, none, required, or names one of the functions in `tools`")


def _tool(tool: Any, where: str) -> ClientTool:
    if not isinstance(tool, dict) or tool.get("type") != "function":
        kind = tool.get("type") if isinstance(tool, dict) else tool
        raise invalid(where, f"tools of type 'function' are taken here, not {str(kind)!r:.40}")
    function = tool.get("function", tool)
    name = text_in(function, "name", where)
    if not re.fullmatch(NAME, name):
        raise invalid(f"{where}.name", "is at most 64 letters, digits, _ and -")
    description, parameters = function.get("description") or "", function.get("parameters") or {}
    if not isinstance(description, str) or not isinstance(parameters, dict):
        raise invalid(where, "`description` is a text, and `parameters` a JSON schema")
    return ClientTool(name, description, parameters or {"type": "object", "properties": {}})


def schema_of(format: Any, where: str) -> dict[str, Any] | None:
    """The JSON schema that a format asks for: none at all for text, an empty one for any object. Raises
    InvalidRequest."""
    kind = format.get("type") if isinstance(format, dict) else None
    match kind:
        case None | "text" if format is None or kind:
            return None
        case "json_object":
            return {}
        case "json_schema":
            described = format.get("json_schema", format)
            schema = described.get("schema") if isinstance(described, dict) else None
            if not isinstance(schema, dict):
                raise invalid(f"{where}.schema", "must be a JSON schema")
            return {"title": text_in(described, "name", where), **schema}
    raise invalid(where, "the type is one of text, json_object and json_schema")
