"""Chunks become deltas, whatever servers make of the dialect."""

from typing import Any

import msgspec
import pytest

from runnel import errors
from runnel.models.openai_wire import ChunkReader
from runnel.vocabulary.events import PartDelta, ReasoningDelta, TextDelta, ToolCallDelta, UsageReported
from runnel.vocabulary.messages import Usage
from runnel.vocabulary.prompt import Delta, Finish


def chunk(delta: dict[str, Any] | None = None, **members: Any) -> bytes:
    """A chunk of one choice."""
    return msgspec.json.encode({"choices": [{"index": 0, "delta": delta or {}, **members}]})


def read(*payloads: bytes) -> tuple[list[Delta], ChunkReader]:
    """All deltas, and the reader at the end."""
    reader = ChunkReader(provider="openai", model="any")
    deltas = [*reader.read(payloads), *reader.end()]
    return deltas, reader


def calls(*deltas: list[dict[str, Any]]) -> list[tuple[str, str | None, str]]:
    """What calls become of the `tool_calls` of chunks: id, name, arguments, a triple a delta."""
    found, _ = read(*[chunk({"tool_calls": each}) for each in deltas], b"[DONE]")
    return [(delta.call, delta.name, delta.arguments) for delta in found if isinstance(delta, ToolCallDelta)]


def test_text_ends_with_the_reason() -> None:
    deltas, reader = read(chunk({"content": "Hi"}), chunk(finish_reason="length"), b"[DONE]")
    assert deltas == ["Hi", Finish("length")]
    assert reader.done
    assert reader.failure is None


@pytest.mark.parametrize(("said", "meant"), [("eos", "stop"), ("function_call", "tool_calls"), ("custom", "custom")])
def test_reasons_have_one_name(said: str, meant: str) -> None:
    assert read(chunk(finish_reason=said))[0] == [Finish(meant)]


def test_the_end_marker_alone_is_an_end() -> None:
    assert read(chunk({"content": "Hi"}), b"[DONE]")[0] == ["Hi", Finish("stop")]


def test_without_any_end_the_stream_ended_early() -> None:
    deltas, reader = read(chunk({"content": "Hi"}))
    assert deltas == ["Hi"]
    assert isinstance(reader.failure, errors.StreamEndedEarly)


@pytest.mark.parametrize("member", ["reasoning", "reasoning_content"])
def test_reasoning_has_two_names(member: str) -> None:
    assert read(chunk({member: "Hm", "content": None}), b"[DONE]")[0][0] == ReasoningDelta("Hm")


