"""The message of a run, folded from its events.

A fold takes events one at a time, each at a constant cost, and can give its value at any moment: the fold of any
prefix of a run is a valid message. What retries withdraw is decided in `ContentRule`, which the message and the chunks
of a reader share.
"""

from collections.abc import Iterable

import msgspec

from .content import ContentRule
from .events import (
    AttemptStarted,
    Event,
    PartDelta,
    QueryRewritten,
    ReasoningDelta,
    RunEnded,
    RunStarted,
    SourcesFound,
    StateChanged,
    StepStarted,
    TextDelta,
    TextRetracted,
    ToolCallDelta,
    ToolCalled,
    ToolReturned,
    UsageReported,
)
from .messages import MediaPart, MessageValue, Part, ReasoningPart, Status, TextPart, ToolPart
from .text import GrowingText
from .usage import UsageFold

__all__ = ["MessageFold", "fold_message"]


class _Text:
    """A text or reasoning part that still grows."""

    __slots__ = ("kind", "text")

    def __init__(self, kind: type[TextPart] | type[ReasoningPart], text: str = "") -> None:
        self.kind = kind
        self.text = GrowingText(text)

    def part(self) -> Part | None:
        return self.kind(str(self.text)) if self.text.length else None


class _Tool:
    """A call of a tool, whose arguments may still stream."""

    __slots__ = ("arguments", "value")

    def __init__(self, call: str, name: str = "") -> None:
        self.value = ToolPart(call, name)
        self.arguments = GrowingText()

    def change(self, **fields: object) -> None:
        self.value = msgspec.structs.replace(self.value, **fields)

    def part(self) -> Part | None:
        return msgspec.structs.replace(self.value, arguments=str(self.arguments))


class _Media:
    """Another medium, whose data may still stream."""

    __slots__ = ("data", "number", "value")

    def __init__(self, event: PartDelta) -> None:
        self.number = event.part
        self.value = MediaPart(event.media_type, url=event.url)
        self.data = GrowingText()

    def part(self) -> Part | None:
        return msgspec.structs.replace(self.value, data=str(self.data))


class MessageFold:
    """Folds a run's events into its assistant message; `value()` gives the message as it now stands."""

    def __init__(self, message: MessageValue | None = None) -> None:
        self._base = message or MessageValue("", "assistant", Status.QUEUED)
        self._parts: list[_Text | _Tool | _Media] = []
        self._step_parts = 0
        self._content = ContentRule()
        self.usage = UsageFold()
        self.last_seq = 0
        self.ended = False

    def apply_all(self, events: Iterable[Event]) -> "MessageFold":
        """Take `events`, in order; returns itself."""
        for event in events:
            self.apply(event)
        return self

    def apply(self, event: Event) -> None:
        """Take the next event."""
        self.last_seq = event.seq
        kind = type(event)
        if kind is TextDelta:  # by far the most frequent
            assert isinstance(event, TextDelta)
            self._say(len(event.text))
            self._growing(TextPart).append(event.text)
            self.usage.code_points += len(event.text)
        else:
            self._apply_rest(event)

    def _apply_rest(self, event: Event) -> None:
        match event:
            case RunStarted(message=message):
                if message is not None:
                    self._base = message
            case StateChanged(status=status):
                self._change(status=status)
            case QueryRewritten(question=question):
                self._change(rewritten_question=question)
            case SourcesFound(sources=sources):
                self._change(sources=sources)
            case StepStarted(model=model):
                self._content.step()
                self._step_parts = len(self._parts)
                self.usage.attempt()
                if model is not None:
                    self._change(model=model)
            case AttemptStarted(model=model):
                self._content.attempt()
                self.usage.attempt()
                if model is not None:
                    self._change(model=model)
            case ReasoningDelta(text=text):
                self._say()
                self._growing(ReasoningPart).append(text)
                self.usage.code_points += len(text)
            case TextRetracted(count=count):
                self._retract(self._content.retract(count))
            case PartDelta():
                self._say()
                self._media(event).data.append(event.data)
            case ToolCallDelta(call=call, arguments=arguments, name=name):
                self._say()
                tool = self._tool(call)
                tool.arguments.append(arguments)
                if name is not None:
                    tool.change(name=name)
            case ToolCalled(call=call, name=name):
                tool = self._tool(call)
                tool.change(name=name, called=True, status="running")
                if not tool.arguments.length:
                    tool.arguments.append(msgspec.json.encode(event.arguments).decode())
            case ToolReturned(call=call, status=status, result=result):
                self._tool(call).change(status=status, result=result)
            case UsageReported(usage=usage):
                self.usage.report(usage)
            case RunEnded(status=status, finish_reason=reason, error=error, usage=total):
                self.ended = True
                self._change(status=status, finish_reason=reason, error=error, usage=total)
            case _:
                pass  # status lines, approvals, inputs, captures and metrics are not part of the message

    def value(self) -> MessageValue:
        """The message as it now stands."""
        parts = tuple([part for grown in self._parts if (part := grown.part()) is not None])
        return msgspec.structs.replace(self._base, parts=parts)

    @property
    def content_length(self) -> int:
        """The length of the text so far, in code points."""
        return self._content.length

    def _change(self, **fields: object) -> None:
        self._base = msgspec.structs.replace(self._base, **fields)

    def _say(self, length: int = 0) -> None:
        """The present attempt says something: what the attempt before it said in this step is withdrawn."""
        if self._content.say(length) is not None:
            del self._parts[self._step_parts :]

    def _growing(self, kind: type[TextPart] | type[ReasoningPart]) -> GrowingText:
        last = self._parts[-1] if len(self._parts) > self._step_parts else None
        if not isinstance(last, _Text) or last.kind is not kind:
            last = _Text(kind)
            self._parts.append(last)
        return last.text

    def _tool(self, call: str) -> _Tool:
        for part in reversed(self._parts):
            if isinstance(part, _Tool) and part.value.call == call:
                return part
        tool = _Tool(call)
        self._parts.append(tool)
        return tool

    def _media(self, event: PartDelta) -> _Media:
        for part in reversed(self._parts):
            if isinstance(part, _Media) and part.number == event.part:
                return part
        media = _Media(event)
        self._parts.append(media)
        return media

    def _retract(self, count: int) -> None:
        for part in reversed(self._parts):
            if count and isinstance(part, _Text) and part.kind is TextPart:
                count -= part.text.take_back(count)


def fold_message(events: Iterable[Event]) -> MessageValue:
    """The message that `events`, a run's from its first, make."""
    return MessageFold().apply_all(events).value()
