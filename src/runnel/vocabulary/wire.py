"""Events as JSON: one object an event, one event a line. The only place where events become bytes and come back."""

from collections.abc import Sequence

import msgspec

from ..errors import DatabaseTooNew, LogError
from .events import VERSION, Event, RunStarted

__all__ = ["decode", "decode_lines", "encode", "encode_lines"]

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)

encode = _encoder.encode
encode_lines = _encoder.encode_lines


def _checked(event: Event) -> Event:
    if type(event) is RunStarted and event.version > VERSION:
        raise DatabaseTooNew(
            f"run {event.run} was recorded with version {event.version} of the events; this Runnel reads up to"
            f" {VERSION}: upgrade Runnel to read it",
            run=event.run,
        )
    return event


def decode(data: bytes | memoryview) -> Event:
    """One event from its JSON. Raises LogError for what is not an event of this version."""
    try:
        event: Event = _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise LogError(f"not an event: {error}") from error
    return _checked(event)


def decode_lines(data: bytes | memoryview) -> Sequence[Event]:
    """Events from lines of JSON, in order. Raises LogError like `decode`."""
    try:
        events: list[Event] = _decoder.decode_lines(data)
    except msgspec.MsgspecError as error:
        raise LogError(f"not a line of events: {error}") from error
    if events:
        _checked(events[0])
    return events
