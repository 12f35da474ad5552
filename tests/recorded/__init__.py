"""Runs as they stand in a log, one event a line (`NAME.jsonl`), each with the message that it folds to
(`NAME.message.json`).

Every fold, in whatever language, is held to them. After a change of the fold, write the messages anew and review them:

    python -m tests.recorded
"""

from pathlib import Path

import msgspec

from runnel.vocabulary.events import Event
from runnel.vocabulary.fold import fold_message
from runnel.vocabulary.messages import MessageValue
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
    return msgspec.json.decode(_file(name).read_bytes(), type=MessageValue)


def write_messages() -> None:
    """Write what each run folds to now."""
    for name in NAMES:
        _file(name).write_bytes(msgspec.json.format(msgspec.json.encode(fold_message(events(name))), indent=2) + b"\n")


def _file(name: str) -> Path:
    return FOLDER / f"{name}.message.json"
