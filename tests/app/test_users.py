"""What one user has, another does not see: not there, in the same words as what never was."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

import pytest

from runnel import Chat, Runnel
from runnel.database import Database, Migrations
from runnel.errors import KeyConflict, Misuse, NotFound, UnknownChat, UnknownDocument, UnknownMessage, UnknownRun
from runnel.models.scripted import Pause, Scripted
from runnel.retrieval import MIGRATIONS as RETRIEVAL_MIGRATIONS
from runnel.retrieval import Retrieval, Upload
from runnel.store import MIGRATIONS as STORE_MIGRATIONS
from runnel.store import Chats
from runnel.testing.crashes import crash
from runnel.vocabulary.messages import Source
from tests.apps import config, in_time, until_said

ADA, BOB = "user_ada", "user_bob"


@pytest.fixture
def ada(app: Runnel) -> Runnel:
    return app.as_user(ADA)


@pytest.fixture
def bob(app: Runnel) -> Runnel:
    return app.as_user(BOB)


async def answered(app: Runnel, **settings: Any) -> Chat:
    chat = await app.chat(model=Scripted("yes"), **settings)
    await in_time(chat.answer("who is it?"))
    return chat


async def refused(ask: Callable[[str], Awaitable[object]], id: str, never: str, error: type[NotFound]) -> None:
    """What is asked for `id` fails as it does for `never`, an id that nobody ever had."""
    with pytest.raises(error) as theirs:
        await in_time(ask(id))
    with pytest.raises(error) as nobodys:
        await in_time(ask(never))
    assert str(theirs.value).replace(id, never) == str(nobodys.value)
    assert [*theirs.value.details] == [*nobodys.value.details]


async def test_what_a_user_makes_is_theirs(ada: Runnel, app: Runnel) -> None:
    chat = await answered(ada)
    (message,) = await chat.messages(limit=1)
    assert chat.value.user == ADA
    assert [one.id for one in await ada.chats()] == [chat.id]
    assert [one.id for one in await ada.runs()] == [message.run.id]
    assert (await (await ada.run(message.run.id)).message()).content == (await ada.message(message.id)).content == "yes"
    assert (await (await app.get_chat(chat.id)).messages())[-1].id == message.id, "the whole sees all"
    assert [one.id for one in await app.runs()] == [message.run.id]


async def test_anothers_chats_runs_and_messages_are_not_there(ada: Runnel, bob: Runnel) -> None:
    chat = await answered(ada)
    (message,) = await chat.messages(limit=1)
    assert (await bob.chats(), await bob.runs()) == ([], [])
    await refused(bob.get_chat, chat.id, "chat_nobody", UnknownChat)
    await refused(bob.run, message.run.id, "run_nobody", UnknownRun)
    await refused(bob.message, message.id, "msg_nobody", UnknownMessage)


async def test_a_chat_takes_no_message_and_no_run_of_anothers(ada: Runnel, bob: Runnel) -> None:
    theirs = await answered(ada)
    (message,) = await theirs.messages(limit=1)
    chat = await answered(bob)
    mine = (await chat.messages())[-1].id

    async def edit(id: str) -> object:
        return await chat.edit(id, "otherwise")

    async def compare(id: str) -> object:
        return await chat.compare(mine, id)

    async def compared(id: str) -> object:
        return await chat.compare(id, mine)

    takes = (chat.fork, chat.retry, chat.continue_message, chat.alternatives, chat.switch, chat.message)
    for ask in (*takes, edit, compare, compared):
        await refused(ask, message.id, "msg_nobody", UnknownMessage)
    assert not await chat.can_continue(message)
    await theirs.retry(message)
    assert len(await theirs.alternatives_of([message])) == 1
    assert await chat.alternatives_of([message]) == {}
    await refused(lambda id: chat.start("then", after=id), message.run.id, "run_nobody", UnknownRun)
    assert len(await chat.messages()) == 2, "nothing came of it"


async def test_documents_are_a_users_own(ada: Runnel, bob: Runnel) -> None:
    kept = await ada.documents.keep(Upload("secret.txt", b"Ragna is a tool.", user=BOB))
    assert kept.user == ADA
    assert [one.id for one in await ada.documents.list()] == [kept.id]
    await ada.documents.add([kept.id])
    assert list(await bob.documents.list()) == []
    for ask in (bob.documents.get, bob.documents.text, bob.documents.content, bob.documents.delete):
        await refused(ask, kept.id, "doc_0123456789abcdef01234567", UnknownDocument)
    assert await bob.documents.search("Ragna", [kept.id]) == ()
    assert len(await ada.documents.search("Ragna", [kept.id])) == 1
    with pytest.raises(UnknownDocument, match=kept.id):
        await bob.documents.add([kept.id])
    with pytest.raises(UnknownDocument, match=kept.id):
        await bob.chat(model=Scripted("x"), documents=[kept.id])
    chat = await bob.chat(model=Scripted("x"))
    with pytest.raises(UnknownDocument, match=kept.id):
        await chat.change(documents=[kept.id])
    assert (await bob.get_chat(chat.id)).settings.documents == ()


async def test_the_same_bytes_and_files_of_two_users_are_two_documents(
    ada: Runnel, bob: Runnel, app: Runnel, tmp_path: Any
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("The lamp turns.")
    ids: list[str] = []
    for one in (ada, bob, app):
        report = await one.documents.add([file, b"The lamp stands."])
        assert len(report.ids) == 2
        assert report.ids == (await one.documents.add([file, b"The lamp stands."])).ids
        ids += report.ids
    assert len(set(ids)) == 6
    await bob.documents.delete(ids[2])
    assert {one.id for one in await ada.documents.list()} == {*ids[:2]}


async def test_indexing_is_a_run_of_the_users(ada: Runnel, bob: Runnel) -> None:
    run, report = await ada.index([b"The lamp turns."])
    assert len((await report).ids) == 1
    await in_time(run.wait())
    assert [one.id for one in await ada.runs()] == [run.id]
    await refused(bob.run, run.id, "run_nobody", UnknownRun)


async def test_a_key_is_the_users_own(ada: Runnel, bob: Runnel, app: Runnel) -> None:
    views = (ada, bob, app)
    chats = await asyncio.gather(*[one.chat(model=Scripted("x"), key={"thread": 1}) for one in views * 2])
    assert [one.id for one in chats[:3]] == [one.id for one in chats[3:]]
    assert len({one.id for one in chats}) == 3


async def test_two_users_may_use_the_same_id_for_a_run(ada: Runnel, bob: Runnel, app: Runnel) -> None:
    runs = []
    for one in (ada, bob):
        chat = await one.chat(model=Scripted("yes"))
        runs.append(await chat.start("go", id="mine"))
        await in_time(runs[-1].wait())
        assert (await chat.start("go", id="mine")).id == runs[-1].id
        assert (await one.run("mine")).id == (await one.run(runs[-1].id)).id == runs[-1].id
        with pytest.raises(KeyConflict):
            await chat.start("something else", id="mine")
    assert runs[0].id != runs[1].id
    with pytest.raises(UnknownRun):
        await app.run("mine")


async def test_two_users_may_use_the_same_id_for_a_schedule(ada: Runnel, bob: Runnel) -> None:
    for one in (ada, bob):
        chat = await one.chat(model=Scripted("yes"))
        schedule = await chat.start("wake up", every="0 7 * * *", id="mornings")
        assert (await chat.start("wake up", every="0 7 * * *", id="mornings")).id == schedule.id
        assert [found.id for found in await chat.schedules()] == [schedule.id]


async def test_a_page_begins_after_no_thing_of_anothers(ada: Runnel, bob: Runnel) -> None:
    for one in (ada, bob, ada):
        await answered(one)
        await one.documents.keep(Upload("a", b"a"))
    (theirs,) = await bob.chats()
    (document,) = await bob.documents.list()
    assert await ada.chats(before=theirs.id) == await ada.chats(before="chat_nobody") == []
    assert list(await ada.documents.list(after=document.id)) == []


async def test_a_view_is_of_one_user_and_neither_entered_nor_closed(ada: Runnel, app: Runnel) -> None:
    assert (ada.user, app.user, ada.is_open) == (ADA, None, True)
    with pytest.raises(Misuse):
        await ada.close()
    with pytest.raises(Misuse):
        async with ada:
            pass
    with pytest.raises(Misuse):
        ada.as_user(BOB)
    with pytest.raises(Misuse):
        app.as_user("")
    assert app.is_open


async def test_what_is_asked_later_is_a_run_of_the_users(ada: Runnel, bob: Runnel) -> None:
    chat = await ada.chat(model=Scripted("yes"))
    schedule = await chat.start("later", at=datetime.now(UTC))
    async with asyncio.timeout(20):
        while not (runs := await schedule.runs()):  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    await in_time(runs[0].wait())
    assert [run.id for run in await ada.runs()] == [runs[0].id]
    assert await bob.runs() == []


async def test_what_is_found_again_is_still_the_users(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as one:
        chat = await one.as_user(ADA).chat(model=Scripted("one ", Pause(inf)))
        run = await chat.start("go")
        await until_said(run)
        await crash(one)
    async with Runnel(file_url, config=config()) as app:
        found = await app.as_user(ADA).run(run.id)
        assert found.value.status == "interrupted"
        assert (await found.message()).content == "one "
        await refused(app.as_user(BOB).run, run.id, "run_nobody", UnknownRun)


async def test_a_fork_by_the_whole_is_the_users(ada: Runnel, app: Runnel) -> None:
    chat = await answered(ada)
    fork = await (await app.get_chat(chat.id)).fork((await chat.messages())[-1])
    assert fork.value.user == ADA
    assert {one.id for one in await ada.chats()} == {chat.id, fork.id}


async def test_an_answer_stands_on_its_users_documents_only(ada: Runnel, bob: Runnel, app: Runnel) -> None:
    (theirs,) = (await bob.documents.add([b"The lamp turns at nine."])).ids
    (own,) = (await ada.documents.add([b"The lamp stands."])).ids
    chat = await ada.chat(model=Scripted("yes"), documents=[own])
    settings = chat.settings
    await app._open.database.write(  # whatever its settings came to say
        lambda connection: connection.execute(
            "UPDATE chats SET settings = json_set(settings, '$.documents', json(?)) WHERE id = ?",
            (f'["{own}", "{theirs}"]', chat.id),
        ).close()
    )
    assert settings.documents == (own,)
    sources: tuple[Source, ...] = (await in_time(chat.answer("When does the lamp turn?"))).sources
    assert {source.document for source in sources} == {own}


async def test_a_database_from_before_there_were_users_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "runnel.db"
    old = Database(path)
    await old.open(
        Migrations("store", STORE_MIGRATIONS.steps[:5]), Migrations("retrieval", RETRIEVAL_MIGRATIONS.steps[:1])
    )

    def fill(connection: Any) -> None:
        connection.execute("INSERT INTO chats VALUES ('c1', 't', '{}', NULL, 1, 1, 0, '{\"n\":1}')")
        connection.execute(
            "INSERT INTO documents (id, identity, name, owner, size, added_at)"
            " VALUES ('d1', 'i1', 'n', 'user_ada', 1, 1)"
        )

    await old.write(fill)
    await old.close()
    now = Database(path)
    await now.open(STORE_MIGRATIONS, RETRIEVAL_MIGRATIONS)
    chats, retrieval = Chats(now), Retrieval(now)
    try:
        assert [chat.id for chat in await chats.by_use()] == ["c1"]
        assert (await chats.by_key('{"n":1}')) is not None
        assert await chats.as_user(ADA).by_use() == []
        assert [one.user for one in await retrieval.as_user(ADA).list()] == [ADA]
    finally:
        await retrieval.close()
        await now.close()
