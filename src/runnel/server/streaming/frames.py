"""Frames: a run's events as they go to readers, made once for all of them.

A frame is an event; or several deltas of text (or of reasoning) in a row that became visible together, joined: its
`seq` is the last one's, `first_seq` the first one's, `at` the last one's, `text` and `tokens` are all of theirs. So a
reader that keeps up gets tokens, and one that lags gets text.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias, cast

import msgspec
from msgspec import UNSET, UnsetType

from ...log import Segment
from ...vocabulary.chats import ChatChange
from ...vocabulary.events import EVENT_TYPES, Event, ReasoningDelta, RunEnded, SourcesFound, TextDelta
from ...vocabulary.messages import Source
from ...vocabulary.tokens import Token
from ...vocabulary.wire import encode

__all__ = [
    "Frame",
    "Sources",
    "about_sources",
    "change_line",
    "change_sse",
    "frames",
    "log_frames",
    "ndjson",
    "sse",
    "sse_frames",
    "with_sources",
]

Sources: TypeAlias = Literal["first", "last", "none"]

_SOURCES = b'{"type":"%s"' % SourcesFound.type.encode()
# What stands around the type and the `seq` in a line.
_BEFORE = len('{"type":""')
_BETWEEN = len(',"seq":')


_HEADS = {type: b"\nevent:%b\ndata:{" % type.encode() for type in EVENT_TYPES}

# Deltas, and code points of them, that one frame joins: not more than any reader takes at a time.
_MOST_JOINED = 512
_MOST_TEXT = 1 << 15


class Frame(NamedTuple):
    """`line` is a JSON object whose first field is the `type`, and the last ones are `seq` and `at`, as in the log."""

    seq: int
    type: str
    line: bytes


class _Joined(msgspec.Struct, gc=False):
    type: str
    text: str
    tokens: tuple[Token, ...] | UnsetType
    first_seq: int
    seq: int
    at: int


def frames(segment: Segment) -> Sequence[Frame]:
    """The frames of a segment."""
    events = segment.events
    if len(events) == 1:
        return (Frame(segment.last, events[0].type, segment.data[:-1]),)
    return tuple(_joined(events))


def log_frames(segment: Segment) -> Sequence[Frame]:
    """The events of a segment, none joined, as they are in the log."""
    lines = segment.data.splitlines()
    return tuple([Frame(event.seq, event.type, line) for event, line in zip(segment.events, lines, strict=True)])


def sse_frames(segment: Segment) -> bytes:
    """The frames of a segment as SSE."""
    if segment.first == segment.last:
        return sse(Frame(segment.last, segment.events[0].type, segment.data[:-1]))
    return b"".join([sse(frame) for frame in frames(segment)])


def sse(frame: Frame) -> bytes:
    """A frame as SSE: what `id:` and `event:` say is not said again in `data:`."""
    seq, type, line = frame
    number = b"%d" % seq
    # Within a string the quotes would be escaped; within what an event carries, it would not be the last.
    place = line.rindex(b',"seq":')
    rest = line[len(type) + _BEFORE : place] + line[place + len(number) + _BETWEEN :]
    return b"id:%b%b%b\n\n" % (number, _HEADS[type], rest[1:] or b"}")


def ndjson(frame: Frame) -> bytes:
    """A frame as NDJSON."""
    return frame.line + b"\n"


def about_sources(segment: Segment) -> bool:
    """Whether a reader that wants the sources elsewhere, or not at all, gets other frames than `frames`."""
    return _SOURCES in segment.data or segment.ended


def with_sources(given: Sequence[Frame], sources: Sequence[Source]) -> list[Frame]:
    """Frames without `sources.found`, and with `sources` in `run.ended`, where there are any."""
    kept = [frame for frame in given if frame.type != SourcesFound.type]
    if sources and kept and kept[-1].type == RunEnded.type:
        seq, type, line = kept[-1]
        kept[-1] = Frame(
            seq, type, b'{"type":"%b","sources":%b%b' % (type.encode(), encode(sources), line[len(type) + _BEFORE :])
        )
    return kept


def change_line(change: ChatChange) -> bytes:
    """A change of a chat as NDJSON."""
    return encode(change) + b"\n"


def change_sse(change: ChatChange) -> bytes:
    """A change of a chat as SSE."""
    fields = msgspec.to_builtins(change)
    del fields["seq"], fields["type"]
    return b"id:%d\nevent:%b\ndata:%b\n\n" % (change.seq, change.type.encode(), encode(fields))


def _joined(events: Sequence[Event]) -> Iterator[Frame]:
    start, count = 0, len(events)
    while start < count:
        first = events[start]
        end = start + 1
        if isinstance(first, TextDelta | ReasoningDelta) and _unsigned(first):
            end = _end_of_like(events, start, first)
        if end == start + 1:
            yield Frame(first.seq, first.type, encode(first))
        else:
            yield _join(cast("Sequence[TextDelta | ReasoningDelta]", events[start:end]))
        start = end


def _end_of_like(events: Sequence[Event], start: int, first: TextDelta | ReasoningDelta) -> int:
    """Where the deltas end that can be joined to the first one."""
    kind, bare, size = type(first), first.tokens is None, 0
    most = events[start : start + _MOST_JOINED]
    like = [delta.text for delta in most if type(delta) is kind and (delta.tokens is None) is bare]
    if kind is TextDelta and len(like) == len(most) and sum(map(len, like)) < _MOST_TEXT:
        return start + len(most)
    for number, delta in enumerate(most):
        if not isinstance(delta, kind) or (delta.tokens is None) is not bare or not _unsigned(delta):
            return start + number
        size += len(delta.text)
        if size >= _MOST_TEXT:
            return start + number + 1
    return start + len(most)


def _unsigned(delta: TextDelta | ReasoningDelta) -> bool:
    """Whether it does not end a thought."""
    return type(delta) is TextDelta or delta.signature is None  # type: ignore[union-attr]


def _join(deltas: Sequence[TextDelta | ReasoningDelta]) -> Frame:
    first, last = deltas[0], deltas[-1]
    text = "".join([delta.text for delta in deltas])
    tokens = UNSET if first.tokens is None else tuple([token for delta in deltas for token in delta.tokens or ()])
    return Frame(last.seq, last.type, encode(_Joined(last.type, text, tokens, first.seq, last.seq, last.at)))
