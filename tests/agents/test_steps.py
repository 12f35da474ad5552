"""Steps of the model, and the calls that each asks for, until it answers without calling."""

import asyncio
from typing import Any

import pytest

from runnel import Runnel
from runnel.errors import ToolArgumentsInvalid, ToolError, ToolMissing
from runnel.models.scripted import Scripted, tool_call
from runnel.tools import ToolContext, ToolResult, tool
from runnel.vocabulary.chats import Limits
from runnel.vocabulary.events import StatusLine, StepStarted, ToolCallDelta, ToolCalled, ToolReturned
from runnel.vocabulary.messages import Source, SteeredPart, TextPart, ToolPart
from runnel.vocabulary.prompt import Finish
from tests.agents.helpers import Doing, accepts_another_turn, calls_of, results_of, steps
from tests.apps import config, events_of, in_time


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def test_steps_follow_until_the_model_calls_nothing(app: Runnel) -> None:
    model = steps(["Let me see. ", tool_call("add", a=1, b=2)], [tool_call("add", a=3, b=3)], ["It is 6."])
    chat = await app.chat(model=model, tools=[add])
    message = await in_time(chat.answer("1 + 2 + 3?"))
    assert (message.status, message.content, message.finish_reason) == ("completed", "Let me see. It is 6.", "stop")
    assert [(part.step, part.result) for part in calls_of(message)] == [(1, "3"), (2, "6")]
    assert [prompt.so_far is None for prompt in model.prompts] == [True, False, False]
    so_far = model.prompts[2].so_far
    assert so_far is not None
    assert [part.result for part in so_far.parts if isinstance(part, ToolPart)] == ["3", "6"]
    events = await events_of(message.run)
    assert [event.step for event in events if isinstance(event, StepStarted)] == [1, 2, 3]
    await accepts_another_turn(chat)


async def test_results_are_kept_by_call_whatever_comes_first(app: Runnel) -> None:
    gates = [asyncio.Event() for _ in range(4)]

    async def wait(arguments: dict[str, Any], context: ToolContext) -> str:
        number = int(arguments["number"])
        if number:
            await gates[number].wait()
        else:
            gates[3].set()
        if number > 1:
            gates[number - 1].set()
        return f"result {number}"

    calls = [tool_call("wait", f"call_{number}", number=number) for number in range(4)]
    chat = await app.chat(model=steps(calls, ["done"]), tools=[Doing("wait", wait)])
    message = await in_time(chat.answer("go"))
    assert [(part.call, part.result) for part in calls_of(message)] == [(f"call_{n}", f"result {n}") for n in range(4)]
    returned = [event.call for event in await events_of(message.run) if isinstance(event, ToolReturned)]
    assert returned == ["call_0", "call_3", "call_2", "call_1"]


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_no_more_calls_than_the_limit_go_on_at_once(app: Runnel, limit: int) -> None:
    now, most = 0, 0

    async def count(arguments: dict[str, Any], context: ToolContext) -> str:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.005)
        now -= 1
        return ""

    chat = await app.chat(
        model=steps([tool_call("count") for _ in range(6)], ["done"]),
        tools=[Doing("count", count)],
        limits=Limits(parallel=limit),
    )
    message = await in_time(chat.answer("go"))
    assert (most, len(calls_of(message)), message.content) == (limit, 6, "done")


async def fails(arguments: dict[str, Any], context: ToolContext) -> str:
    raise ZeroDivisionError("by nothing")


async def in_words(arguments: dict[str, Any], context: ToolContext) -> str:
    raise ToolError("There is no such town.")


async def hangs(arguments: dict[str, Any], context: ToolContext) -> str:
    return str(await asyncio.get_running_loop().create_future())


class Odd(Doing):
    """A tool whose own check is broken."""

    def check(self, arguments: dict[str, Any]) -> None:
        raise KeyError("oops")


