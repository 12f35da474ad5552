"""What the tests of runs, chats and the store share: an open `Runnel` on each kind of database, and small verbs."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from runnel import Chat, Message, Run, Runnel
from runnel.config import Config, RunsConfig
from runnel.models.base import Deltas
from runnel.vocabulary.events import Event, RunEnded, TextDelta
from runnel.vocabulary.messages import Source, Status
from runnel.vocabulary.prompt import Prompt

T = TypeVar("T")
LONG = 20.0  # seconds after which a test says that it hangs; nothing is measured by it


def config(**runs: Any) -> Config:
    """Settings for tests: what they wait for is short."""
    return Config(runs=RunsConfig(**{"drain": 0.05, "close": 0.2, "model_wait": 0.1, **runs}))


def tune(app: Runnel, **settings: Any) -> None:
    """Limits that no configuration file sets."""
    runner = app._open.runner
    runner.settings = replace(runner.settings, **settings)


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """A database in a file."""
    return f"sqlite:///{tmp_path}/runnel.db"


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, file_url: str) -> str:
    """A database of each kind."""
    return "sqlite://" if request.param == "memory" else file_url


@pytest.fixture
async def app(url: str) -> AsyncIterator[Runnel]:
    """An open `Runnel` on a database of each kind."""
    async with Runnel(url, config=config()) as app:
        yield app


class Model:
    """A model made of a function, for what a script cannot say."""

    def __init__(self, stream: Any, **attributes: Any) -> None:
        self.name = "model"
        self._stream = stream
        for name, value in attributes.items():
            setattr(self, name, value)

    def stream(self, prompt: Prompt) -> Deltas:
        deltas: Deltas = self._stream(prompt)
        return deltas


class Documents:
    """Stands in for retrieval: finds `sources`, once `found` lets it."""

    sources: tuple[Source, ...] = (Source("s1", "d1", "Ragna", "Ragna is a tool."),)

    def __init__(self, *_: Any, **__: Any) -> None:
        self.searching = asyncio.Event()
        self.found = asyncio.Event()
        self.stopped = False

    def as_user(self, _: str | None) -> "Documents":
        return self

    async def add(self, documents: Iterable[object], _: Any) -> "Documents":
        self.ids = [str(document) for document in documents]
        self.failed: list[Any] = []
        return self

    async def unread(self, _: Iterable[str]) -> tuple[()]:
        return ()

    async def search(self, question: str, documents: Iterable[str]) -> tuple[Source, ...]:
        self.searching.set()
        try:
            await self.found.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        return self.sources

    async def close(self) -> None: ...


async def in_time(awaitable: Awaitable[T]) -> T:
    """What would otherwise hang fails."""
    return await asyncio.wait_for(awaitable, LONG)


async def events_of(run: Run, after: int = 0) -> list[Event]:
    """Every event of a run, to its end."""

    async def read() -> list[Event]:
        return [event async for event in run.events(after)]

    return await in_time(read())


async def until_said(run: Run, text: str = "") -> None:
    """Wait until a run has said `text`, or anything."""

    async def read() -> None:
        said = ""
        async for event in run.events():
            if isinstance(event, TextDelta):
                said += event.text
                if said and text in said:
                    return
        raise AssertionError(f"the run ended with {said!r}")

    await in_time(read())


async def until(run: Run, status: str) -> None:
    """Wait until a run says that it is in a status."""

    async def read() -> None:
        async for event in run.events():
            if getattr(event, "status", None) == status:
                return

    await in_time(read())


async def until_true(condition: Callable[[], bool]) -> None:
    """Wait until something holds that nothing tells of."""
    async with asyncio.timeout(LONG):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def text_of(events: Iterable[Event]) -> str:
    """The text that a run's events say."""
    return "".join([event.text for event in events if isinstance(event, TextDelta)])


def ends_once(events: list[Event], status: Status | str) -> RunEnded:
    """Check a whole run: numbers without a gap, time that never goes back, one end; returns the end."""
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.at for event in events] == sorted(event.at for event in events)
    ends = [event for event in events if isinstance(event, RunEnded)]
    assert ends == events[-1:]
    assert ends[0].status == status, ends[0]
    return ends[0]


async def turns(count: int) -> None:
    """Let the loop turn so often."""
    for _ in range(count):
        await asyncio.sleep(0)


async def shape(chat: Chat) -> list[tuple[str, str, str]]:
    """The current branch: who speaks, how it stands, what was said."""
    return [(message.role, str(message.status), message.content) for message in await chat.messages()]


async def at_any_moment(most: int = 30) -> None:
    """Wait for a random number of turns of the loop."""
    await turns(random.randrange(most))


def is_partial(message: Message, status: str, content: str) -> bool:
    """Whether a message ended so, with that much said."""
    return (message.status, message.content) == (status, content)
