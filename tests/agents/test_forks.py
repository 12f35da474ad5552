"""Forks, and forks of forks: each goes its own way, whatever becomes of the others."""

import asyncio
import sqlite3
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnel import Chat, Runnel
from runnel.errors import UnknownMessage
from runnel.models.scripted import Scripted
from runnel.store.forks import BASES
from tests.apps import in_time


async def said(chat: Chat) -> list[str]:
    return [str(one) for one in await chat.messages() if one.role == "user"]


async def family(app: Runnel) -> tuple[Chat, Chat, Chat]:
    """A chat, its fork, and that one's fork; each has asked something more since."""
    first = await app.chat(model="scripted:yes")
    second = await first.fork(await in_time(first.answer("one")))
    third = await second.fork(await in_time(second.answer("two")))
    await in_time(third.answer("three"))
    await in_time(second.answer("three of the second"))
    await in_time(first.answer("two of the first"))
    return first, second, third


async def test_a_fork_of_a_fork_leaves_each_where_it_was_made_from_it(app: Runnel) -> None:
    first, second, third = await family(app)
    assert await said(first) == ["one", "two of the first"]
    assert await said(second) == ["one", "two", "three of the second"]
    assert await said(third) == ["one", "two", "three"]
    for chat in (first, second, third):
        assert await chat.alternatives_of(await chat.messages()) == {}
    with pytest.raises(UnknownMessage):
        await first.alternatives((await third.messages())[-1])


async def test_a_fork_of_a_fork_comes_back_to_its_own_branch(app: Runnel) -> None:
    _, _, third = await family(app)
    (one, *_) = await third.messages()
    await in_time(third.edit(one, "uno"))
    assert await said(third) == ["uno"]
    await third.switch(one)
    assert await said(third) == ["one", "two", "three"]


async def test_an_edited_first_question_is_beside_the_one_that_is_shared(app: Runnel) -> None:
    first, second, _ = await family(app)
    (one, *_) = await second.messages()
    await in_time(second.edit(one, "uno"))
    (uno, *_) = await second.messages()
    assert await second.alternatives_of([uno]) == {uno.id: (one.id, uno.id)}
    assert await first.alternatives_of([one]) == {}


async def test_where_the_chat_between_is_deleted_its_fork_stays_as_it_is(app: Runnel) -> None:
    first, second, third = await family(app)
    other = await second.fork((await second.messages())[3])
    await in_time(other.answer("three of another"))
    await in_time(second.delete())
    assert await said(third) == ["one", "two", "three"]
    assert await said(other) == ["one", "two", "three of another"]
    assert await said(first) == ["one", "two of the first"]
    for chat in (first, third, other):
        messages = await chat.messages()
        assert await chat.alternatives_of(messages) == {}
        before = await said(chat)
        await chat.switch(messages[0])
        assert await said(chat) == before


async def test_forks_of_an_old_database_know_where_they_were_made(file_url: str) -> None:
    async with Runnel(file_url) as app:
        first, second, third = await family(app)
        bare = await third.fork((await third.messages())[-1])
    bases = "SELECT id, base FROM chats ORDER BY id"
    with sqlite3.connect(file_url.removeprefix("sqlite:///")) as connection:
        known = connection.execute(bases).fetchall()
        connection.execute("UPDATE chats SET base = NULL")
        connection.executescript(BASES)
        assert connection.execute(bases).fetchall() == known
    connection.close()
    assert {id for id, base in known if base} == {second.id, third.id, bare.id}
    assert {id for id, base in known if not base} == {first.id}


# Which chat, what it does, and to which of its messages.
_DOING = st.tuples(
    st.integers(0, 5), st.sampled_from(["ask", "ask", "edit", "fork", "fork", "delete"]), st.integers(0, 7)
)


@given(st.lists(_DOING, max_size=14))
def test_no_chat_changes_by_what_another_does(doings: Sequence[tuple[int, str, int]]) -> None:
    async def play() -> None:
        async with Runnel("sqlite://") as app:
            # Of each chat: the ids of its branch.
            branches = {await app.chat(model=Scripted("yes")): list[str]()}
            for which, doing, at in doings:
                if not branches:
                    return
                chat = list(branches)[which % len(branches)]
                branch = branches[chat]
                place = at % len(branch) // 2 * 2 if branch else 0
                if doing == "delete":
                    await chat.delete()
                    del branches[chat]
                elif doing == "ask" or not branch:
                    await in_time(chat.answer("ask"))
                    branches[chat] = [*branch, *await last_turn(chat)]
                elif doing == "edit":
                    await in_time(chat.edit(branch[place], "edited"))
                    branches[chat] = [*branch[:place], *await last_turn(chat)]
                else:
                    branches[await chat.fork(branch[place + 1])] = branch[: place + 2]
                for one, ids in branches.items():
                    await holds(one, ids)

    asyncio.run(play())


async def last_turn(chat: Chat) -> list[str]:
    """The ids of the last question and its answer."""
    return [one.id for one in (await chat.messages())[-2:]]


async def holds(chat: Chat, ids: Sequence[str]) -> None:
    """The chat shows these messages, stays there when it is sent there, and knows what is beside each."""
    messages = await chat.messages()
    assert [one.id for one in messages] == ids
    if not ids:
        return
    await chat.switch(ids[-1])
    assert [one.id for one in await chat.messages()] == ids
    beside = await chat.alternatives_of(messages)
    for message in messages:
        found = tuple([one.id for one in await chat.alternatives(message)])
        assert beside.get(message.id, (message.id,)) == found
        assert message.id in found
    await chat.switch(ids[0])  # may lead to a newer end, yet to one that begins so
    assert (await chat.messages())[0].id == ids[0]
    await chat.switch(ids[-1])
