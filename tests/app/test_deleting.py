"""Deleting a chat: gone at once for everybody, nothing of it left behind, and nothing of its forks touched."""

import asyncio
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest

from runnel import Chat, Runnel
from runnel.errors import UnknownChat, UnknownMessage, UnknownRun
from runnel.models.scripted import Pause, Scripted
from runnel.testing.crashes import crash
from tests.apps import config, events_of, in_time, until_said

TABLES = ("chats", "messages", "parts", "runs", "changes", "schedules", "run_inputs", "log_heads", "log_segments")


async def rows(app: Runnel) -> dict[str, int]:
    """How many rows each table has."""

    def count(connection: Any) -> dict[str, int]:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").get for table in TABLES}

    return await app._open.database.read(count)


async def conversation(app: Runnel, turns: int = 3, **settings: Any) -> Chat:
    chat = await app.chat(model=Scripted("yes"), **settings)
    for turn in range(turns):
        await in_time(chat.answer(f"question {turn}"))
    return chat


async def all_of(chat: Chat) -> list[str]:
    return [message.content for message in await chat.messages()]


async def feed_ends(chat: Chat, began: asyncio.Event) -> None:
    """Follow a chat's feed to its end."""
    async for _ in chat.events():
        began.set()


@pytest.mark.parametrize("user", [None, "user_ada"])
async def test_nothing_of_a_deleted_chat_is_left(app: Runnel, user: str | None) -> None:
    view = app if user is None else app.as_user(user)
    kept = await conversation(view)
    before = await rows(app)
    chat = await conversation(view, 2)
    await in_time(chat.retry())
    await chat.start("later", at=datetime.now(UTC) + timedelta(days=1))
    run = (await chat.messages())[-1].run
    await in_time(chat.delete())
    assert await rows(app) == before
    assert [one.id for one in await view.chats()] == [kept.id]
    with pytest.raises(UnknownRun):
        await view.run(run.id)
    for ask in (chat.delete, chat.messages, lambda: chat.start("more"), lambda: view.delete_chat(chat.id)):
        with pytest.raises(UnknownChat, match=chat.id):
            await ask()
    assert len(await all_of(kept)) == 6


async def test_what_is_going_is_cancelled_and_its_followers_end(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("one ", Pause(inf)))
    run = await chat.start("go")
    queued = await chat.start("then", if_busy="enqueue")
    await until_said(run)
    following = [asyncio.ensure_future(events_of(one)) for one in (run, queued)]
    waiting = asyncio.ensure_future(run.wait())
    began = asyncio.Event()
    feeding = asyncio.ensure_future(feed_ends(chat, began))
    await in_time(began.wait())
    await in_time(chat.delete())
    assert (await in_time(waiting)).status == "cancelled"
    await in_time(feeding)
    for events in await in_time(asyncio.gather(*following)):
        assert events[-1].type == "run.ended"
    assert not run.made_here
    assert set((await rows(app)).values()) == {0}


async def test_a_fork_keeps_what_it_shares(app: Runnel) -> None:
    chat = await conversation(app)
    messages = await chat.messages()
    early, late = await chat.fork(messages[1]), await chat.fork(messages[3])
    await in_time(late.answer("otherwise"))
    run = messages[1].run.id
    await in_time(chat.delete())
    assert await all_of(early) == ["question 0", "yes"]
    assert await all_of(late) == ["question 0", "yes", "question 1", "yes", "otherwise", "yes"]
    with pytest.raises(UnknownMessage):
        await app.message(messages[4].id)
    kept = await app.message(messages[1].id)
    assert kept.chat_id in (early.id, late.id)
    assert (await app.run(run)).chat_id == kept.chat_id
    assert (await events_of(await app.run(run)))[-1].type == "run.ended"
    await in_time(early.delete())
    assert len(await all_of(late)) == 6
    await in_time(late.delete())
    assert set((await rows(app)).values()) == {0}


async def test_a_chat_cannot_go_on_where_its_fork_did_and_loses_nothing_with_it(app: Runnel) -> None:
    chat = await conversation(app, 1)
    (_, answer) = await chat.messages()
    fork = await chat.fork(answer)
    there = await in_time(fork.answer("there"))
    with pytest.raises(UnknownMessage):
        await chat.switch(there)
    await in_time(fork.delete())
    assert await all_of(chat) == ["question 0", "yes"]


async def test_a_key_is_free_again(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"), key={"thread": 1})
    await in_time(chat.delete())
    again = await app.chat(model=Scripted("x"), key={"thread": 1})
    assert again.id != chat.id


async def test_a_chat_is_deleted_by_its_user_only(app: Runnel) -> None:
    chat = await conversation(app.as_user("user_ada"), 1)
    with pytest.raises(UnknownChat):
        await app.as_user("user_bob").delete_chat(chat.id)
    assert len(await all_of(chat)) == 2
    await in_time(app.as_user("user_ada").delete_chat(chat.id))
    assert await app.chats() == []


async def test_two_may_delete_at_once(app: Runnel) -> None:
    chat = await conversation(app, 1)
    ends = await in_time(asyncio.gather(*[chat.delete() for _ in range(5)], return_exceptions=True))
    assert ends.count(None) == 1
    assert {type(end) for end in ends} == {type(None), UnknownChat}
    assert set((await rows(app)).values()) == {0}


async def test_a_question_at_the_same_time_is_deleted_or_refused(app: Runnel) -> None:
    for _ in range(10):
        chat = await app.chat(model=Scripted("yes"))
        asked, deleted = await in_time(asyncio.gather(chat.start("go"), chat.delete(), return_exceptions=True))
        assert not isinstance(asked, BaseException) or type(asked) is UnknownChat
        assert deleted is None
    assert set((await rows(app)).values()) == {0}


def fails(*_: Any) -> Any:
    raise ConnectionError("the process dies here")


@pytest.mark.parametrize("step", ["hand_on", "runs", "drop_runs", "drop"])
async def test_what_a_process_that_died_began_to_delete_is_gone_at_once_and_swept_by_the_next(
    file_url: str, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    one = Runnel(file_url, config=config())
    async with one:
        chat = await conversation(one)
        fork = await chat.fork((await chat.messages())[1])
        going = await (await one.chat(model=Scripted("one ", Pause(inf)))).start("go")
        await until_said(going)
        with monkeypatch.context() as patch:
            patch.setattr(f"runnel.store.deletions.Deletions.{step}", fails)
            for id in (chat.id, going.chat_id):
                with pytest.raises(ConnectionError):
                    await in_time(one.delete_chat(str(id)))
        assert [found.id for found in await one.chats()] == [fork.id]
        await crash(one)
    async with Runnel(file_url, config=config()) as app:
        async with asyncio.timeout(20):
            while (await rows(app))["chats"] > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        assert await all_of(await app.get_chat(fork.id)) == ["question 0", "yes"]
        left = await rows(app)
        assert [left[table] for table in ("chats", "messages", "runs", "log_heads")] == [1, 2, 1, 1]


async def test_what_another_process_makes_is_cancelled_there(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as one, Runnel(file_url, config=config()) as other:
        chat = await one.chat(model=Scripted("one ", Pause(inf)))
        run = await chat.start("go")
        await until_said(run)
        theirs = await other.get_chat(chat.id)
        began = asyncio.Event()
        feeding = asyncio.ensure_future(feed_ends(chat, began))
        await in_time(began.wait())
        await in_time(theirs.delete())
        await in_time(feeding)
        assert set((await rows(one)).values()) == {0}
