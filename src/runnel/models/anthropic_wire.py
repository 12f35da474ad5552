"""Anthropic's stream of message events, as deltas: one decode and one delta an event."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ..errors import Refused
from ..vocabulary.events import ReasoningDelta, ToolCallDelta, UsageReported
from ..vocabulary.messages import Usage
from ..vocabulary.prompt import Delta, Finish
from .anthropic_prompt import REDACTED, SIGNED
from .stream_reader import StreamReader
from .vendor_errors import from_vendor

__all__ = ["EventReader"]


class _Struct(msgspec.Struct, gc=False):
    pass


class _StopDetails(_Struct):
    explanation: str | None = None
    category: str | None = None


class _Delta(_Struct):
    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    signature: str | None = None
    stop_reason: str | None = None
    stop_details: _StopDetails | None = None


class _Block(_Struct):
    type: str
    id: str = ""
    name: str = ""
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str = ""
    input: dict[str, Any] | None = None


class _OutputDetails(_Struct):
    thinking_tokens: int | None = None


class _Usage(_Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: _OutputDetails | None = None


class _Message(_Struct):
    usage: _Usage | None = None


class _Event(_Struct):
    type: str | None = None
    delta: _Delta | None = None
    content_block: _Block | None = None
    message: _Message | None = None
    usage: _Usage | None = None
    error: Any = None


_decode = msgspec.json.Decoder(_Event).decode

_FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "pause_turn": "length",
}


class EventReader(StreamReader):
    """Reads one stream of events. `stripped` is the white space that the text to go on from lost at its end: what the
    model begins with does not repeat it."""

    def __init__(self, stripped: str = "", **details: Any) -> None:
        super().__init__(**details)
        self._stripped = stripped
        self._finish: str | None = None
        self._stop: _StopDetails | None = None
        self._usage = Usage()
        self._counted = False  # whether the vendor has counted anything
        self._told = False  # whether it was passed on with the first delta
        self._call: str | None = None
        self._signature = ""

    def read(self, payloads: Iterable[bytes]) -> Sequence[Delta]:
        deltas: list[Delta] = []
        for payload in payloads:
            try:
                event = _decode(payload)
            except msgspec.MsgspecError as error:
                if payload.strip():
                    self.failure = self._unreadable(payload, error)
                    break
                continue
            delta = event.delta
            if delta is not None and delta.text and self._told and not self._stripped:  # what nearly every event is
                deltas.append(delta.text)
            else:
                self._take(event, payload, deltas)
                if self.over:
                    break
        return deltas

    def end(self) -> Sequence[Delta]:
        if self.failure is None and self._finish == "refusal":
            self.failure = self._refused()
        elif self.failure is None and not self.done:
            self.failure = self._ended_early()
        deltas: list[Delta] = []
        if self._counted and (self._told or self.failure is None):
            deltas.append(UsageReported(usage=self._usage))
        if self.failure is None:
            reason = self._finish or "stop"
            deltas.append(Finish(_FINISH.get(reason, reason)))
        return deltas

    def _take(self, event: _Event, payload: bytes, deltas: list[Delta]) -> None:
        if event.error is not None or event.type == "error":
            self.failure = from_vendor(event.error or msgspec.json.decode(payload), **self._details)
        elif event.type == "message_stop":
            self.done = True
        elif event.type == "content_block_stop":
            self._close(deltas)
        elif event.content_block is not None:
            self._open(event.content_block, deltas)
        elif event.delta is not None:
            self._grow(event.delta, deltas)
        if event.usage is not None:
            self._count(event.usage)
        if event.message is not None and event.message.usage is not None:
            self._count(event.message.usage)

    def _open(self, block: _Block, deltas: list[Delta]) -> None:
        self._signature = ""
        match block.type:
            case "text" if block.text:
                self._text(block.text, deltas)
            case "tool_use":
                self._call = block.id
                arguments = msgspec.json.encode(block.input).decode() if block.input else ""
                self._say(ToolCallDelta(call=block.id, arguments=arguments, name=block.name), deltas)
            case "thinking":
                self._signature = SIGNED + block.signature if block.signature else ""
                if block.thinking:
                    self._say(ReasoningDelta(text=block.thinking), deltas)
            case "redacted_thinking":
                self._signature = REDACTED + block.data
            case _:
                pass

    def _grow(self, delta: _Delta, deltas: list[Delta]) -> None:
        if delta.text:
            self._text(delta.text, deltas)
        elif delta.thinking:
            self._say(ReasoningDelta(text=delta.thinking), deltas)
        elif delta.partial_json and self._call is not None:
            self._say(ToolCallDelta(call=self._call, arguments=delta.partial_json), deltas)
        elif delta.signature:
            self._signature = (self._signature or SIGNED) + delta.signature
        if delta.stop_reason:
            self._finish = delta.stop_reason
            self._stop = delta.stop_details

    def _close(self, deltas: list[Delta]) -> None:
        if self._signature:
            self._say(ReasoningDelta(text="", signature=self._signature), deltas)
            self._signature = ""
        self._call = None

    def _text(self, text: str, deltas: list[Delta]) -> None:
        while self._stripped and text and text[0] == self._stripped[0]:
            text, self._stripped = text[1:], self._stripped[1:]
        if text:
            self._stripped = ""
            self._say(text, deltas)

    def _say(self, delta: Delta, deltas: list[Delta]) -> None:
        """Pass on a delta. Before the first goes what the prompt came to, so that it is known of an answer that is cut;
        not earlier, for until something is said the request can be made again."""
        if not self._told:
            self._told = True
            if self._counted:
                deltas.append(UsageReported(usage=self._usage))
        deltas.append(delta)

    def _count(self, usage: _Usage) -> None:
        """Take the vendor's counts, which are those of the whole stream so far. Tokens of the prompt are told in three
        parts: those that are new, those that were written to its cache, and those that were read from it."""
        before, details = self._usage, usage.output_tokens_details
        parts = (usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
        self._usage = Usage(
            sum(part or 0 for part in parts) or before.input_tokens,
            usage.output_tokens or before.output_tokens,
            (details and details.thinking_tokens) or before.reasoning_tokens,
            usage.cache_read_input_tokens or before.cached_tokens,
        )
        self._counted = True

    def _refused(self) -> Refused:
        words = self._stop and (self._stop.explanation or self._stop.category)
        return Refused(
            words or f"{self._who} refuses to answer this",
            vendor_message=words or None,
            vendor_code="refusal",
            **self._details,
        )
