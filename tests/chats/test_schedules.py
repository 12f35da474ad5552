"""Questions that are asked later: after a run, at a time, again and again. The clock is the test's."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from runnel import Chat, Runnel, Schedule
from runnel.chats.scheduling import Scheduler, following
from runnel.config import Config
from runnel.errors import KeyConflict, Misuse, RunInProgress, UnknownRun
from runnel.models.scripted import Pause, Scripted
from runnel.store import ScheduleValue
from tests.apps import config, ends_once, events_of, in_time, shape, until_said
from tests.runs.processes import child, line

MONDAY = datetime(2030, 1, 7, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    """Gives the time that the test says."""

    def __init__(self) -> None:
        self.at = MONDAY

    def __call__(self) -> int:
        return round(self.at.timestamp() * 1000)

    def rule(self, app: Runnel) -> Scheduler:
        """Have the app live by this clock; what is due is asked when the test says so."""
        scheduler = app._open.scheduler
        if scheduler._task is not None:
            scheduler._task.cancel()
        scheduler.now = self
        return scheduler


@pytest.fixture
def clock() -> Clock:
    """It is Monday noon."""
    return Clock()


@pytest.fixture
def scheduler(app: Runnel, clock: Clock) -> Scheduler:
    """Asks what is due by the test's clock."""
    return clock.rule(app)


async def contents(schedule: Schedule) -> list[str]:
    """What the runs of a schedule have answered."""
    return [(await in_time(run.wait())).content for run in await schedule.runs()]


# After a run


async def test_a_run_after_another_stays_queued_until_that_has_ended_however(app: Runnel) -> None:
    first = await (await app.chat(model=Scripted("said", Pause(3600)))).start("go")
    chat = await app.chat(model=Scripted("after"))
    second = await chat.start("then", after=first)
    await until_said(first)
    assert (await second.message()).status == "queued"
    await first.cancel()
    assert (await in_time(second.wait())).content == "after"
    ends_once(await events_of(second), "completed")
    third = await chat.start("and then", after=first.id)
    assert (await in_time(third.wait())).content == "after"


async def test_a_run_after_one_of_the_same_chat_takes_its_place_when_it_starts(app: Runnel) -> None:
    go_on = asyncio.Event()
    chat = await app.chat(model=Scripted(answers=lambda prompt: [prompt.question, go_on]))
    first = await chat.start("a")
    last = await chat.start("c", after=await chat.start("b", after=first))
    go_on.set()
    await in_time(last.wait())
    assert [text for _, _, text in await shape(chat)] == ["a", "a", "b", "b", "c", "c"]


async def test_a_chat_is_busy_while_its_run_waits_for_another(app: Runnel) -> None:
    first = await (await app.chat(model=Scripted("said", Pause(3600)))).start("go")
    chat = await app.chat(model=Scripted("x"))
    run = await chat.start("then", after=first)
    with pytest.raises(RunInProgress):
        await chat.start("now")
    assert (await run.cancel()).status == "cancelled"
    assert (await in_time(chat.answer("now"))).content == "x"


