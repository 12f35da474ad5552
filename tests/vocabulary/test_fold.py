"""The message, as it is folded from any prefix of a run; and a reader's chunks, which make its content."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from runnel.vocabulary import events as ev
from runnel.vocabulary.content import ChunkFold
from runnel.vocabulary.events import Event
from runnel.vocabulary.fold import MessageFold, fold_message
from runnel.vocabulary.messages import MessageValue, ReasoningPart, Status, ToolPart
from tests.vocabulary.strategies import runs


def contents(run: list[Event]) -> list[str]:
    """The content after each event, in the plainest words: what the steps before said, and this one's last attempt."""
    before = step = ""
    retrying = False
    found = []
    for event in run:
        match event:
            case ev.StepStarted() | ev.Steered():
                before, step, retrying = before + step, "", False
            case ev.AttemptStarted():
                retrying = True
            case ev.TextRetracted(count=count):
                kept = (before + step)[: max(0, len(before + step) - count)]
                before, step = kept[: len(before)], kept[len(before) :]
            case ev.TextDelta(text="") | ev.ReasoningDelta(text="", signature=None):
                pass
            case ev.TextDelta() | ev.ReasoningDelta() | ev.ToolCallDelta() | ev.ToolCalled() | ev.PartDelta():
                step = ("" if retrying else step) + (event.text if isinstance(event, ev.TextDelta) else "")
                retrying = False
            case _:
                pass
        found.append(before + step)
    return found


@given(runs())
def test_the_content_is_that_of_the_last_attempt_that_said_anything(run: list[Event]) -> None:
    fold = MessageFold()
    for event, content in zip(run, contents(run), strict=True):
        fold.apply(event)
        assert fold.value().content == content
        assert fold.content_length == len(content)


@given(runs(), st.data())
def test_folding_by_halves_is_folding_the_whole(run: list[Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(run)))
    fold = MessageFold().apply_all(run[:cut])
    assert fold.value() == fold_message(run[:cut])
    assert fold.value() is not None  # looking changes nothing
    assert fold.apply_all(run[cut:]).value() == fold_message(run)
    assert fold.last_seq == len(run)
    assert fold.ended


@given(runs())
def test_folding_one_by_one_is_folding_at_once(run: list[Event]) -> None:
    fold, looked_at = MessageFold(), MessageFold()
    for event in run:
        fold.apply(event)
        looked_at.apply(event)
        looked_at.value()
    at_once = MessageFold().apply_all(run)
    assert fold.value() == looked_at.value() == at_once.value()
    assert fold.usage.total() == looked_at.usage.total() == at_once.usage.total()


@given(runs())
def test_every_prefix_is_a_message_that_comes_back_from_json(run: list[Event]) -> None:
    for cut in range(len(run) + 1):
        value = fold_message(run[:cut])
        assert msgspec.json.decode(msgspec.json.encode(value), type=MessageValue) == value
        assert value.status.ended == (cut == len(run))


@given(runs())
def test_the_chunks_make_the_content(run: list[Event]) -> None:
    fold = ChunkFold()
    text = ""
    withdrawn = False  # something was taken back that the next chunk will tell of
    said = ""
    for event, content in zip(run, contents(run), strict=True):
        chunk = fold.apply(event)
        withdrawn = (withdrawn or not content.startswith(said)) and chunk is None
        if chunk is not None:
            assert chunk or chunk.replaces
            assert 0 <= chunk.replaces <= len(text)
            text = text[: len(text) - chunk.replaces] + chunk
            assert text == content
        elif not withdrawn:
            assert text.startswith(content)
        said = content
    assert text == contents(run)[-1]


def message(*happened: Event) -> MessageValue:
    return fold_message([ev.RunStarted("run", message=MessageValue("msg", "assistant", Status.QUEUED)), *happened])


def parts(*happened: Event) -> list[tuple[str, str]]:
    """The kinds and texts of the parts."""
    return [
        (part.kind, getattr(part, "text", "") or getattr(part, "arguments", "")) for part in message(*happened).parts
    ]


def chunks(*happened: Event) -> list[tuple[str, int]]:
    fold = ChunkFold()
    return [(str(chunk), chunk.replaces) for event in happened if (chunk := fold.apply(event)) is not None]


def test_an_attempt_that_says_nothing_withdraws_nothing() -> None:
    run: list[Event] = [
        ev.TextDelta("said"),
        ev.AttemptStarted(2),
        ev.TextDelta(""),
        ev.ReasoningDelta(""),
        ev.AttemptStarted(3),
    ]
    end = ev.RunEnded(Status.FAILED)
    assert message(*run, end).content == "said"
    assert chunks(*run, end) == [("said", 0)]


