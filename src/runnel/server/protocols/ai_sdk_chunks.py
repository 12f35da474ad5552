"""Vercel's UI message stream (version 1) as a fold over a run's events: event → the chunks of the AI SDK.

The protocol has no word for text that is taken back: the text part is closed, a `data-withdrawn` part says how many
code points of the text before it no longer hold, and the text goes on in a new part. Source of the chunks: the types of
the npm package `ai`, version 7.
"""

from typing import Any

from ...vocabulary import events
from ...vocabulary.content import ChunkFold
from ...vocabulary.events import Event
from ...vocabulary.messages import Source, Status, Usage

__all__ = ["ChunkStream", "finish_reason"]

Chunk = dict[str, Any]

_REASONS = {"stop": "stop", "length": "length", "content_filter": "content-filter", "tool_calls": "tool-calls"}


def finish_reason(reason: str | None) -> str:
    """The AI SDK's word for why a model stopped."""
    return _REASONS.get(reason or "stop", "other")


class ChunkStream:
    """Applied to every event of a run in order, gives the chunks of its stream, those of a run that is replayed too.

    `over` is set once the client is to take its turn: the run has ended, or waits for consent that the client gives
    with its next request.
    """

    def __init__(self) -> None:
        self.over = False
        self._content = ChunkFold()
        self._open: tuple[str, str] | None = None  # the kind and id of the part that goes on
        self._parts = 0
        self._in_step = False
        self._begun: set[str] = set()  # calls whose arguments stream
        self._called: set[str] = set()  # calls whose arguments are complete
        self._asked: set[str] = set()
        self._denied: set[str] = set()  # what the model is told of these is no output
        self._media: dict[int, str] = {}

    def apply(self, event: Event) -> list[Chunk]:
        """The chunks that `event` gives."""
        withdrawing = self._content.apply(event)
        found: list[Chunk] = []
        if withdrawing is not None and withdrawing.replaces:
            found += [*self._close(), _data("withdrawn", {"count": withdrawing.replaces})]
        return found + self._chunks(event)

    def _chunks(self, event: Event) -> list[Chunk]:
        match event:
            case events.TextDelta(text=text):
                return self._say("text", text) if text else []
            case events.ReasoningDelta(text=text, signature=signature):
                return [*(self._say("reasoning", text) if text else []), *(self._close() if signature else [])]
            case events.RunStarted(run=run, message=message):
                metadata = {"run": run, **({} if message is None else {"chat": message.chat, "model": message.model})}
                id = {} if message is None else {"messageId": message.id}
                return [{"type": "start", **id, "messageMetadata": metadata}]
            case events.StepStarted():
                return self._step()
            case events.SourcesFound(sources=sources):
                return [_source(source) for source in sources]
            case events.StatusLine(text=text, done=done, total=total, call=call):
                line = {"text": text, "done": done, "total": total, "call": call}
                return [_data("status", {name: value for name, value in line.items() if value is not None}, True)]
            case events.QueryRewritten(question=question):
                return [_data("query", {"question": question})]
            case events.InputRequested(id=id, question=question):
                return [*self._close(), _data("input", {"id": id, "question": question})]
            case events.InputGiven(id=id, text=text):
                return [_data("input-given", {"id": id, "text": text})]
            case events.Steered(text=text):
                return [*self._close(), _data("steered", {"text": text})]
            case events.Captured(name=name, value=value):
                return [_data("capture", {"name": name, "value": value})]
            case events.PartDelta():
                return self._medium(event)
            case events.RunEnded():
                return self._end(event)
            case _:
                return self._of_call(event)

    def _of_call(self, event: Event) -> list[Chunk]:
        match event:
            case events.ToolCallDelta(call=call, arguments=arguments, name=name):
                found = self._begin(call, name)
                if arguments:
                    found.append({"type": "tool-input-delta", "toolCallId": call, "inputTextDelta": arguments})
                return found
            case events.ToolCalled(call=call, name=name, arguments=arguments):
                return self._call(call, name, arguments)
            case events.ToolApprovalRequested(call=call, name=name, arguments=arguments):
                self._asked.add(call)
                asking = {"type": "tool-approval-request", "approvalId": call, "toolCallId": call}
                return [*self._call(call, name, arguments), asking]
            case events.ToolApprovalGiven(call=call, approve=approve):
                self._asked.discard(call)
                if approve:
                    return []
                self._denied.add(call)
                return [{"type": "tool-output-denied", "toolCallId": call}]
            case events.ToolReturned(call=call, status=status, result=result) if call in self._called - self._denied:
                if status == "ok":
                    return [{"type": "tool-output-available", "toolCallId": call, "output": result, "dynamic": True}]
                text = result or f"the call was {status}"
                return [{"type": "tool-output-error", "toolCallId": call, "errorText": text, "dynamic": True}]
            case events.StateChanged(status=Status.RUNNING):
                self.over = False
                return []
            case events.StateChanged(status=Status.WAITING) if self._asked:
                self.over = True
                return [*self._close_step(), {"type": "finish", "finishReason": "tool-calls"}]
            case _:
                return []

    def _say(self, kind: str, text: str) -> list[Chunk]:
        found: list[Chunk] = []
        if self._open is None or self._open[0] != kind:
            found += self._close()
            self._parts += 1
            self._open = (kind, f"{kind}-{self._parts}")
            found.append({"type": f"{kind}-start", "id": self._open[1]})
        found.append({"type": f"{kind}-delta", "id": self._open[1], "delta": text})
        return found

    def _begin(self, call: str, name: str | None) -> list[Chunk]:
        if call in self._begun:
            return []
        self._begun.add(call)
        started = {"type": "tool-input-start", "toolCallId": call, "toolName": name or "", "dynamic": True}
        return [*self._close(), started]

    def _call(self, call: str, name: str, arguments: dict[str, Any]) -> list[Chunk]:
        if call in self._called:
            return []
        self._called.add(call)
        self._begun.add(call)
        ready = {"type": "tool-input-available", "toolCallId": call, "toolName": name, "input": arguments}
        return [*self._close(), {**ready, "dynamic": True}]

    def _step(self) -> list[Chunk]:
        found = [*self._close_step(), {"type": "start-step"}]
        self._in_step = True
        self._begun.clear()  # some vendors use the ids of calls again
        self._called.clear()
        self._denied.clear()
        return found

    def _close(self) -> list[Chunk]:
        """Whatever part goes on ends."""
        found: list[Chunk] = []
        if self._open is not None:
            kind, id = self._open
            found.append({"type": f"{kind}-end", "id": id})
            self._open = None
        for media_type, data in [medium.split(",", 1) for medium in self._media.values()]:
            found.append({"type": "file", "mediaType": media_type, "url": f"data:{media_type};base64,{data}"})
        self._media.clear()
        return found

    def _close_step(self) -> list[Chunk]:
        found = self._close()
        if self._in_step:
            self._in_step = False
            found.append({"type": "finish-step"})
        return found

    def _medium(self, event: events.PartDelta) -> list[Chunk]:
        if event.url is not None:
            return [{"type": "file", "mediaType": event.media_type, "url": event.url}]
        self._media[event.part] = self._media.get(event.part, f"{event.media_type},") + event.data
        return []

    def _end(self, event: events.RunEnded) -> list[Chunk]:
        self.over = True
        found = self._close_step()
        metadata = {"status": event.status.value, **_usage(event.usage)}
        if event.status is Status.CANCELLED:
            return [*found, {"type": "message-metadata", "messageMetadata": metadata}, {"type": "abort"}]
        reason = finish_reason(event.finish_reason)
        if event.status not in (Status.COMPLETED, Status.INCOMPLETE):
            text = event.error.message if event.error is not None else f"the answer is {event.status}"
            found.append({"type": "error", "errorText": text})
            reason = "error"
        return [*found, {"type": "finish", "finishReason": reason, "messageMetadata": metadata}]


def _data(name: str, data: Any, transient: bool = False) -> Chunk:
    return {"type": f"data-{name}", "data": data, **({"transient": True} if transient else {})}


def _source(source: Source) -> Chunk:
    ours = {"document": source.document, "text": source.text, "start": source.start, "end": source.end}
    if source.page is not None:
        ours["page"] = source.page
    return {
        "type": "source-document",
        "sourceId": source.id,
        "mediaType": "text/plain",
        "title": source.title,
        "providerMetadata": {"runnel": ours},
    }


def _usage(usage: Usage | None) -> Chunk:
    if usage is None:
        return {}
    return {"usage": {"inputTokens": usage.input_tokens, "outputTokens": usage.output_tokens}}
