"""What a run leaves open when it ends, closed: so that its history can be gone on with, whatever it was cut at."""

from ..vocabulary.events import Event, ToolReturned
from ..vocabulary.messages import MessageValue, ToolPart

__all__ = ["closing_events"]


def closing_events(message: MessageValue, at: int) -> list[Event]:
    """A `cancelled` result for every call that was being carried out. One that was never called needs none: it is never
    sent back to a vendor."""
    return [
        ToolReturned(part.call, "cancelled", "The call was stopped before it gave a result.", at=at)
        for part in message.parts
        if isinstance(part, ToolPart) and part.called and part.result is None
    ]
