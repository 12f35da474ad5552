"""Lists of chats and runs: by page, by status, with all that a line of them needs."""

from math import inf

import pytest

from runnel import Run, Runnel
from runnel.errors import Misuse
from runnel.models.scripted import Pause, Scripted
from tests.apps import in_time, until_said


async def asked(app: Runnel, count: int) -> list[Run]:
    """So many runs that have ended, the newest first."""
    chat = await app.chat(model=Scripted("yes"))
    return [(await in_time(chat.answer(f"{n}"))).run for n in range(count)][::-1]


@pytest.mark.parametrize("user", [None, "user_ada"])
async def test_runs_come_by_page_the_newest_first(app: Runnel, user: str | None) -> None:
    view = app if user is None else app.as_user(user)
    runs = [run.id for run in await asked(view, 5)]
    pages, before = [], None
    while page := await view.runs(2, before):
        before = page[-1].id
        pages.append([run.id for run in page])
    assert pages == [runs[:2], runs[2:4], runs[4:]]


async def test_a_listed_run_says_what_it_is_without_another_look(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("yes", name="yes"))
    answer = await in_time(chat.answer("go"))
    (run,) = await app.runs()
    value = run.value
    assert (value.kind, value.status, value.chat, value.message) == ("answer", "completed", chat.id, answer.id)
    assert (value.question, value.model) == (answer.parent_id, "object:yes")
    assert value.began_at >= chat.created_at
    indexing, report = await app.index([b"The lamp turns."])
    await report
    await in_time(indexing.wait())
    assert ((await app.runs(1))[0].value.kind, indexing.chat_id, indexing.message_id) == ("index", None, None)


@pytest.mark.parametrize("user", [None, "user_ada"])
async def test_runs_are_found_by_status_and_chat(app: Runnel, user: str | None) -> None:
    view = app if user is None else app.as_user(user)
    ended = [run.id for run in await asked(view, 2)]
    chat = await view.chat(model=Scripted("one ", Pause(inf)))
    going = await chat.start("go")
    queued = await chat.start("then", if_busy="enqueue")
    await until_said(going)

    async def found(*statuses: str, chat: str | None = None) -> list[str]:
        return [run.id for run in await view.runs(statuses=statuses, chat=chat)]

    assert await found("running") == [going.id]
    assert await found("running", "queued") == [queued.id, going.id]
    assert await found("completed", "queued") == [queued.id, *ended]
    assert await found("completed", chat=chat.id) == await found() == []
    assert [run.id for run in await view.runs(chat=chat.id)] == [queued.id, going.id]
    assert [run.id for run in await view.runs(1, going.id)] == ended[:1]
    assert await view.count_going() == 2
    assert await view.count_by_status() == {"queued": 1, "running": 1}
    assert await view.count_chats() == 2
    for run in (queued, going):
        await in_time(run.cancel())
    assert await view.count_going() == 0


async def test_a_status_that_there_is_none_of_is_refused(app: Runnel) -> None:
    with pytest.raises(Misuse, match="running"):
        await app.runs(statuses={"runing"})


async def test_a_listed_chat_says_what_it_answers_with(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("one ", Pause(inf)))
    run = await chat.start("What is Ragna?")
    await chat.start("And then?", if_busy="enqueue")
    await until_said(run)
    (listed,) = await app.chats()
    assert (listed.title, listed.value.going, listed.updated_at >= chat.created_at) == ("What is Ragna?", run.id, True)
    for one in reversed(await chat.runs()):
        await in_time(one.cancel())
    assert (await app.chats())[0].value.going is None


async def test_chats_are_found_by_what_their_title_has_in_it(app: Runnel) -> None:
    for title in ("100 % wool", "100 sheep", "Wolle_1", "Wollen1", "ein Bär!"):
        await app.chat(model=Scripted("x"), title=title)

    async def found(search: str) -> list[str]:
        return sorted(chat.title for chat in await app.chats(search=search))

    assert await found("100") == ["100 % wool", "100 sheep"]
    assert await found("%") == ["100 % wool"]
    assert await found("e_1") == ["Wolle_1"]
    assert await found("!") == ["ein Bär!"]
    assert await found("WOOL") == ["100 % wool"]
    assert len(await found("")) == 5


async def test_the_counts_are_a_users_own(app: Runnel) -> None:
    ada = app.as_user("user_ada")
    await asked(ada, 1)
    await asked(app, 1)
    await ada.documents.add([b"one", b"two"])
    await app.documents.add([b"three"])
    assert (await ada.count_chats(), await app.count_chats()) == (1, 2)
    assert (await ada.documents.count(), await app.documents.count()) == (2, 3)
    assert await app.as_user("user_bob").count_chats() == 0
