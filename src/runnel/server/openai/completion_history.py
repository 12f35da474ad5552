"""The messages of a chat completion as Runnel's."""

from collections.abc import Sequence
from typing import Any

from ...vocabulary.messages import MessageValue, Part, ReasoningPart, TextPart
from .content import content_of, given, invalid, result_of, returned, text_in, wanted_call

__all__ = ["history_of"]


def history_of(messages: Sequence[Any]) -> tuple[str | None, list[MessageValue]]:
    """What the first system messages say, and the messages after them, the last of which is answered. Raises
    InvalidRequest."""
    if not messages:
        raise invalid("messages", "there is nothing to answer")
    system: list[str] = []
    history: list[MessageValue] = []
    for place, message in enumerate(messages):
        where = f"messages[{place}]"
        role = message.get("role") if isinstance(message, dict) else None
        if role in ("system", "developer") and not history:
            system.append(result_of(message.get("content"), f"{where}.content"))
        else:
            history.append(_message(message, role, where))
    return "\n\n".join(system) or None, history or [given("user", [])]


def _message(message: Any, role: Any, where: str) -> MessageValue:
    match role:
        case "user":
            return given("user", content_of(message.get("content"), f"{where}.content"))
        case "system" | "developer":
            return given("system", [TextPart(result_of(message.get("content"), f"{where}.content"))])
        case "assistant":
            return given("assistant", _said(message, where))
        case "tool":
            call = text_in(message, "tool_call_id", where)
            return returned(call, result_of(message.get("content"), f"{where}.content"))
    raise invalid(f"{where}.role", "is one of system, developer, user, assistant and tool")


def _said(message: dict[str, Any], where: str) -> list[Part]:
    parts: list[Part] = []
    thought = message.get("reasoning_content")
    if isinstance(thought, str) and thought:
        parts.append(ReasoningPart(thought))
    parts += content_of(message.get("content"), f"{where}.content")
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list):
        raise invalid(f"{where}.tool_calls", "is a list")
    for place, call in enumerate(calls):
        at = f"{where}.tool_calls[{place}]"
        function = call.get("function") if isinstance(call, dict) else None
        name, arguments = text_in(function, "name", f"{at}.function"), text_in(function, "arguments", f"{at}.function")
        parts.append(wanted_call(text_in(call, "id", at), name, arguments))
    return parts
