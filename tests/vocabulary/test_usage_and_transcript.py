"""Usage is added up over attempts, and estimated where the vendor was silent; a transcript has all in order."""

from itertools import pairwise

from hypothesis import given

from runnel.vocabulary import events as ev
from runnel.vocabulary.events import Event
from runnel.vocabulary.fold import MessageFold
from runnel.vocabulary.messages import Status, Usage
from runnel.vocabulary.text import GrowingText
from runnel.vocabulary.transcript import TranscriptFold, fold_transcript
from tests.vocabulary.strategies import runs


def usage(*happened: Event) -> Usage | None:
    return MessageFold().apply_all(happened).usage.total()


def test_usage_is_unknown_where_nothing_was_said() -> None:
    assert usage(ev.StepStarted(1), ev.AttemptStarted(2)) is None


def test_usage_is_estimated_where_the_vendor_was_silent() -> None:
    said: list[Event] = [ev.TextDelta("12345678"), ev.ReasoningDelta("1234"), ev.ToolCallDelta("call", "1234")]
    assert usage(*said) == Usage(output_tokens=4, estimated=True)


def test_an_attempts_last_report_holds() -> None:
    first, last = Usage(10, 1), Usage(10, 5, cached_tokens=3)
    run: list[Event] = [ev.TextDelta("ab"), ev.UsageReported(first), ev.TextDelta("c"), ev.UsageReported(last)]
    assert usage(*run) == last


def test_attempts_add_up() -> None:
    run: list[Event] = [
        ev.StepStarted(1),
        ev.TextDelta("12345678"),
        ev.AttemptStarted(2),
        ev.TextDelta("right"),
        ev.UsageReported(Usage(10, 2)),
        ev.StepStarted(2),
        ev.UsageReported(Usage(20, 3)),
    ]
    assert usage(*run) == Usage(30, 7, estimated=True)


def entries(*happened: Event) -> list[tuple[str, str]]:
    return [(entry.kind, entry.text) for entry in fold_transcript(happened)]


def test_neighbours_of_one_kind_are_joined() -> None:
    run: list[Event] = [
        ev.ReasoningDelta("h"),
        ev.ReasoningDelta("m"),
        ev.TextDelta("a"),
        ev.TextDelta("b"),
        ev.ToolCallDelta("one", "{", "tool"),
        ev.ToolCallDelta("one", "}"),
        ev.ToolCallDelta("two", "[]"),
        ev.TextDelta("c"),
    ]
    joined = [("reasoning", "hm"), ("text", "ab"), ("tool", "tool{}"), ("tool", "[]"), ("text", "c")]
    assert entries(*run) == joined


def test_what_failed_or_was_taken_back_stays_in_the_transcript() -> None:
    run: list[Event] = [
        ev.TextDelta("wrong"),
        ev.AttemptStarted(2, reason="retry"),
        ev.TextDelta("right!"),
        ev.TextRetracted(1),
        ev.RunEnded(Status.COMPLETED),
    ]
    assert entries(*run) == [
        ("text", "wrong"),
        ("attempt", "retry"),
        ("text", "right!"),
        ("retracted", "1"),
        ("end", "completed"),
    ]


@given(runs())
def test_entries_lie_one_after_the_other_and_looking_changes_nothing(run: list[Event]) -> None:
    fold = TranscriptFold()
    for event in run:
        fold.apply(event)
        fold.value()
    found = fold.value()
    assert found == fold_transcript(run)
    spans = [(entry.first_seq, entry.last_seq) for entry in found]
    assert all(first <= last for first, last in spans)
    assert all(one[1] < two[0] for one, two in pairwise(spans))


def test_growing_text_is_the_text_it_was_given() -> None:
    growing, plain = GrowingText(), ""
    for i in range(3000):
        piece = "a🜂"[: i % 3] * (i % 7)
        growing.append(piece)
        plain += piece
        if i % 5 == 0:
            count = min(i % 11, len(plain))
            assert growing.take_back(i % 11) == count
            plain = plain[: len(plain) - count]
        if i % 100 == 0:
            assert str(growing) == plain
            assert str(growing) is str(growing)
    assert growing.take_back(10**9) == len(plain)
    assert str(growing) == ""
    assert growing.length == 0
