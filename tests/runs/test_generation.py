"""One call of a model: its errors, its retries, its limits, and what a model may and may not yield."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from math import inf
from typing import Any

import pytest

from runnel import Chunk, Message, Runnel
from runnel.errors import (
    BadRequest,
    BetweenTokensTimeout,
    FirstTokenTimeout,
    InternalError,
    Overloaded,
    RateLimited,
    StreamEndedEarly,
)
from runnel.models.scripted import Item, Pause, Scripted
from runnel.vocabulary.events import (
    AttemptStarted,
    ReasoningDelta,
    RunEnded,
    StateChanged,
    TextDelta,
    TextRetracted,
    UsageReported,
)
from runnel.vocabulary.messages import Status, Usage
from runnel.vocabulary.prompt import Delta, Finish, Prompt
from tests.apps import Model, ends_once, events_of, in_time, is_partial, text_of, tune, turns, until_said


async def ask(app: Runnel, *script: Any, **attributes: Any) -> Message:
    """The answer of a model that plays a script."""
    chat = await app.chat(model=Scripted(*script, **attributes))
    return await in_time(chat.answer("go"))


async def ask_model(app: Runnel, stream: Any) -> Message:
    """The answer of a model made of a function."""
    return await in_time((await app.chat(model=Model(stream))).answer("go"))


# Errors


async def test_an_error_mid_stream_keeps_the_partial(app: Runnel) -> None:
    message = await ask(app, "par", "tial", Overloaded("no capacity", status=529), "never")
    assert is_partial(message, "failed", "partial")
    assert message.error == Overloaded("no capacity", status=529)
    assert type(message.error) is Overloaded
    assert message.finish_reason == "error"
    assert message.usage is not None
    assert message.usage.estimated
    ends_once(await events_of(message.run), "failed")


async def test_a_stream_without_its_end_marker_is_failed_with_the_partial(app: Runnel) -> None:
    message = await ask(app, "par", StreamEndedEarly("the vendor hung up"))
    assert is_partial(message, "failed", "par")
    assert type(message.error) is StreamEndedEarly


async def test_an_error_of_the_models_own_code_is_recorded_with_its_place(app: Runnel) -> None:
    message = await ask(app, "par", ValueError("oops"))
    assert is_partial(message, "failed", "par")
    assert type(message.error) is InternalError
    assert "ValueError: oops" in str(message.error)
    assert "scripted.py" in message.error.details["traceback"]


async def test_a_failed_answer_does_not_keep_the_chat_from_going_on(app: Runnel) -> None:
    chat = await app.chat(model=Scripted(answers=[["par", BadRequest("no")], ["yes"]]))
    assert (await in_time(chat.answer("one"))).status == "failed"
    assert is_partial(await in_time(chat.answer("two")), "completed", "yes")


# Oddities


class Odd(BaseException):
    """Not an Exception."""


@pytest.mark.parametrize("odd", [asyncio.CancelledError(), Odd("odd"), SystemExit(3), GeneratorExit()], ids=repr)
async def test_what_a_model_must_not_raise_fails_its_run_only(app: Runnel, odd: BaseException) -> None:
    async def stream(_: Prompt) -> AsyncIterator[Delta]:
        yield "par"
        raise odd

    message = await ask_model(app, stream)
    assert is_partial(message, "failed", "par")
    assert type(message.error) is InternalError


@pytest.mark.parametrize("odd", [KeyboardInterrupt(), SystemExit(3), StopIteration(), Odd("odd")], ids=repr)
async def test_what_a_plain_generator_must_not_raise_fails_its_run_only(app: Runnel, odd: BaseException) -> None:
    class Iterates:
        def __init__(self) -> None:
            self.said = False

        def __iter__(self) -> Iterator[str]:
            return self

        def __next__(self) -> str:
            if self.said:
                raise odd
            self.said = True
            return "par"

    message = await ask_model(app, lambda _: Iterates())
    assert message.content == "par"
    assert message.status == ("completed" if isinstance(odd, StopIteration) else "failed")


@pytest.mark.parametrize("wrong", [None, 3, b"bytes", RunEnded(status=Status.COMPLETED), StateChanged(Status.QUEUED)])
async def test_a_yield_of_a_wrong_type_is_failed_and_says_so(app: Runnel, wrong: Any) -> None:
    async def stream(_: Prompt) -> AsyncIterator[Any]:
        yield "par"
        yield wrong

    message = await ask_model(app, stream)
    assert is_partial(message, "failed", "par")
    assert type(message.error) is InternalError
    assert type(wrong).__name__ in str(message.error)
    ends_once(await events_of(message.run), "failed")


async def test_a_model_that_streams_nothing_iterable_is_failed(app: Runnel) -> None:
    message = await ask_model(app, lambda _: 3)
    assert is_partial(message, "failed", "")
    assert type(message.error) is InternalError


async def test_an_empty_answer_is_completed(app: Runnel) -> None:
    message = await ask(app)
    assert is_partial(message, "completed", "")
    assert message.parts == ()
    message = await ask(app, "", "")
    assert is_partial(message, "completed", "")
    assert not [event for event in await events_of(message.run) if isinstance(event, TextDelta)]


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_a_model_that_stops_short_is_incomplete(app: Runnel, reason: str) -> None:
    message = await ask(app, "as far as", Finish(reason))
    assert is_partial(message, "incomplete", "as far as")
    assert message.finish_reason == reason
    assert message.error is None


async def test_usage_is_the_vendors_where_the_answer_is_whole(app: Runnel) -> None:
    message = await ask(app, "hello", UsageReported(Usage(7, 2)))
    assert message.usage == Usage(7, 2)
    message = await ask(app, "x" * 40)
    assert message.usage == Usage(1, 10, estimated=True)


async def test_a_report_of_usage_before_a_cut_is_not_taken_for_the_whole(app: Runnel) -> None:
    message = await ask(app, UsageReported(Usage(7, 1)), "x" * 40, BadRequest("cut"))
    assert message.usage == Usage(7, 10, estimated=True)


async def test_the_same_delta_object_may_be_yielded_again_and_again(app: Runnel) -> None:
    delta = TextDelta("ha")
    chat = await app.chat(model=Scripted(delta, delta, delta))
    for question in "ab":
        message = await in_time(chat.answer(question))
        assert message.content == "hahaha"
        ends_once(await events_of(message.run), "completed")


# Retries


async def test_an_error_that_may_pass_is_tried_again_before_the_first_delta(app: Runnel) -> None:
    tune(app, backoff=0.001)
    model = Scripted(answers=[[Overloaded("busy")], [Overloaded("busy")], ["there"]])
    message = await in_time((await app.chat(model=model)).answer("go"))
    assert is_partial(message, "completed", "there")
    attempts = [event for event in await events_of(message.run) if isinstance(event, AttemptStarted)]
    assert [(event.attempt, event.reason) for event in attempts] == [(2, Overloaded.code), (3, Overloaded.code)]
    assert len(model.calls) == 3


async def test_the_last_attempts_error_is_the_runs(app: Runnel) -> None:
    tune(app, backoff=0.001, retries=1)
    model = Scripted(answers=[[Overloaded("first")], [Overloaded("second")], ["never"]])
    message = await in_time((await app.chat(model=model)).answer("go"))
    assert is_partial(message, "failed", "")
    assert message.error == Overloaded("second")


async def test_an_error_after_the_first_delta_is_not_tried_again(app: Runnel) -> None:
    model = Scripted(answers=[["said", Overloaded("busy")], ["never"]])
    message = await in_time((await app.chat(model=model)).answer("go"))
    assert is_partial(message, "failed", "said")
    assert len(model.calls) == 1


async def test_an_error_that_will_not_pass_is_not_tried_again(app: Runnel) -> None:
    model = Scripted(answers=[[BadRequest("no")], ["never"]])
    message = await in_time((await app.chat(model=model)).answer("go"))
    assert message.status == "failed"
    assert len(model.calls) == 1


async def test_the_vendors_wait_is_honoured_up_to_a_limit(app: Runnel, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []
    sleep = asyncio.sleep

    def record(seconds: float, *given: Any) -> Coroutine[Any, Any, Any]:
        own = sys._getframe(1).f_globals["__name__"] == "runnel.runs.generation"  # others sleep too
        if own and seconds > 0.5:
            waits.append(seconds)
            seconds = 0
        return sleep(seconds, *given)

    monkeypatch.setattr("runnel.runs.generation.asyncio.sleep", record)
    tune(app, backoff_most=60.0)
    limits: list[list[Item]] = [[RateLimited("slow", retry_after=after)] for after in (17, 3600)]
    message = await in_time((await app.chat(model=Scripted(answers=[*limits, ["there"]]))).answer("go"))
    assert message.content == "there"
    assert waits == [17, 60]


async def test_a_cancel_between_attempts_ends_the_run(app: Runnel) -> None:
    tune(app, backoff=60.0, backoff_most=60.0)
    model = Scripted(Overloaded("busy"))
    run = await (await app.chat(model=model)).start("go")
    while not model.calls or model.calls[0].ended is None:
        await turns(1)
    await turns(5)
    assert is_partial(await in_time(run.cancel()), "cancelled", "")


async def test_what_a_failed_attempt_said_is_withdrawn_by_a_model_that_falls_back_itself(app: Runnel) -> None:
    chat = await app.chat(
        model=Scripted("wrong ", ReasoningDelta("hm"), AttemptStarted(2, "other", "overloaded"), "right", " answer")
    )
    message = await in_time(chat.answer("go", stream=True))
    said = ""
    async for chunk in message:
        assert isinstance(chunk, Chunk)
        said = said[: len(said) - chunk.replaces] + chunk
    assert said == message.content == "right answer"
    assert [part.kind for part in message.parts] == ["text"]
    assert [one.content for one in await chat.messages()] == ["go", "right answer"]


async def test_text_that_is_taken_back_is_gone_from_every_view(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("one two", TextRetracted(3), "three"))
    message = await in_time(chat.answer("go", stream=True))
    said = ""
    async for chunk in message:
        said = said[: len(said) - chunk.replaces] + chunk
    assert said == message.content == "one three"


# Limits


async def test_silence_before_the_first_token_is_a_named_limit(app: Runnel) -> None:
    tune(app, first_token=0.02, retries=0)
    message = await ask(app, Pause(inf), "never")
    assert is_partial(message, "failed", "")
    assert type(message.error) is FirstTokenTimeout
    assert "first_token" in str(message.error)
    assert message.error.details["limit"] == 0.02


async def test_silence_between_tokens_is_a_named_limit_that_keeps_the_partial(app: Runnel) -> None:
    tune(app, between_tokens=0.02)
    message = await ask(app, "par", "tial", Pause(inf), "never")
    assert is_partial(message, "failed", "partial")
    assert type(message.error) is BetweenTokensTimeout


async def test_a_slow_model_that_keeps_within_its_limits_is_left_alone(app: Runnel) -> None:
    tune(app, first_token=5.0, between_tokens=5.0)
    assert is_partial(await ask(app, Pause(0.02), "a", Pause(0.02), "b"), "completed", "ab")


async def test_a_timeout_of_the_models_own_is_not_taken_for_a_limit(app: Runnel) -> None:
    tune(app, first_token=5.0)
    message = await ask(app, TimeoutError("mine"))
    assert type(message.error) is InternalError
    assert "mine" in str(message.error)


# Plain generators


async def test_a_plain_generator_answers_from_a_thread_of_its_own(app: Runnel) -> None:
    threads = set()

    def stream(_: Prompt) -> Iterator[Delta]:
        for number in range(3000):
            threads.add(threading.current_thread())
            yield f"{number} "

    message = await ask_model(app, stream)
    assert message.content == "".join([f"{number} " for number in range(3000)])
    assert threading.current_thread() not in threads
    assert len(threads) == 1


async def test_a_plain_list_is_an_answer(app: Runnel) -> None:
    assert is_partial(await ask_model(app, lambda _: ["a", "b"]), "completed", "ab")


async def test_an_error_of_a_plain_generator_keeps_the_partial(app: Runnel) -> None:
    def stream(_: Prompt) -> Iterator[Delta]:
        yield "par"
        raise Overloaded("busy")

    message = await ask_model(app, stream)
    assert is_partial(message, "failed", "par")
    assert type(message.error) is Overloaded


async def test_an_endless_plain_generator_is_cancelled_at_its_next_item(app: Runnel) -> None:
    closed = threading.Event()

    def stream(_: Prompt) -> Iterator[Delta]:
        try:
            while True:
                yield "more "
        finally:
            closed.set()

    run = await (await app.chat(model=Model(stream))).start("go")
    await until_said(run)
    message = await in_time(run.cancel())
    assert message.status == "cancelled"
    assert set(message.content.split()) == {"more"}
    assert text_of(await events_of(run)) == message.content
    assert await asyncio.to_thread(closed.wait, 10)


async def test_a_plain_generator_that_blocks_does_not_keep_a_cancel_waiting(app: Runnel) -> None:
    go_on = threading.Event()

    def stream(_: Prompt) -> Iterator[Delta]:
        yield "par"
        go_on.wait(30)

    run = await (await app.chat(model=Model(stream))).start("go")
    await until_said(run)
    assert is_partial(await in_time(run.cancel()), "cancelled", "par")
    go_on.set()


async def test_a_model_that_never_waits_lets_the_loop_turn(app: Runnel) -> None:
    turned = 0
    seen = []

    async def long(_: Prompt) -> AsyncIterator[Delta]:
        for _number in range(100_000):
            seen.append(turned)
            yield "more "

    async def turn() -> None:
        nonlocal turned
        while True:
            turned += 1
            await asyncio.sleep(0)

    chat = await app.chat(model=Model(long))
    turning = asyncio.ensure_future(turn())
    message = await in_time(chat.answer("go"))
    turning.cancel()
    assert message.content == "more " * 100_000
    assert seen[-1] - seen[0] > 10
