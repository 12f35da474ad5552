"""What every log must hold to when it is followed: history, then the live tail, no gap. A part of `LogContract`."""

import asyncio
from collections.abc import Sequence

import pytest

from ..errors import StaleEpoch
from ..log import EventLog
from ..vocabulary.events import Event, RunEnded, TextDelta
from ..vocabulary.messages import Status

__all__ = ["MUCH", "PATIENCE", "FollowingContract", "ended", "followed", "said", "texts", "turn"]

PATIENCE = 30.0  # seconds: a limit against hanging, not a measurement
# Bytes; forty times this is more than any log keeps of a run in memory for its followers.
MUCH = 1 << 16


def texts(*said: str) -> list[Event]:
    """A text delta for each."""
    return [TextDelta(text) for text in said]


def ended(status: Status = Status.COMPLETED) -> list[Event]:
    """The end of a run, alone."""
    return [RunEnded(status)]


def said(events: Sequence[Event]) -> list[str]:
    """What the text deltas among `events` say."""
    return [event.text for event in events if isinstance(event, TextDelta)]


async def followed(log: EventLog, run: str, after: int = 0, most: int | None = None) -> list[Event]:
    """What a reader gets: all until the run's end, or the first `most` events."""
    events: list[Event] = []
    following = log.follow(run, after)
    async with asyncio.timeout(PATIENCE):
        async for event in following:
            events.append(event)
            if most is not None and len(events) >= most:
                break
    assert hasattr(following, "aclose")
    await following.aclose()
    return events


async def turn(times: int = 5) -> None:
    """Let the readers begin to wait."""
    for _ in range(times):
        await asyncio.sleep(0)


class FollowingContract:
    """Needs the fixture `log`."""

    async def test_a_follower_that_begins_anywhere_at_any_moment_gets_each_later_event_once(
        self, log: EventLog
    ) -> None:
        """Readers begin after every `seq`, before and after each of the appends."""
        epoch = await log.claim("run")
        readers: list[tuple[int, asyncio.Task[list[Event]]]] = []
        for batch in (1, 3, 1, 2):
            for after in range(9):
                readers.append((after, asyncio.ensure_future(followed(log, "run", after))))
            await turn()
            await log.append("run", texts(*"x" * batch), epoch)
            for after in range(9):
                readers.append((after, asyncio.ensure_future(followed(log, "run", after))))
        await log.append("run", ended(), epoch)
        for after, reader in readers:
            assert [event.seq for event in await reader] == list(range(after + 1, 9))

    async def test_many_followers_get_the_same(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        readers = [asyncio.ensure_future(followed(log, "run")) for _ in range(100)]
        for i in range(20):
            await log.append("run", texts(str(i)), epoch)
        await log.append("run", ended(), epoch)
        for reader in readers:
            assert said(await reader) == [str(i) for i in range(20)]

    async def test_a_late_joiner_gets_all_from_the_first(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        for i in range(300):
            await log.append("run", texts(str(i)), epoch)
        reader = asyncio.ensure_future(followed(log, "run"))
        await log.append("run", [*texts("300"), *ended()], epoch)
        assert said(await reader) == [str(i) for i in range(301)]

    async def test_a_follower_slower_than_what_is_kept_for_it_loses_nothing(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        following = log.follow("run")
        await log.append("run", texts("first"), epoch)
        events = [await anext(following)]
        for i in range(40):
            await log.append("run", texts(str(i).ljust(MUCH)), epoch)
        await log.append("run", ended(), epoch)
        async with asyncio.timeout(PATIENCE):
            events += [event async for event in following]
        assert [event.seq for event in events] == list(range(1, 43))
        assert [text.strip() for text in said(events)] == ["first", *map(str, range(40))]

    async def test_followers_of_different_pace_get_the_same(self, log: EventLog) -> None:
        epoch = await log.claim("run")

        async def read(pause: int) -> list[str]:
            heard: list[str] = []
            async for event in log.follow("run"):
                heard += said([event])
                await turn(pause)
            return heard

        readers = [asyncio.ensure_future(read(pause)) for pause in (0, 1, 7, 50)]
        for i in range(100):
            await log.append("run", texts(str(i), str(i).ljust(MUCH // 8)), epoch)
        await log.append("run", ended(), epoch)
        async with asyncio.timeout(PATIENCE):
            first, *others = await asyncio.gather(*readers)
        assert len(first) == 200
        assert all(other == first for other in others)

    @pytest.mark.parametrize("after", [3, 4, 100])
    async def test_a_follower_that_begins_at_the_end_or_beyond_ends(self, log: EventLog, after: int) -> None:
        epoch = await log.claim("run")
        waiting = asyncio.ensure_future(followed(log, "run", after))
        await turn()
        await log.append("run", [*texts("a", "b"), *ended()], epoch)
        assert await waiting == []
        assert await followed(log, "run", after) == []

    async def test_a_follower_that_leaves_disturbs_nobody(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        staying = asyncio.ensure_future(followed(log, "run"))
        leaving = asyncio.ensure_future(followed(log, "run"))
        await log.append("run", texts("a"), epoch)
        assert said(await followed(log, "run", most=1)) == ["a"]
        leaving.cancel()
        await log.append("run", [*texts("b"), *ended()], epoch)
        assert said(await staying) == ["a", "b"]

    async def test_followers_go_on_when_another_claims_the_run(self, log: EventLog) -> None:
        old = await log.claim("run")
        readers = [asyncio.ensure_future(followed(log, "run", after)) for after in range(4)]
        await log.append("run", texts("a", "b"), old)
        new = await log.claim("run")
        await turn()
        await log.append("run", texts("c"), new)
        with pytest.raises(StaleEpoch):
            await log.append("run", texts("x"), old)
        await log.append("run", ended(Status.INTERRUPTED), new)
        for after, reader in enumerate(readers):
            assert [event.seq for event in await reader] == list(range(after + 1, 5))
