"""Whoever asked is told that a run has ended, or waits: once it is so, however long that takes, and beside the runs."""

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from runnel import Chat, Runnel
from runnel.chats.notifying import WAITS, Notifier
from runnel.config import Config, NotifyConfig
from runnel.errors import ConfigError
from runnel.models.scripted import Item, Pause, Scripted, tool_call
from runnel.store import now_ms
from runnel.tools import tool
from runnel.vocabulary.prompt import Finish
from runnel.webhooks import Notice, verify
from tests.apps import config, in_time, turns, until_said, until_true
from tests.chats.receiver import receiver
from tests.runs.processes import child, line

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def settings(**notify: Any) -> Config:
    """Settings with a secret."""
    return Config(runs=config().runs, notify=NotifyConfig(**{"secret": SECRET, **notify}))


class Clock:
    """Gives the time that the test says; what is due is told when the test says so."""

    def __init__(self, app: Runnel) -> None:
        self.at = round(datetime(2030, 1, 7, tzinfo=UTC).timestamp() * 1000)
        self.notifier: Notifier = app._open.notifier
        self.notifier.now = lambda: self.at
        assert self.notifier._task is not None
        self.notifier._task.cancel()

    async def tell(self) -> int:
        """Tell what is due, and wait until that is done; returns how many."""
        tasks = await self.notifier.tell_due()
        await in_time(asyncio.gather(*tasks))
        return len(tasks)


async def rows(app: Runnel) -> list[tuple[Any, ...]]:
    """What lies in the database to be told."""
    return await app._open.database.read(
        lambda connection: list(connection.execute("SELECT target, status, attempts, next_at FROM notices"))
    )


async def answered(app: Runnel, **settings: Any) -> Chat:
    """A chat with one answer."""
    chat = await app.chat(model=Scripted("the answer"), **settings)
    await in_time(chat.answer("go"))
    return chat


# What is told


async def test_a_url_is_told_that_a_run_has_ended(url: str) -> None:
    async with receiver() as there, Runnel(url, config=settings(), notify=there.url) as app:
        chat = await answered(app)
        await there.until(1)
        (request,) = there.requests
        notice = verify(request.headers, request.body, SECRET)
        run = (await app.runs())[0]
        assert (notice.type, notice.status, notice.content) == ("run.ended", "completed", "the answer")
        assert (notice.run_id, notice.chat_id, notice.message_id) == (run.id, chat.id, run.message_id)
        assert request.headers["webhook-id"] == notice.id
        assert (request.method, request.headers["content-type"]) == ("POST", "application/json")
        body = msgspec.json.decode(request.body)
        assert set(body) == {"type", "timestamp", "data"}
        assert datetime.fromisoformat(body["timestamp"]).timestamp() * 1000 == notice.at


async def test_a_function_is_told(app: Runnel, url: str) -> None:
    told: list[Notice] = []

    async def listen(notice: Notice) -> None:
        told.append(notice)

    class Listener:
        async def __call__(self, notice: Notice) -> None:
            told.append(notice)

    for notify in (told.append, listen, Listener(), lambda notice: listen(notice)):
        async with Runnel(url, config=config(), notify=notify) as app:
            await answered(app)
            await until_true(lambda: len(told) == 1)
        assert told.pop().content == "the answer"


@pytest.mark.parametrize("status", ["cancelled", "failed", "incomplete"])
async def test_it_is_told_however_a_run_ends(app: Runnel, url: str, status: str) -> None:
    script: dict[str, list[Any]] = {
        "cancelled": ["part", Pause(3600)],
        "failed": ["part", ValueError("no")],
        "incomplete": ["part", Finish("length")],
    }
    told: list[Notice] = []
    async with Runnel(url, config=config(), notify=told.append) as app:
        run = await (await app.chat(model=Scripted(*script[status]))).start("go")
        if status == "cancelled":
            await until_said(run)
            await run.cancel()
        await in_time(run.wait())
        await until_true(lambda: bool(told))
    assert (told[0].status, told[0].content) == (status, "part")
    assert (told[0].error is not None) == (status == "failed")
    assert told[0].error is None or told[0].error.details == {}


async def test_a_chat_may_have_a_url_of_its_own(url: str) -> None:
    async with receiver() as there, receiver() as other, Runnel(url, config=settings(), notify=there.url) as app:
        mine = await answered(app, notify=other.url)
        await answered(app)
        await answered(app, notify=there.url)  # told once
        await there.until(3)
        await other.until(1)
        assert msgspec.json.decode(other.requests[0].body)["data"]["chat_id"] == mine.id
        assert len(there.requests) == 3


