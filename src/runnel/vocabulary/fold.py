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
    InputGiven,
    InputRequested,
    PartDelta,
    QueryRewritten,
    ReasoningDelta,
    RunEnded,
    RunStarted,
    SourcesFound,
    StateChanged,
    Steered,
    StepStarted,
    TextDelta,
    TextRetracted,
    ToolApprovalGiven,
    ToolApprovalRequested,
    ToolCallDelta,
    ToolCalled,
    ToolReturned,
    UsageReported,
)
from .messages import MediaPart, MessageValue, Part, ReasoningPart, Status, SteeredPart, TextPart, ToolPart
from .text import GrowingText
from .usage import UsageFold

__all__ = ["MessageFold", "fold_message"]

# So many pieces of text wait at most before they are joined.
_SAID_TOGETHER = 512


class _Text:
    """A text or reasoning part that still grows; a signature ends it."""

    __slots__ = ("kind", "signature", "text")

    def __init__(self, kind: type[TextPart] | type[ReasoningPart]) -> None:
        self.kind = kind
        self.text = GrowingText()
        self.signature: str | None = None

    def part(self) -> Part | None:
        if self.signature is not None:
            return ReasoningPart(str(self.text), self.signature)
        return self.kind(str(self.text)) if self.text.length else None


class _Tool:
    """A call of a tool, whose arguments may still stream."""

    __slots__ = ("arguments", "place", "value")

    def __init__(self, place: int, call: str, step: int) -> None:
        self.place = place
        self.value = ToolPart(call, step=step)
        self.arguments = GrowingText()

    def change(self, **fields: object) -> None:
        self.value = msgspec.structs.replace(self.value, **fields)

    def part(self) -> Part | None:
        return msgspec.structs.replace(self.value, arguments=str(self.arguments))


class _Steered:
    """What the user said on the way."""

    __slots__ = ("value",)

    def __init__(self, text: str) -> None:
        self.value = SteeredPart(text)

    def part(self) -> Part | None:
        return self.value


class _Media:
    """Another medium, whose data may still stream."""

    __slots__ = ("data", "number", "value")

    def __init__(self, number: int, media_type: str) -> None:
        self.number = number
        self.value = MediaPart(media_type)
        self.data = GrowingText()

    def part(self) -> Part | None:
        return msgspec.structs.replace(self.value, data=str(self.data))


