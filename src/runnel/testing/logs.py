"""What every log must hold to, as tests to inherit.

    class TestMyLog(LogContract):
        @pytest.fixture
        def log(self) -> EventLog:
            return MyLog()

Run them with pytest-asyncio in auto mode; the fixture may be asynchronous. Each test begins with a log of its own, or
at least with none of the runs that are named here in it.
"""

import asyncio

import pytest

from ..errors import RunEnded as RunEndedError
from ..errors import StaleEpoch, UnknownRun
from ..log import EventLog, Segment
from ..vocabulary.events import Event, TextDelta
from ..vocabulary.messages import Status
from ..vocabulary.wire import decode_lines
from .following import MUCH, PATIENCE, FollowingContract, ended, followed, said, texts, turn

__all__ = ["LogContract"]


class LogContract(FollowingContract):
    """Inherit this, and give the fixture `log`."""

    @pytest.fixture
    def log(self) -> EventLog:
        """The log to be tested, fresh."""
        raise NotImplementedError("give the fixture `log`")

    # -- observing --

    async def test_an_observer_is_told_of_each_segment_once_it_is_there(self, log: EventLog) -> None:
        told: list[tuple[str, list[str], bool]] = []

        def observe(run: str, segment: Segment, seconds: float) -> None:
            tail = log.tail(run)
            told.append((run, said(segment.events), seconds >= 0 and (tail is None or tail.last >= segment.last)))

        log.observers = (observe,)
        epoch = await log.claim("run")
        await log.append("run", texts("a", "b"), epoch)
        await log.append("run", ended(), epoch)
        with pytest.raises(RunEndedError):
            await log.append("run", texts("c"), epoch)
        assert [(run, words) for run, words, _ in told] == [("run", ["a", "b"]), ("run", [])]
        assert all(there for _, _, there in told)

    # -- claiming --

    async def test_each_claim_gives_a_higher_epoch(self, log: EventLog) -> None:
        epochs = [await log.claim("run") for _ in range(5)]
        assert epochs == sorted(set(epochs))

    async def test_the_first_claim_makes_an_empty_log(self, log: EventLog) -> None:
        await log.claim("run")
        assert await log.last_seq("run") == 0
        assert await log.read("run") == []

    async def test_an_older_epoch_is_refused_and_changes_nothing(self, log: EventLog) -> None:
        old = await log.claim("run")
        await log.append("run", texts("a"), old)
        new = await log.claim("run")
        with pytest.raises(StaleEpoch, match="run"):
            await log.append("run", texts("b"), old)
        assert await log.append("run", texts("c"), new) == 2
        with pytest.raises(StaleEpoch):
            await log.append("run", texts("d"), old)
        assert said(await log.read("run")) == ["a", "c"]

    async def test_an_epoch_of_another_run_or_of_nobody_is_refused(self, log: EventLog) -> None:
        await log.claim("run")
        other = await log.claim("other")
        await log.claim("other")
        for epoch in (0, -1, other + 100):
            with pytest.raises(StaleEpoch):
                await log.append("run", texts("a"), epoch)
        assert await log.last_seq("run") == 0

    async def test_an_epoch_is_worth_nothing_after_the_run_was_forgotten_and_made_anew(self, log: EventLog) -> None:
        old = await log.claim("run")
        await log.append("run", texts("old"), old)
        await log.forget("run")
        new = await log.claim("run")
        assert new > old
        with pytest.raises(StaleEpoch):
            await log.append("run", texts("old"), old)
        assert await log.append("run", texts("new"), new) == 1
        assert said(await log.read("run")) == ["new"]

    # -- appending --

    async def test_seq_is_one_two_three_over_all_appends(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        assert await log.append("run", texts("a"), epoch) == 1
        assert await log.append("run", texts("b", "c", "d"), epoch) == 4
        await log.claim("run")
        epoch = await log.claim("run")
        assert await log.append("run", texts("e"), epoch) == 5
        assert [event.seq for event in await log.read("run")] == [1, 2, 3, 4, 5]
        assert await log.last_seq("run") == 5

    async def test_appending_nothing_gives_the_last_seq(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        assert await log.append("run", [], epoch) == 0
        await log.append("run", texts("a", "b"), epoch)
        assert await log.append("run", [], epoch) == 2

    async def test_appends_take_effect_in_the_order_of_their_calls(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        appends = [log.append("run", texts(f"{i}a", f"{i}b"), epoch) for i in range(50)]
        assert await asyncio.gather(*appends) == [2 * i + 2 for i in range(50)]
        assert said(await log.read("run")) == [f"{i}{half}" for i in range(50) for half in "ab"]

    async def test_an_append_whose_caller_left_is_there_once_or_not_at_all(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        appends = [asyncio.ensure_future(log.append("run", texts(str(i)), epoch)) for i in range(20)]
        await turn(1)
        for append in appends[::2]:
            append.cancel()
        await asyncio.gather(*appends, return_exceptions=True)
        await log.append("run", texts("last"), epoch)
        events = await log.read("run")
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        kept = said(events)
        assert kept == sorted(set(kept), key=lambda text: (text == "last", text.isdigit() and int(text)))
        assert {str(i) for i in range(1, 20, 2)} <= set(kept)

    async def test_events_of_another_log_are_copied(self, log: EventLog) -> None:
        event = TextDelta("a", seq=7)
        epoch = await log.claim("run")
        await log.append("run", [event], epoch)
        assert event.seq == 7
        assert (await log.read("run"))[0].seq == 1

    async def test_one_event_appended_twice_is_two_events(self, log: EventLog) -> None:
        event = TextDelta("a")
        epoch, other = await log.claim("run"), await log.claim("other")
        await log.append("run", [event, event], epoch)
        await log.append("other", [event], other)
        assert [one.seq for one in await log.read("run")] == [1, 2]
        assert [one.seq for one in await log.read("other")] == [1]

    async def test_runs_do_not_mix(self, log: EventLog) -> None:
        names = [f"run_{i}" for i in range(20)]

        async def write(run: str) -> None:
            epoch = await log.claim(run)
            for i in range(10):
                await log.append(run, texts(f"{run} {i}"), epoch)
            await log.append(run, ended(), epoch)

        readers: list[list[Event]]
        _, *readers = await asyncio.gather(  # type: ignore[assignment]  # the writers' results are set aside
            asyncio.gather(*map(write, names)), *[self._once_there(log, run) for run in names]
        )
        for run, events in zip(names, readers, strict=True):
            assert said(events) == [f"{run} {i}" for i in range(10)]

    async def _once_there(self, log: EventLog, run: str) -> list[Event]:
        while True:
            try:
                return await followed(log, run)
            except UnknownRun:
                await asyncio.sleep(0)

    # -- feeding --

    async def test_a_feeder_is_asked_once_and_told_when_what_it_gave_is_durable(self, log: EventLog) -> None:
        feeder = _Feeder("run", await log.claim("run"))
        log.feed(feeder)  # it is not asked within the call
        feeder.waiting += ["a", "b"]
        assert await feeder.told() == 2
        feeder.waiting.append("c")
        log.feed(feeder)
        later = asyncio.ensure_future(log.append("run", texts("d"), feeder.epoch))
        assert await feeder.told() == 3
        assert await later == 4
        assert feeder.taken == [2, 1]
        assert said(await log.read("run")) == ["a", "b", "c", "d"]

    async def test_a_feeder_is_told_why_nothing_was_appended(self, log: EventLog) -> None:
        feeder = _Feeder("run", await log.claim("run"))
        await log.claim("run")
        log.feed(feeder)
        with pytest.raises(StaleEpoch, match="run"):
            await feeder.told()
        log.feed(unknown := _Feeder("other", feeder.epoch))
        with pytest.raises(UnknownRun, match="other"):
            await unknown.told()

    # -- the end --

    async def test_nothing_follows_the_end(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        await log.append("run", [*texts("a"), *ended()], epoch)
        for events in (texts("b"), ended(Status.FAILED)):
            with pytest.raises(RunEndedError, match="run"):
                await log.append("run", events, epoch)
        assert await log.last_seq("run") == 2

    async def test_a_claim_after_the_end_cannot_append_either(self, log: EventLog) -> None:
        await log.append("run", ended(), await log.claim("run"))
        epoch = await log.claim("run")
        with pytest.raises(RunEndedError):
            await log.append("run", texts("a"), epoch)
        assert len(await log.read("run")) == 1

    async def test_of_two_ends_at_once_one_is_taken(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        ends = [log.append("run", ended(status), epoch) for status in (Status.CANCELLED, Status.COMPLETED)]
        first, second = await asyncio.gather(*ends, return_exceptions=True)
        assert first == 1
        assert isinstance(second, RunEndedError)
        assert [event.type for event in await log.read("run")] == ["run.ended"]

    # -- reading --

    async def test_reading_begins_after_any_seq(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        for batch in (1, 5, 1, 1, 7, 3):
            await log.append("run", texts(*"x" * batch), epoch)
        for after in range(20):
            assert [event.seq for event in await log.read("run", after)] == list(range(after + 1, 19))

    async def test_a_limit_is_kept_to(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        for batch in (1, 5, 1, 1, 7, 3):
            await log.append("run", texts(*"x" * batch), epoch)
        for limit in range(1, 20):
            assert [event.seq for event in await log.read("run", 2, limit)] == list(range(3, min(3 + limit, 19)))

    async def test_segments_are_whole_and_hold_their_events(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        for i in range(40):
            await log.append("run", texts(*[f"é{i} 🜂\n"] * (i % 3 + 1)), epoch)
        after, read = 4, 0
        while segments := await log.read_segments("run", after, limit=10):
            for segment in segments:
                assert segment.first == after + 1
                assert [event.seq for event in segment.events] == list(range(segment.first, segment.last + 1))
                assert decode_lines(segment.data) == list(segment.events)
                assert not segment.ended
                after = segment.last
            read += 1
        assert after == await log.last_seq("run")
        assert read >= 3

    async def test_an_unknown_run_is_named(self, log: EventLog) -> None:
        for asking in (
            log.last_seq("run_x"),
            log.read("run_x"),
            log.read_segments("run_x"),
            log.append("run_x", texts("a"), 1),
            followed(log, "run_x"),
        ):
            with pytest.raises(UnknownRun, match="run_x"):
                await asking

    # -- forgetting --

    async def test_a_forgotten_run_is_unknown(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        await log.append("run", texts("a"), epoch)
        await log.forget("run")
        for asking in (
            log.read("run"),
            log.last_seq("run"),
            log.append("run", texts("b"), epoch),
            followed(log, "run"),
        ):
            with pytest.raises(UnknownRun):
                await asking

    async def test_forgetting_what_is_not_there_is_nothing(self, log: EventLog) -> None:
        await log.forget("run")
        await log.append("run", ended(), await log.claim("run"))
        await log.forget("run")
        await log.forget("run")

    async def test_the_readers_of_a_forgotten_run_end(self, log: EventLog) -> None:
        epoch = await log.claim("run")
        silent = await log.claim("silent")
        readers = [asyncio.ensure_future(followed(log, run)) for run in ("run", "silent")]
        behind = log.follow("run")
        await log.append("run", texts("a"), epoch)
        await anext(behind)
        for i in range(20):
            await log.append("run", texts(str(i).ljust(MUCH)), epoch)
        await turn()
        await log.forget("run")
        await log.forget("silent")
        assert said(await readers[0])[:1] in ([], ["a"])
        assert await readers[1] == []
        async with asyncio.timeout(PATIENCE):
            rest = [event.seq async for event in behind]
        assert rest == list(range(2, len(rest) + 2))
        with pytest.raises(UnknownRun):
            await log.append("silent", texts("a"), silent)

    async def test_forgetting_one_run_leaves_the_others(self, log: EventLog) -> None:
        epochs = {run: await log.claim(run) for run in ("a", "b", "c")}
        for run, epoch in epochs.items():
            await log.append(run, texts(run), epoch)
        await log.forget("b")
        await log.append("d", texts("d"), await log.claim("d"))
        for run in ("a", "c", "d"):
            assert said(await log.read(run)) == [run]
        assert await log.append("c", texts("c"), epochs["c"]) == 2


class _Feeder:
    """Has what is in `waiting`; `taken` says how much it gave each time it was asked."""

    def __init__(self, run: str, epoch: int) -> None:
        self.run = run
        self.epoch = epoch
        self.waiting: list[str] = []
        self.taken: list[int] = []
        self._told: asyncio.Queue[int | BaseException] = asyncio.Queue()

    def take(self) -> list[Event]:
        waiting, self.waiting = self.waiting, []
        self.taken.append(len(waiting))
        return texts(*waiting)

    def appended(self, last: int) -> None:
        self._told.put_nowait(last)

    def failed(self, error: BaseException) -> None:
        self._told.put_nowait(error)

    async def told(self) -> int:
        async with asyncio.timeout(PATIENCE):
            told = await self._told.get()
        if isinstance(told, BaseException):
            raise told
        return told