async def test_nothing_is_written_where_nobody_asked(app: Runnel) -> None:
    await answered(app)
    assert await rows(app) == []


async def test_the_url_is_a_setting() -> None:
    async with receiver() as there, Runnel("sqlite://", config=settings(url=there.url)) as app:
        await answered(app)
        await there.until(1)


@pytest.mark.parametrize("wrong", ["ftp://x/y", "file:///etc/passwd", "hook", "http://", "https:///path"])
async def test_a_url_that_nothing_can_be_sent_to_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigError, match="notify"):
        await Runnel("sqlite://", config=settings(), notify=wrong).__aenter__()
    async with Runnel("sqlite://", config=settings()) as app:
        with pytest.raises(ConfigError, match="notify"):
            await app.chat(model=Scripted("x"), notify=wrong)


@pytest.mark.parametrize("secret", [None, "whsec_not base64", "whsec_c2hvcnQ="])
async def test_nothing_is_sent_without_a_secret_that_is_one(secret: str | None) -> None:
    with pytest.raises(ConfigError, match="secret") as caught:
        await Runnel("sqlite://", config=settings(secret=secret), notify="http://x/").__aenter__()
    assert secret is None or secret not in str(caught.value)


# Failures


async def test_what_failed_is_told_again_later_and_less_often(url: str) -> None:
    async with receiver(500, 404, 302, 429) as there, Runnel(url, config=settings(), notify=there.url) as app:
        clock = Clock(app)
        await answered(app)
        for count, wait in enumerate(WAITS[:4], 1):
            assert await clock.tell() == 1
            assert len(there.requests) == count
            clock.at += wait * 1000 - 1
            assert await clock.tell() == 0
            clock.at += 1
        assert await clock.tell() == 1
        assert len({request.headers["webhook-id"] for request in there.requests}) == 1
        assert len({request.body for request in there.requests}) == 1
        assert await rows(app) == []


