"""The wire as the official client's own types read it, strictly."""

from typing import Any, get_args

import msgspec
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent

__all__ = ["checked_chunk", "checked_completion", "checked_event", "checked_response"]

_EVENTS = {
    get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(get_args(ResponseStreamEvent)[0])
}


def checked_event(wire: dict[str, Any]) -> Any:
    """An event of a response's stream."""
    return _EVENTS[wire["type"]].model_validate_json(msgspec.json.encode(wire), strict=True)


def checked_response(wire: dict[str, Any]) -> Response:
    """A response."""
    return Response.model_validate_json(msgspec.json.encode(wire), strict=True)


def checked_chunk(wire: dict[str, Any]) -> ChatCompletionChunk:
    """A chunk of a chat completion."""
    return ChatCompletionChunk.model_validate_json(msgspec.json.encode(wire), strict=True)


def checked_completion(wire: dict[str, Any]) -> ChatCompletion:
    """A chat completion."""
    return ChatCompletion.model_validate_json(msgspec.json.encode(wire), strict=True)
