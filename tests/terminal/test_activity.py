"""What a run does beside its text, as lines."""

from rich.text import Text

from runnel.terminal.activity import Activity
from runnel.terminal.calls import CallLine, arguments_line, arguments_list
from runnel.vocabulary import events
from runnel.vocabulary.messages import Status
from tests import recorded


def printed(name: str, width: int = 80, reasoning: bool = True) -> list[str]:
    """The lines that stand for good once a recorded run has ended."""
    activity = Activity(reasoning=reasoning)
    return [line.text(width).plain for event in recorded.events(name) for line in activity.apply(event)]


def test_a_run_with_tools_leaves_a_line_a_call_and_a_line_a_thought() -> None:
    assert printed("tools_with_reasoning") == [
        "✻ I need the weather in both towns.",
        '⚙ weather(town="Kassel") → {"celsius": 7.5, "sky": "rain"}',
        '✗ weather(town="Ulm") → no such station: Ulm',
        "✻ One failed; try the region.",
        '⚙ weather(town="Neu-Ulm") → {"celsius": 9, "sky": "clear"}',
        "› in one line please",
    ]


def test_thoughts_can_be_left_out() -> None:
    assert not [line for line in printed("tools_with_reasoning", reasoning=False) if line.startswith("✻")]


def test_lines_fit_however_narrow_the_terminal() -> None:
    for name in recorded.NAMES:
        for width in (20, 40, 120):
            assert all(Text(line).cell_len <= width for line in printed(name, width) if not line.startswith("›"))


def test_arguments_are_shown_while_they_stream() -> None:
    activity = Activity(clock=lambda: 0.0)
    activity.apply(events.ToolCallDelta(call="c", name="weather", arguments='{"town": "Ka'))
    assert [line.plain for line in activity.lines(80)] == ['⠋ weather(town="Ka"…']
    activity.apply(events.ToolCallDelta(call="c", arguments='ssel"}'))
    activity.apply(events.ToolCalled(call="c", name="weather", arguments={"town": "Kassel"}))
    activity.apply(events.StatusLine("Asking the station", 1, 2, "c"))
    assert [line.plain for line in activity.lines(80)] == ['⠋ weather(town="Kassel")  Asking the station (1 of 2)']


def test_parallel_calls_stand_in_the_order_in_which_they_were_asked_for() -> None:
    activity = Activity()
    for call in "abc":
        activity.apply(events.ToolCalled(call=call, name=call))
    assert activity.apply(events.ToolReturned(call="b", result="2")) == []
    assert len(activity.lines(80)) == 3
    done = activity.apply(events.ToolReturned(call="a", result="1"))
    assert [line.text(80).plain for line in done] == ["⚙ a() → 1", "⚙ b() → 2"]
    assert len(activity.lines(80)) == 1


def test_a_call_that_a_run_ended_in_is_shown_as_stopped() -> None:
    activity = Activity()
    activity.apply(events.ToolCallDelta(call="c", name="add", arguments='{"a": 1'))
    (line,) = activity.apply(events.RunEnded(status=Status.CANCELLED))
    assert line.text(80).plain == "■ add(a=1) → stopped"
    assert not activity.moving


def test_a_call_that_a_person_refused_says_so() -> None:
    activity = Activity()
    activity.apply(events.ToolApprovalRequested(call="c", name="send"))
    assert "consent" in activity.lines(80)[0].plain
    activity.apply(events.ToolApprovalGiven(call="c", approve=False, note="too late"))
    activity.apply(events.ToolCalled(call="c", name="send"))
    (line,) = activity.apply(events.ToolReturned(call="c", status="error", result="The user refused this call."))
    assert line.text(80).plain == "✗ send() → refused: too late"


def test_the_calls_of_an_attempt_that_failed_are_gone() -> None:
    activity = Activity()
    activity.apply(events.ToolCallDelta(call="c", name="add"))
    activity.apply(events.AttemptStarted(attempt=2))
    assert activity.lines(80) == []


def test_a_long_result_is_cut_and_says_how_long_it_is() -> None:
    line = CallLine("read", "ok", {"path": "notes.md"}, "one two\n" * 40).text(60).plain
    assert line.endswith("…  (40 lines)")
    assert len(line) <= 60


def test_arguments_are_cut_only_as_much_as_they_must_be() -> None:
    arguments = {"to": "anna@example.com", "text": "word " * 50, "count": 3}
    assert arguments_line(arguments, 1000).startswith('to="anna@example.com", text="word')
    assert len(arguments_line(arguments, 50)) <= 50
    assert "count=3" in arguments_line(arguments, 80)


def test_what_somebody_is_to_agree_to_is_shown_whole_and_cannot_steer_the_terminal() -> None:
    text = arguments_list({"text": "x" * 1000 + "\x1b[2J\nend", "more": {"a": [1]}}).plain
    assert "x" * 1000 in text
    assert "\x1b" not in text
    assert 'more: {"a": [1]}' in text