async def test_it_is_given_up_in_the_end_and_what_was_not_told_stays(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with receiver(*[500] * 100) as there, Runnel(url, config=settings(), notify=there.url) as app:
        clock = Clock(app)
        await answered(app)
        for wait in (*WAITS, 10**6):
            assert await clock.tell() == 1
            clock.at += wait * 1000
        assert await clock.tell() == 0
        assert len(there.requests) == len(WAITS) + 1
        assert await rows(app) == [(there.url, "completed", len(WAITS) + 1, None)]
        assert "given up" in caplog.text


async def test_a_receiver_that_is_gone_is_told_nothing_more(url: str) -> None:
    async with receiver(410) as there, Runnel(url, config=settings(), notify=there.url) as app:
        clock = Clock(app)
        await answered(app)
        assert await clock.tell() == 1
        assert await rows(app) == []


async def test_a_function_that_raises_is_told_again(url: str) -> None:
    told = []

    def listen(notice: Notice) -> None:
        told.append(notice)
        if len(told) < 3:
            raise SystemExit("no")

    async with Runnel(url, config=config(), notify=listen) as app:
        clock = Clock(app)
        await answered(app)
        for wait in WAITS[:3]:
            assert await clock.tell() == 1
            clock.at += wait * 1000
        assert await clock.tell() == 0
    assert len({notice.id for notice in told}) == 1


async def test_a_receiver_that_is_slow_or_not_there_holds_up_no_run_and_no_other_receiver(url: str) -> None:
    slow = asyncio.Event()
    async with receiver(slow) as there, receiver() as other, Runnel(url, config=settings(), notify=there.url) as app:
        for _ in range(3):
            await answered(app, notify=other.url)
        await answered(app, notify="http://127.0.0.1:1/nobody-listens")
        await other.until(3)
        await there.until(4)
        slow.set()


async def test_the_secret_and_the_url_are_in_no_log(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "runnel")
    async with receiver(500) as there, Runnel(url, config=settings(), notify=there.url) as app:
        clock = Clock(app)
        await answered(app)
        await clock.tell()
    logged = "\n".join([record.getMessage() for record in caplog.records if record.name == "runnel"])
    assert "127.0.0.1" in logged
    assert "hidden" not in logged
    assert SECRET not in logged
    assert SECRET not in repr(app._config)


# Restarts and other processes


async def test_what_could_not_be_told_is_told_by_the_next_that_opens_the_database(file_url: str) -> None:
    async with receiver(500) as there:
        async with Runnel(file_url, config=settings(), notify=there.url) as app:
            clock = Clock(app)
            await answered(app)
            assert await clock.tell() == 1
            at = clock.at
        async with Runnel(file_url, config=settings()) as app:
            clock = Clock(app)
            clock.at = at + WAITS[0] * 1000
            assert await clock.tell() == 1
        assert len({request.headers["webhook-id"] for request in there.requests}) == 1
        assert len(there.requests) == 2


async def test_what_a_killed_process_was_telling_is_told_by_another(file_url: str) -> None:
    hang = asyncio.Event()
    async with receiver(hang) as there:
        async with child("answer_telling", file_url, there.url, SECRET) as other:
            await there.until(1)
            other.kill()
            await other.wait()
        async with Runnel(file_url, config=settings()) as app:
            await there.until(2)
            first, second = [verify(request.headers, request.body, SECRET) for request in there.requests]
            assert first == second
            await until_none_are_left(app)
        hang.set()


async def until_none_are_left(app: Runnel) -> None:
    """Wait until all was told."""
    async with asyncio.timeout(20):
        while await rows(app):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_one_of_several_that_have_the_database_open_tells(file_url: str) -> None:
    async with (
        receiver() as there,
        Runnel(file_url, config=settings(), notify=there.url) as one,
        Runnel(file_url, config=settings(), notify=there.url) as other,
    ):
        clocks = [Clock(app) for app in (one, other)]
        for app in (one, other, one, other):
            await answered(app)
        await in_time(asyncio.gather(*[clock.tell() for clock in clocks for _ in range(3)]))
        await turns(10)
        assert len(there.requests) == 4
        assert len({request.headers["webhook-id"] for request in there.requests}) == 4
        assert await rows(one) == []


async def test_that_a_run_was_interrupted_is_told_by_whoever_finds_it(file_url: str) -> None:
    told: list[Notice] = []
    async with Runnel(file_url, config=config(), notify=told.append) as app:
        async with child("answer", file_url, "theirs", "1000", "0.01") as other:
            await line(other)
            await until_said(await app.run("theirs"))
            other.kill()
            await other.wait()
        message = await in_time((await app.run("theirs")).wait())
        await until_true(lambda: bool(told))
    assert (told[0].run_id, told[0].status, told[0].content) == ("theirs", "interrupted", message.content)


async def test_what_ends_just_before_closing_is_told_still(file_url: str) -> None:
    async with receiver() as there:
        async with Runnel(file_url, config=settings(), notify=there.url) as app:
            await answered(app)
        assert len(there.requests) == 1


async def test_whoever_is_told_while_it_closes_may_still_look(file_url: str) -> None:
    told: list[str] = []

    async def listen(notice: Notice) -> None:
        assert notice.chat_id is not None
        told.append((await app.get_chat(notice.chat_id)).title)

    async with Runnel(file_url, config=config(), notify=listen) as app:
        chat = await app.chat(model=Scripted("part", Pause(3600)), title="mine")
        await until_said(await chat.start("go"))
    assert told == ["mine"]
    assert not app.is_open


async def test_it_is_told_that_a_run_waits_for_consent_and_then_that_it_has_ended(app: Runnel, url: str) -> None:
    @tool(permission="ask")
    def send() -> str:
        """Send it."""
        return "sent"

    told: asyncio.Queue[Notice] = asyncio.Queue()
    script: list[list[Item]] = [["May I? ", tool_call("send")], ["Done."]]
    async with Runnel(url, config=config(), notify=told.put) as app:
        run = await (await app.chat(model=Scripted(answers=script), tools=[send])).start("go")
        notice = await in_time(told.get())
        assert (notice.type, notice.status, notice.run_id) == ("run.waiting", "waiting", run.id)
        (call,) = notice.calls
        await run.approve(call)
        notice = await in_time(told.get())
        assert (notice.type, notice.status, notice.calls) == ("run.ended", "completed", ())
        assert notice.content.endswith("Done.")


async def test_a_notice_is_told_though_the_clock_was_set_back_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    told: asyncio.Queue[Notice] = asyncio.Queue()
    async with Runnel("sqlite://", config=settings(), notify=told.put) as app:
        with monkeypatch.context() as fast:
            fast.setattr("runnel.store.runs.now_ms", lambda: now_ms() + 3_600_000)
            chat = await answered(app)
        notice = await in_time(told.get())
        assert (notice.status, notice.chat_id) == ("completed", chat.id)
