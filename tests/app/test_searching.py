"""What was said is found as soon as it was, where it now is, and no longer than it is there; in old databases too."""

import asyncio
from math import inf
from pathlib import Path

import apsw
import msgspec
import pytest

from runnel import Chat, Runnel
from runnel.database import Database, Migrations
from runnel.models.scripted import Pause, Scripted
from runnel.store import MIGRATIONS
from runnel.vocabulary.messages import MessageValue, Role, Status, TextPart
from tests.apps import LONG, in_time, until_said

STEP = next(number for number, step in enumerate(MIGRATIONS.steps) if "message_words" in step)


async def found(app: Runnel, search: str) -> list[tuple[str, str | None]]:
    """The chats that a search finds, and in which messages."""
    return [(chat.id, chat.match.message if chat.match else None) for chat in await app.chats(search=search)]


async def count(app: Runnel, table: str) -> int:
    """How many rows a table has."""
    sql = f"SELECT count(*) FROM {table}"
    return await app._open.database.read(lambda connection: int(connection.execute(sql).get))


async def all_indexed(app: Runnel) -> None:
    """Wait until the words of all that was said are written, which no event says."""
    async with asyncio.timeout(LONG):
        while await count(app, "unindexed"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def asked(app: Runnel, question: str, *says: str) -> tuple[Chat, str]:
    """A chat without a telling title, and its answer's id."""
    chat = await app.chat(model=Scripted(*says), title="-")
    return chat, (await chat.answer(question)).id


async def test_questions_and_answers_are_found_at_once(app: Runnel) -> None:
    chat, answer = await asked(app, "How often do tides turn?", "Twice", " a day.")
    question = (await chat.messages())[0].id
    assert await found(app, "tide") == [(chat.id, question)]
    assert await found(app, "twice DAY") == [(chat.id, answer)]
    assert await found(app, "tide twice") == [(chat.id, answer)], "in one or the other: the latest is shown"
    assert await found(app, "thrice") == []


async def test_a_question_is_found_while_it_is_answered_and_the_partial_once_that_was_cut(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("Twice ", Pause(inf), "a day", prefill=True), title="-")
    run = await chat.start("tides")
    await until_said(run)
    assert len(await found(app, "tides")) == 1
    assert await found(app, "twice") == []
    cut = await in_time(run.cancel())
    assert await found(app, "twice") == [(chat.id, cut.id)]
    await chat.change(model=Scripted("Twice ", "a day.", prefill=True))
    whole = await in_time(chat.continue_message(cut))
    assert await found(app, "twice day") == [(chat.id, whole.id)]


async def test_what_is_on_other_branches_is_found_too(app: Runnel) -> None:
    chat, _ = await asked(app, "rivers", "yes")
    old = (await chat.messages())[0]
    await chat.edit(old, "lakes")
    assert await found(app, "rivers") == [(chat.id, old.id)]
    assert await found(app, "lakes") == [(chat.id, (await chat.messages())[0].id)]


async def test_what_a_fork_shares_is_found_where_it_was_said_and_in_the_fork_once_that_is_deleted(app: Runnel) -> None:
    chat, answer = await asked(app, "rivers", "wide")
    fork = await chat.fork(answer)
    own = await fork.answer("lakes")
    assert await found(app, "rivers wide") == [(chat.id, answer)]
    assert await found(app, "lakes wide") == [(fork.id, own.id)]
    await chat.delete()
    assert await found(app, "rivers") == [(fork.id, (await fork.messages())[0].id)]
    await fork.delete()
    assert await found(app, "wide") == []


@pytest.mark.parametrize("before", [True, False], ids=["indexed", "unindexed"])
async def test_what_is_deleted_is_not_found_and_leaves_no_words(app: Runnel, before: bool) -> None:
    chat, _ = await asked(app, "rivers", "wide")
    if before:
        assert len(await found(app, "rivers")) == 1
    await chat.delete()
    assert await found(app, "rivers") == []
    assert [await count(app, table) for table in ("indexed", "message_words_docsize", "unindexed")] == [0, 0, 0]


async def test_what_is_in_no_list_is_not_found_but_in_a_fork_that_has_become_its_owner(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("wide"), unlisted=True, title="rivers")
    answer = await chat.answer("rivers")
    assert await found(app, "rivers") == await found(app, "wide") == []
    fork = await chat.fork(answer)
    assert await found(app, "wide") == []
    await chat.delete()
    assert await found(app, "wide") == [(fork.id, answer.id)]


async def test_nobody_finds_what_is_anothers(app: Runnel) -> None:
    ada, bob = app.as_user("user_ada"), app.as_user("user_bob")
    chat, _ = await asked(ada, "rivers", "wide")
    await asked(app, "rivers", "deep")
    assert [id for id, _ in await found(ada, "rivers")] == [chat.id]
    assert await found(bob, "rivers") == await found(bob, "-") == await found(ada, "deep") == []
    assert len(await found(app, "rivers")) == 2


async def test_what_was_said_is_indexed_without_a_search(app: Runnel) -> None:
    await asked(app, "rivers", "wide")
    await all_indexed(app)
    assert await count(app, "indexed") == 2


async def test_pages_of_what_is_found_follow_each_other(app: Runnel) -> None:
    for number in range(7):
        await asked(app, f"river {number}", "wide") if number % 2 else await app.chat(
            model=Scripted("x"), title="rivers"
        )
    whole = await app.chats(search="river")
    assert [chat.title for chat in whole] == ["rivers"] * 4 + ["-"] * 3
    paged: list[Chat] = []
    while page := await app.chats(2, paged[-1].id if paged else None, search="river"):
        paged += page
    assert [chat.id for chat in paged] == [chat.id for chat in whole]


def said_before(connection: apsw.Connection, messages: int) -> None:
    """Chats of ten messages each, as they were written when there was no index."""
    for number in range(messages):
        id, chat = f"m{number}", f"c{number // 10}"
        role: Role = "assistant" if number % 2 else "user"
        connection.execute(
            "INSERT OR IGNORE INTO chats (id, title, settings, created_at, updated_at) VALUES (?, '-', '{}', 1, ?)",
            (chat, number),
        )
        body = msgspec.json.encode(MessageValue(id, role, Status.COMPLETED, chat=chat))
        connection.execute(
            "INSERT INTO messages (id, chat, status, body) VALUES (?, ?, 'completed', ?)", (id, chat, body)
        )
        part = msgspec.json.encode(TextPart(f"word{number} always"))
        connection.execute("INSERT INTO parts VALUES (last_insert_rowid(), 0, 0, 'text', ?)", (part,))


async def test_an_old_database_is_indexed_while_it_is_used_the_latest_first(tmp_path: Path) -> None:
    many = 3000
    old = Database(tmp_path / "runnel.db")
    await old.open(Migrations("store", MIGRATIONS.steps[:STEP]))
    await old.write(lambda connection: said_before(connection, many))
    await old.close()
    url = f"sqlite:///{tmp_path}/runnel.db"
    async with Runnel(url, go_on=False) as app:
        assert await count(app, "unindexed") == many, "opening has not waited for it"
        assert await found(app, f"word{many - 1}") == [(f"c{(many - 1) // 10}", f"m{many - 1}")]
        assert await found(app, "word7") == [], "not yet"
    async with Runnel(url) as app:
        chat, _ = await asked(app, "rivers", "wide")
        assert await found(app, "rivers") == [(chat.id, (await chat.messages())[0].id)]
        await all_indexed(app)
        assert await found(app, "word7.") == [("c0", "m7")]
        assert len(await app.chats(1000, search="always")) == many // 10
