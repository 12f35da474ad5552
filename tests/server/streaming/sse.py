"""Reading SSE as its specification says, and making events of Runnel's frames again."""

import json
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from runnel.vocabulary.events import Event
from runnel.vocabulary.wire import decode

__all__ = ["Frame", "contiguous", "events_in", "frames_in", "parse"]


@dataclass
class Frame:
    """What was dispatched: `id` is the last one that was said."""

    event: str
    data: str
    id: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.data)
        return found

    @property
    def first_seq(self) -> int:
        return int(self.json.get("first_seq", self.id))


async def frames_in(lines: AsyncIterable[str]) -> AsyncIterator[Frame]:
    """The frames in the lines of a stream."""
    event, id = "message", ""
    data: list[str] = []
    async for line in lines:
        field, _, value = line.partition(":")
        if not line:
            if data:
                yield Frame(event, "\n".join(data), id)
            event, data = "message", []
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif field == "event":
            event = value.removeprefix(" ")
        elif field == "id":
            id = value.removeprefix(" ")


async def parse(text: str) -> list[Frame]:
    """The frames in a whole stream."""

    async def lines() -> AsyncIterator[str]:
        for line in text.split("\n"):
            yield line

    return [frame async for frame in frames_in(lines())]


def contiguous(frames: Iterable[Frame], after: int = 0) -> bool:
    """Whether the frames leave no gap, and repeat nothing."""
    for frame in frames:
        if frame.first_seq != after + 1:
            return False
        after = int(frame.id)
    return True


def events_in(frames: Iterable[Frame]) -> list[Event]:
    """The frames as events; a joined one as one event."""
    found: list[Event] = []
    for frame in frames:
        fields = frame.json
        fields.pop("first_seq", None)
        found.append(decode(json.dumps({"type": frame.event, "seq": int(frame.id), **fields}).encode()))
    return found
