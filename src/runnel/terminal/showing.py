"""Shows a run as it goes: its text, what it does meanwhile, what it asks of people, and how it ended."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..errors import RunnelError
from ..runs.handles import Run
from ..vocabulary import events
from ..vocabulary.content import ChunkFold
from ..vocabulary.messages import Source, Status
from ..vocabulary.requests import Request, RequestsFold
from .activity import Activity
from .keyboard import Keyboard
from .live import LiveView, View
from .notes import waiting_lines
from .people import People, Talk
from .safe import one_line

__all__ = ["Shown", "show_run"]


@dataclass
class Shown:
    """What was seen of a run. `text`: whether any was said; `status` None while the run has not ended; `waits` is what
    it waits for, where it was left because nobody here could answer."""

    sources: tuple[Source, ...] = ()
    status: Status | None = None
    finish_reason: str | None = None
    error: RunnelError | None = None
    text: bool = False
    waits: tuple[Request, ...] = ()


async def show_run(
    run: Run,
    view: View,
    shown: Shown,
    after: int | Callable[[events.Event], bool] = 0,
    *,
    talk: Talk | None = None,
    leaves: bool = False,
) -> Shown:
    """Show the run's events after number `after`, or after the one that `after` says yes to, until it ends, and note
    in `shown` what was seen, which holds also where the caller is cancelled. With `talk` people are asked here, where
    there is a terminal for it; else, where it `leaves`, only until it waits for nothing but consent, which needs no
    process. Raises what `Run.events` raises.
    """
    requests = RequestsFold()
    async with _people(run, view, talk) as people:
        activity = Activity(reasoning=talk is None or talk.reasoning, asked_here=people is not None)
        showing = _Showing(view, shown, activity)
        begun = after == 0
        async for event in run.events():
            requests.apply(event)
            showing.apply(event, begun)
            if not begun:
                begun = after(event) if callable(after) else event.seq >= after
            if people is not None:
                people.apply(event)
            elif leaves and begun and isinstance(event, events.StateChanged) and event.status is Status.WAITING:
                if all(one.kind == "approval" for one in requests.value()):
                    shown.waits = requests.value()
                    break
                for words in waiting_lines(run.id, requests.value()):  # a tool that asks would be lost with us
                    view.tell(words)
    view.status(None)
    return shown


@asynccontextmanager
async def _people(run: Run, view: View, talk: Talk | None) -> AsyncIterator[People | None]:
    """Those who can answer here, if any."""
    if talk is None or not Keyboard.there():
        yield None
        return
    people = People(run, view, talk)
    try:
        with Keyboard(people.press, raw=isinstance(view, LiveView)):
            yield people
    finally:
        await people.close()


class _Showing:
    """Hands on to a view what events say."""

    def __init__(self, view: View, shown: Shown, activity: Activity) -> None:
        self._view = view
        self._shown = shown
        self._activity = activity
        self._fold = ChunkFold()
        view.attach(activity)

    def apply(self, event: events.Event, seen: bool) -> None:
        """Take the next event; show it where it is to be `seen`."""
        view, shown = self._view, self._shown
        chunk = self._fold.apply(event)
        lines = self._activity.apply(event)
        if seen:
            for line in lines:
                view.line(line)
            if chunk is not None:
                shown.text = shown.text or bool(chunk)
                view.status(None)
                view.write(chunk)
            self._tell(event)
        match event:
            case events.SourcesFound(sources=sources):
                shown.sources = sources
            case events.RunEnded(status=status, finish_reason=reason, error=error):
                shown.status, shown.finish_reason = status, reason
                shown.error = None if error is None else error.error()
            case _:
                pass

    def _tell(self, event: events.Event) -> None:
        view = self._view
        match event:
            case events.StateChanged(status=Status.QUEUED):
                view.status("Waiting for its turn")
            case events.StateChanged(status=Status.WAITING):
                view.status("Waiting for a person")
            case events.StepStarted(model=model):
                view.status(f"Waiting for {one_line(model or 'the model', 60)}")
            case events.ReasoningDelta():
                thought = self._activity.thinking() if self._activity.reasoning else None
                view.status(f"Thinking: {thought[-60:]}" if thought else "Thinking")
            case events.AttemptStarted(attempt=attempt, reason=reason):
                said = f"Trying again ({attempt}): {reason or 'the model failed'}"
                view.status(said)
                view.passing(said)
            case events.StatusLine():
                said = self._activity.said(event)
                view.status(said)
                view.passing(said)
            case events.ToolApprovalRequested(name=name):
                view.passing(f"Waiting for consent to use {name}")
            case events.InputRequested(question=question):
                view.passing(f"Asked: {question}")
            case _:
                pass
