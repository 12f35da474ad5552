"""`runnel approve`, `runnel reply` and `runnel steer`: what people say to a run, from any terminal."""

from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from ..app import Runnel
from ..runs.handles import Run
from ..vocabulary import events
from .ask import Answer, Sources
from .options import AsJson, Verbose
from .process import USAGE, Stop, open_runnel, run, say
from .runs import RunId

__all__ = ["approve", "reply", "steer"]


def approve(
    run_id: RunId,
    call: Annotated[str, Parameter(name="CALL", help="The id of the call; `runnel runs --waiting` lists them.")],
    /,
    *,
    deny: Annotated[bool, Parameter(negative=(), help="Refuse the call instead.")] = False,
    arguments: Annotated[str | None, Parameter(help="Make the call with these arguments, a JSON object.")] = None,
    note: Annotated[str | None, Parameter(help="What the model is told about a refusal.")] = None,
    sources: Sources = None,
    verbose: Verbose = False,
    json: AsJson = False,
) -> int:
    """Consent to a call of a tool that waits for it, or refuse it. Where no other process makes the answer, this one
    goes on with it and shows it."""
    try:
        changed = None if arguments is None else msgspec.json.decode(arguments, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError) as error:
        say(f"runnel: --arguments takes a JSON object: {error}")
        return USAGE

    async def work(stop: Stop) -> int:
        async with open_runnel(go_on=False) as app:
            found = await app.run(run_id)
            await found.approve(call, not deny, arguments=changed, note=note)
            answer = Answer(app, stop, sources, json, verbose)
            return await _go_on(app, found, answer, f"{call} is {'denied' if deny else 'approved'}", call)

    return run(work)


def reply(
    run_id: RunId,
    id: Annotated[str, Parameter(name="ID", help="What was asked; `runnel runs --waiting` lists it.")],
    text: Annotated[str, Parameter(name="TEXT", help="The answer.")],
    /,
    *,
    sources: Sources = None,
    verbose: Verbose = False,
    json: AsJson = False,
) -> int:
    """Answer what a tool asked. Where no other process makes the answer, this one goes on with it and shows it."""

    async def work(stop: Stop) -> int:
        async with open_runnel(go_on=False) as app:
            found = await app.run(run_id)
            await found.reply(id, text)
            return await _go_on(app, found, Answer(app, stop, sources, json, verbose), f"{id} is answered", id)

    return run(work)


def steer(
    run_id: RunId,
    text: Annotated[str, Parameter(name="TEXT", help="What the model is to hear.")],
    /,
) -> int:
    """Say something to a run that is going: the model hears it before its next step."""

    async def work(_: Stop) -> int:
        async with open_runnel(go_on=False) as app:
            await (await app.run(run_id)).steer(text)
        print(f"{run_id} is told")
        return 0

    return run(work)


async def _go_on(app: Runnel, found: Run, answer: Answer, done: str, about: str) -> int:
    """Show what comes of it, where this process makes the answer now."""
    if not found.made_here:
        answer.screen.write(f"{done}\n")
        await answer.screen.drain()
        return 0

    def given(event: events.Event) -> bool:
        match event:
            case events.ToolApprovalGiven(call=id) | events.InputGiven(id=id):
                return id == about
            case _:
                return False

    return await answer.show(found, given)
