"""Events become deltas."""

from typing import Any

import msgspec
import pytest

from runnel import errors
from runnel.models.anthropic_wire import EventReader
from runnel.vocabulary.events import ReasoningDelta, ToolCallDelta, UsageReported
from runnel.vocabulary.messages import Usage
from runnel.vocabulary.prompt import Delta, Finish

STOP = msgspec.json.encode({"type": "message_stop"})


def event(kind: str, **members: Any) -> bytes:
    return msgspec.json.encode({"type": kind, **members})


def piece(**delta: Any) -> bytes:
    return event("content_block_delta", index=0, delta=delta)


def block(**members: Any) -> bytes:
    return event("content_block_start", index=0, content_block=members)


def ended(reason: str, **members: Any) -> bytes:
    return event("message_delta", delta={"stop_reason": reason}, **members)


def read(*payloads: bytes, stripped: str = "") -> tuple[list[Delta], EventReader]:
    """All deltas, and the reader at the end."""
    reader = EventReader(stripped, provider="anthropic", model="any")
    deltas = [*reader.read(payloads), *reader.end()]
    return deltas, reader


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("custom", "custom"),
    ],
)
def test_reasons_have_one_name(said: str, meant: str) -> None:
    assert read(piece(type="text_delta", text="Hi"), ended(said), STOP)[0] == ["Hi", Finish(meant)]


def test_without_the_end_marker_the_stream_ended_early() -> None:
    deltas, reader = read(piece(type="text_delta", text="Hi"), ended("end_turn"))
    assert deltas == ["Hi"]
    assert isinstance(reader.failure, errors.StreamEndedEarly)


def test_nothing_follows_the_end_marker() -> None:
    assert read(STOP, piece(type="text_delta", text="Hi"))[0] == [Finish("stop")]


def test_what_the_prompt_came_to_is_known_with_the_first_word() -> None:
    counts = {"input_tokens": 3, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 20, "output_tokens": 1}
    more = {"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 4}}
    deltas, _ = read(
        event("message_start", message={"usage": counts}),
        event("ping"),
        piece(type="text_delta", text="Hi"),
        piece(type="text_delta", text="!"),
        ended("end_turn", usage=more),
        STOP,
    )
    assert deltas == [
        UsageReported(Usage(33, 1, 0, 20)),
        "Hi",
        "!",
        UsageReported(Usage(33, 9, 4, 20)),
        Finish("stop"),
    ]


def test_nothing_is_said_before_the_first_word() -> None:
    reader = EventReader(provider="anthropic")
    assert (
        reader.read([event("message_start", message={"usage": {"input_tokens": 3}}), block(type="text", text="")]) == []
    )


def test_a_failure_before_the_first_word_leaves_nothing_said() -> None:
    start = event("message_start", message={"usage": {"input_tokens": 3, "output_tokens": 1}})
    for ending in ([event("error", error={"type": "overloaded_error", "message": "m"})], []):
        deltas, reader = read(start, *ending)
        assert deltas == []
        assert reader.failure is not None
        assert reader.failure.retryable


def test_a_thought_keeps_its_signature() -> None:
    deltas, _ = read(
        block(type="thinking", thinking="", signature=""),
        piece(type="thinking_delta", thinking="Hm."),
        piece(type="signature_delta", signature="si"),
        piece(type="signature_delta", signature="gned"),
        event("content_block_stop", index=0),
        block(type="redacted_thinking", data="hidden"),
        event("content_block_stop", index=1),
        STOP,
    )
    assert deltas == [
        ReasoningDelta("Hm."),
        ReasoningDelta("", signature="anthropic:signed"),
        ReasoningDelta("", signature="anthropic.redacted:hidden"),
        Finish("stop"),
    ]


def test_a_thought_that_was_cut_has_no_signature() -> None:
    deltas, _ = read(block(type="thinking", thinking=""), piece(type="thinking_delta", thinking="Hm"))
    assert deltas == [ReasoningDelta("Hm")]


def test_a_call_has_its_name_first_and_its_arguments_in_pieces() -> None:
    deltas, _ = read(
        block(type="tool_use", id="toolu_1", name="look", input={}),
        piece(type="input_json_delta", partial_json=""),
        piece(type="input_json_delta", partial_json='{"at"'),
        piece(type="input_json_delta", partial_json=": 1}"),
        event("content_block_stop", index=0),
        block(type="tool_use", id="toolu_2", name="look", input={"at": 2}),
        event("content_block_stop", index=1),
        ended("tool_use"),
        STOP,
    )
    assert deltas == [
        ToolCallDelta("toolu_1", "", "look"),
        ToolCallDelta("toolu_1", '{"at"'),
        ToolCallDelta("toolu_1", ": 1}"),
        ToolCallDelta("toolu_2", '{"at":2}', "look"),
        Finish("tool_calls"),
    ]


def test_a_refusal_is_an_error_in_the_vendors_words() -> None:
    stop = event("message_delta", delta={"stop_reason": "refusal", "stop_details": {"explanation": "I won't"}})
    deltas, reader = read(piece(type="text_delta", text="Well"), stop, STOP)
    assert deltas == ["Well"]
    assert isinstance(reader.failure, errors.Refused)
    assert reader.failure.message == "I won't"


@pytest.mark.parametrize(
    ("kind", "words", "error"),
    [
        ("overloaded_error", "Overloaded", errors.Overloaded),
        ("api_error", "m", errors.Overloaded),
        ("rate_limit_error", "m", errors.RateLimited),
        ("authentication_error", "m", errors.AuthenticationFailed),
        ("billing_error", "m", errors.QuotaExceeded),
        ("request_too_large", "m", errors.ContextTooLong),
        ("invalid_request_error", "m", errors.BadRequest),
        ("invalid_request_error", "prompt is too long: 200001 tokens > 200000 maximum", errors.ContextTooLong),
        ("some_new_error", "m", errors.ModelError),
    ],
)
def test_an_error_in_the_stream_is_typed_and_keeps_what_was_said(
    kind: str, words: str, error: type[errors.ModelError]
) -> None:
    failed = event("error", error={"type": kind, "message": words})
    deltas, reader = read(piece(type="text_delta", text="Hi"), failed, piece(type="text_delta", text="never"))
    assert deltas == ["Hi"]
    assert type(reader.failure) is error
    assert reader.failure.details["vendor_message"] == words
    assert reader.failure.details["vendor_code"] == kind


@pytest.mark.parametrize("payload", [b"nonsense", b'{"type":', b'{"type":"content_block_delta","delta":{"text":5}}'])
def test_what_cannot_be_read_is_an_error(payload: bytes) -> None:
    deltas, reader = read(piece(type="text_delta", text="Hi"), payload)
    assert deltas == ["Hi"]
    assert type(reader.failure) is errors.ModelError


def test_events_of_kinds_to_come_are_nothing() -> None:
    assert read(b"", event("ping"), event("new"), block(type="new_block"), piece(type="new_delta"), STOP)[0] == [
        Finish("stop")
    ]


@pytest.mark.parametrize(
    ("pieces", "text"), [([" 5", "."], "5."), (["5", " ."], "5 ."), ([" ", "\n", "5"], "\n5"), (["  5"], " 5")]
)
def test_space_that_the_text_to_go_on_from_lost_is_not_said_again(pieces: list[str], text: str) -> None:
    deltas, _ = read(*[piece(type="text_delta", text=each) for each in pieces], STOP, stripped=" ")
    assert "".join([delta for delta in deltas if isinstance(delta, str)]) == text
