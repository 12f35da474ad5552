"""The items of a response while they grow. An item knows its own shape on the wire, and nothing of events' order."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ...vocabulary.text import GrowingText

__all__ = ["Item", "ItemKind", "Wire"]

ItemKind: TypeAlias = Literal[
    "message", "reasoning", "function_call", "mcp_call", "image_generation_call", "file_search_call"
]
Wire: TypeAlias = dict[str, Any]

# How Runnel's own tools are called where a server's label is asked for.
SERVER = "runnel"
_PREFIX = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "mcp_call": "mcp",
    "image_generation_call": "ig",
    "file_search_call": "fs",
}
_PARTS = {"message": "output_text", "reasoning": "reasoning_text"}


@dataclass(slots=True, eq=False)
class Item:
    """One item of a response's output: the `index`th that was announced, -1 before that. `text` is what is said,
    thought, or an argument; `withdrawn` where it counts no more."""

    kind: ItemKind
    owner: str
    index: int = -1
    call: str = ""
    name: str = ""
    text: GrowingText = field(default_factory=GrowingText)
    status: str = "in_progress"
    done: bool = False
    withdrawn: bool = False
    logprobs: list[Wire] = field(default_factory=list)
    more: Wire = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The item's id, the same each time the run is read."""
        return f"{_PREFIX[self.kind]}_{self.owner}_{self.index}"

    def value(self) -> Wire:
        """The item as it now stands."""
        head: Wire = {"id": self.id, "type": self.kind, "status": self.status}
        text = str(self.text)
        match self.kind:
            case "message":
                return {**head, "role": "assistant", "content": [self.part()] if text else []}
            case "reasoning":
                content = [self.part()] if text else []
                return {**head, "summary": [], "content": content, **self.more}
            case "function_call":
                return {**head, "call_id": self.call, "name": self.name, "arguments": text}
            case "mcp_call":
                call = {"server_label": SERVER, "name": self.name, "arguments": text}
                return {**head, **call, "output": None, "error": None, **self.more}
            case "image_generation_call":
                return {**head, "result": text or None, **self.more}
            case "file_search_call":
                return {**head, "queries": [], "results": None, **self.more}

    def part(self) -> Wire:
        """The content part of an item that speaks."""
        if self.kind == "reasoning":
            return {"type": "reasoning_text", "text": str(self.text)}
        return {"type": "output_text", "text": str(self.text), "annotations": [], "logprobs": [*self.logprobs]}

    def added(self, index: int) -> list[Wire]:
        """The events that announce it."""
        self.index = index
        events: list[Wire] = [{"type": "response.output_item.added", "output_index": self.index, "item": self.value()}]
        if self.kind in _PARTS:
            events.append({"type": "response.content_part.added", **self.place(), "part": self.part()})
        return events

    def place(self) -> Wire:
        """Where its events are."""
        place: Wire = {"item_id": self.id, "output_index": self.index}
        if self.kind in _PARTS:
            place["content_index"] = 0
        return place

    def ended(self, status: str) -> list[Wire]:
        """The events that end it; none where it has ended already."""
        if self.done or self.index < 0:
            return []
        self.done = True
        self.status = status
        events: list[Wire] = []
        place, text = self.place(), str(self.text)
        match self.kind:
            case "message":
                events = [
                    {"type": "response.output_text.done", **place, "text": text, "logprobs": [*self.logprobs]},
                    {"type": "response.content_part.done", **place, "part": self.part()},
                ]
            case "reasoning":
                events = [
                    {"type": "response.reasoning_text.done", **place, "text": text},
                    {"type": "response.content_part.done", **place, "part": self.part()},
                ]
            case "function_call":
                done = {"type": "response.function_call_arguments.done", **place, "arguments": text, "name": self.name}
                events = [done]
            case "mcp_call":
                events = [{"type": f"response.mcp_call.{'completed' if status == 'completed' else 'failed'}", **place}]
            case "image_generation_call" | "file_search_call":
                events = [{"type": f"response.{self.kind}.completed", **place}]
        done_item = {"type": "response.output_item.done", "output_index": self.index, "item": self.value()}
        return [*events, done_item]
