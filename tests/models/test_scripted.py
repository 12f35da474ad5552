"""The fake says what it is told to, and remembers what happened to it."""

import asyncio

import pytest

from runnel.errors import ConfigError, RateLimited
from runnel.models.scripted import Pause, Scripted, tool_call, words
from runnel.testing.models import read, text_of
from runnel.vocabulary.events import ToolCallDelta
from runnel.vocabulary.prompt import Finish, Prompt
from tests.models.waiting import until

GO = Prompt("Go on")


async def test_it_says_its_script() -> None:
    assert await read(Scripted("Hel", ["lo"])) == ["Hel", "lo", Finish("stop")]


async def test_it_may_end_otherwise() -> None:
    assert await read(Scripted("a", finish=None)) == ["a"]
    assert await read(Scripted("a", Finish("length"))) == ["a", Finish("length")]
    assert await read(Scripted("a", finish=Finish("length"))) == ["a", Finish("length")]


async def test_an_exception_is_raised_where_it_stands() -> None:
    model = Scripted("a", RateLimited("slow down"), "never")
    said = []
    stream = model.stream(GO)
    said.append(await anext(stream))
    with pytest.raises(RateLimited, match="slow down"):
        await anext(stream)
    assert said == ["a"]
    assert model.calls[0].ended == "failed"


async def test_each_call_has_a_script_and_the_last_goes_on() -> None:
    model = Scripted(answers=[["one"], ["two"]])
    assert [text_of(await read(model)) for _ in range(3)] == ["one", "two", "two"]


async def test_a_callable_chooses_by_the_prompt() -> None:
    model = Scripted(answers=lambda prompt: ["You said ", prompt.question])
    assert text_of(await read(model, GO)) == "You said Go on"
    assert model.prompts == [GO]


async def test_a_call_of_a_tool_comes_in_pieces() -> None:
    deltas = await read(Scripted(tool_call("add", a=1, b=2)))
    pieces = [delta for delta in deltas if isinstance(delta, ToolCallDelta)]
    assert pieces[0].name == "add"
    assert "".join(piece.arguments for piece in pieces) == '{"a":1,"b":2}'
    assert len({piece.call for piece in pieces}) == 1
    assert deltas[-1] == Finish("tool_calls")


async def test_it_waits_for_what_a_test_sets() -> None:
    gate = asyncio.Event()
    model = Scripted("a", gate, "b")
    task = asyncio.create_task(read(model))
    await until(lambda: model.calls and model.calls[0].given)
    assert model.calls[0].ended is None
    gate.set()
    assert text_of(await task) == "ab"


async def test_it_remembers_how_each_stream_ended() -> None:
    model = Scripted("a", Pause(60))
    task = asyncio.create_task(read(model))
    await until(lambda: model.calls and model.calls[0].given)
    task.cancel()
    await asyncio.wait({task})
    stream = model.stream(GO)
    await anext(stream)
    await stream.aclose()
    assert [call.ended for call in model.calls] == ["cancelled", "closed"]
    assert all(call.ended_at is not None and call.ended_at >= call.began_at for call in model.calls)


async def test_a_reader_that_stops_at_the_finish_had_it_whole() -> None:
    model = Scripted("a")
    stream = model.stream(GO)
    assert [await anext(stream), await anext(stream)] == ["a", Finish("stop")]
    await stream.aclose()
    assert model.calls[0].ended == "whole"


async def test_it_can_ignore_cancellation_for_a_while() -> None:
    model = Scripted(*["a"] * 1000, delay=0.005, ignores_cancellation=0.1)
    task = asyncio.create_task(read(model))
    await until(lambda: model.calls and model.calls[0].given)
    task.cancel()
    given = len(model.calls[0].given)
    await asyncio.wait({task})
    assert len(model.calls[0].given) > given


async def test_it_goes_on_after_what_it_said_already() -> None:
    model = Scripted("Hello", " world", prefill=True)
    assert text_of(await read(model, Prompt("Go", prefill="Hel"))) == "lo world"
    assert text_of(await read(model, Prompt("Go", prefill="Hello world"))) == ""
    assert text_of(await read(model, Prompt("Go", prefill="Other"))) == "Hello world"
    assert text_of(await read(Scripted("Hello"), Prompt("Go", prefill="Hel"))) == "Hello"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Hello world", "Hello world"),
        ("Hello?delay=0.001&repeat=2", "Hello Hello"),
        ("What?", "What?"),
        ("Why? Because!", "Why? Because!"),
        ("", "Go on"),
    ],
)
async def test_a_name_is_a_script(name: str, said: str) -> None:
    model = Scripted.named(name)
    assert text_of(await read(model, GO)) == said
    assert model.name == f"scripted:{name}".removesuffix(":")
    assert model.calls == []


def test_a_setting_that_it_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigError, match="speed"):
        Scripted.named("Hi?speed=2")


@pytest.mark.parametrize("text", ["", "a", " a  b\nc ", "a b", "\n"])
def test_words_make_up_the_text(text: str) -> None:
    assert "".join(words(text)) == text
