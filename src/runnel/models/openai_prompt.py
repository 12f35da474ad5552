"""A prompt as a request in OpenAI's dialect."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..vocabulary.messages import MediaPart, TextPart
from ..vocabulary.prompt import Prompt
from .functions import function_of, is_strict
from .provider import Provider
from .turns import Spoken, Turn, prefill_of, turns

__all__ = ["messages", "request_body"]


def request_body(model: str, prompt: Prompt, provider: Provider) -> dict[str, Any]:
    """The whole body of the request."""
    sampling = prompt.sampling
    body: dict[str, Any] = {"model": model, "messages": messages(prompt, provider), "stream": True}
    if provider.stream_usage:
        body["stream_options"] = {"include_usage": True}
    if sampling.max_tokens is not None:
        body[provider.max_tokens] = sampling.max_tokens
    for name in ("temperature", "top_p", "seed", "reasoning_effort"):
        if (value := getattr(sampling, name)) is not None:
            body[name] = value
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if sampling.top_logprobs is not None:
        body["logprobs"] = True
        if sampling.top_logprobs:
            body["top_logprobs"] = sampling.top_logprobs
    if prompt.tools:
        body["tools"] = [_tool(tool) for tool in prompt.tools]
        if choice := sampling.tool_choice:
            named = {"type": "function", "function": {"name": choice}}
            body["tool_choice"] = choice if choice == "required" else named
    if prompt.output is not None:
        body["response_format"] = _response_format(prompt.output)
    if prefill_of(prompt) and provider.prefill == "continue":
        body |= {"add_generation_prompt": False, "continue_final_message": True}
    return body


def messages(prompt: Prompt, provider: Provider) -> list[dict[str, Any]]:
    """The messages of the request."""
    wire = [message for turn in turns(prompt) for message in _messages(turn)]
    if prefill_of(prompt) and provider.prefill == "prefix":
        wire[-1]["prefix"] = True
    return wire


def _messages(turn: Turn) -> Iterator[dict[str, Any]]:
    """The messages that one turn makes: each result of a call is one. Thoughts are not taken back by this dialect."""
    if turn.role != "assistant":
        yield {"role": turn.role, "content": _content(turn.parts)}
        return
    message: dict[str, Any] = {"role": "assistant", "content": turn.text if turn.text.strip() else None}
    if turn.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in turn.calls
        ]
    yield message
    for call in turn.calls:
        yield {"role": "tool", "tool_call_id": call.id, "content": call.result}


def _content(parts: Sequence[Spoken]) -> str | list[dict[str, Any]]:
    texts = [part.text for part in parts if isinstance(part, TextPart)]
    if len(texts) == len(parts):
        return "\n\n".join(texts)
    return [_medium(part) if isinstance(part, MediaPart) else {"type": "text", "text": part.text} for part in parts]


def _medium(part: MediaPart) -> dict[str, Any]:
    kind, _, form = part.media_type.partition("/")
    if kind == "audio" and part.data:
        return {"type": "input_audio", "input_audio": {"data": part.data, "format": form.removeprefix("x-")}}
    url = part.url or f"data:{part.media_type};base64,{part.data}"
    if kind in ("image", "*"):
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "file", "file": {"filename": f"file.{form}", "file_data": url}}


def _tool(tool: Any) -> dict[str, Any]:
    """A tool as a function; a mapping of this dialect goes as it is."""
    if isinstance(tool, Mapping) and "function" in tool:
        return dict(tool)
    return {"type": "function", "function": msgspec.structs.asdict(function_of(tool))}


def _response_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    if not schema:
        return {"type": "json_object"}
    name = re.sub(r"[^\w-]+", "_", str(schema.get("title") or "answer"), flags=re.ASCII)[:64]
    return {
        "type": "json_schema",
        "json_schema": {"name": name or "answer", "schema": dict(schema), "strict": is_strict(schema)},
    }
