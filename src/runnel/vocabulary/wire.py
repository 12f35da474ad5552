"""Events as JSON: one object an event, one event a line. The only place where events become bytes and come back."""

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from ..errors import DatabaseTooNew, EventsUnreadable, LogError
from .events import VERSION, Event, ReasoningDelta, RunStarted, TextDelta
from .plain import plain_text

__all__ = ["decode", "decode_lines", "encode", "encode_lines", "sound"]

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)

encode = _encoder.encode
encode_lines = _encoder.encode_lines


class _Start(msgspec.Struct, tag_field="type", tag=RunStarted.type):
    """As much of `run.started` as every version has."""

    version: int
    run: str


_start_decoder = msgspec.json.Decoder(_Start)


def _check(run: str, version: int) -> None:
    if version > VERSION:
        raise DatabaseTooNew(
            f"run {run} was recorded with version {version} of the events; this Runnel reads up to"
            f" {VERSION}: upgrade Runnel to read it",
            run=run,
        )


def _undecodable(data: bytes | memoryview, error: Exception) -> LogError:
    """Why `data` is not events; raises DatabaseTooNew where it says so itself."""
    with suppress(msgspec.MsgspecError, UnicodeDecodeError):
        start = _start_decoder.decode(bytes(data).partition(b"\n")[0])
        _check(start.run, start.version)
    return EventsUnreadable(f"not events of version {VERSION}: {error}")


def decode(data: bytes | memoryview) -> Event:
    """One event from its JSON. Raises DatabaseTooNew for a run of a later version that says so, LogError for what else
    is not an event of this one."""
    try:
        event: Event = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _undecodable(data, error) from error
    if type(event) is RunStarted:
        _check(event.run, event.version)
    return event


def decode_lines(data: bytes | memoryview) -> Sequence[Event]:
    """Events from lines of JSON, in order. Raises LogError like `decode`."""
    try:
        events: list[Event] = _decoder.decode_lines(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _undecodable(data, error) from error
    if events and type(events[0]) is RunStarted:
        _check(events[0].run, events[0].version)
    return events


def sound(event: Event) -> Event:
    """The event as whoever reads it will find it. Raises TypeError and ValueError for one that nobody could read: types
    are not looked at where events are made, and what a model or a tool gives may be anything."""
    said: object = event.text if isinstance(event, TextDelta | ReasoningDelta) else ""
    if not isinstance(said, str):  # bytes would become base64
        raise TypeError(f"Expected `str`, got `{type(said).__name__}` - at `$.text`")
    try:
        found: Event = _decoder.decode(encode(event))
    except UnicodeEncodeError:
        texts = {name: value for name in event.__struct_fields__ if isinstance(value := getattr(event, name), str)}
        plain = {name: plain_text(text) for name, text in texts.items()}
        found = _decoder.decode(encode(msgspec.structs.replace(event, **plain)))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return found
