"""The trace of a run: what it did, when, and how long each thing took."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given

from runnel.vocabulary import events
from runnel.vocabulary.events import Event
from runnel.vocabulary.messages import Status
from runnel.vocabulary.trace import Span, TraceFold, fold_trace
from tests import recorded
from tests.vocabulary.strategies import runs


def every(span: Span) -> Iterator[Span]:
    yield span
    for inner in span.spans:
        yield from every(inner)


@pytest.mark.parametrize("name", recorded.NAMES)
def test_a_recorded_run_folds_to_its_trace(name: str) -> None:
    assert fold_trace(recorded.events(name)) == recorded.trace(name)


@pytest.mark.parametrize("name", recorded.NAMES)
def test_looking_at_every_event_changes_nothing(name: str) -> None:
    fold = TraceFold()
    for event in recorded.events(name):
        fold.apply(event)
        fold.value()
    assert fold.value() == recorded.trace(name)


@given(runs())
def test_what_has_ended_lies_within_what_holds_it(run: list[Event]) -> None:
    trace = fold_trace(run)
    for span in every(trace):
        assert span.until is not None or not isinstance(run[-1], events.RunEnded)
        for inner in span.spans:
            assert span.at <= inner.at
            assert span.until is None or (inner.until is not None and inner.until <= span.until)


def test_what_goes_on_has_no_end() -> None:
    begun = recorded.events("tools_with_reasoning")[:15]
    trace = fold_trace(begun)
    assert trace.until is None
    assert [span.kind for span in every(trace) if span.until is None] == ["run", "step", "call", "call", "approval"]


def test_usage_that_comes_after_the_calls_is_the_attempts() -> None:
    _, step, *_ = [span for span in every(recorded.trace("tools_with_reasoning")) if span.kind == "attempt"]
    assert step.usage is not None


def test_a_question_of_a_tool_lies_in_its_call() -> None:
    asked = (
        events.StepStarted(step=1, model="m", at=1),
        events.ToolCalled(call="c", name="choose", at=2),
        events.InputRequested(id="ask_1", question="Which?", call="c", at=3),
        events.InputGiven(id="ask_1", text="that", at=9),
        events.ToolReturned(call="c", at=10),
        events.RunEnded(status=Status.COMPLETED, at=11),
    )
    question = next(span for span in every(fold_trace(asked)) if span.kind == "input")
    assert (question.at, question.until, question.name, question.status) == (3, 9, "Which?", "given")
    call = next(span for span in every(fold_trace(asked)) if span.kind == "call")
    assert (call.at, call.until, call.spans) == (2, 10, (question,))


def test_a_trace_crosses_a_wire() -> None:
    trace = recorded.trace("retry_after_text")
    assert msgspec.json.decode(msgspec.json.encode(trace), type=Span) == trace
