"""A segment: events that were appended together, as structs and as the bytes they were encoded to, once."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..vocabulary.events import Event
from ..vocabulary.wire import decode_lines

__all__ = ["Segment"]

T = TypeVar("T")

# The tag is the first field that the codec writes.
_ENDED = b'{"type":"run.ended"'


class Segment:
    """Events `first` to `last` of a run, without a gap. `data` is one JSON object a line, shared by all readers;
    `events` are the structs that were appended, or are decoded when first asked for."""

    __slots__ = ("_events", "_views", "data", "first", "last")

    def __init__(self, first: int, last: int, data: bytes, events: Sequence[Event] | None = None) -> None:
        self.first = first
        self.last = last
        self.data = data
        self._events = events
        self._views: dict[Any, Any] | None = None

    @classmethod
    def joined(cls, segments: Sequence["Segment"]) -> "Segment":
        """Segments that follow each other, as one."""
        events = [event for segment in segments for event in segment.events]
        return cls(segments[0].first, segments[-1].last, b"".join([segment.data for segment in segments]), events)

    @property
    def events(self) -> Sequence[Event]:
        """The events, in order."""
        if self._events is None:
            self._events = decode_lines(self.data)
        return self._events

    @property
    def ended(self) -> bool:
        """Whether the last event is `run.ended`."""
        return self.data.startswith(_ENDED, self.data.rfind(b"\n", 0, -1) + 1)

    def view(self, make: "Callable[[Segment], T]") -> T:
        """What the pure function `make` makes of the segment: once, for all its readers."""
        views = self._views
        if views is None:
            views = self._views = {}
        if make not in views:
            views[make] = make(self)
        made: T = views[make]
        return made

    def after(self, seq: int) -> "Segment":
        """The part of the segment after `seq`, which is less than `last`."""
        skipped = seq + 1 - self.first
        if skipped <= 0:
            return self
        position = 0
        for _ in range(skipped):
            position = self.data.index(b"\n", position) + 1
        events = None if self._events is None else self._events[skipped:]
        return Segment(seq + 1, self.last, self.data[position:], events)