def test_usage_comes_at_any_moment_and_is_told_once() -> None:
    first = msgspec.json.encode({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
    last = msgspec.json.encode(
        {
            "usage": {
                "prompt_tokens": 5,
                "completion_tokens": 4,
                "prompt_tokens_details": {"cached_tokens": 3},
                "completion_tokens_details": {"reasoning_tokens": 2},
            }
        }
    )
    deltas, _ = read(first, chunk({"content": "Hi"}), chunk(finish_reason="stop"), last, b"[DONE]")
    assert deltas == ["Hi", UsageReported(Usage(5, 4, 2, 3)), Finish("stop")]


def test_log_probabilities_come_with_their_alternatives() -> None:
    content = [
        {"token": "Hi", "logprob": -0.1, "bytes": [72, 105], "top_logprobs": [{"token": "Ho", "logprob": -99999.0}]}
    ]
    deltas, _ = read(chunk({"content": "Hi"}, logprobs={"content": content}), b"[DONE]")
    assert isinstance(deltas[0], TextDelta)
    assert deltas[0].tokens is not None
    (token,) = deltas[0].tokens
    assert (token.text, token.logprob, token.bytes) == ("Hi", -0.1, None)
    assert [(other.text, other.logprob) for other in token.top] == [("Ho", -9999.0)]


def test_infinite_log_probabilities_of_python_servers_are_read() -> None:
    payload = (
        b'{"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-Infinity,'
        b'"top_logprobs":[{"token":"b","logprob":NaN}]}]}}]}'
    )
    deltas, _ = read(payload, b"[DONE]")
    assert isinstance(deltas[0], TextDelta)
    assert deltas[0].tokens is not None
    assert deltas[0].tokens[0].logprob == -9999.0
    assert deltas[0].tokens[0].top[0].logprob is None


def test_half_a_character_waits_for_the_token_that_completes_it() -> None:
    one = [{"token": "\\xf0\\x9f", "logprob": -1.0, "bytes": [0xF0, 0x9F]}]
    two = [{"token": "\\x98\\x80", "logprob": -2.0, "bytes": [0x98, 0x80]}]
    deltas, _ = read(
        chunk({"content": ""}, logprobs={"content": one}),
        chunk({"content": "😀"}, logprobs={"content": two}),
        b"[DONE]",
    )
    assert isinstance(deltas[0], TextDelta)
    assert deltas[0].text == "😀"
    assert [token.bytes for token in deltas[0].tokens or ()] == [b"\xf0\x9f", b"\x98\x80"]


def test_a_token_that_only_looks_like_bytes_keeps_its_text() -> None:
    content = [{"token": "\\x41", "logprob": -1.0, "bytes": list(b"\\x41")}]
    deltas, _ = read(chunk({"content": "\\x41"}, logprobs={"content": content}), b"[DONE]")
    assert isinstance(deltas[0], TextDelta)
    assert [(token.text, token.bytes) for token in deltas[0].tokens or ()] == [("\\x41", None)]


def test_calls_go_by_their_index() -> None:
    found = calls(
        [{"index": 0, "id": "a", "function": {"name": "look", "arguments": ""}}],
        [{"index": 1, "id": "b", "function": {"name": "add", "arguments": "{"}}],
        [{"index": 0, "function": {"arguments": "{}"}}, {"index": 1, "function": {"arguments": "}"}}],
    )
    assert found == [("a", "look", ""), ("b", "add", "{"), ("a", None, "{}"), ("b", None, "}")]


def test_calls_without_ids_get_some() -> None:
    found = calls(
        [{"index": 0, "function": {"name": "look"}}],
        [{"index": 0, "function": {"arguments": "{}"}}],
        [{"index": 1, "function": {"name": "look", "arguments": "{}"}}],
    )
    first, second = found[0][0], found[2][0]
    assert found == [(first, "look", ""), (first, None, "{}"), (second, "look", "{}")]
    assert first
    assert first != second


def test_whole_calls_at_one_index_are_apart_when_their_ids_are() -> None:
    found = calls(
        [{"index": 0, "id": "a", "function": {"name": "look", "arguments": "{}"}}],
        [{"index": 0, "id": "b", "function": {"name": "look", "arguments": "{}"}}],
        [{"id": "c", "function": {"name": "add", "arguments": {"x": 1}}}],
    )
    assert found == [("a", "look", "{}"), ("b", "look", "{}"), ("c", "add", '{"x":1}')]


def test_whole_calls_at_one_index_without_ids_are_apart() -> None:
    whole = {"index": 0, "id": "", "function": {"name": "look", "arguments": '{"at": 1}'}}
    found = calls([whole], [whole])
    assert [(name, arguments) for _, name, arguments in found] == [("look", '{"at": 1}')] * 2
    assert found[0][0] != found[1][0]


def test_a_name_that_comes_with_each_piece_is_one_call() -> None:
    found = calls(
        *[[{"index": 0, "function": {"name": "look", "arguments": piece}}] for piece in ("{", '"at": 1', "}")]
    )
    assert len({call for call, _, _ in found}) == 1
    assert [name for _, name, _ in found] == ["look", None, None]


def test_a_name_may_come_late_or_again() -> None:
    found = calls(
        [{"index": 0, "id": "a", "function": {"arguments": ""}}],
        [{"index": 0, "id": "a", "function": {"name": "look", "arguments": "{"}}],
        [{"index": 0, "id": "a", "function": {"name": "look", "arguments": "}"}}],
    )
    assert found == [("a", "look", "{"), ("a", None, "}")]


def test_an_id_may_come_late() -> None:
    found = calls(
        [{"index": 0, "function": {"name": "look"}}], [{"index": 0, "id": "a", "function": {"arguments": "{}"}}]
    )
    assert len({call for call, _, _ in found}) == 1


def test_pictures_become_parts() -> None:
    images = [{"image_url": {"url": "data:image/png;base64,aGk="}}, {"image_url": {"url": "https://example.com/a"}}]
    deltas, _ = read(chunk({"images": images}), b"[DONE]")
    assert deltas[:2] == [PartDelta(0, "image/png", "aGk="), PartDelta(1, "image/*", url="https://example.com/a")]


def test_a_refusal_is_an_error_in_the_vendors_words() -> None:
    deltas, reader = read(chunk({"refusal": "I "}), chunk({"refusal": "won't"}), chunk(finish_reason="stop"), b"[DONE]")
    assert deltas == []
    assert isinstance(reader.failure, errors.Refused)
    assert reader.failure.message == "I won't"


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b'{"error":{"message":"m","type":"server_error","code":null}}', errors.Overloaded),
        (b'{"error":{"message":"m","code":429}}', errors.RateLimited),
        (b'{"error":{"message":"m","code":"context_length_exceeded"}}', errors.ContextTooLong),
        (b'{"error":{"code":400,"message":"m","type":"exceed_context_size_error"}}', errors.ContextTooLong),
        (b'{"object":"error","message":"m","type":"InternalServerError","code":500}', errors.Overloaded),
        (b'{"error":"m"}', errors.ModelError),
        (b'{"choices":[{"delta":{},"finish_reason":"error"}],"error":{"code":502,"message":"m"}}', errors.Overloaded),
    ],
)
def test_an_error_in_the_stream_is_typed_and_keeps_what_was_said(payload: bytes, kind: type[errors.ModelError]) -> None:
    deltas, reader = read(chunk({"content": "Hi"}), payload, chunk({"content": "never"}))
    assert deltas == ["Hi"]
    assert type(reader.failure) is kind
    assert reader.failure.details["vendor_message"] == "m"
    assert reader.failure.details["provider"] == "openai"


@pytest.mark.parametrize(
    "payload", [b"nonsense", b'{"choices":', b'{"choices":[{"delta":{"content":5}}]}', b"\xff\xfe"]
)
def test_what_cannot_be_read_is_an_error(payload: bytes) -> None:
    deltas, reader = read(chunk({"content": "Hi"}), payload)
    assert deltas == ["Hi"]
    assert type(reader.failure) is errors.ModelError


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b'{"choices":[]}', b'{"choices":null}', b'{"choices":[{"delta":null}]}']
)
def test_chunks_that_say_nothing_are_nothing(payload: bytes) -> None:
    assert read(payload, b"[DONE]")[0] == [Finish("stop")]
