"""A prompt as a request of Anthropic's Messages API."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from ..vocabulary.messages import MediaPart, ReasoningPart, TextPart
from ..vocabulary.prompt import Prompt, Sampling
from .functions import closed, function_of
from .provider import Provider
from .turns import Spoken, Turn, prefill_of, turns

__all__ = ["REDACTED", "SIGNED", "Generation", "generation", "request_body"]

# What a thought's signature begins with, so that those of other vendors are not taken for it.
SIGNED = "anthropic:"
REDACTED = "anthropic.redacted:"

# What models take: `manual`, up to 4.5, temperatures, texts to go on from, and thinking by a number of tokens;
# `adaptive`, 4.6, temperatures, and thinking by an effort; `bare`, from 4.7 on, neither temperatures nor texts to go on
# from. Models of other makers behind this API are taken for the first but for thinking.
Generation: TypeAlias = Literal["manual", "adaptive", "bare", "other"]

_BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 16384, "xhigh": 24576, "max": 32768}
_IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_CACHED = {"cache_control": {"type": "ephemeral"}}
_FIRST = "(the conversation begins with the assistant)"
_AS_JSON = "Answer with one JSON object and nothing else."


def generation(model: str) -> Generation:
    """What a model takes, by its name (`claude-opus-4-5-20251101`, `claude-3-haiku-20240307`)."""
    name = model.rpartition("/")[2].rpartition("anthropic.")[2]
    if not name.startswith("claude"):
        return "other"
    if re.match(r"claude-(\d|v\d|instant)", name):
        return "manual"
    found = re.match(r"claude-[a-z]+-(\d+)(?:[.-](\d{1,2}))?(?!\d)", name)
    if found is None:
        return "bare"
    version = (int(found[1]), int(found[2] or 0))
    return "manual" if version < (4, 6) else "adaptive" if version < (4, 7) else "bare"


def request_body(model: str, prompt: Prompt, provider: Provider) -> dict[str, Any]:
    """The whole body of the request."""
    made = turns(prompt)
    kind = generation(model)
    thinking = _thinking(prompt, kind, made, provider)
    messages = list(_messages(made, thoughts=_takes_thoughts(thinking, kind, prompt)))
    if prefill_of(prompt):
        _end_without_space(messages)
    body: dict[str, Any] = {"model": model, "messages": messages, "stream": True}
    body |= _sampling(prompt.sampling, kind, bool(thinking.get("thinking", {}).get("budget_tokens")))
    body["max_tokens"] = prompt.sampling.max_tokens or provider.output_tokens
    _add(body, thinking)
    if system := _system(made, prompt):
        body["system"] = [{"type": "text", "text": system}]
    _add(body, _tools(prompt, made))
    if prompt.output:
        _add(body, {"output_config": {"format": {"type": "json_schema", "schema": closed(prompt.output)}}})
    if provider.cache:
        _mark(body)
    return body


def _add(body: dict[str, Any], members: Mapping[str, Any]) -> None:
    for name, value in members.items():
        both = isinstance(body.get(name), dict) and isinstance(value, dict)
        body[name] = body[name] | value if both else value


def _system(made: Iterable[Turn], prompt: Prompt) -> str:
    """All that the system says, wherever it says it; JSON of no known schema is asked for in words."""
    said = [turn.text for turn in made if turn.role == "system"]
    if prompt.output is not None and not prompt.output:
        said.append(_AS_JSON)
    return "\n\n".join(said)


def _sampling(sampling: Sampling, kind: Generation, thinks: bool) -> dict[str, Any]:
    """The members for sampling that the model takes. With a temperature, top_p is left out: the two exclude each
    other; so do temperatures and manual thinking."""
    members: dict[str, Any] = {}
    if kind != "bare" and not thinks:
        if sampling.temperature is not None:
            members["temperature"] = min(sampling.temperature, 1.0)
        elif sampling.top_p is not None:
            members["top_p"] = sampling.top_p
    if stop := [each for each in sampling.stop if each.strip()]:
        members["stop_sequences"] = stop
    return members


def _thinking(prompt: Prompt, kind: Generation, made: Sequence[Turn], provider: Provider) -> dict[str, Any]:
    """The members about thinking. Where nothing is asked for, it is left to the model."""
    effort = prompt.sampling.reasoning_effort
    if effort is None or prefill_of(prompt) or prompt.sampling.tool_choice:  # the vendor takes not both
        return {}
    if effort == "none":
        return {"thinking": {"type": "disabled"}}
    if kind in ("adaptive", "bare"):
        effort = "low" if effort == "minimal" else effort
        return {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": effort}}
    budget = _BUDGETS.get(effort, 8192)
    most = prompt.sampling.max_tokens
    if most is not None:
        budget = min(budget, most // 2)
    if budget < 1024 or not _can_think_on(made):
        return {}
    return {
        "thinking": {"type": "enabled", "budget_tokens": budget},
        "max_tokens": most or budget + provider.output_tokens,
    }


def _can_think_on(made: Sequence[Turn]) -> bool:
    """Whether the steps of the present answer began with signed thoughts: else manual thinking is refused."""
    for turn in reversed(made):
        if turn.role == "user":
            return True
        if turn.calls and not (turn.parts and _thought(turn.parts[0])):
            return False
    return True


def _takes_thoughts(thinking: Mapping[str, Any], kind: Generation, prompt: Prompt) -> bool:
    """Whether earlier thoughts can be sent back."""
    if prefill_of(prompt) or thinking.get("thinking", {}).get("type") == "disabled":
        return False
    return bool(thinking) or kind in ("adaptive", "bare")


def _messages(made: Iterable[Turn], *, thoughts: bool) -> Iterator[dict[str, Any]]:
    """The messages of the request: user and assistant in turn, the user first."""
    last: dict[str, Any] | None = None
    for role, blocks in _blocks(made, thoughts):
        if last is None and role == "assistant":
            last = {"role": "user", "content": [{"type": "text", "text": _FIRST}]}
        if last is not None and last["role"] == role:
            last["content"].extend(blocks)
            continue
        if last is not None:
            yield last
        last = {"role": role, "content": blocks}
    if last is not None:
        yield last


def _blocks(made: Iterable[Turn], thoughts: bool) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for turn in made:
        if turn.role == "system":
            continue
        blocks = [block for part in turn.parts if (block := _block(part, turn.role, thoughts)) is not None]
        for call in turn.calls:
            arguments = msgspec.json.decode(call.arguments)
            blocks.append({"type": "tool_use", "id": call.id, "name": call.name, "input": arguments})
        yield turn.role, blocks
        if turn.calls:
            yield (
                "user",
                [
                    {"type": "tool_result", "tool_use_id": call.id, "content": call.result}
                    | ({"is_error": True} if call.failed else {})
                    for call in turn.calls
                ],
            )


def _block(part: Spoken, role: str, thoughts: bool) -> dict[str, Any] | None:
    match part:
        case TextPart(text=text):
            return {"type": "text", "text": text} if text.strip() else None
        case MediaPart():
            return _medium(part) if role == "user" else None
        case ReasoningPart():
            return _thought(part) if thoughts else None


def _thought(part: Spoken) -> dict[str, Any] | None:
    """A thought that this vendor has signed; None for others."""
    if not isinstance(part, ReasoningPart) or part.signature is None:
        return None
    if part.signature.startswith(REDACTED):
        return {"type": "redacted_thinking", "data": part.signature.removeprefix(REDACTED)}
    if part.signature.startswith(SIGNED):
        return {"type": "thinking", "thinking": part.text, "signature": part.signature.removeprefix(SIGNED)}
    return None


def _medium(part: MediaPart) -> dict[str, Any]:
    kind = part.media_type
    if part.url and kind.startswith(("image/", "*/")):
        return {"type": "image", "source": {"type": "url", "url": part.url}}
    if kind in _IMAGES and part.data:
        return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": part.data}}
    if kind == "application/pdf":
        source = {"type": "base64", "media_type": kind, "data": part.data}
        return {"type": "document", "source": {"type": "url", "url": part.url} if part.url else source}
    return {"type": "text", "text": f"(an attachment of the type {kind}, which cannot be shown here)"}


def _tools(prompt: Prompt, made: Iterable[Turn]) -> dict[str, Any]:
    """The tools. Those of earlier calls are named too where there are none now: the vendor asks for it."""
    functions = [function_of(tool) for tool in prompt.tools]
    tools: list[dict[str, Any]] = [
        {"name": each.name, "description": each.description, "input_schema": dict(each.parameters)}
        for each in functions
    ]
    if tools:
        choice = prompt.sampling.tool_choice
        chosen = {"type": "any"} if choice == "required" else {"type": "tool", "name": choice}
        return {"tools": tools, **({"tool_choice": chosen} if choice else {})}
    called = dict.fromkeys(call.name for turn in made for call in turn.calls)
    if not called:
        return {}
    return {
        "tools": [{"name": name, "input_schema": {"type": "object"}} for name in called],
        "tool_choice": {"type": "none"},
    }


def _end_without_space(messages: Sequence[dict[str, Any]]) -> None:
    """The text to go on from may not end in white space."""
    last = messages[-1]["content"][-1]
    last["text"] = last["text"].rstrip()


def _mark(body: dict[str, Any]) -> None:
    """Mark what the vendor's cache is to keep: tools and system, and the conversation up to each of the last two turns
    of the user: the next step, and the next question, begin with the same."""
    if fixed := body.get("system") or body.get("tools"):
        fixed[-1] |= _CACHED
    said = [message for message in body["messages"] if message["role"] == "user"]
    for message in said[-2:]:
        message["content"][-1] |= _CACHED
