"""What every model must hold to, as tests to inherit.

    class TestMyModel(ModelContract):
        @pytest.fixture
        def model(self) -> Model:
            return MyModel()

        @pytest.fixture
        def slow_model(self) -> Model:     # where it has one: it says something, and would go on for a minute
            return MyModel(slowly=True)

Run them with pytest-asyncio. `model` answers any prompt with some text; it may be a fixture that is asynchronous.
"""

import asyncio
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Any

import msgspec
import pytest

from ..models.base import Model, context_window, takes_prefill
from ..vocabulary import prompt as prompts
from ..vocabulary.events import EventBase, TextDelta
from ..vocabulary.messages import (
    MediaPart,
    MessageValue,
    ReasoningPart,
    Source,
    Status,
    SteeredPart,
    TextPart,
    ToolPart,
)
from ..vocabulary.prompt import Delta, Finish, Prompt, Sampling

__all__ = ["HISTORY", "PROMPT", "SO_FAR", "ModelContract", "read"]

_PATIENCE = 10.0  # seconds: a limit against hanging, not a measurement


def _message(number: int, role: Any, status: Status = Status.COMPLETED, *parts: Any) -> MessageValue:
    return MessageValue(f"msg_{number}", role, status, parts=parts)


# All that may be in a history: answers that were cancelled, empty, cut in a call of a tool; turns that follow their
# like; media, thoughts and failures.
HISTORY = (
    _message(1, "user", Status.COMPLETED, TextPart("What is in the picture?"), MediaPart("image/png", "iVBORw0KGgo=")),
    _message(2, "assistant", Status.CANCELLED),
    _message(3, "user", Status.COMPLETED, TextPart("Please answer")),
    _message(4, "assistant", Status.CANCELLED, ReasoningPart("Let me se"), TextPart("It is a c")),
    _message(5, "user", Status.COMPLETED, TextPart("Look it up")),
    _message(
        6,
        "assistant",
        Status.INTERRUPTED,
        TextPart("I will look. "),
        ToolPart("call_1", "look", '{"what": "cat"}', True, "ok", "a cat"),
        ToolPart("call_2", "look", '{"what": "dog"}', True, "cancelled"),
        TextPart("It is "),
        ToolPart("call_3", "look", '{"wha'),
    ),
    _message(7, "user", Status.COMPLETED, TextPart("")),
    _message(8, "assistant", Status.FAILED),
)
# An answer after two steps, which number their calls alike, and a word from the user.
SO_FAR = _message(
    9,
    "assistant",
    Status.RUNNING,
    ReasoningPart("I had better look."),
    TextPart("Let me look."),
    ToolPart("call_0", "look", '{"what": "cat"}', True, "ok", "a cat", 1),
    ToolPart("call_1", "look", '{"what', True, "error", "The arguments are not JSON.", 1),
    SteeredPart("Look for streams."),
    ToolPart("call_0", "look", '{"what": "stream"}', True, "ok", "", 2),
)
PROMPT = Prompt("What is a stream?", sampling=Sampling(max_tokens=50))


async def read(model: Model, prompt: Prompt = PROMPT) -> list[Delta]:
    """All the deltas of an answer."""
    return [delta async for delta in _iterate(model, prompt)]


def text_of(deltas: Iterable[Delta]) -> str:
    """The text in deltas."""
    said = [delta if isinstance(delta, str | TextDelta) else "" for delta in deltas]
    return "".join([delta if isinstance(delta, str) else delta.text for delta in said])


