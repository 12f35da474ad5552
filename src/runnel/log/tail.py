"""The live tail of a run that this process writes: its newest segments, bounded, with one signal for all readers.

A reader is a cursor: one that keeps up shares the segments; one that falls behind what is kept here reads the rest from
the log's store, and costs nothing meanwhile.
"""

from ..database.signals import Signal
from .segment import Segment

__all__ = ["Tail"]

# Some hundredths of a second at full speed, minutes of a paced answer. The structs of a segment take some four times
# the room of its bytes.
_MOST_BYTES = 1 << 18
# Of small segments so many stay as they came, for readers that keep up; older ones are joined, as many at a time. The
# garbage collector would look at each of them, and at what is in them, again and again.
_MOST_SMALL = 32


class Tail:
    """The visible segments after `start`, up to `last`."""

    __slots__ = ("_bytes", "_joined", "_segments", "ended", "error", "last", "lost", "signal", "start")

    def __init__(self, last: int = 0) -> None:
        self.signal = Signal()
        self.start = last
        self.last = last
        self.ended = False
        self.lost = False
        self.error: Exception | None = None
        self._segments: list[Segment] = []
        self._bytes = 0
        self._joined = 0  # so many of the segments, the oldest, are joined

    def push(self, segment: Segment, ended: bool) -> None:
        """Make a durable segment visible."""
        self._segments.append(segment)
        self._bytes += len(segment.data)
        self.last = segment.last
        self.ended = ended
        if self._bytes > _MOST_BYTES and len(self._segments) > 1:
            self._drop_half()
        elif len(self._segments) - self._joined >= 2 * _MOST_SMALL:
            oldest = slice(self._joined, self._joined + _MOST_SMALL)
            self._segments[oldest] = [Segment.joined(self._segments[oldest])]
            self._joined += 1
        self.signal.fire()

    def lose(self) -> None:
        """The run goes on elsewhere."""
        self.lost = True
        self.signal.fire()

    def forget(self) -> None:
        """The run was deleted: nothing is left of it, and its readers end."""
        self.ended = True
        self.start = self.last = self._bytes = self._joined = 0
        self._segments.clear()
        self.signal.fire()

    def fail(self, error: Exception) -> None:
        """The run cannot be written on, not even its end: its readers are told, rather than left waiting."""
        self.error = error
        self.signal.fire()

    def since(self, seq: int) -> list[Segment] | None:
        """What is visible after `seq`; None where part of that is no longer kept here."""
        if seq < self.start:
            return None
        segments = self._segments
        index = len(segments)
        while index and segments[index - 1].last > seq:
            index -= 1
        found = segments[index:]
        if found:
            found[0] = found[0].after(seq)
        return found

    def _drop_half(self) -> None:
        dropped = 0
        while self._bytes > _MOST_BYTES // 2 and dropped < len(self._segments) - 1:
            self._bytes -= len(self._segments[dropped].data)
            self.start = self._segments[dropped].last
            dropped += 1
        del self._segments[:dropped]
        self._joined = max(0, self._joined - dropped)
