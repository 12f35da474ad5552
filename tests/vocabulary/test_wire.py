"""Events as JSON: what is encoded comes back, and what cannot be read says why."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runnel.errors import DatabaseTooNew, LogError
from runnel.vocabulary.events import EVENT_TYPES, VERSION, Event, MetricsSampled, RunStarted, SourcesFound, TextDelta
from runnel.vocabulary.messages import Source
from runnel.vocabulary.tokens import MASKED_LOGPROB, Alternative, Token, finite
from runnel.vocabulary.wire import decode, decode_lines, encode, encode_lines
from tests.vocabulary.strategies import KINDS, of_kind

SPELLED = """
run.started · state.changed · status · query.rewritten · sources.found · step.started · text.delta · reasoning.delta ·
part.delta · text.retracted · tool.call.delta · tool.called · tool.approval.requested · tool.approval.given ·
tool.returned · input.requested · input.given · capture · attempt.started · steered · usage · metrics.sampled ·
run.ended
"""


def test_the_types_are_spelled_as_everywhere() -> None:
    assert tuple(SPELLED.replace("·", " ").split()) == EVENT_TYPES


def test_the_attribute_type_is_the_tag() -> None:
    assert [kind.__struct_config__.tag for kind in KINDS] == list(EVENT_TYPES)
    assert {kind.__struct_config__.tag_field for kind in KINDS} == {"type"}


@pytest.mark.parametrize("kind", KINDS, ids=EVENT_TYPES)
@given(st.data())
@settings(max_examples=30)
def test_every_event_comes_back_as_it_was(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(of_kind(kind))
    assert decode(encode(event)) == event
    assert type(decode(encode(event))) is kind


@given(st.lists(st.one_of([of_kind(kind) for kind in KINDS]), max_size=5))
def test_lines_come_back_as_they_were(events: list[Event]) -> None:
    lines = encode_lines(events)
    assert lines.count(b"\n") == len(events)
    assert decode_lines(lines) == events


@given(st.one_of([of_kind(kind) for kind in KINDS]))
def test_the_type_is_first_and_seq_and_at_are_there(event: Event) -> None:
    plain = json.loads(encode(event))
    assert next(iter(plain)) == "type"
    assert plain.get("seq", 0) == event.seq
    assert plain.get("at", 0) == event.at


@pytest.mark.parametrize("logprob", [-math.inf, math.inf, math.nan])
def test_a_token_that_is_impossible_can_be_recorded(logprob: float) -> None:
    event = TextDelta("a", (Token("a", logprob, (Alternative("b", logprob, masked=True),)),))
    back = decode(encode(event))
    assert isinstance(back, TextDelta)
    assert back.tokens == (Token("a", None, (Alternative("b", None, masked=True),)),)


def test_finite_makes_a_logprob_that_json_can_carry() -> None:
    assert finite(-math.inf) == MASKED_LOGPROB
    assert finite(math.nan) is None
    assert finite(None) is None
    assert finite(-1.5) == -1.5


@pytest.mark.parametrize("value", [-math.inf, math.inf, math.nan])
def test_no_number_makes_a_run_unreadable(value: float) -> None:
    metrics = decode(encode(MetricsSampled({"loss": value, "speed": 1.0})))
    assert metrics == MetricsSampled({"loss": None, "speed": 1.0})
    sources = SourcesFound((Source("src", "doc", "title", "text", score=value),))
    assert decode(encode(sources)) == sources


def test_a_token_of_half_a_character_keeps_its_bytes() -> None:
    event = TextDelta("", (Token("", bytes=b"\xf0\x9f"),))
    assert decode(encode(event)) == event


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff", b'{"type":"\xff"}', b'{"type":"later.thing"}', b'{"seq":1}'])
def test_what_is_no_event_says_so(data: bytes) -> None:
    with pytest.raises(LogError):
        decode(data)
    with pytest.raises(LogError):
        decode_lines(data + b"\n" + encode(TextDelta("a")))


def test_fields_of_a_later_minor_version_are_passed_over() -> None:
    assert decode(b'{"type":"text.delta","text":"a","mood":"fine"}') == TextDelta("a")


@pytest.mark.parametrize(
    "lines",
    [
        encode_lines([RunStarted("run", version=VERSION + 1)]),
        encode_lines([RunStarted("run", version=VERSION + 1)]) + b'{"type":"later.thing"}\n',
        b'{"type":"run.started","run":"run","message":7,"version":2}\n',
    ],
)
def test_a_run_of_a_later_version_says_so(lines: bytes) -> None:
    with pytest.raises(DatabaseTooNew, match=r"run .*upgrade"):
        decode_lines(lines)
    with pytest.raises(DatabaseTooNew, match=r"run .*upgrade"):
        decode(lines.splitlines()[0])
