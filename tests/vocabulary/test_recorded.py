"""Recorded runs fold to the messages beside them; folds in other languages are held to the same files."""

import pytest

from runnel.vocabulary.content import ChunkFold
from runnel.vocabulary.events import TextDelta
from runnel.vocabulary.fold import MessageFold, fold_message
from runnel.vocabulary.transcript import fold_transcript
from runnel.vocabulary.wire import encode_lines
from tests import recorded


def test_there_are_runs() -> None:
    assert len(recorded.NAMES) >= 6


@pytest.mark.parametrize("name", recorded.NAMES)
def test_a_recorded_run_folds_to_its_message(name: str) -> None:
    assert fold_message(recorded.events(name)) == recorded.message(name)


@pytest.mark.parametrize("name", recorded.NAMES)
def test_a_recorded_run_is_whole(name: str) -> None:
    events = recorded.events(name)
    assert encode_lines(events) == recorded.data(name)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert [event.type for event in events].index("run.ended") == len(events) - 1


@pytest.mark.parametrize("name", recorded.NAMES)
def test_a_recorded_runs_chunks_make_its_content(name: str) -> None:
    fold, text = ChunkFold(), ""
    for event in recorded.events(name):
        chunk = fold.apply(event)
        if chunk is not None:
            text = text[: len(text) - chunk.replaces] + chunk
    assert text == recorded.message(name).content


@pytest.mark.parametrize("name", recorded.NAMES)
def test_looking_at_every_event_changes_nothing(name: str) -> None:
    fold = MessageFold()
    for event in recorded.events(name):
        fold.apply(event)
        fold.value()
    assert fold.value() == recorded.message(name)


@pytest.mark.parametrize("name", recorded.NAMES)
def test_a_transcript_keeps_what_was_withdrawn(name: str) -> None:
    events = recorded.events(name)
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert "".join(entry.text for entry in fold_transcript(events) if entry.kind == "text") == said