WRONG = {
    "a tool that is not there": (tool_call("nope"), "There is no tool called 'nope'. There are: "),
    "arguments that are no JSON": ((ToolCallDelta("c", '{"a": 1', "add"),), "The arguments are not JSON"),
    "arguments that are no object": ((ToolCallDelta("c", "[1]", "add"),), "The arguments must be a JSON object"),
    "arguments that do not fit": (tool_call("add", a="one"), "add"),
    "an exception": (tool_call("fails"), "fails failed. ZeroDivisionError: by nothing"),
    "an error in words": (tool_call("in_words"), "There is no such town."),
    "a timeout": (tool_call("hangs"), "hangs did not end within 0.01 seconds"),
    "a check that fails": (tool_call("odd"), "KeyError"),
    "a tool that may not be called": (tool_call("forbidden"), "This tool may not be called here."),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_the_model_is_told_what_went_wrong_and_goes_on(app: Runnel, wrong: str) -> None:
    call, said = WRONG[wrong]
    forbidden = Doing("forbidden", permission="never")
    tools = [
        add,
        Doing("fails", fails),
        Doing("in_words", in_words),
        Doing("hangs", hangs, timeout=0.01),
        Odd("odd"),
        forbidden,
    ]
    chat = await app.chat(model=steps([call, tool_call("add", a=1, b=1)], ["Sorry."]), tools=tools)
    message = await in_time(chat.answer("go"))
    bad, good = calls_of(message)
    assert (bad.status, good.status, good.result) == ("error", "ok", "2")
    assert bad.result is not None
    assert said in bad.result
    assert (message.status, message.content) == ("completed", "Sorry.")
    assert forbidden.calls == []
    await accepts_another_turn(chat)


@pytest.mark.parametrize(("idempotent", "calls"), [(True, 3), (False, 1)])
async def test_only_idempotent_tools_are_tried_again(
    app: Runnel, idempotent: bool, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runnel.tools.execution._PAUSE", 0.0)

    async def flaky(arguments: dict[str, Any], context: ToolContext) -> str:
        if len(act.calls) < 3:
            raise ConnectionError("gone")
        return "third time"

    act = Doing("flaky", flaky, retries=5, idempotent=idempotent)
    chat = await app.chat(model=steps([tool_call("flaky")], ["done"]), tools=[act])
    message = await in_time(chat.answer("go"))
    assert len(act.calls) == calls
    assert (calls_of(message)[0].result == "third time") is idempotent
    assert len({context.call_id for context in act.contexts}) == 1


async def test_arguments_that_do_not_fit_call_nothing(app: Runnel) -> None:
    class Strict(Doing):
        def check(self, arguments: dict[str, Any]) -> None:
            raise ToolArgumentsInvalid("`town` is missing.")

    strict = Strict("strict", permission="ask")
    chat = await app.chat(model=steps([tool_call("strict")], ["Sorry."]), tools=[strict])
    message = await in_time(chat.answer("go"))
    assert results_of(message) == [("strict", "error", "`town` is missing.")]
    assert (strict.calls, calls_of(message)[0].approval) == ([], None)


async def test_a_calls_result_comes_after_it_is_durable_that_it_was_called(app: Runnel) -> None:
    seen: list[list[str]] = []

    async def look(arguments: dict[str, Any], context: ToolContext) -> str:
        events = [event async for event in _now(app, context.run_id)]
        seen.append([event.call for event in events if isinstance(event, ToolCalled)])
        return ""

    chat = await app.chat(model=steps([tool_call("look", "call_7")], ["done"]), tools=[Doing("look", look)])
    await in_time(chat.answer("go"))
    assert seen == [["call_7"]]


async def _now(app: Runnel, run: str) -> Any:
    for event in await app._open.runner.log.read(run):
        yield event


async def test_status_lines_of_a_tool_carry_its_call(app: Runnel) -> None:
    async def works(arguments: dict[str, Any], context: ToolContext) -> str:
        context.status("half", 1, 2)
        await asyncio.to_thread(context.status, "whole", 2, 2)
        await asyncio.sleep(0)
        return ""

    chat = await app.chat(model=steps([tool_call("works", "call_1")], ["done"]), tools=[Doing("works", works)])
    events = await events_of(await chat.start("go"))
    lines = [(line.text, line.done, line.total, line.call) for line in events if isinstance(line, StatusLine)]
    assert lines == [("half", 1, 2, "call_1"), ("whole", 2, 2, "call_1")]


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_calls_of_a_step_that_was_cut_are_not_carried_out(app: Runnel, reason: str) -> None:
    act = Doing("act")
    chat = await app.chat(model=Scripted(tool_call("act"), Finish(reason)), tools=[act])
    message = await in_time(chat.answer("go"))
    assert (message.status, message.finish_reason) == ("incomplete", reason)
    assert (act.calls, results_of(message)) == ([], [("act", "pending", None)])
    await accepts_another_turn(chat)


async def test_ids_of_calls_may_come_again_in_another_step(app: Runnel) -> None:
    act = Doing("act")
    model = steps([tool_call("act", "call_0", n=1)], [tool_call("act", "call_0", n=2)], ["done"])
    chat = await app.chat(model=model, tools=[act])
    message = await in_time(chat.answer("go"))
    assert act.calls == [{"n": 1}, {"n": 2}]
    assert results_of(message) == [("act", "ok", "done")] * 2
    await accepts_another_turn(chat)


async def test_parts_are_filtered_by_kind(app: Runnel) -> None:
    chat = await app.chat(model=steps(["A ", tool_call("act")], ["b"]), tools=[Doing("act")])
    await in_time(chat.answer("go"))
    assert [type(part) for part in (await chat.messages(kinds={"tool"}))[-1].parts] == [ToolPart]
    assert [type(part) for part in (await chat.messages(kinds={"text"}))[-1].parts] == [TextPart, TextPart]
    assert [len(message.parts) for message in await chat.messages(kinds={"steered"})] == [0, 0]
    assert SteeredPart.kind == "steered"


async def test_a_tool_that_gives_sources_adds_to_those_of_the_answer(app: Runnel) -> None:
    def source(id: str) -> Source:
        return Source(id, "d", "Title", f"Text of {id}.")

    class Finds(Doing):
        async def call(self, arguments: dict[str, Any], context: ToolContext) -> Any:
            yield ToolResult("found", sources=tuple(source(id) for id in arguments["ids"]))

    model = steps([tool_call("find", ids=["a", "b"])], [tool_call("find", ids=["b", "c"])], ["done"])
    chat = await app.chat(model=model, tools=[Finds("find")])
    message = await in_time(chat.answer("go"))
    assert [one.id for one in message.sources] == ["a", "b", "c"]


async def test_a_tool_that_is_an_object_of_another_program_is_missing(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        chat = await app.chat(model="scripted:hello", tools=[Doing("local"), add])
    async with Runnel(file_url, config=config()) as app:
        found = await app.get_chat(chat.id)
        assert found.settings.tools == ("object:local", "tests.agents.test_steps:add")
        with pytest.raises(ToolMissing, match="local"):
            await found.start("go")
        await app.get_chat(chat.id, tools=[Doing("local"), add])
        assert (await in_time(found.answer("go"))).content == "hello"


async def test_a_tool_is_found_again_by_its_reference(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        chat = await app.chat(model="scripted:hello", tools=[add])
        assert chat.settings.tools == ("tests.agents.test_steps:add",)
    async with Runnel(file_url, config=config()) as app:
        found = await app.get_chat(chat.id, model=steps([tool_call("add", a=1, b=2)], ["done"]))
        assert results_of(await in_time(found.answer("go"))) == [("add", "ok", "3")]


async def test_a_model_is_told_of_what_it_is_not_shown(app: Runnel) -> None:
    picture = b"\x89PNG\r\n\x1a\nand so on"

    @tool
    def look() -> bytes:
        """Take a picture."""
        return picture

    @tool
    def read() -> list[Any]:
        """Take two, and say so."""
        return ["Two pictures.", picture, picture]

    model = Scripted(answers=[[tool_call("look"), tool_call("read")], ["done"]])
    message = await in_time((await app.chat(model=model, tools=[look, read])).answer("go"))
    assert [result for _, _, result in results_of(message)] == [
        "(1 attachment of the type image/png, which cannot be shown here)",
        "Two pictures.\n\n(2 attachments of the type image/png, which cannot be shown here)",
    ]
