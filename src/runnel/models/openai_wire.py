"""OpenAI's stream of chat completion chunks, as deltas.

Chunks are decoded into the few members that matter; a chunk costs one decode and one delta. What servers do
differently is settled here: reasoning under two names, calls without ids or indexes, usage at any moment,
errors in the middle of a stream, tokens that are no whole character.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ..errors import ModelError, Refused
from ..ids import new_id
from ..vocabulary.events import PartDelta, ReasoningDelta, TextDelta, ToolCallDelta, UsageReported
from ..vocabulary.messages import Usage
from ..vocabulary.prompt import Delta, Finish
from ..vocabulary.tokens import MASKED_LOGPROB, Alternative, Token, finite
from .stream_reader import StreamReader
from .vendor_errors import from_vendor

__all__ = ["ChunkReader"]


class _Struct(msgspec.Struct, gc=False):
    pass


class _Top(_Struct):
    token: str
    logprob: float | None = None


class _Token(_Struct):
    token: str
    logprob: float | None = None
    top_logprobs: list[_Top] | None = None


class _Logprobs(_Struct):
    content: list[_Token] | None = None


class _Function(_Struct):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class _ToolCall(_Struct):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Url(_Struct):
    url: str


class _Image(_Struct):
    image_url: _Url


class _Delta(_Struct):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None
    images: list[_Image] | None = None


class _Choice(_Struct):
    delta: _Delta | None = None
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None
    index: int = 0


class _PromptDetails(_Struct):
    cached_tokens: int | None = None


class _CompletionDetails(_Struct):
    reasoning_tokens: int | None = None


class _Usage(_Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None

    def value(self) -> Usage:
        cached, thought = self.prompt_tokens_details, self.completion_tokens_details
        return Usage(
            self.prompt_tokens or 0,
            self.completion_tokens or 0,
            (thought and thought.reasoning_tokens) or 0,
            (cached and cached.cached_tokens) or 0,
        )


class _Chunk(_Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None
    object: str | None = None


class _TokenBytes(_Struct):
    token: str
    bytes: list[int] | None = None


_decode = msgspec.json.Decoder(_Chunk).decode

_FINISH = {"function_call": "tool_calls", "eos": "stop", "eos_token": "stop", "max_tokens": "length"}


class ChunkReader(StreamReader):
    """Reads one stream of chunks."""

    def __init__(self, **details: Any) -> None:
        super().__init__(**details)
        self._finish: str | None = None
        self._usage: _Usage | None = None
        self._refusal = ""
        self._unsaid: tuple[Token, ...] = ()
        self._calls: dict[str | int, str] = {}
        self._arguments: dict[str, list[str]] = {}  # of calls that have a name
        self._last_call: str | None = None
        self._parts = 0

    def read(self, payloads: Iterable[bytes]) -> Sequence[Delta]:
        """The deltas that `payloads`, the data of events, make."""
        deltas: list[Delta] = []
        for payload in payloads:
            try:
                chunk = _decode(payload)
            except msgspec.MsgspecError as error:
                if payload.strip() == b"[DONE]":
                    self.done = True
                    break
                if not payload.strip():
                    continue
                chunk = self._odd(payload, error)
            if chunk.usage is not None:
                self._usage = chunk.usage
            if chunk.error is not None or chunk.object == "error":
                self.failure = from_vendor(chunk.error or msgspec.json.decode(payload), **self._details)
            if chunk.choices and self.failure is None:
                choice = chunk.choices[0]
                if choice.delta is not None and not choice.index:
                    self._say(choice.delta, choice.logprobs, payload, deltas)
                if choice.finish_reason:
                    self._finish = choice.finish_reason
            if self.failure is not None:
                break
        return deltas

    def end(self) -> Sequence[Delta]:
        """The deltas that are due when the stream is over; `failure` is set where it was not whole."""
        deltas: list[Delta] = []
        if self._unsaid:
            deltas.append(TextDelta(text="", tokens=self._unsaid))
        if self._usage is not None:
            deltas.append(UsageReported(usage=self._usage.value()))
        if self.failure is None:
            if self._refusal:
                self.failure = Refused(self._refusal, vendor_message=self._refusal, **self._details)
            elif self._finish == "error":
                self.failure = ModelError(f"{self._who} broke off with an error", **self._details)
            elif not self.done and self._finish is None:
                self.failure = self._ended_early()
            else:
                reason = self._finish or "stop"
                deltas.append(Finish(_FINISH.get(reason, reason)))
        return deltas

    def _say(self, delta: _Delta, logprobs: _Logprobs | None, payload: bytes, deltas: list[Delta]) -> None:
        tokens = () if logprobs is None or not logprobs.content else _tokens(logprobs.content, payload)
        thought = delta.reasoning_content or delta.reasoning
        if thought:
            mine = tokens if not delta.content else ()
            deltas.append(ReasoningDelta(text=thought, tokens=mine or None))
        if delta.content:
            if tokens or self._unsaid:
                tokens = (*self._unsaid, *tokens) if self._unsaid else tokens
                self._unsaid = ()
                deltas.append(TextDelta(text=delta.content, tokens=tokens))
            else:
                deltas.append(delta.content)
        elif tokens and not thought:
            self._unsaid += tokens  # half a character: the text comes with the token that completes it
        if delta.refusal:
            self._refusal += delta.refusal
        if delta.tool_calls:
            deltas.extend([said for call in delta.tool_calls if (said := self._call(call)) is not None])
        if delta.images:
            deltas.extend([self._image(image.image_url.url) for image in delta.images])

    def _call(self, call: _ToolCall) -> ToolCallDelta | None:
        """A call goes by its index; one with a new id at an index that is taken is another call all the
        same."""
        function = call.function or _Function()
        known = self._calls.get(call.index) if call.index is not None else self._last_call
        if call.id and call.id in self._calls:
            known = self._calls[call.id]
        elif call.id and known is not None and (known in self._calls or call.index is None):
            known = None
        elif not call.id and function.name and known is not None and self._is_whole(known):
            known = None  # Gemini gives whole calls one after the other, all at index 0 and without ids
        if known is None:
            known = call.id or new_id("call")
        if call.id:
            self._calls[call.id] = known
        if call.index is not None:
            self._calls[call.index] = known
        self._last_call = known
        name = function.name if function.name and known not in self._arguments else None
        arguments = function.arguments or ""
        if not isinstance(arguments, str):
            arguments = msgspec.json.encode(arguments).decode()
        if name:
            self._arguments[known] = []
        if known in self._arguments:
            self._arguments[known].append(arguments)
        return ToolCallDelta(call=known, arguments=arguments, name=name) if name or arguments else None

    def _is_whole(self, call: str) -> bool:
        """Whether the call has a name and arguments that parse."""
        try:
            return msgspec.json.decode("".join(self._arguments.get(call, ()))) is not None
        except msgspec.MsgspecError:
            return False

    def _image(self, url: str) -> PartDelta:
        part, self._parts = self._parts, self._parts + 1
        head, mark, data = url.partition(";base64,")
        if mark:
            return PartDelta(part=part, media_type=head.removeprefix("data:"), data=data)
        return PartDelta(part=part, media_type="image/*", url=url)

    def _odd(self, payload: bytes, error: msgspec.MsgspecError) -> _Chunk:
        """A chunk that is no plain JSON of this dialect: Python's servers write NaN and Infinity; others are
        broken."""
        try:
            return msgspec.convert(json.loads(payload), _Chunk)
        except (ValueError, msgspec.MsgspecError):
            self.failure = self._unreadable(payload, error)
            return _Chunk()


def _tokens(content: Sequence[_Token], payload: bytes) -> tuple[Token, ...]:
    tokens, broken = [], False
    for wire in content:
        text, logprob = wire.token, wire.logprob
        if logprob is None or not logprob >= MASKED_LOGPROB:
            logprob = finite(logprob)
        # OpenAI writes bytes that are no character as `\xf0`, others as U+FFFD: only then are the bytes
        # looked at.
        broken = broken or "\\x" in text or "\ufffd" in text
        tokens.append(Token(text, logprob, _alternatives(wire.top_logprobs) if wire.top_logprobs else ()))
    return tuple(_with_bytes(tokens, payload) if broken else tokens)


def _alternatives(top: Sequence[_Top]) -> tuple[Alternative, ...]:
    lowest = MASKED_LOGPROB
    return tuple(
        [
            Alternative(other.token, chance if (chance := other.logprob) and chance >= lowest else finite(chance))
            for other in top
        ]
    )


def _with_bytes(tokens: Sequence[Token], payload: bytes) -> list[Token]:
    """The same tokens, each with its bytes where they are not valid UTF-8 by themselves."""
    content = json.loads(payload)["choices"][0]["logprobs"]["content"]
    given = [msgspec.convert(each, _TokenBytes).bytes for each in content]
    return [_with_own_bytes(token, raw) for token, raw in zip(tokens, given, strict=True)]


def _with_own_bytes(token: Token, raw: Sequence[int] | None) -> Token:
    if raw is None:
        return token
    data = bytes(raw)
    try:
        return msgspec.structs.replace(token, text=data.decode())
    except UnicodeDecodeError:
        return msgspec.structs.replace(token, text=data.decode(errors="replace"), bytes=data)