class MessageFold:
    """Folds a run's events into its assistant message; `value()` gives the message as it now stands.

    Text deltas that follow each other wait in `_said`, and are taken as one: to the rule of the content they are.
    """

    def __init__(self, message: MessageValue | None = None) -> None:
        self._base = message or MessageValue("", "assistant", Status.QUEUED)
        self._parts: list[_Text | _Tool | _Media | _Steered] = []
        self._step_parts = 0
        self._step = 0
        self._texts: list[_Text] = []  # those of `_parts` that are text and may have some, in order
        self._tools: dict[str, _Tool] = {}  # the newest of each call's id
        self._media: dict[int, _Media] = {}
        self._content = ContentRule()
        self._usage = UsageFold()
        self._said: list[str] = []
        self.last_seq = 0
        self.ended = False
        # What people were asked and have not answered, and the numbers of what they said that was taken: no part of
        # the message, but of what the run has use for.
        self.questions: set[str] = set()
        self.steered: set[int] = set()

    def apply_all(self, events: Iterable[Event]) -> "MessageFold":
        """Take `events`, in order; returns itself."""
        event: Event | None = None
        said = self._said
        for event in events:
            if type(event) is TextDelta:
                said.append(event.text)
                if len(said) >= _SAID_TOGETHER:
                    self._settle()
            else:
                if said:
                    self._settle()
                self._apply_rest(event)
        if event is not None:
            self.last_seq = event.seq
        return self

    def apply(self, event: Event) -> None:
        """Take the next event."""
        self.apply_all((event,))

    def value(self) -> MessageValue:
        """The message as it now stands."""
        self._settle()
        parts = tuple([part for grown in self._parts if (part := grown.part()) is not None])
        return msgspec.structs.replace(self._base, parts=parts)

    @property
    def calls(self) -> tuple[ToolPart, ...]:
        """The calls of tools so far, but for their arguments, without looking at the rest of the message."""
        self._settle()
        return tuple([part.value for part in self._parts if isinstance(part, _Tool)])

    @property
    def content_length(self) -> int:
        """The length of the text so far, in code points."""
        self._settle()
        return self._content.length

    @property
    def usage(self) -> UsageFold:
        """The usage so far."""
        self._settle()
        return self._usage

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
            case StepStarted(step=step, model=model):
                self._step = step
                self._hold()
                self._attempt(model)
            case Steered(text=text, input=number):
                self.steered.add(number)
                self._parts.append(_Steered(text))
                self._hold()
            case AttemptStarted(model=model):
                self._content.attempt()
                self._attempt(model)
            case ReasoningDelta(text=text, signature=signature):
                if text or signature:
                    self._say(0)
                    self._usage.code_points += len(text)
                    thought = self._growing(ReasoningPart)
                    thought.text.append(text)
                    thought.signature = signature or None
            case TextRetracted(count=count):
                self._take_back(self._content.retract(count))
            case PartDelta():
                self._say(0)
                self._grow_media(event)
            case ToolCallDelta():
                self._say(0)
                self._usage.code_points += len(event.arguments)
                tool = self._call(event.call)
                tool.arguments.append(event.arguments)
                if event.name is not None:
                    tool.change(name=event.name)
            case ToolCalled(call=call, name=name, client=client):
                self._say(0)
                tool = self._call(call)
                tool.change(name=name, called=True, status="pending" if client else "running")
                if not tool.arguments.length:
                    tool.arguments.append(msgspec.json.encode(event.arguments).decode())
            case ToolApprovalRequested(call=call, name=name):
                self._of(call).change(name=name, approval="requested")
            case ToolApprovalGiven(call=call, approve=approve, arguments=changed):
                tool = self._of(call)
                tool.change(approval="approved" if approve else "denied")
                if changed is not None:
                    tool.arguments = GrowingText(msgspec.json.encode(changed).decode())
            case ToolReturned(call=call, status=status, result=result):
                self._of(call).change(status=status, result=result)
            case InputRequested(id=id):
                self.questions.add(id)
            case InputGiven(id=id):
                self.questions.discard(id)
            case UsageReported(usage=usage):
                self._usage.report(usage)
            case RunEnded(status=status, finish_reason=reason, error=error, usage=total):
                self.ended = True
                for said in self._texts:
                    said.text.settle()
                self._change(status=status, finish_reason=reason, error=error, usage=total)
            case _:
                pass  # status lines, captures and metrics are not part of the message

    def _hold(self) -> None:
        """What was said until now stays, whatever attempts follow."""
        self._content.step()
        self._step_parts = len(self._parts)

    def _settle(self) -> None:
        """Take the text that waits."""
        text = "".join(self._said)
        self._said.clear()
        if text:
            self._say(len(text))
            self._usage.code_points += len(text)
            self._growing(TextPart).text.append(text)

    def _say(self, length: int) -> None:
        """The present attempt says something: what the attempt before it said in this step is withdrawn."""
        if self._content.say(length) is None:
            return
        while len(self._parts) > self._step_parts:
            part = self._parts.pop()
            if isinstance(part, _Text):
                if self._texts and self._texts[-1] is part:
                    self._texts.pop()
            elif isinstance(part, _Tool):
                if self._tools.get(part.value.call) is part:
                    del self._tools[part.value.call]
            elif isinstance(part, _Media):
                del self._media[part.number]

    def _attempt(self, model: str | None) -> None:
        self._usage.attempt()
        if model is not None:
            self._change(model=model)

    def _change(self, **fields: object) -> None:
        self._base = msgspec.structs.replace(self._base, **fields)

    def _growing(self, kind: type[TextPart] | type[ReasoningPart]) -> _Text:
        last = self._parts[-1] if len(self._parts) > self._step_parts else None
        if not isinstance(last, _Text) or last.kind is not kind or last.signature is not None:
            last = _Text(kind)
            self._parts.append(last)
        if kind is TextPart and (not self._texts or self._texts[-1] is not last):
            self._texts.append(last)
        return last

    def _of(self, call: str) -> _Tool:
        """The newest call of that id, whatever step it is of."""
        return self._tools.get(call) or self._call(call)

    def _call(self, call: str) -> _Tool:
        """The present step's call of that id: some vendors number the calls of each step anew."""
        tool = self._tools.get(call)
        if tool is None or tool.place < self._step_parts:
            tool = self._tools[call] = _Tool(len(self._parts), call, self._step)
            self._parts.append(tool)
        return tool

    def _grow_media(self, event: PartDelta) -> None:
        media = self._media.get(event.part)
        if media is None:
            media = self._media[event.part] = _Media(event.part, event.media_type)
            self._parts.append(media)
        media.data.append(event.data)
        if event.url is not None:
            media.value = msgspec.structs.replace(media.value, url=event.url)

    def _take_back(self, count: int) -> None:
        while count:
            count -= self._texts[-1].text.take_back(count)
            if count:
                self._texts.pop()


def fold_message(events: Iterable[Event]) -> MessageValue:
    """The message that `events`, a run's from its first, make."""
    return MessageFold().apply_all(events).value()
