"""Events get their numbers and become bytes, once."""

from collections.abc import Sequence

import msgspec

from ..vocabulary.events import Event, RunEnded
from ..vocabulary.wire import encode_lines
from .segment import Segment

__all__ = ["stamp"]


def stamp(events: Sequence[Event], last: int) -> tuple[Segment, bool]:
    """Give events the numbers after `last` and encode them, once; also whether they end the run."""
    stamped: list[Event] = []
    seq = last
    put = msgspec.structs.force_setattr
    for event in events:
        seq += 1
        if event.seq:
            event = msgspec.structs.replace(event, seq=seq)
        else:
            put(event, "seq", seq)
        stamped.append(event)
    return Segment(last + 1, seq, encode_lines(stamped), stamped), isinstance(stamped[-1], RunEnded)
