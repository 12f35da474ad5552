"""Whatever an answer was cut by, at any moment of it, the vendors take the next turn.

RUNNEL_EXAMPLES says how many answers are tried (60).
"""

import asyncio
import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from runnel import Chat, Run, Runnel
from runnel.errors import BadRequest, NotWaiting
from runnel.models.scripted import Pause, Scripted, tool_call
from runnel.testing.crashes import crash
from runnel.tools import Tool, ToolContext
from runnel.vocabulary.chats import Limits, Steering
from runnel.vocabulary.events import Event, InputRequested, ToolApprovalRequested, ToolCallDelta
from runnel.vocabulary.prompt import Finish
from tests.agents.helpers import Doing, accepts_another_turn, each_call_once
from tests.apps import config, ends_once, events_of, in_time

EXAMPLES = int(os.environ.get("RUNNEL_EXAMPLES", "60"))
TOOLS = ("quick", "slow", "asks", "pays", "fails", "unknown")


async def slow(arguments: dict[str, Any], context: ToolContext) -> str:
    context.status("slowly")
    await asyncio.sleep(0.001)
    return ""


async def asks(arguments: dict[str, Any], context: ToolContext) -> str:
    return await context.ask("Sure?")


async def fails(arguments: dict[str, Any], context: ToolContext) -> str:
    raise ValueError("no")


def tools() -> list[Tool]:
    return [
        Doing("quick"),
        Doing("slow", slow),
        Doing("asks", asks, idempotent=True),
        Doing("pays", permission="ask"),
        Doing("fails", fails),
    ]


CALLS = st.one_of(
    st.builds(lambda name: tool_call(name, a=1), st.sampled_from(TOOLS)),
    st.builds(lambda name: tool_call(name, _call="call_0"), st.sampled_from(TOOLS)),
    st.builds(lambda name, text: (ToolCallDelta("call_1", text, name),), st.sampled_from(TOOLS), st.just('{"a": ')),
    st.builds(lambda name: (ToolCallDelta("call_2", "[1]", name),), st.sampled_from(TOOLS)),
)
WORDS = st.sampled_from(["", " ", "Well. ", "Then "])
ENDS = st.sampled_from([[], [Finish("length")], [Finish("stop")], [BadRequest("no")], [Pause(0.01)]])
STEPS = st.builds(lambda words, calls, end: [words, *calls, *end], WORDS, st.lists(CALLS, max_size=3), ENDS)


@dataclass(frozen=True)
class Cut:
    """At event `at`, `what` happens; people agree or not, and answer or not."""

    what: str
    at: int
    agree: bool
    steering: Steering
    limits: Limits


CUTS = st.builds(
    Cut,
    st.sampled_from(["nothing", "cancel", "crash", "steer"]),
    st.integers(1, 40),
    st.booleans(),
    st.sampled_from(["next_step", "interrupt"]),
    st.sampled_from([Limits(), Limits(steps=1), Limits(calls=1), Limits(parallel=1), Limits(tokens=1)]),
)


async def respond(run: Run, event: Event, agree: bool) -> None:
    """Do what the run asks of people; it may have been cut meanwhile."""
    with contextlib.suppress(NotWaiting):
        if isinstance(event, ToolApprovalRequested):
            await run.approve(event.call, agree, note=None if agree else "no")
        elif isinstance(event, InputRequested):
            await run.reply(event.id, "yes")


async def happen(url: str, script: list[Any], cut: Cut) -> None:
    """One answer, cut, and the turn after it."""
    app = await Runnel(url, config=config(model_wait=20)).__aenter__()
    try:
        model = Scripted(answers=[*script, ["The end."]], name="script")
        chat = await app.chat(model=model, tools=tools(), limits=cut.limits, steering=cut.steering)
        run = await chat.start("Go.")
        if await until_cut(run, cut):
            if cut.what == "cancel":
                await run.cancel()
            elif cut.what == "steer":
                with contextlib.suppress(NotWaiting):
                    await run.steer("Be brief.")
            elif cut.what == "crash":
                await crash(app)
                app = await Runnel(url, config=config(model_wait=20)).__aenter__()
                model = Scripted("The end.", name="script")
                chat, run = await app.get_chat(chat.id, model=model, tools=tools()), await app.run(run.id)
            async for event in run.events():
                await respond(run, event, cut.agree)
        message = await run.wait()
        events = await events_of(run)
        ends_once(events, message.status)
        each_call_once(events)
        await accepts_another_turn(chat)
        await nobody_waits(chat)
    finally:
        await app.close()


def calls(message: Any) -> list[Any]:
    return [part for part in message.parts if part.kind == "tool"]


async def until_cut(run: Run, cut: Cut) -> bool:
    """Follow the run to the moment of the cut, and say whether it came to that."""
    async for event in run.events():
        if event.seq >= cut.at:
            return True
        await respond(run, event, cut.agree)
    return False


async def nobody_waits(chat: Chat) -> None:
    """Every call that was carried out has a result, and none that was not has."""
    assert await chat.runs() == []
    for message in await chat.messages(kinds={"tool"}):
        for part in calls(message.value):
            assert part.called == (part.result is not None), msgspec.to_builtins(part)


@settings(max_examples=EXAMPLES)
@given(st.lists(STEPS, min_size=1, max_size=3), CUTS)
def test_the_next_turn_is_accepted_whatever_happened(script: list[Any], cut: Cut) -> None:
    with tempfile.TemporaryDirectory(prefix="runnel-turns-") as folder:
        url = f"sqlite:///{Path(folder) / 'runnel.db'}" if cut.what == "crash" else "sqlite://"
        asyncio.run(in_time(happen(url, script, cut)))