class ModelContract:
    """The tests. Those about cancelling are skipped where there is no `slow_model`."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def slow_model(self) -> Model:
        """A model that says something and then would take its time."""
        pytest.skip("there is no slow_model to cancel")

    async def test_it_is_a_model(self, model: Model) -> None:
        assert isinstance(model, Model)
        assert model.name.strip()
        assert isinstance(takes_prefill(model), bool)
        assert (context_window(model) or 1) > 0

    async def test_it_gives_deltas_and_nothing_else(self, model: Model) -> None:
        for delta in await read(model):
            assert isinstance(delta, prompts.Delta)
            if isinstance(delta, EventBase):
                assert (delta.seq, delta.at) == (0, 0), "they are the runner's to give"

    async def test_it_says_something(self, model: Model) -> None:
        assert text_of(await read(model)).strip()

    async def test_nothing_follows_its_finish(self, model: Model) -> None:
        deltas = await read(model)
        assert not any(isinstance(delta, Finish) for delta in deltas[:-1])

    async def test_its_deltas_can_be_written_as_json(self, model: Model) -> None:
        for delta in await read(model, msgspec.structs.replace(PROMPT, sampling=Sampling(top_logprobs=2))):
            written = msgspec.json.encode(delta)
            if isinstance(delta, EventBase):
                assert msgspec.json.decode(written, type=type(delta)) == delta, "a value that JSON does not carry"

    async def test_asking_and_not_reading_costs_nothing(self, model: Model) -> None:
        deltas: Any = model.stream(PROMPT)
        if inspect.isasyncgen(deltas):
            await deltas.aclose()
        assert text_of(await read(model)).strip()

    async def test_two_streams_at_once_do_not_mix(self, model: Model) -> None:
        alone = text_of(await read(model))
        together = await asyncio.gather(read(model), read(model))
        assert [text_of(deltas) for deltas in together] == [alone, alone]

    async def test_a_stream_that_is_closed_early_leaves_the_model_usable(self, model: Model) -> None:
        stream = _iterate(model, PROMPT)
        await anext(stream)
        await _close(stream)
        assert text_of(await read(model)).strip()

    async def test_it_takes_any_history(self, model: Model) -> None:
        for length in range(len(HISTORY) + 1):
            prompt = msgspec.structs.replace(PROMPT, history=HISTORY[:length], system="Be brief.")
            assert text_of(await read(model, prompt)).strip()

    async def test_it_takes_the_answer_so_far(self, model: Model) -> None:
        for length in range(1, len(SO_FAR.parts) + 1):
            so_far = msgspec.structs.replace(SO_FAR, parts=SO_FAR.parts[:length])
            prompt = msgspec.structs.replace(PROMPT, history=HISTORY, so_far=so_far)
            assert text_of(await read(model, prompt)).strip()

    async def test_it_takes_sources(self, model: Model) -> None:
        source = Source("src_1", "doc_1", "streams.txt", "A stream is water that runs.", 0, 28, 1, ("Water",))
        prompt = msgspec.structs.replace(PROMPT, sources=(source,), rewritten_question="What is a stream of water?")
        assert text_of(await read(model, prompt)).strip()

    async def test_it_takes_a_schema_of_the_answer(self, model: Model) -> None:
        loose = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 0}}}
        strict = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
        for schema in ({}, loose, strict):
            await read(model, msgspec.structs.replace(PROMPT, output=schema))

    async def test_it_goes_on_from_a_partial_answer_where_it_says_so(self, model: Model) -> None:
        if not takes_prefill(model):
            pytest.skip("it does not take a prefill")
        await read(model, msgspec.structs.replace(PROMPT, prefill="A stream is"))

    async def test_cancelling_its_task_ends_it(self, slow_model: Model) -> None:
        begun = asyncio.Event()

        async def follow() -> None:
            async for _ in _iterate(slow_model, PROMPT):
                begun.set()

        task = asyncio.create_task(follow())
        await asyncio.wait_for(begun.wait(), _PATIENCE)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE)
        assert done, "it goes on after it was cancelled"
        assert task.cancelled()

    async def test_closing_its_stream_ends_it(self, slow_model: Model) -> None:
        stream = _iterate(slow_model, PROMPT)
        await anext(stream)
        await asyncio.wait_for(_close(stream), _PATIENCE)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


def _iterate(model: Model, prompt: Prompt) -> AsyncIterator[Delta]:
    deltas = model.stream(prompt)
    return aiter(deltas) if isinstance(deltas, AsyncIterable) else _from_plain(deltas)


async def _from_plain(deltas: Iterable[Delta]) -> AsyncIterator[Delta]:
    for delta in deltas:
        yield delta


async def _close(stream: AsyncIterator[Delta]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
