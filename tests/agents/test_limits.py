"""What one answer may take: where it reaches a limit it ends `incomplete`, says which, and keeps what it has."""

import asyncio
from typing import Any

import pytest

from runnel import Runnel
from runnel.errors import Overloaded
from runnel.models.fallback import Fallback
from runnel.models.scripted import Pause, Script, Scripted, tool_call
from runnel.tools import ToolContext
from runnel.vocabulary.chats import Limits
from runnel.vocabulary.events import UsageReported
from runnel.vocabulary.messages import Usage
from tests.agents.helpers import Doing, Never, accepts_another_turn, calls_of, results_of
from tests.apps import ends_once, events_of, in_time


async def test_steps(app: Runnel) -> None:
    model, act = Scripted("More. ", tool_call("act")), Doing("act")
    chat = await app.chat(model=model, tools=[act], limits=Limits(steps=3))
    message = await in_time(chat.answer("go"))
    assert (message.status, message.finish_reason, message.error) == ("incomplete", "limit:steps", None)
    assert (message.content, len(model.calls), len(act.calls)) == ("More. " * 3, 3, 3)
    assert [status for _, status, _ in results_of(message)] == ["ok"] * 3
    ends_once(await events_of(message.run), "incomplete")
    await accepts_another_turn(chat)


async def test_calls(app: Runnel) -> None:
    """A step whose calls would be too many makes none of them."""
    model, act = Scripted(tool_call("act"), tool_call("act")), Doing("act")
    chat = await app.chat(model=model, tools=[act], limits=Limits(calls=5))
    message = await in_time(chat.answer("go"))
    assert (message.status, message.finish_reason) == ("incomplete", "limit:calls")
    assert (len(act.calls), len(calls_of(message))) == (4, 6)
    await accepts_another_turn(chat)


async def test_tokens(app: Runnel) -> None:
    usage = UsageReported(Usage(input_tokens=40, output_tokens=10))
    model = Scripted("word ", usage, tool_call("act"))
    chat = await app.chat(model=model, tools=[Doing("act")], limits=Limits(tokens=100))
    message = await in_time(chat.answer("go"))
    assert (message.finish_reason, len(model.calls), message.content) == ("limit:tokens", 2, "word word ")
    assert message.usage == Usage(80, 20)
    await accepts_another_turn(chat)


async def test_cost(app: Runnel) -> None:
    model = Scripted(UsageReported(Usage(input_tokens=1000, output_tokens=500)), tool_call("act"))
    model.price = (1.0, 4.0)  # type: ignore[attr-defined]
    chat = await app.chat(model=model, tools=[Doing("act")], limits=Limits(cost=0.008))
    message = await in_time(chat.answer("go"))
    assert (message.finish_reason, len(model.calls)) == ("limit:cost", 3)
    await accepts_another_turn(chat)


async def test_cost_of_several_models_as_one_is_by_the_dearest(app: Runnel) -> None:
    usage = UsageReported(Usage(input_tokens=1000, output_tokens=500))
    cheap, dear = Scripted(Overloaded("no capacity"), name="cheap"), Scripted(usage, tool_call("act"), name="dear")
    cheap.price, dear.price = (0.1, 5.0), (1.0, 4.0)  # type: ignore[attr-defined]
    model = Fallback([cheap, Scripted(Overloaded("no capacity"), name="unpriced"), dear])
    assert model.price == (1.0, 5.0)
    chat = await app.chat(model=model, tools=[Doing("act")], limits=Limits(cost=0.01))
    message = await in_time(chat.answer("go"))
    assert (message.finish_reason, len(dear.calls)) == ("limit:cost", 3)
    await accepts_another_turn(chat)


SLOW: dict[str, Script] = {
    "in the text": ["partial", Pause(60)],
    "before the text": [Pause(60)],
    "in a call": ["partial", tool_call("never")],
}


@pytest.mark.parametrize("where", SLOW)
async def test_seconds(app: Runnel, where: str) -> None:
    never = Never()
    chat = await app.chat(model=Scripted(*SLOW[where]), tools=[never], limits=Limits(seconds=0.15))
    message = await in_time(chat.answer("go"))
    assert (message.status, message.finish_reason, message.error) == ("incomplete", "limit:seconds", None)
    # A slow machine may come to the limit earlier.
    assert message.content in ("", "partial")
    assert [status for _, status, _ in results_of(message)] in ([], ["pending"], ["cancelled"])
    assert never.stopped == len(never.calls)
    await accepts_another_turn(chat)


async def test_a_tools_own_timeout_is_not_the_answers(app: Runnel) -> None:
    async def late(arguments: dict[str, Any], context: ToolContext) -> str:
        raise TimeoutError("the line is dead")

    chat = await app.chat(
        model=Scripted(answers=[[tool_call("late")], ["Sorry."]]),
        tools=[Doing("late", late)],
        limits=Limits(seconds=20),
    )
    message = await in_time(chat.answer("go"))
    assert (message.status, message.content, calls_of(message)[0].status) == ("completed", "Sorry.", "error")


async def test_a_limit_that_is_not_reached_changes_nothing(app: Runnel) -> None:
    limits = Limits(steps=2, calls=1, tokens=10_000, seconds=20, cost=1.0)
    model = Scripted(answers=[[tool_call("act")], ["Done."]])
    message = await in_time((await app.chat(model=model, tools=[Doing("act")], limits=limits)).answer("go"))
    assert (message.status, message.finish_reason) == ("completed", "stop")
    await asyncio.sleep(0)
