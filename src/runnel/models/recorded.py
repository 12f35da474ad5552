"""A model that says again what a stored run said: for tests, for demonstrations, for looking at an answer
again.

Only what a model gave is played: text, reasoning, media, calls, retractions, usage and captures. Of several
attempts at a step the last that said anything is played, as it is in the message.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from ..errors import ModelUnknown
from ..vocabulary.events import (
    AttemptStarted,
    Captured,
    Event,
    PartDelta,
    ReasoningDelta,
    RunEnded,
    StepStarted,
    TextDelta,
    TextRetracted,
    ToolCallDelta,
    UsageReported,
)
from ..vocabulary.messages import Status
from ..vocabulary.prompt import Delta, Finish, Prompt
from ..vocabulary.wire import decode_lines

__all__ = ["Recorded"]

_GIVEN = (TextDelta, ReasoningDelta, PartDelta, ToolCallDelta, TextRetracted, UsageReported, Captured)
_SAID = (TextDelta, ReasoningDelta, PartDelta, ToolCallDelta)


class Recorded:
    """The model that replays a run.

    `events` are those of a run, or the path of a `.jsonl` file of them. `pace="recorded"` keeps the
    original's times; None says all at once. Each step of the run (a call of the model) answers one `stream`,
    after the last it begins again. It ends as the original did: a failed run raises its error again, an incomplete one
    finishes for its reason; one that was cancelled or interrupted just ends. Raises ModelUnknown where there
    is no such file.
    """

    def __init__(
        self,
        events: Iterable[Event] | str | os.PathLike[str],
        *,
        pace: Literal["recorded"] | None = None,
        name: str = "recording",
    ) -> None:
        self.name = name
        self.prefill = False
        self._pace = pace
        self._events = _read(events) if isinstance(events, str | os.PathLike) else tuple(events)
        self._steps = _steps(self._events)
        self._streams = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """The deltas of the step that is due."""
        number = self._streams % len(self._steps)
        self._streams += 1
        step = self._steps[number]
        loop = asyncio.get_running_loop()
        zero = loop.time() - step[0].at / 1000 if step else loop.time()
        for event, delta in _played(step):
            if self._pace is not None and (wait := zero + event.at / 1000 - loop.time()) > 0:
                await asyncio.sleep(wait)
            yield delta
        end = self._events[-1] if self._events else None
        if number < len(self._steps) - 1 or not isinstance(end, RunEnded):
            yield Finish("tool_calls" if any(isinstance(event, ToolCallDelta) for event in step) else "stop")
        elif end.status is Status.FAILED and end.error is not None:
            raise end.error.error()
        elif end.status in (Status.COMPLETED, Status.INCOMPLETE):
            yield Finish(end.finish_reason or "stop")

    @classmethod
    def named(cls, path: str) -> "Recorded":
        """The model called `recorded:<path>`: the run in that file, at its own pace; `?pace=none` for at
        once."""
        path, mark, _ = path.rpartition("?pace=none") if path.endswith("?pace=none") else (path, "", "")
        name = f"recorded:{path}{mark}"
        return cls(path, pace=None if mark else "recorded", name=name)

    def __repr__(self) -> str:
        return f"Recorded({self.name!r}, {len(self._events)} events)"


def _read(path: str | os.PathLike[str]) -> Sequence[Event]:
    try:
        return tuple(decode_lines(Path(path).read_bytes()))
    except (FileNotFoundError, IsADirectoryError):
        raise ModelUnknown(f"there is no recording at {os.fspath(path)!r}", model=f"recorded:{path}") from None


def _steps(events: Sequence[Event]) -> list[list[Event]]:
    """What the model gave and the attempts it took, a list a step."""
    steps: list[list[Event]] = [[]]
    for event in events:
        if isinstance(event, StepStarted) and steps[-1]:
            steps.append([])
        elif isinstance(event, _GIVEN) or (isinstance(event, AttemptStarted) and steps[-1]):
            steps[-1].append(event)
    return steps


def _played(step: Iterable[Event]) -> Sequence[tuple[Event, Delta]]:
    played: list[tuple[Event, Delta]] = []
    retrying = False
    for event in step:
        if isinstance(event, AttemptStarted):
            retrying = True
        elif isinstance(event, _GIVEN):
            if retrying and isinstance(event, _SAID):
                played.clear()
                retrying = False
            played.append((event, msgspec.structs.replace(event, seq=0, at=0)))
    return played
