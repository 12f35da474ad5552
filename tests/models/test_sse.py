"""The decoder of event streams, against a plain reading of the standard."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from runnel.models.sse import EventStreamDecoder

ENDINGS = st.sampled_from([b"\n", b"\r\n", b"\r"])
VALUES = st.binary(max_size=12).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b""))
FIELDS = st.sampled_from([b"data", b"data", b"data", b"event", b"id", b"retry", b"", b"datax"])
LINES = st.one_of(
    st.just(b""),
    st.builds(
        lambda field, space, value: field + b":" + space + value, FIELDS, st.sampled_from([b"", b" ", b"  "]), VALUES
    ),
    FIELDS,
)
STREAMS = st.tuples(
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(LINES, ENDINGS), max_size=20),
    st.lists(st.integers(0, 300)),
)


def by_the_standard(stream: bytes) -> list[bytes]:
    """The data of the events, read line by line."""
    lines = stream.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    events: list[bytes] = []
    data: list[bytes] = []
    for line in lines[:-1]:
        field, _, value = line.partition(b":")
        if not line:
            if data:
                events.append(b"\n".join(data))
            data = []
        elif field == b"data":
            data.append(value.removeprefix(b" "))
    return events


@given(STREAMS)
def test_a_stream_cut_anywhere_gives_the_events_of_the_whole(
    parts: tuple[bytes, list[tuple[bytes, bytes]], list[int]],
) -> None:
    mark, lines, cuts = parts
    stream = mark + b"".join(line + ending for line, ending in lines)
    decoder = EventStreamDecoder()
    found: list[bytes] = []
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for start, end in pairwise(edges):
        found.extend(decoder.feed(stream[start:end]))
    assert found == by_the_standard(stream)


def test_a_byte_at_a_time_is_the_same() -> None:
    stream = b"\xef\xbb\xbf: hi\r\n\r\ndata: a\r\ndata:b\r\n\r\rdata: c\n\n\n"
    decoder = EventStreamDecoder()
    assert [event for byte in stream for event in decoder.feed(bytes([byte]))] == [b"a\nb", b"c"]


def test_an_event_without_its_blank_line_is_given_apart() -> None:
    decoder = EventStreamDecoder()
    assert list(decoder.feed(b"data: a\n\ndata: [DONE]\n")) == [b"a"]
    assert decoder.rest() == b"[DONE]"
    assert decoder.rest() is None


def test_an_error_in_a_field_of_its_own_counts_as_data() -> None:
    assert list(EventStreamDecoder().feed(b'error: {"code":500}\n\n')) == [b'{"error":{"code":500}}']


def test_an_empty_read_changes_nothing() -> None:
    decoder = EventStreamDecoder()
    assert list(decoder.feed(b"")) == []
    assert list(decoder.feed(b"data: a\r")) == []
    assert list(decoder.feed(b"")) == []
    assert list(decoder.feed(b"\n\r\n")) == [b"a"]
