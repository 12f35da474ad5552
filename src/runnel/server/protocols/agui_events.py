"""AG-UI (version 1.0) as a fold over a run's events: event → the events of AG-UI.

A step of ours is a step and an assistant message of theirs, since their messages stand before and after the results of
tools. What their protocol has no word for is a `CUSTOM` event, named `runnel.…`; among them `runnel.withdrawn`, after
which the text goes on in a new message. Source of the events: the types of the npm package `@ag-ui/core`, version 1.
"""

from typing import Any

import msgspec

from ...vocabulary import events
from ...vocabulary.content import ChunkFold
from ...vocabulary.events import Event
from ...vocabulary.messages import Status, Usage

__all__ = ["PROTOCOL_VERSION", "EventStream"]

PROTOCOL_VERSION = "1.0"

_Wire = dict[str, Any]


class EventStream:
    """Applied to every event of a run in order, gives the events of its stream.

    `over` is set once the client is to take its turn: the run has ended, or waits for people, whose answers come with
    the client's next request.
    """

    def __init__(self, thread: str, run: str) -> None:
        self.over = False
        self._ids = {"threadId": thread, "runId": run}
        self._content = ChunkFold()
        self._message = run
        self._pieces = 0  # how many messages the text was cut into besides its steps
        self._step: int | None = None
        self._open: str | None = None  # "text", "reasoning", or what goes on of a call: its id behind a colon
        self._begun: set[str] = set()
        self._returned: set[str] = set()
        self._asked: dict[str, _Wire] = {}

    def apply(self, event: Event) -> list[_Wire]:
        """The events that `event` gives."""
        withdrawing = self._content.apply(event)
        found: list[_Wire] = []
        if withdrawing is not None and withdrawing.replaces:
            value = {"count": withdrawing.replaces, "messageId": self._id()}
            found += [*self._close(), _custom("withdrawn", value)]
            self._pieces += 1
        return found + self._events(event)

    def opening(self) -> list[_Wire]:
        """What a reader who joins here must be told first: the run, and the step, message or call that goes on."""
        found = [self._started()]
        if self._step is not None:
            found.append(_step("STARTED", self._step))
        if self._open is not None:
            kind, _, call = self._open.partition(":")
            self._open = None
            found += self._start_call(call, None) if kind == "call" else self._start(kind)
        return found

    def _events(self, event: Event) -> list[_Wire]:
        match event:
            case events.TextDelta(text=text):
                content = {"type": "TEXT_MESSAGE_CONTENT", "messageId": self._id(), "delta": text}
                return [*self._start("text"), content] if text else []
            case events.ReasoningDelta(text=text, signature=signature):
                content = {"type": "REASONING_MESSAGE_CONTENT", "messageId": self._thought(), "delta": text}
                return [*([*self._start("reasoning"), content] if text else []), *(self._close() if signature else [])]
            case events.RunStarted(message=message):
                if message is not None:
                    self._message = message.id
                return [self._started()]
            case events.StepStarted(step=step):
                found = self._close_step()
                self._step = step
                self._begun.clear()
                return [*found, _step("STARTED", step)]
            case events.StateChanged(status=Status.RUNNING):
                self.over = False
                return []
            case events.StateChanged(status=Status.WAITING) if self._asked:
                self.over = True
                outcome = {"type": "interrupt", "interrupts": list(self._asked.values())}
                return [*self._close_step(), {"type": "RUN_FINISHED", **self._ids, "outcome": outcome}]
            case events.RunEnded():
                return self._end(event)
            case _:
                return [*self._of_call(event), *_shown(event)]

    def _of_call(self, event: Event) -> list[_Wire]:
        match event:
            case events.ToolCallDelta(call=call, arguments=arguments, name=name):
                found = self._start_call(call, name)
                return [*found, _arguments(call, arguments)] if arguments else found
            case events.ToolCalled(call=call, name=name, arguments=arguments):
                return self._whole(call, name, arguments)
            case events.ToolApprovalRequested(call=call, name=name, arguments=arguments):
                self._asked[call] = {
                    "id": call,
                    "reason": "tool_approval",
                    "message": f"{name} is to be called: may it?",
                    "toolCallId": call,
                    "responseSchema": _APPROVAL,
                }
                return self._whole(call, name, arguments)
            case events.InputRequested(id=id, question=question, call=call):
                asked = {"id": id, "reason": "input", "message": question, "responseSchema": _ANSWER}
                self._asked[id] = asked if call is None else {**asked, "toolCallId": call}
                return []
            case events.ToolApprovalGiven(call=id) | events.InputGiven(id=id):
                self._asked.pop(id, None)
                return []
            case events.ToolReturned(call=call, result=result):
                self._returned.add(call)
                id = f"{self._message}:{call}"
                returned = {"type": "TOOL_CALL_RESULT", "messageId": id, "toolCallId": call, "content": result}
                return [*self._close(), {**returned, "role": "tool"}]
            case _:
                return []

    # The parts of a message

    def _id(self) -> str:
        """The message of the present step."""
        step = "" if self._step in (None, 1) else f":{self._step}"
        return f"{self._message}{step}" + (f":{self._pieces}" if self._pieces else "")

    def _thought(self) -> str:
        return f"{self._id()}:thought"

    def _started(self) -> _Wire:
        return {"type": "RUN_STARTED", **self._ids, "protocolVersion": PROTOCOL_VERSION}

    def _start(self, kind: str) -> list[_Wire]:
        if self._open == kind:
            return []
        found = self._close()
        self._open = kind
        if kind == "text":
            return [*found, {"type": "TEXT_MESSAGE_START", "messageId": self._id(), "role": "assistant"}]
        thought = {"messageId": self._thought()}
        start = {"type": "REASONING_MESSAGE_START", **thought, "role": "reasoning"}
        return [*found, {"type": "REASONING_START", **thought}, start]

    def _start_call(self, call: str, name: str | None) -> list[_Wire]:
        if self._open == f"call:{call}":
            return []
        found = self._close()
        self._open = f"call:{call}"
        self._begun.add(call)
        start = {
            "type": "TOOL_CALL_START",
            "toolCallId": call,
            "toolCallName": name or "",
            "parentMessageId": self._id(),
        }
        return [*found, start]

    def _whole(self, call: str, name: str, arguments: dict[str, Any]) -> list[_Wire]:
        """The call is complete; its arguments may not have streamed."""
        if call in self._begun:
            return self._close()
        text = msgspec.json.encode(arguments).decode()
        return [*self._start_call(call, name), _arguments(call, text), *self._close()]

    def _close(self) -> list[_Wire]:
        """Whatever goes on ends."""
        if self._open is None:
            return []
        kind, _, call = self._open.partition(":")
        self._open = None
        if kind == "call":
            return [{"type": "TOOL_CALL_END", "toolCallId": call}]
        if kind == "text":
            return [{"type": "TEXT_MESSAGE_END", "messageId": self._id()}]
        thought = {"messageId": self._thought()}
        return [{"type": "REASONING_MESSAGE_END", **thought}, {"type": "REASONING_END", **thought}]

    def _close_step(self) -> list[_Wire]:
        found = self._close()
        if self._step is not None:
            found.append(_step("FINISHED", self._step))
            self._pieces = 0
        return found

    def _end(self, event: events.RunEnded) -> list[_Wire]:
        self.over = True
        found = self._close_step()
        usage = _usage(event.usage)
        if event.status in (Status.FAILED, Status.INTERRUPTED):
            error = event.error
            told = {"message": f"the answer is {event.status}"}
            if error is not None:
                told = {"message": error.message, "code": error.code}
            return [*found, {"type": "RUN_ERROR", **told, **usage}]
        outcome: _Wire = {"type": "cancelled" if event.status is Status.CANCELLED else "success"}
        pending = sorted(self._begun - self._returned)
        if outcome["type"] == "success" and pending:
            outcome["pendingToolCallIds"] = pending
        result = {"status": event.status.value, "finishReason": event.finish_reason}
        return [*found, {"type": "RUN_FINISHED", **self._ids, "outcome": outcome, "result": result, **usage}]