def test_a_failed_attempts_words_thoughts_media_and_calls_are_gone() -> None:
    failed: list[Event] = [
        ev.ReasoningDelta("hm"),
        ev.TextDelta("wro"),
        ev.TextDelta("ng"),
        ev.PartDelta(0, "image/png", "iV"),
        ev.ToolCallDelta("call", '{"a', "tool"),
    ]
    run: list[Event] = [
        ev.StepStarted(1),
        *failed,
        ev.AttemptStarted(2),
        *failed,
        ev.AttemptStarted(3),
        ev.TextDelta("right"),
    ]
    assert parts(*run) == [("text", "right")]
    assert chunks(*run) == [("wro", 0), ("ng", 0), ("wro", 5), ("ng", 0), ("right", 5)]


def test_a_retry_keeps_what_the_steps_before_said() -> None:
    run: list[Event] = [
        ev.StepStarted(1),
        ev.TextDelta("kept "),
        ev.StepStarted(2),
        ev.TextDelta("no"),
        ev.AttemptStarted(2),
    ]
    assert message(*run, ev.TextDelta("yes")).content == "kept yes"
    assert chunks(*run, ev.TextDelta("yes")) == [("kept ", 0), ("no", 0), ("yes", 2)]


def test_a_retry_that_only_calls_a_tool_withdraws_the_text() -> None:
    run: list[Event] = [
        ev.TextDelta("I will"),
        ev.AttemptStarted(2),
        ev.ToolCalled("call", "tool", {"a": 1}),
        ev.TextDelta("Done"),
    ]
    assert parts(*run) == [("tool", '{"a":1}'), ("text", "Done")]
    assert chunks(*run) == [("I will", 0), ("Done", 6)]


def test_withdrawn_text_is_told_at_the_end_where_nothing_follows() -> None:
    run: list[Event] = [ev.TextDelta("abc"), ev.TextRetracted(2), ev.RunEnded(Status.COMPLETED)]
    assert chunks(*run) == [("abc", 0), ("", 2)]


def test_a_retraction_reaches_across_pieces_parts_and_steps() -> None:
    run: list[Event] = [
        ev.TextDelta("ab"),
        ev.TextDelta("cd"),
        ev.ReasoningDelta("hm"),
        ev.StepStarted(2),
        ev.TextDelta("ef"),
    ]
    assert parts(*run, ev.TextRetracted(3)) == [("text", "abc"), ("reasoning", "hm")]
    assert parts(*run, ev.TextRetracted(3), ev.TextDelta("x")) == [("text", "abc"), ("reasoning", "hm"), ("text", "x")]
    assert parts(*run, ev.TextRetracted(10)) == [("reasoning", "hm")]


def test_a_retraction_counts_code_points() -> None:
    assert message(ev.TextDelta("a🜂🚀e\u0301"), ev.TextRetracted(3)).content == "a🜂"


def test_calls_of_tools_gather_their_arguments() -> None:
    run: list[Event] = [
        ev.ToolCallDelta("one", "", "first"),
        ev.ToolCallDelta("one", '{"a"'),
        ev.ToolCallDelta("two", "{}", "second"),
        ev.ToolCallDelta("one", ":1}"),
        ev.ToolCalled("one", "first", {"a": 1}),
        ev.ToolReturned("one", "ok", "fine"),
    ]
    one, two = message(*run).parts
    assert msgspec.to_builtins(one) == {
        "kind": "tool",
        "call": "one",
        "name": "first",
        "arguments": '{"a":1}',
        "called": True,
        "status": "ok",
        "result": "fine",
    }
    assert msgspec.to_builtins(two) == {"kind": "tool", "call": "two", "name": "second", "arguments": "{}"}


def test_a_call_in_a_later_step_with_an_earlier_ones_id_is_another() -> None:
    call: list[Event] = [ev.ToolCallDelta("0", "{}", "tool"), ev.ToolCalled("0", "tool")]
    run: list[Event] = [
        ev.StepStarted(1),
        *call,
        ev.ToolReturned("0", result="a"),
        ev.StepStarted(2),
        *call,
        ev.ToolReturned("0", result="b"),
    ]
    assert [part.result for part in message(*run).parts if isinstance(part, ToolPart)] == ["a", "b"]


def test_a_medium_gathers_its_data() -> None:
    run: list[Event] = [
        ev.PartDelta(0, "image/png", "iV"),
        ev.TextDelta("see"),
        ev.PartDelta(0, "image/png", "BO", "http://x"),
    ]
    first = message(*run).parts[0]
    assert msgspec.to_builtins(first) == {"kind": "media", "media_type": "image/png", "data": "iVBO", "url": "http://x"}


def test_a_signature_ends_a_thought_and_stays_with_it() -> None:
    message = fold_message(
        [
            ev.RunStarted("run"),
            ev.ReasoningDelta("One"),
            ev.ReasoningDelta(".", signature="a"),
            ev.ReasoningDelta("Two."),
            ev.ReasoningDelta("", signature="b"),
            ev.ReasoningDelta("", signature="c"),
            ev.ReasoningDelta("Three."),
        ]
    )
    thoughts = [ReasoningPart("One.", "a"), ReasoningPart("Two.", "b"), ReasoningPart("", "c"), ReasoningPart("Three.")]
    assert list(message.parts) == thoughts
