"""The input of a response as Runnel's messages, and messages as items."""

from collections.abc import Sequence
from typing import Any

from ...vocabulary.messages import MessageValue, Part, ReasoningPart, Status, TextPart, ToolPart
from .content import content_of, given, input_content, invalid, result_of, returned, text_in, wanted_call
from .ids import item_id
from .response_items import SERVER

__all__ = ["input_of", "items_of"]

# What a response gives and takes back as part of its history, and a model has no use for.
_PASSED_OVER = frozenset({"file_search_call", "web_search_call", "image_generation_call", "mcp_list_tools"})


def input_of(value: str | Sequence[Any] | None) -> list[MessageValue]:
    """The messages that an input makes: what the assistant said and called together is one. Raises InvalidRequest."""
    if isinstance(value, str):
        return [given("user", [TextPart(value)])]
    messages: list[MessageValue] = []
    said: list[Part] = []
    for place, item in enumerate(value or ()):
        part = _item(item, f"input[{place}]")
        if isinstance(part, MessageValue):
            if said:
                messages.append(given("assistant", said))
                said = []
            messages.append(part)
        else:
            said += part
    return [*messages, given("assistant", said)] if said else messages


def _item(item: Any, where: str) -> MessageValue | list[Part]:
    """A message of the user's, a system's or a tool's; or what the assistant said in this item."""
    if not isinstance(item, dict):
        raise invalid(where, "is an item")
    kind = item.get("type") or "message"
    match kind:
        case "message":
            return _message(item, where)
        case "function_call":
            name, arguments = text_in(item, "name", where), text_in(item, "arguments", where)
            return [wanted_call(text_in(item, "call_id", where), name, arguments)]
        case "function_call_output":
            call = text_in(item, "call_id", where)
            return returned(call, result_of(item.get("output"), f"{where}.output"))
        case "mcp_call":
            name, arguments = text_in(item, "name", where), text_in(item, "arguments", where)
            output = item.get("output")
            result = output if isinstance(output, str) else ""
            return [ToolPart(text_in(item, "id", where), name, arguments, True, "ok", result, step=1)]
        case "reasoning":
            return _thought(item, where)
        case str() if kind in _PASSED_OVER:
            return []
    raise invalid(f"{where}.type", f"items of type {str(kind)!r:.40} are not taken here")


def _message(item: dict[str, Any], where: str) -> MessageValue | list[Part]:
    parts = content_of(item.get("content"), f"{where}.content")
    match item.get("role"):
        case "user":
            return given("user", parts)
        case "system" | "developer":
            return given("system", parts)
        case "assistant":
            return parts
    raise invalid(f"{where}.role", "is one of user, assistant, system and developer")


def _thought(item: dict[str, Any], where: str) -> list[Part]:
    said = item.get("content") or item.get("summary") or []
    texts = [text_in(part, "text", where) for part in said] if isinstance(said, list) else []
    signature = item.get("encrypted_content")
    signed = signature if isinstance(signature, str) else None
    return [ReasoningPart("".join(texts), signed)] if texts or signed else []


def items_of(message: MessageValue) -> list[dict[str, Any]]:
    """The items that a message is, as lists of them have it."""
    if message.role == "tool":
        return [
            {
                "id": item_id("fco", message.id, place),
                "type": "function_call_output",
                "call_id": part.call,
                "output": part.result or "",
                "status": "completed",
            }
            for place, part in enumerate(message.parts)
            if isinstance(part, ToolPart)
        ]
    if message.role != "assistant":
        return [
            {
                "id": item_id("msg", message.id, 0),
                "type": "message",
                "role": message.role,
                "status": "completed",
                "content": input_content(message.parts),
            }
        ]
    status = "incomplete" if message.status.ended else "in_progress"
    if message.status is Status.COMPLETED:
        status = "completed"
    owner = message.run or message.id
    made = [_said(part, owner, place, status) for place, part in enumerate(message.parts)]
    return [item for item in made if item is not None]


def _said(part: Part, owner: str, place: int, status: str) -> dict[str, Any] | None:
    match part:
        case TextPart(text=text):
            content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
            return {
                "id": item_id("msg", owner, place),
                "type": "message",
                "role": "assistant",
                "status": status,
                "content": content,
            }
        case ReasoningPart(text=text):
            content = [{"type": "reasoning_text", "text": text}]
            return {"id": item_id("rs", owner, place), "type": "reasoning", "summary": [], "content": content}
        case ToolPart(name=name, result=None):  # the caller's: its result is a message by `tool`
            return {
                "id": item_id("fc", owner, place),
                "type": "function_call",
                "call_id": part.call,
                "name": name,
                "arguments": part.arguments,
                "status": status,
            }
        case ToolPart(name=name):
            return {
                "id": item_id("mcp", owner, place),
                "type": "mcp_call",
                "server_label": SERVER,
                "name": name,
                "arguments": part.arguments,
                "output": part.result,
                "status": "completed" if part.status == "ok" else "failed",
            }
    return None
