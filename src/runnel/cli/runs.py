"""`runnel follow` and `runnel cancel`: runs by their id, whichever process makes them."""

import asyncio
from typing import Annotated

from cyclopts import Parameter

from ..runs.handles import Run
from ..terminal.notes import ending
from ..terminal.people import Talk
from ..terminal.progress import show_progress
from ..terminal.screen import Screen
from ..terminal.showing import Shown, show_run
from ..vocabulary import wire
from ..vocabulary.events import RunEnded
from .options import Verbose
from .process import BROKEN_PIPE, Stop, code_of, open_runnel, run, say

__all__ = ["cancel", "follow"]

RunId = Annotated[str, Parameter(name="RUN", help="The run's id; `runnel runs` lists them.")]


def follow(
    run_id: RunId,
    /,
    *,
    after: Annotated[int, Parameter(help="Begin after the event with this number.")] = 0,
    json: Annotated[
        bool, Parameter(name="--json", negative=(), help="Print the events, one JSON object a line.")
    ] = False,
    verbose: Verbose = False,
) -> int:
    """Follow a run: what it has said until now, then the rest as it comes, until it ends. Ctrl-C leaves it going."""

    async def work(stop: Stop) -> int:
        async with open_runnel() as app:
            found = await app.run(run_id)
            screen = Screen(on_broken=stop.leave)
            try:
                status = await _follow(found, screen, after, json, verbose)
            except asyncio.CancelledError:
                if screen.broken:
                    return BROKEN_PIPE
                if stop.asked:
                    say(f"Left. The run goes on: runnel follow {run_id}; to stop it: runnel cancel {run_id}")
                raise
            await screen.drain()
            return code_of(status)

    return run(work)


async def _follow(run: Run, screen: Screen, after: int, json: bool, verbose: bool) -> str:
    """Show the run; returns the status with which it ended."""
    if json:
        async for event in run.events(after):
            screen.write(wire.encode(event).decode() + "\n")
            if isinstance(event, RunEnded):
                return event.status.value
    elif run.message_id is None:
        await show_progress(run, screen, after)
    else:
        shown = Shown()
        async with screen.view(verbose) as view:
            await show_run(run, view, shown, after, talk=Talk())
        if shown.status is not None:
            said = ending(shown.status, shown.finish_reason, shown.error, shown.text)
            if said is not None:
                screen.note("")
                screen.note(said, style="yellow")
            return shown.status.value
    return (await run.message()).status.value


def cancel(run_id: RunId, /) -> int:
    """Stop a run, and keep what was said. One that has ended is left as it is."""

    async def work(_: Stop) -> int:
        async with open_runnel() as app:
            found = await app.run(run_id)
            before = (await found.message()).status
            now = (await found.cancel()).status
        print(f"{run_id} had ended already: {now}" if before.ended else f"{run_id} is {now}")
        return 0

    return run(work)
