"""A run as the events of a response.

Each event of a run makes a fixed list of wire events, numbered from 0 in order, of the run's events and its memo alone:
so the numbers are the same for every reader, after a reconnect and after a restart of the server. Nothing is joined.

The wire has no word for text that is taken back. An item of which something is withdrawn ends there and then: its
`done` events have the text that remains. What comes next is a new item, and an item of which nothing remains is not in
the response's `output`, though its `output_index` stays taken.
"""

from typing import Any

import msgspec

from ...vocabulary import events
from ...vocabulary.content import ContentRule
from ...vocabulary.events import Event
from ...vocabulary.messages import Source, Status
from ...vocabulary.runs import RunValue
from ...vocabulary.text import GrowingText
from .logprobs import logprobs_of
from .response_items import Item, ItemKind, Wire
from .response_value import ended_value, response_value

__all__ = ["ResponseFold"]

_STATUS = {
    Status.COMPLETED: "completed",
    Status.CANCELLED: "cancelled",
    Status.INCOMPLETE: "incomplete",
    Status.FAILED: "failed",
    Status.INTERRUPTED: "failed",
}
# The wire has no event for a cancelled response: `response.incomplete` ends it, and its status is `cancelled`.
_LAST = {"completed": "response.completed", "failed": "response.failed"}