async def test_a_run_after_another_survives_a_restart(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        first = await (await app.chat(model=Scripted("said", Pause(3600)))).start("go")
        chat = await app.chat(model=Scripted("x"))
        second = await chat.start("then", after=first)
        await until_said(first)
    async with Runnel(file_url, config=config(model_wait=5)) as app:
        await app.get_chat(chat.id, model=Scripted("after all"))
        assert (await in_time((await app.run(second.id)).wait())).content == "after all"
        assert (await (await app.run(first.id)).message()).status == "interrupted"


async def test_after_an_unknown_run_is_refused(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"))
    with pytest.raises(UnknownRun, match="nobody"):
        await chat.start("then", after="nobody")
    assert await chat.messages() == []


# At a time


async def test_at_a_time_it_is_asked_once(app: Runnel, scheduler: Scheduler, clock: Clock) -> None:
    chat = await app.chat(model=Scripted("noon"))
    at = datetime(2030, 1, 7, 14, tzinfo=ZoneInfo("Europe/Berlin"))  # 13:00 UTC
    schedule = await chat.start("what time?", at=at)
    assert (schedule.next_at, schedule.question, schedule.every) == (at, "what time?", None)
    assert await scheduler.ask_due()
    assert await chat.messages() == []
    clock.at += HOUR
    for _ in range(3):
        assert await scheduler.ask_due()
    assert await contents(schedule) == ["noon"]
    assert await shape(chat) == [("user", "completed", "what time?"), ("assistant", "completed", "noon")]
    assert await chat.schedules() == []


async def test_the_answer_arrives_while_nobody_asks_for_it(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("here"))
    schedule = await chat.start("go", at=datetime.now(UTC) - HOUR)
    async with asyncio.timeout(20):
        async for change in chat.events():
            if change.type == "run.changed" and change.status == "completed":
                break
    assert await contents(schedule) == ["here"]


async def test_what_is_due_while_the_chat_answers_is_enqueued(app: Runnel, scheduler: Scheduler) -> None:
    go_on = asyncio.Event()
    chat = await app.chat(model=Scripted(answers=lambda prompt: [prompt.question, go_on]))
    await until_said(await chat.start("now"))
    schedule = await chat.start("later", at=MONDAY - HOUR)
    await scheduler.ask_due()
    (run,) = await schedule.runs()
    assert (await run.message()).status == "queued"
    go_on.set()
    assert await contents(schedule) == ["later"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": datetime(2030, 1, 1)},
        {"every": "every day"},
        {"every": "0 0 30 2 *"},
        {"every": "0 8 * * *", "zone": "Mars/Olympus"},
        {"every": "0 8 * * *", "at": MONDAY},
        {"every": "0 8 * * *", "if_busy": "interrupt"},
        {"at": MONDAY, "after": "run_1"},
    ],
    ids=str,
)
async def test_a_moment_that_makes_no_sense_is_refused(app: Runnel, wrong: dict[str, object]) -> None:
    chat = await app.chat(model=Scripted("x"))
    with pytest.raises(Misuse):
        await chat.start("go", **wrong)  # type: ignore[call-overload]
    assert await chat.schedules() == []


# Again and again


async def test_a_cron_expression_is_asked_at_each_of_its_moments(
    app: Runnel, scheduler: Scheduler, clock: Clock
) -> None:
    chat = await app.chat(model=Scripted("news"))
    schedule = await chat.start("news?", every="0 8 * * 1-5", zone="Europe/Berlin")
    assert str(schedule.next_at) == "2030-01-08 08:00:00+01:00"
    for day in range(8, 15):
        clock.at = datetime(2030, 1, day, 7, tzinfo=UTC)
        await scheduler.ask_due()
        await contents(schedule)
    assert await contents(schedule) == ["news"] * 5  # not on Saturday and Sunday
    (left,) = await chat.schedules()
    assert str(left.next_at) == "2030-01-15 08:00:00+01:00"


async def test_what_was_missed_is_asked_once(app: Runnel, scheduler: Scheduler, clock: Clock) -> None:
    chat = await app.chat(model=Scripted("x"))
    schedule = await chat.start("go", every="0 * * * *")
    clock.at += timedelta(days=3, minutes=10)
    for _ in range(3):
        await scheduler.ask_due()
    assert await contents(schedule) == ["x"]
    (left,) = await chat.schedules()
    assert left.next_at == MONDAY + timedelta(days=3, hours=1)


async def test_what_comes_while_the_one_before_is_going_is_left_out(
    app: Runnel, scheduler: Scheduler, clock: Clock
) -> None:
    chat = await app.chat(model=Scripted("said", Pause(3600)))
    schedule = await chat.start("go", every="0 * * * *")
    for _ in range(5):
        clock.at += HOUR
        await scheduler.ask_due()
    (run,) = await schedule.runs()
    await run.cancel()
    clock.at += HOUR
    await scheduler.ask_due()
    assert len(await schedule.runs()) == 2
    await schedule.cancel()


async def test_nothing_more_comes_of_a_cancelled_schedule(app: Runnel, scheduler: Scheduler, clock: Clock) -> None:
    chat = await app.chat(model=Scripted("x"))
    schedule = await chat.start("go", every="0 * * * *")
    await schedule.cancel()
    await schedule.cancel()
    assert schedule.next_at is None
    clock.at += HOUR
    await scheduler.ask_due()
    assert (await chat.schedules(), await schedule.runs()) == ([], [])


async def test_the_same_id_is_the_same_schedule(app: Runnel, scheduler: Scheduler, clock: Clock) -> None:
    chat = await app.chat(model=Scripted("x"))
    first = await chat.start("go", every="0 * * * *", id="hourly")
    clock.at += HOUR / 2
    again = await chat.start("go", every="0 * * * *", id="hourly")
    assert (again.id, again.next_at) == ("hourly", first.next_at)
    with pytest.raises(KeyConflict, match="hourly"):
        await chat.start("go", every="30 * * * *", id="hourly")
    assert len(await chat.schedules()) == 1
    await chat.start("go", every="0 * * * *", id="hourly:1")
    clock.at += HOUR
    await scheduler.ask_due()
    assert len(await first.runs()) == 1


@pytest.mark.parametrize(
    ("after", "moments"),
    [
        ("2026-03-28T12:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
        ("2026-10-24T12:00", ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
    ],
)
def test_a_clock_that_is_put_forward_or_back_neither_skips_nor_repeats(after: str, moments: list[str]) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    value = ScheduleValue("s", "c", "q", 0, every="30 2 * * *", zone="Europe/Berlin")
    at = round(datetime.fromisoformat(after).replace(tzinfo=berlin).timestamp() * 1000)
    for moment in moments:
        found = following(value, at)
        assert found is not None
        assert datetime.fromtimestamp(found / 1000, berlin).isoformat(timespec="minutes") == moment
        at = found


async def test_the_time_zone_is_a_setting(clock: Clock) -> None:
    settings = Config(runs=config().runs, time_zone="Asia/Tokyo")
    async with Runnel("sqlite://", config=settings) as app:
        clock.rule(app)
        chat = await app.chat(model=Scripted("x"))
        schedule = await chat.start("go", every="0 8 * * *")
        assert (schedule.zone, str(schedule.next_at)) == ("Asia/Tokyo", "2030-01-08 08:00:00+09:00")


# Restarts and other processes


async def test_what_came_due_while_nobody_was_there_is_asked_on_opening(file_url: str, clock: Clock) -> None:
    async with Runnel(file_url, config=config()) as app:
        clock.rule(app)
        chat = await app.chat(model="scripted:caught up")
        schedule = await chat.start("go", every="* * * * *", id="minutely")
        past = await chat.start("past", at=datetime(2020, 1, 1, tzinfo=UTC))
    async with Runnel(file_url, config=config()) as app:
        chat = await app.get_chat(chat.id)
        async with asyncio.timeout(20):
            async for change in chat.events():
                if change.type == "run.changed" and change.status == "completed":
                    break
        assert [one.id for one in await chat.schedules()] == [schedule.id]
        (run,) = await Schedule(app._open.scheduler, past._value).runs()
        assert (await in_time(run.wait())).content == "caught up"


async def test_a_schedule_waits_for_a_model_that_is_not_there(
    file_url: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with Runnel(file_url, config=config()) as app:
        clock.rule(app)
        chat = await app.chat(model=Scripted("x"))
        await chat.start("go", at=MONDAY)
    async with Runnel(file_url, config=config()) as app:
        scheduler = clock.rule(app)
        assert not await scheduler.ask_due()
        assert not await scheduler.ask_due()
        assert len([one for one in caplog.records if "is due and waits" in one.message]) == 1
        chat = await app.get_chat(chat.id, model=Scripted("here"))
        assert await scheduler.ask_due()
        assert (await in_time((await app.runs())[0].wait())).content == "here"


async def test_several_that_ask_at_once_begin_one_run(file_url: str, clock: Clock) -> None:
    async with (
        Runnel(file_url, config=config()) as one,
        Runnel(file_url, config=config()) as two,
        Runnel(file_url, config=config()) as three,
    ):
        schedulers = [clock.rule(app) for app in (one, two, three)]
        chats = [await one.chat(model="scripted:x") for _ in range(5)]
        schedules = [await chat.start("go", every="0 * * * *") for chat in chats]
        for round_ in range(1, 4):
            clock.at += HOUR
            await in_time(asyncio.gather(*[scheduler.ask_due() for scheduler in schedulers for _ in range(2)]))
            for schedule in schedules:
                assert await contents(schedule) == ["x"] * round_
        assert [len(await chat.messages()) for chat in chats] == [6] * 5


async def test_one_of_several_processes_asks(file_url: str) -> None:
    async with (
        Runnel(file_url, config=config()) as app,
        child("open", file_url) as one,
        child("open", file_url) as other,
    ):
        for process in (one, other):
            assert await line(process) == "open"
        chat = await app.chat(model="scripted:x")
        schedules = [await chat.start(f"{n}", at=datetime.now(UTC) + timedelta(seconds=0.3)) for n in range(3)]
        while await chat.schedules():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert [await contents(schedule) for schedule in schedules] == [["x"]] * 3
        assert len(await chat.messages()) == 6


async def test_what_a_killed_process_had_scheduled_is_asked_by_another(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        chat = await app.chat(model="scripted:x")
        async with child("schedule", file_url, chat.id) as other:
            assert await line(other) == "scheduled"
            other.kill()
        app._open.database.fire("schedules")
        await until_true_of(chat)


async def until_true_of(chat: Chat) -> None:
    """Wait until the chat has one answer."""
    async with asyncio.timeout(20):
        while len(await chat.messages()) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await in_time((await chat.messages())[-1].run.wait())


async def test_one_that_only_looks_asks_nothing(file_url: str) -> None:
    async with Runnel(file_url, config=config(), go_on=False) as app:
        chat = await app.chat(model="scripted:x")
        await chat.start("go", at=MONDAY - timedelta(days=3650))
        assert app._open.scheduler._task is None
        await asyncio.sleep(0)
        assert len(await chat.schedules()) == 1
