"""What both formats ask of a model, as the settings of one answer."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from ...chats.chat import Chat
from ...vocabulary.chats import ChatSettings, ClientTool
from ...vocabulary.prompt import Sampling
from ..api.common import IdempotencyKey
from ..calls import Call
from .content import invalid

__all__ = ["new_chat", "run_id", "sampling", "settings_of"]


async def new_chat(call: Call, model: str | None, key: IdempotencyKey, after: str | None = None) -> Chat:
    """The chat that holds one answer, in nobody's list; the same one for the same key. Raises ModelUnknown."""
    named = await call.server.models.check(model)
    own = None if key.key is None else {"openai:request": key.key}
    return await call.app.chat(model=named, after=after, unlisted=True, key=own)


def run_id(key: IdempotencyKey) -> str | None:
    """The run that a key names, where there is one: of the form that ids on this wire are made of."""
    return None if key.key is None else f"run_{blake2b(key.key.encode(), digest_size=12).hexdigest()}"


def settings_of(
    chat: Chat,
    model: str | None,
    system: str | None,
    asked: Sampling,
    output: dict[str, Any] | None,
    tools: tuple[ClientTool, ...],
) -> ChatSettings:
    """The settings of one answer in a chat: the chat's own, where the request does not say otherwise."""
    own = chat.settings
    return msgspec.structs.replace(
        own,
        model=model or own.model,
        system=own.system if system is None else system,
        history=True,
        sampling=asked,
        output=output if output is not None else own.output,
        client_tools=tools,
    )


def sampling(
    temperature: float | None,
    top_p: float | None,
    max_tokens: int | None,
    seed: int | None = None,
    stop: str | Sequence[str] | None = None,
    top_logprobs: int | None = None,
    reasoning_effort: str | None = None,
    tool_choice: str | None = None,
) -> Sampling:
    """How tokens are to be chosen. Raises InvalidRequest."""
    if max_tokens is not None and max_tokens < 1:
        raise invalid("max_tokens", "must be at least 1")
    if top_logprobs is not None and not 0 <= top_logprobs <= 20:
        raise invalid("top_logprobs", "is a number from 0 to 20")
    stops = (stop,) if isinstance(stop, str) else tuple(stop or ())
    return Sampling(temperature, top_p, max_tokens, seed, stops, top_logprobs, reasoning_effort, tool_choice)
