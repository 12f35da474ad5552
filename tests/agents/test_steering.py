"""What the user says while an answer is made: heard before the next step, or at once; and in its place."""

import asyncio
from math import inf
from typing import Any

import pytest

from runnel import Run, Runnel
from runnel.errors import NotWaiting
from runnel.models.scripted import Pause, Script, Scripted, tool_call
from runnel.tools import ToolContext
from runnel.vocabulary.events import Steered, ToolCallDelta, ToolCalled
from tests.agents.helpers import Doing, Never, accepts_another_turn, first, refusals, results_of, steps
from tests.apps import config, events_of, in_time, until_said


def kinds(message: Any) -> list[tuple[str, str]]:
    """The parts of a message, if there is one: kind, and text or name."""
    parts = () if message is None else message.parts
    return [(part.kind, getattr(part, "text", "") or getattr(part, "name", "")) for part in parts]


async def test_a_word_is_heard_before_the_next_step(app: Runnel) -> None:
    async def waits(arguments: dict[str, Any], context: ToolContext) -> str:
        await (await app.run(context.run_id)).steer("Be brief.")
        return "result"

    model = steps(["Look. ", tool_call("waits")], ["Brief."])
    chat = await app.chat(model=model, tools=[Doing("waits", waits)])
    message = await in_time(chat.answer("go"))
    assert kinds(message) == [("text", "Look. "), ("tool", "waits"), ("steered", "Be brief."), ("text", "Brief.")]
    assert message.content == "Look. Brief."
    assert [kind for kind, _ in kinds(model.prompts[1].so_far)] == ["text", "tool", "steered"]
    assert [refusals(prompt) for prompt in model.prompts] == [[], []]
    assert [part.kind for part in (await chat.messages(kinds={"steered"}))[-1].parts] == ["steered"]
    await accepts_another_turn(chat)


async def test_a_word_after_the_last_step_brings_another(app: Runnel) -> None:
    """The model has said its last word, and the run has not ended."""
    gate = asyncio.Event()
    model = Scripted(answers=[["First. ", gate], ["Second. "], ["Third."]])
    chat = await app.chat(model=model)
    run = await chat.start("go")
    await until_said(run)
    await run.steer("And then?")
    await run.steer("And then, too?")
    gate.set()
    message = await in_time(run.wait())
    assert message.content == "First. Second. "
    steered = [("steered", "And then?"), ("steered", "And then, too?")]
    assert kinds(message) == [("text", "First. "), *steered, ("text", "Second. ")]
    await accepts_another_turn(chat)


async def test_a_word_to_a_run_that_has_ended_is_refused(app: Runnel) -> None:
    run = await (await app.chat(model=Scripted("whole"))).start("go")
    await in_time(run.wait())
    with pytest.raises(NotWaiting, match="has ended"):
        await run.steer("More.")
    assert not [event for event in await events_of(run) if isinstance(event, Steered)]


async def test_a_word_is_heard_or_refused_however_late_it_comes(app: Runnel) -> None:
    """None that was taken is lost between the last word and the end."""
    model = Scripted("word ")
    chat = await app.chat(model=model)
    heard = 0

    async def steer(run: Run, turns: int) -> bool:
        for _ in range(turns):
            await asyncio.sleep(0)
        try:
            await run.steer(str(turns))
        except NotWaiting:
            return False
        return True

    for turns in range(60):
        run = await chat.start("go")
        taken = await in_time(steer(run, turns))
        message = await in_time(run.wait())
        assert [text for kind, text in kinds(message) if kind == "steered"] == ([str(turns)] if taken else [])
        so_far = model.prompts[-1].so_far
        assert [text for kind, text in kinds(so_far) if kind == "steered"] == ([str(turns)] if taken else [])
        heard += taken
    assert heard < 60


async def test_interrupt_cuts_the_text_and_keeps_it(app: Runnel) -> None:
    model = Scripted(answers=[["Long ago ", Pause(inf)], ["Short."]])
    chat = await app.chat(model=model, steering="interrupt")
    run = await chat.start("go")
    await until_said(run)
    await run.steer("Be brief.")
    message = await in_time(run.wait())
    assert kinds(message) == [("text", "Long ago "), ("steered", "Be brief."), ("text", "Short.")]
    assert (message.status, model.calls[0].ended) == ("completed", "cancelled")
    assert [refusals(prompt) for prompt in model.prompts] == [[], []]
    await accepts_another_turn(chat)


@pytest.mark.parametrize("arguments", ["", "{}", '{"amount": 1', '{"amount": 1}'])
async def test_a_call_that_an_interrupt_cuts_is_never_carried_out(app: Runnel, arguments: str) -> None:
    half: Script = [ToolCallDelta(call="c1", name="pay"), ToolCallDelta(call="c1", arguments=arguments), "."]
    pay = Doing("pay")
    chat = await app.chat(
        model=Scripted(answers=[["Let me. ", *half, Pause(inf)], ["Fine."]]), tools=[pay], steering="interrupt"
    )
    run = await chat.start("go")
    await until_said(run, ".")
    await first(run, ToolCallDelta, 2) if arguments else None
    await run.steer("Stop.")
    message = await in_time(run.wait())
    assert (pay.calls, results_of(message)[0][1:]) == ([], ("pending", None))
    assert not [event for event in await events_of(run) if isinstance(event, ToolCalled)]
    await accepts_another_turn(chat)


async def test_interrupt_lets_calls_that_go_on_end(app: Runnel) -> None:
    gate = asyncio.Event()

    async def works(arguments: dict[str, Any], context: ToolContext) -> str:
        await gate.wait()
        return "worked"

    model = steps([tool_call("works")], ["Done."])
    run = await (await app.chat(model=model, tools=[Doing("works", works)], steering="interrupt")).start("go")
    await first(run, ToolCalled)
    await run.steer("And?")
    gate.set()
    message = await in_time(run.wait())
    assert results_of(message) == [("works", "ok", "worked")]
    assert ("steered", "And?") in kinds(message)


async def test_a_word_from_another_process_is_heard(file_url: str) -> None:
    gate = asyncio.Event()
    model = Scripted(answers=[["First. ", gate], ["Second."]])
    async with Runnel(file_url, config=config()) as one, Runnel(file_url, config=config()) as other:
        run = await (await one.chat(model=model, steering="interrupt")).start("go")
        await until_said(run)
        await (await other.run(run.id)).steer("Go on.")
        message = await in_time(run.wait())
        assert message.content == "First. Second."


async def test_a_cancel_after_a_word_keeps_it_out(app: Runnel) -> None:
    never = Never()
    chat = await app.chat(model=steps([tool_call("never")]), tools=[never])
    run = await chat.start("go")
    await in_time(never.begun.wait())
    await run.steer("Be brief.")
    message = await in_time(run.cancel())
    assert (message.status, results_of(message)[0][1]) == ("cancelled", "cancelled")
    await accepts_another_turn(chat)


async def test_a_word_before_the_first_step_is_told_to_it(app: Runnel) -> None:
    first_one = Scripted("one", Pause(inf))
    chat = await app.chat(model=first_one)
    going = await chat.start("go")
    await until_said(going)
    queued = await chat.start("and on", if_busy="enqueue")
    await queued.steer("Be brief.")
    second = Scripted("two")
    await chat.change(model=second)
    await chat._rooms.runner.cancel(going.id)
    message = await in_time(queued.wait())
    assert kinds(message)[0] == ("steered", "Be brief.")
    told = [prompt.so_far for model in (first_one, second) for prompt in model.prompts if prompt.question == "and on"]
    assert [kinds(so_far) for so_far in told] == [[("steered", "Be brief.")]]
