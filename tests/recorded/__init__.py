"""Runs as they stand in a log, one event a line (`NAME.jsonl`), each with the message that it folds to
(`NAME.message.json`) and the trace (`NAME.trace.json`).

Every fold, in whatever language, is held to them. After a change of a fold, write these anew and review them:

    python -m tests.recorded
"""

from pathlib import Path

import msgspec

from runnel.vocabulary.events import Event
from runnel.vocabulary.fold import fold_message
from runnel.vocabulary.messages import MessageValue
from runnel.vocabulary.trace import Span, fold_trace
from runnel.vocabulary.wire import decode_lines

FOLDER = Path(__file__).parent
NAMES = sorted(file.stem for file in FOLDER.glob("*.jsonl"))


def data(name: str) -> bytes:
    """The run's lines."""
    return (FOLDER / f"{name}.jsonl").read_bytes()


def events(name: str) -> list[Event]:
    """The run's events."""
    return list(decode_lines(data(name)))


def message(name: str) -> MessageValue:
    """What the run folds to."""
    return msgspec.json.decode(_file(name, "message").read_bytes(), type=MessageValue)


def trace(name: str) -> Span:
    """The run's trace."""
    return msgspec.json.decode(_file(name, "trace").read_bytes(), type=Span)


def write() -> None:
    """Write what each run folds to now."""
    for name in NAMES:
        run = events(name)
        for kind, value in (("message", fold_message(run)), ("trace", fold_trace(run))):
            _file(name, kind).write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def _file(name: str, kind: str) -> Path:
    return FOLDER / f"{name}.{kind}.json"
