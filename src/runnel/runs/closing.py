"""What a run leaves open when it ends, closed: so that its history can be gone on with, whatever it was cut at."""

from collections.abc import Iterable

from ..vocabulary.events import Event, ToolReturned
from ..vocabulary.messages import ToolPart

__all__ = ["closing_events"]


def closing_events(calls: Iterable[ToolPart], at: int) -> list[Event]:
    """A `cancelled` result for every one of a run's `calls` that was being carried out. One that was never called
    needs none: it is never sent back to a vendor; nor does one that the caller carries out."""
    return [
        ToolReturned(part.call, "cancelled", "The call was stopped before it gave a result.", at=at)
        for part in calls
        if part.called and part.status == "running"
    ]
