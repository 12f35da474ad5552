"""A run as a chat completion: whole, or its chunks.

This wire has no word for text that is taken back. A chunk after text was withdrawn says so with a member of its own,
`replaces`: how many code points of the content before it count no more. The whole completion has what counts.
"""

from dataclasses import dataclass
from typing import Any

from msgspec.json import encode

from ...errors import Failure, RunnelError
from ...vocabulary import events
from ...vocabulary.content import ChunkFold
from ...vocabulary.events import Event
from ...vocabulary.messages import Status, Usage
from ...vocabulary.runs import RunValue
from .ids import completion_id
from .logprobs import logprobs_of

__all__ = ["CompletionFold"]


@dataclass(slots=True)
class _Call:
    """A call of a tool of the caller's."""

    index: int
    id: str
    name: str
    arguments: list[str]

    def value(self) -> dict[str, Any]:
        function = {"name": self.name, "arguments": "".join(self.arguments)}
        return {"id": self.id, "type": "function", "function": function}


class CompletionFold:
    """Folds a run's events into chunks; `value()` is the completion as it now stands, `error` why the run failed."""

    def __init__(self, run: RunValue) -> None:
        self._head = {"id": completion_id(run.id), "created": run.began_at // 1000, "model": run.model or ""}
        memo = run.memo
        self._functions = frozenset(memo.get("functions", ()))
        self._with_logprobs = bool(memo.get("logprobs"))
        self._with_usage = bool(memo.get("include_usage"))
        self._chunks = ChunkFold()
        self._calls: dict[str, _Call] = {}  # those of the caller's tools, in order
        self._content: list[str] = []
        self._thoughts: list[str] = []
        self._logprobs: list[dict[str, Any]] = []
        self._finish: str | None = None
        self.usage: dict[str, Any] | None = None
        self.error: RunnelError | None = None

    def apply(self, event: Event) -> list[dict[str, Any]]:
        """The chunks that the next event makes."""
        said = self._chunks.apply(event)
        match event:
            case events.RunStarted():
                return [self._chunk({"role": "assistant", "content": ""})]
            case events.TextDelta(tokens=tokens) if said is not None:
                self._say(said, said.replaces)
                logprobs = logprobs_of(tokens) if self._with_logprobs else []
                self._logprobs += logprobs
                chunk = self._chunk({"content": str(said)}, {"content": logprobs} if logprobs else None)
                return [{**chunk, "replaces": said.replaces} if said.replaces else chunk]
            case events.ReasoningDelta(text=text) if text:
                self._thoughts.append(text)
                return [self._chunk({"reasoning_content": text})]
            case events.ToolCallDelta():
                return self._argue(event)
            case events.ToolCalled(name=name) if name in self._functions:
                return self._called(event)
            case events.StepStarted():
                self._calls = {}  # what another step called is answered
                return []
            case events.RunEnded():
                if said is not None:
                    self._say("", said.replaces)
                return self._end(event)
            case _:
                return []

    def value(self) -> dict[str, Any]:
        """The completion."""
        calls = [call.value() for call in self._calls.values()]
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._content) or None, "refusal": None}
        if not calls:
            message["content"] = message["content"] or ""
        if self._thoughts:
            message["reasoning_content"] = "".join(self._thoughts)
        if calls:
            message["tool_calls"] = calls
        logprobs = {"content": self._logprobs, "refusal": None} if self._logprobs else None
        choice = {"index": 0, "message": message, "logprobs": logprobs, "finish_reason": self._finish or "stop"}
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": self.usage}

    def _say(self, text: str, replaces: int) -> None:
        if replaces:
            whole = "".join(self._content)
            self._content = [whole[: len(whole) - replaces]]
            self._logprobs = []  # whose they are among what remains is not known
        self._content.append(text)

    def _argue(self, event: events.ToolCallDelta) -> list[dict[str, Any]]:
        call = self._calls.get(event.call)
        if call is not None:
            return [self._go_on(call, event.arguments)]
        if event.name is None or event.name not in self._functions:
            return []  # Runnel's own tools are no matter of the caller's
        return self._begin_call(event.call, event.name, event.arguments)

    def _called(self, event: events.ToolCalled) -> list[dict[str, Any]]:
        """A call whose arguments did not stream comes whole."""
        if event.call not in self._calls:
            return self._begin_call(event.call, event.name, encode(event.arguments).decode())
        call = self._calls[event.call]
        return [] if any(call.arguments) else [self._go_on(call, encode(event.arguments).decode())]

    def _begin_call(self, id: str, name: str, arguments: str) -> list[dict[str, Any]]:
        call = self._calls[id] = _Call(len(self._calls), id, name, [arguments])
        return [self._chunk({"tool_calls": [{"index": call.index, **call.value()}]})]

    def _go_on(self, call: _Call, arguments: str) -> dict[str, Any]:
        call.arguments.append(arguments)
        return self._chunk({"tool_calls": [{"index": call.index, "function": {"arguments": arguments}}]})

    def _end(self, event: events.RunEnded) -> list[dict[str, Any]]:
        self.usage = _usage(event.usage or Usage())
        if event.status is Status.FAILED:
            self.error = event.error.error() if event.error is not None else Failure("the run failed")
            return []
        self._finish = _finish(event, bool(self._calls))
        made = [self._chunk({}, finish=self._finish)]
        if self._with_usage:
            made.append({**self._chunk({}), "choices": [], "usage": self.usage})
        return made

    def _chunk(
        self, delta: dict[str, Any], logprobs: dict[str, Any] | None = None, finish: str | None = None
    ) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        chunk = {**self._head, "object": "chat.completion.chunk", "choices": [choice]}
        return {**chunk, "usage": None} if self._with_usage else chunk


def _finish(event: events.RunEnded, calls: bool) -> str:
    """A run that was cut, by whatever, ended because of its length: the wire has no nearer word."""
    if event.status is not Status.COMPLETED:
        return "content_filter" if event.finish_reason == "content_filter" else "length"
    return "tool_calls" if calls else "stop"


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }
