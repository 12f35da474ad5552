"""Shows a run as it goes: its text, what it does meanwhile, and how it ended."""

from collections.abc import Callable
from dataclasses import dataclass

from ..errors import RunnelError
from ..runs.handles import Run
from ..vocabulary import events
from ..vocabulary.content import ChunkFold
from ..vocabulary.messages import Source, Status
from .live import View
from .safe import one_line

__all__ = ["Shown", "show_run"]


@dataclass
class Shown:
    """What was seen of a run. `text`: whether any was said; `status` None while the run has not ended."""

    sources: tuple[Source, ...] = ()
    status: Status | None = None
    finish_reason: str | None = None
    error: RunnelError | None = None
    text: bool = False


async def show_run(
    run: Run, view: View, shown: Shown, after: int = 0, on_line: Callable[[events.StatusLine], None] | None = None
) -> Shown:
    """Show the run's events after `after` until it ends, and note in `shown` what was seen, which holds also where the
    caller is cancelled. `on_line` is told each status line. Raises what `Run.events` raises."""
    fold = ChunkFold()
    async for event in run.events(after):
        chunk = fold.apply(event)
        if chunk is not None:
            shown.text = shown.text or bool(chunk)
            view.status(None)
            view.write(chunk)
        match event:
            case events.StateChanged() | events.StepStarted() | events.ReasoningDelta() | events.AttemptStarted():
                view.status(_doing(event))
            case events.ToolCalled(name=name):
                view.status(f"Using {name}")
            case events.ToolApprovalRequested(name=name):
                view.status(f"Waiting for consent to use {name}")
            case events.StatusLine():
                counted = f" ({event.done} of {event.total})" if event.total else ""
                view.status(event.text + counted)
                if on_line is not None:
                    on_line(event)
            case events.SourcesFound(sources=sources):
                shown.sources = sources
            case events.RunEnded(status=status, finish_reason=reason, error=error):
                shown.status, shown.finish_reason = status, reason
                shown.error = None if error is None else error.error()
            case _:
                pass
    view.status(None)
    return shown


def _doing(event: events.Event) -> str | None:
    match event:
        case events.StateChanged(status=Status.QUEUED):
            return "Waiting for its turn"
        case events.StateChanged(status=Status.WAITING):
            return "Waiting for a person"
        case events.StepStarted(model=model):
            return f"Waiting for {one_line(model or 'the model', 60)}"
        case events.ReasoningDelta(text=text):
            return f"Thinking: {text}" if text.strip() else None
        case events.AttemptStarted(attempt=attempt, reason=reason):
            return f"Trying again ({attempt}): {reason or 'the model failed'}"
        case _:
            return None
