"""The folds of the protocols, over recorded runs, joined after every event: nothing goes on that was not begun, and
nothing is left open."""

from typing import Any

import pytest

from runnel.server.protocols.agui_events import EventStream
from runnel.server.protocols.ai_sdk_chunks import ChunkStream
from runnel.vocabulary.events import Event
from tests import recorded

OPENS = {"TEXT_MESSAGE_START": "text", "REASONING_MESSAGE_START": "thought", "REASONING_START": "span"}
OPENS |= {"TOOL_CALL_START": "call", "STEP_STARTED": "step"}
CLOSES = {"TEXT_MESSAGE_END": "text", "REASONING_MESSAGE_END": "thought", "REASONING_END": "span"}
CLOSES |= {"TOOL_CALL_END": "call", "STEP_FINISHED": "step"}
NEEDS = {"TEXT_MESSAGE_CONTENT": "text", "REASONING_MESSAGE_CONTENT": "thought", "TOOL_CALL_ARGS": "call"}


def of(event: dict[str, Any]) -> str:
    return str(event.get("messageId") or event.get("toolCallId") or event.get("stepName"))


def check(wire: list[dict[str, Any]]) -> None:
    assert wire[0]["type"] == "RUN_STARTED"
    going: set[tuple[str, str]] = set()
    for event in wire[1:]:
        kind = event["type"]
        if kind in OPENS:
            assert (OPENS[kind], of(event)) not in going
            going.add((OPENS[kind], of(event)))
        elif kind in CLOSES:
            going.remove((CLOSES[kind], of(event)))
        elif kind in NEEDS:
            assert (NEEDS[kind], of(event)) in going
        elif kind in ("RUN_FINISHED", "RUN_ERROR"):
            assert going == set()


def agui(events: list[Event], after: int) -> list[dict[str, Any]]:
    fold = EventStream("thread", "run")
    for event in events[:after]:
        fold.apply(event)
    opening = fold.opening() if after else []
    fold.over = False
    found = list(opening)
    for event in events[after:]:
        found += fold.apply(event)
        if fold.over:
            break
    return found


@pytest.mark.parametrize("name", recorded.NAMES)
def test_whoever_joins_agui_after_any_event_gets_a_stream_that_holds_together(name: str) -> None:
    events = recorded.events(name)
    for after in range(len(events)):
        check(agui(events, after))


@pytest.mark.parametrize("name", recorded.NAMES)
def test_the_parts_of_the_ai_sdk_are_begun_before_they_go_on_and_end(name: str) -> None:
    fold = ChunkStream()
    going: set[str] = set()
    for event in recorded.events(name):
        for chunk in fold.apply(event):
            part, _, what = chunk["type"].partition("-")
            if part in ("text", "reasoning"):
                if what == "start":
                    going.add(chunk["id"])
                assert chunk["id"] in going
                if what == "end":
                    going.remove(chunk["id"])
    assert (going, fold.over) == (set(), True)