_APPROVAL: _Wire = {
    "type": "object",
    "properties": {
        "approved": {"type": "boolean"},
        "arguments": {"type": "object", "description": "the arguments to call it with instead"},
        "note": {"type": "string", "description": "what the model is told of a refusal"},
    },
    "required": ["approved"],
}
_ANSWER: _Wire = {"type": "string"}


def _arguments(call: str, text: str) -> _Wire:
    return {"type": "TOOL_CALL_ARGS", "toolCallId": call, "delta": text}


def _step(what: str, step: int) -> _Wire:
    return {"type": f"STEP_{what}", "stepName": f"step {step}"}


def _custom(name: str, value: Any) -> _Wire:
    return {"type": "CUSTOM", "name": f"runnel.{name}", "value": value}


def _shown(event: Event) -> list[_Wire]:
    """What a page may show besides the answer: in our own words."""
    if isinstance(event, events.StatusLine | events.QueryRewritten | events.SourcesFound | events.Steered):
        value = msgspec.to_builtins(event)
        for name in ("type", "seq", "at"):
            value.pop(name, None)
        return [_custom(event.type, value)]
    return []


def _usage(usage: Usage | None) -> _Wire:
    if usage is None:
        return {}
    counted = {"inputTokens": usage.input_tokens, "outputTokens": usage.output_tokens}
    return {"usage": [{**counted, "totalTokens": usage.total_tokens}]}