class ResponseFold:
    """Folds a run's events into wire events; `value()` is the response as it now stands."""

    def __init__(self, run: RunValue) -> None:
        self._head = response_value(run)
        self._owner = run.id.removeprefix("run_")
        memo = run.memo
        self._functions = frozenset(memo.get("functions", ()))
        self._logprobs = bool(memo.get("logprobs"))
        self._include = frozenset(memo.get("include", ()))
        self._items: list[Item] = []
        self._step = 0  # the first item of the present step
        self._rule = ContentRule()
        self._open: Item | None = None  # what is being said or thought
        self._calls: dict[str, Item] = {}
        self._media: dict[int, Item] = {}
        self._query = ""
        self._number = 0
        self._began_at = run.began_at

    def apply(self, event: Event) -> list[Wire]:
        """The wire events that the next event makes, each with its `sequence_number`."""
        made = self._apply(event)
        for number, one in enumerate(made, self._number):
            one["sequence_number"] = number
        self._number += len(made)
        return made

    def value(self) -> Wire:
        """The response as it now stands."""
        return {**self._head, "output": [item.value() for item in self._items if not item.withdrawn]}

    def _apply(self, event: Event) -> list[Wire]:
        match event:
            case events.TextDelta(text=text, tokens=tokens):
                return self._say("message", text, tokens) if text or tokens else []
            case events.ReasoningDelta(text=text, signature=signature) if text or signature:
                return self._think(text, signature)
            case events.ToolCallDelta():
                return self._argue(event)
            case events.ToolCalled():
                return self._called(event)
            case events.ToolApprovalGiven(call=call, arguments=dict() as arguments):
                if call in self._calls:
                    self._calls[call].text = GrowingText(msgspec.json.encode(arguments).decode())
                return []
            case events.ToolReturned():
                return self._returned(event)
            case events.PartDelta():
                return self._show(event)
            case events.TextRetracted(count=count):
                return self._take_back(self._rule.retract(count))
            case events.AttemptStarted():
                self._rule.attempt()
                return []
            case events.StepStarted() | events.Steered():
                self._rule.step()
                made = [*self._close(), *self._end_media(), *self._end_calls()]
                self._step = len(self._items)
                return made
            case events.QueryRewritten(question=question):
                self._query = question
                return []
            case events.SourcesFound(sources=sources):
                return self._searched(sources)
            case events.RunStarted() | events.StateChanged():
                return self._began(event)
            case events.RunEnded():
                return self._end(event)
            case _:
                return []  # lines for people, captures and metrics; what people are asked, they are asked elsewhere

    def _began(self, event: events.RunStarted | events.StateChanged) -> list[Wire]:
        if isinstance(event, events.RunStarted):
            return [{"type": "response.created", "response": self.value()}]
        if event.status is Status.QUEUED and self._head["status"] == "queued":
            return [{"type": "response.queued", "response": self.value()}]
        if event.status is Status.RUNNING and self._head["status"] == "queued":
            self._head["status"] = "in_progress"
            return [{"type": "response.in_progress", "response": self.value()}]
        return []

    # What the model says

    def _say(self, kind: ItemKind, text: str, tokens: Any) -> list[Wire]:
        made = self._withdraw(self._rule.say(len(text))) if text else []
        item = self._speaking(kind, made)
        item.text.append(text)
        logprobs = logprobs_of(tokens) if self._logprobs else []
        item.logprobs += logprobs
        delta = {"type": "response.output_text.delta", "item_id": item.id, "output_index": item.index}
        made.append({**delta, "content_index": 0, "delta": text, "logprobs": logprobs})
        return made

    def _think(self, text: str, signature: str | None) -> list[Wire]:
        made = self._withdraw(self._rule.say(0))
        item = self._speaking("reasoning", made)
        if text:
            item.text.append(text)
            made.append({"type": "response.reasoning_text.delta", **item.place(), "delta": text})
        if signature:
            if "reasoning.encrypted_content" in self._include:
                item.more["encrypted_content"] = signature
            made += self._close()
        return made

    def _speaking(self, kind: ItemKind, made: list[Wire]) -> Item:
        """The item that is being said; a new one, announced in `made`, where it is of another kind."""
        item = self._open
        if item is None or item.kind != kind:
            made += self._close()
            item = self._open = Item(kind, self._owner)
            made += self._add(item)
        return item

    def _show(self, event: events.PartDelta) -> list[Wire]:
        made = self._withdraw(self._rule.say(0))
        if event.media_type.partition("/")[0] != "image":
            return made  # this wire has images only
        item = self._media.get(event.part)
        if item is None:
            made += self._close()
            item = self._media[event.part] = Item("image_generation_call", self._owner)
            made += self._add(item)
            made += [
                {"type": f"response.image_generation_call.{what}", **item.place()}
                for what in ("in_progress", "generating")
            ]
        item.text.append(event.data)
        return made

    # Calls

    def _argue(self, event: events.ToolCallDelta) -> list[Wire]:
        made = self._withdraw(self._rule.say(0))
        item = self._call(event.call)
        if event.name is not None:
            item.name = event.name
        item.text.append(event.arguments)
        if item.index >= 0:
            return [*made, *self._arguments(item, event.arguments)]
        return [*made, *(self._announce(item) if item.name else ())]

    def _called(self, event: events.ToolCalled) -> list[Wire]:
        made = self._withdraw(self._rule.say(0))
        item = self._call(event.call)
        item.name = event.name
        if not item.text.length:
            item.text.append(msgspec.json.encode(event.arguments).decode())
            made += self._arguments(item, str(item.text)) if item.index >= 0 else ()
        if item.index < 0:
            made += self._announce(item)
        if item.kind == "function_call":
            return [*made, *item.ended("completed")]
        place, text = item.place(), str(item.text)
        item.status = "calling"
        return [
            *made,
            {"type": "response.mcp_call_arguments.done", **place, "arguments": text},
            {"type": "response.mcp_call.in_progress", **place},
        ]

    def _returned(self, event: events.ToolReturned) -> list[Wire]:
        item = self._calls.get(event.call)
        if item is None or item.kind == "function_call":
            return []
        if event.status == "ok":
            item.more["output"] = event.result
            return item.ended("completed")
        said = [{"type": "text", "text": event.result}]
        item.more["error"] = {"type": "mcp_tool_execution_error", "content": said}
        return item.ended("failed" if event.status == "error" else "incomplete")

    def _announce(self, item: Item) -> list[Wire]:
        if item.name in self._functions:
            item.kind = "function_call"
        text, item.text = item.text, GrowingText()
        made = [*self._close(), *self._add(item)]
        item.text = text
        return [*made, *self._arguments(item, str(text))]

    def _arguments(self, item: Item, delta: str) -> list[Wire]:
        kind = "function_call" if item.kind == "function_call" else "mcp_call"
        return [{"type": f"response.{kind}_arguments.delta", **item.place(), "delta": delta}] if delta else []

    def _call(self, call: str) -> Item:
        """The present step's call of that id; another, where what had it is over."""
        if call not in self._calls or self._calls[call].done:
            self._calls[call] = Item("mcp_call", self._owner, call=call)
        return self._calls[call]

    def _searched(self, sources: tuple[Source, ...]) -> list[Wire]:
        made = self._close()
        item = Item("file_search_call", self._owner, more={"queries": [self._query] if self._query else []})
        made += self._add(item)
        made += [{"type": f"response.file_search_call.{what}", **item.place()} for what in ("in_progress", "searching")]
        if "file_search_call.results" in self._include:
            item.more["results"] = [
                {"file_id": one.document, "filename": one.title, "score": one.score, "text": one.text}
                for one in sources
            ]
        return [*made, *item.ended("completed")]

    # What ends

    def _add(self, item: Item) -> list[Wire]:
        self._items.append(item)
        return item.added(len(self._items) - 1)

    def _close(self, status: str = "completed") -> list[Wire]:
        item, self._open = self._open, None
        return [] if item is None else item.ended(status)

    def _end_media(self, status: str = "completed") -> list[Wire]:
        media, self._media = self._media, {}
        return [one for item in media.values() for one in item.ended(status)]

    def _end_calls(self) -> list[Wire]:
        calls, self._calls = self._calls, {}
        return [one for item in calls.values() for one in item.ended("incomplete")]

    def _withdraw(self, withdrawn: int | None) -> list[Wire]:
        """What the attempt before said in this step counts no more, where this is another's first word."""
        if withdrawn is None:
            return []
        made: list[Wire] = []
        for item in self._items[self._step :]:
            item.text = GrowingText()
            item.withdrawn = True
            made += item.ended("failed" if item.kind == "image_generation_call" else "incomplete")
        self._open, self._calls, self._media = None, {}, {}
        return made

    def _take_back(self, count: int) -> list[Wire]:
        for item in reversed(self._items):
            if not count:
                break
            if item.kind == "message" and not item.withdrawn:
                count -= item.text.take_back(count)
                item.withdrawn = not item.text.length
        if self._open is None or self._open.kind != "message":
            return []
        self._open.logprobs = []  # whose they are among what remains is not known
        return self._close()

    def _end(self, event: events.RunEnded) -> list[Wire]:
        status = _STATUS.get(event.status, "failed")
        rest = "completed" if status == "completed" else "incomplete"
        made = [*self._close(rest), *self._end_media("completed" if status == "completed" else "failed")]
        made += self._end_calls()
        self._head |= ended_value(event, status, self._began_at)
        last = _LAST.get(status, "response.incomplete")
        return [*made, {"type": last, "response": self.value()}]
