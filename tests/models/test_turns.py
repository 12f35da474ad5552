"""What any prompt becomes before a dialect writes it: turns that every vendor takes."""

from itertools import pairwise

import msgspec
from hypothesis import given

from runnel.models.turns import Turn, turns
from runnel.vocabulary.messages import (
    MediaPart,
    MessageValue,
    Part,
    ReasoningPart,
    Source,
    Status,
    SteeredPart,
    TextPart,
    ToolPart,
)
from runnel.vocabulary.prompt import Prompt
from tests.models.prompts import PROMPTS


def answer(*parts: Part) -> MessageValue:
    return MessageValue("msg", "assistant", Status.RUNNING, parts=parts)


def call(id: str, step: int, result: str | None = "done", arguments: str = "{}") -> ToolPart:
    return ToolPart(id, "look", arguments, True, "ok" if result is not None else "running", result, step)


def shown(made: list[Turn]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Role, text, and each call's id and result."""
    return [(turn.role, turn.text, [(each.id, each.result) for each in turn.calls]) for turn in made]


def so_far(*parts: Part) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What follows the question."""
    first, *others = shown(turns(Prompt("Go", so_far=answer(*parts))))
    assert first == ("user", "Go", [])
    return others


@given(PROMPTS)
def test_any_prompt_makes_turns_that_hold_their_promises(prompt: Prompt) -> None:
    made = turns(prompt)
    ids = [each.id for turn in made for each in turn.calls]
    assert len(ids) == len(set(ids))
    for turn in made:
        assert turn.text.strip() or turn.calls or any(isinstance(part, MediaPart) for part in turn.parts)
        for each in turn.calls:
            assert isinstance(msgspec.json.decode(each.arguments), dict)
            assert each.result.strip()
            assert each.name
    for before, after in pairwise(made):
        assert before.role != after.role or before.calls
    assert prompt.prefill or made[-1].role == "user" or made[-1].calls, "the model is to speak"


def test_calls_of_one_step_are_one_turn_and_each_step_has_its_own() -> None:
    assert so_far(TextPart("Let me look."), call("a", 1), call("b", 1), call("c", 2)) == [
        ("assistant", "Let me look.", [("a", "done"), ("b", "done")]),
        ("assistant", "", [("c", "done")]),
    ]


def test_what_a_step_said_goes_with_its_calls() -> None:
    assert so_far(call("a", 1), TextPart("Now b."), call("b", 2), ReasoningPart("Hm."), call("c", 3)) == [
        ("assistant", "", [("a", "done")]),
        ("assistant", "Now b.", [("b", "done")]),
        ("assistant", "", [("c", "done")]),
    ]


def test_what_is_said_between_calls_of_one_step_stays_in_their_turn() -> None:
    assert so_far(TextPart("First "), call("a", 1), TextPart("and then"), call("b", 1)) == [
        ("assistant", "First and then", [("a", "done"), ("b", "done")])
    ]


def test_two_steps_may_use_one_id_for_their_calls() -> None:
    history = (answer(call("call_0", 1, "one"), call("call_0", 2, "two")),)
    made = turns(Prompt("Go", history=history, so_far=answer(call("call_0", 1, "three"))))
    calls = [each for turn in made for each in turn.calls]
    assert [each.result for each in calls] == ["one", "two", "three"]
    assert len({each.id for each in calls}) == 3


def test_the_id_of_a_call_does_not_change_as_the_answer_grows() -> None:
    parts = [call("call_0", step) for step in range(1, 5)]
    grown = [
        [each.id for turn in turns(Prompt("Go", so_far=answer(*parts[:n]))) for each in turn.calls] for n in (3, 4)
    ]
    assert grown[1][:3] == grown[0]


def test_what_the_user_says_meanwhile_is_a_turn_in_its_place() -> None:
    assert so_far(TextPart("It is "), SteeredPart("In French, please."), TextPart("C'est "), call("a", 2)) == [
        ("assistant", "It is ", []),
        ("user", "In French, please.", []),
        ("assistant", "C'est ", [("a", "done")]),
    ]
    assert so_far(call("a", 1), SteeredPart("Stop looking.")) == [
        ("assistant", "", [("a", "done")]),
        ("user", "Stop looking.", []),
    ]


def test_an_answer_in_history_is_told_in_its_steps_too() -> None:
    before = answer(TextPart("One."), call("a", 1), SteeredPart("And two?"), TextPart("Two."), call("b", 2))
    assert shown(turns(Prompt("And three?", history=(before,)))) == [
        ("assistant", "One.", [("a", "done")]),
        ("user", "And two?", []),
        ("assistant", "Two.", [("b", "done")]),
        ("user", "And three?", []),
    ]


def test_the_question_is_given_at_every_step_with_its_sources() -> None:
    source = Source("s", "d", "a.txt", "Cats purr.")
    made = turns(Prompt("Do cats purr?", sources=(source,), so_far=answer(call("a", 1))))
    assert "[1] a.txt\nCats purr." in made[0].text
    assert made[0].text.endswith("Question: Do cats purr?")


def test_a_call_without_a_result_gets_one_that_says_so() -> None:
    assert so_far(call("a", 1, None), call("b", 1, "")) == [
        ("assistant", "", [("a", "The call was cut off before it gave a result."), ("b", "(no output)")])
    ]


def test_a_call_that_was_not_carried_out_is_not_sent() -> None:
    waits = ToolPart("b", "look", '{"wha', step=1)
    assert so_far(TextPart("Hm."), waits, call("a", 1)) == [("assistant", "Hm.", [("a", "done")])]


def test_arguments_that_do_not_parse_are_not_sent() -> None:
    made = turns(Prompt("Go", so_far=answer(call("a", 1, "Invalid.", '{"wha'), call("b", 1, "Invalid.", "[1]"))))
    assert [each.arguments for each in made[-1].calls] == ["{}", "{}"]


def test_names_and_ids_that_vendors_do_not_take_are_changed() -> None:
    odd = ToolPart("functions.look:0", "look up!", "{}", True, "error", "There is no such tool.", 1)
    (made,) = turns(Prompt("Go", so_far=answer(odd)))[-1].calls
    assert (made.id, made.name, made.failed) == ("call", "look_up_", True)


def test_an_answer_that_ended_in_words_is_asked_to_go_on() -> None:
    assert so_far(TextPart("It is "))[-1] == ("user", "(please go on)", [])


def test_a_text_to_go_on_from_comes_last_and_joins_what_it_meets() -> None:
    made = turns(Prompt("Go", so_far=answer(TextPart("It ")), prefill="is"))
    assert shown(made)[1:] == [("assistant", "It is", [])]
    made = turns(Prompt("Go", so_far=answer(call("a", 1)), prefill="It is"))
    assert shown(made)[1:] == [("assistant", "", [("a", "done")]), ("assistant", "It is", [])]
