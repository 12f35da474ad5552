"""A stored run is said again as it was."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from runnel.errors import ModelUnknown, Overloaded
from runnel.models.recorded import Recorded
from runnel.testing.models import read, text_of
from runnel.vocabulary.events import (
    AttemptStarted,
    Captured,
    Event,
    ReasoningDelta,
    RunEnded,
    RunStarted,
    SourcesFound,
    StateChanged,
    StepStarted,
    TextDelta,
    TextRetracted,
    ToolCallDelta,
    ToolCalled,
    ToolReturned,
    UsageReported,
)
from runnel.vocabulary.failures import ErrorValue
from runnel.vocabulary.messages import Status, Usage
from runnel.vocabulary.prompt import Finish, Prompt
from runnel.vocabulary.wire import encode_lines

START: list[Event] = [RunStarted("run_1"), StateChanged(Status.RUNNING), SourcesFound(()), StepStarted(1)]


def run(*events: Event) -> list[Event]:
    """A run, numbered."""
    return [msgspec.structs.replace(event, seq=seq, at=seq) for seq, event in enumerate([*START, *events], 1)]


async def test_what_the_model_gave_is_given_again() -> None:
    given = (ReasoningDelta("Hm"), TextDelta("Hi"), TextRetracted(1), Captured("x", 1), UsageReported(Usage(1, 2)))
    assert await read(Recorded(run(*given, RunEnded(Status.COMPLETED, "stop")))) == [*given, Finish("stop")]


async def test_it_ends_as_the_original_did() -> None:
    failed = Overloaded("no capacity", status_code=503)
    stream = Recorded(run(TextDelta("Hi"), RunEnded(Status.FAILED, error=ErrorValue.of(failed)))).stream(Prompt("Go"))
    assert await anext(stream) == TextDelta("Hi")
    with pytest.raises(Overloaded) as caught:
        await anext(stream)
    assert caught.value == failed
    assert (await read(Recorded(run(TextDelta("Hi"), RunEnded(Status.INCOMPLETE, "length")))))[-1] == Finish("length")
    assert await read(Recorded(run(TextDelta("Hi"), RunEnded(Status.CANCELLED)))) == [TextDelta("Hi")]


async def test_each_step_answers_one_stream_and_then_it_begins_again() -> None:
    call = ToolCallDelta("call_1", "{}", "look")
    model = Recorded(
        run(
            call,
            ToolCalled("call_1", "look"),
            ToolReturned("call_1", "ok", "a cat"),
            StepStarted(2),
            TextDelta("A cat"),
            RunEnded(Status.COMPLETED, "stop"),
        )
    )
    for _ in range(2):
        assert await read(model) == [call, Finish("tool_calls")]
        assert await read(model) == [TextDelta("A cat"), Finish("stop")]


async def test_of_several_attempts_the_last_that_spoke_is_played() -> None:
    events = run(
        TextDelta("one"),
        ToolCallDelta("call_1", "{}", "look"),
        AttemptStarted(2),
        TextDelta("two"),
        AttemptStarted(3),
        RunEnded(Status.COMPLETED, "stop"),
    )
    assert text_of(await read(Recorded(events))) == "two"


async def test_its_own_pace_is_kept() -> None:
    events = [TextDelta("a", at=1000), TextDelta("b", at=1030)]
    clock = asyncio.get_running_loop().time
    times = []
    async for _ in Recorded(events, pace="recorded").stream(Prompt("Go")):
        times.append(clock())
    assert times[1] - times[0] >= 0.029


async def test_a_file_of_lines_is_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(encode_lines(run(TextDelta("Hi"), RunEnded(Status.COMPLETED, "stop"))))
    assert text_of(await read(Recorded(path))) == "Hi"
    model = Recorded.named(f"{path}?pace=none")
    assert text_of(await read(model)) == "Hi"
    assert model.name == f"recorded:{path}?pace=none"
    with pytest.raises(ModelUnknown):
        Recorded(tmp_path / "other.jsonl")


async def test_a_run_that_said_nothing_is_played_too() -> None:
    assert await read(Recorded([])) == [Finish("stop")]
