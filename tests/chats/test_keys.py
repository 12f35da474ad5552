"""A chat found, or made, by its caller's own key."""

import asyncio
from typing import Any

import pytest

from runnel import Runnel
from runnel.chats.keys import canonical
from runnel.errors import Misuse
from runnel.models.scripted import Scripted
from tests.apps import config, in_time
from tests.runs.processes import child, line


async def test_the_same_key_finds_the_same_chat_in_whichever_order_its_names_come(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"), key={"channel": "C1", "thread": 17})
    again = await app.chat(key={"thread": 17, "channel": "C1"})
    assert (again.id, again.key) == (chat.id, {"channel": "C1", "thread": 17})
    others: list[dict[str, Any]] = [
        {"channel": "C1", "thread": "17"},
        {"channel": "C1"},
        {"channel": "C1", "thread": 1},
    ]
    for other in others:
        assert (await app.chat(model=Scripted("x"), key=other)).id != chat.id
    assert (await app.chat(model=Scripted("x"))).key is None


async def test_settings_are_used_only_when_the_chat_is_made(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"), key={"user": "ada"}, system="be brief", title="Ada")
    again = await app.chat(model="excerpts", key={"user": "ada"}, system="be long", title="Bea")
    assert (again.settings, again.title) == (chat.settings, "Ada")
    assert (await in_time(again.answer("hi"))).content == "x"


async def test_a_model_that_is_an_object_is_taken_again_after_a_restart(file_url: str) -> None:
    for turn in (1, 2):
        async with Runnel(file_url, config=config()) as app:
            chat = await app.chat(model=Scripted("said"), key={"user": 1})
            assert (await in_time(chat.answer("hi"))).content == "said"
            assert len(await chat.messages()) == 2 * turn


async def test_all_who_come_at_once_get_one_chat(app: Runnel) -> None:
    chats = await asyncio.gather(*[app.chat(model=Scripted("x"), key={"room": 1}) for _ in range(20)])
    assert len({chat.id for chat in chats}) == 1
    assert len(await app.chats()) == 1
    assert {(await in_time(chat.answer("hi"))).content for chat in chats[:2]} == {"x"}


async def test_two_processes_at_once_get_one_chat(file_url: str) -> None:
    async with child("by_key", file_url) as one, child("by_key", file_url) as other:
        for process in (one, other):
            assert await line(process) == "ready"
        for process in (one, other):
            assert process.stdin is not None
            process.stdin.write(b"\n")
        theirs = [(await line(one)).split(), (await line(other)).split()]
    assert len(theirs[0]) == 50
    assert theirs[0] == theirs[1]


@pytest.mark.parametrize("key", [{}, {1: "x"}, {"a": float("nan")}, {"a": b"x"}, {"a": {1, 2}}, {"a": (1, 2)}])
async def test_a_key_that_json_cannot_say_is_refused(app: Runnel, key: Any) -> None:
    with pytest.raises(Misuse, match="key"):
        await app.chat(key=key)


def test_a_key_is_text_that_does_not_depend_on_its_order() -> None:
    assert canonical({"b": {"y": 1, "x": "é"}, "a": None}) == '{"a":null,"b":{"x":"é","y":1}}'


async def test_a_branch_of_a_chat_has_no_key_of_its_own(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"), key={"user": 1})
    fork = await chat.fork(await in_time(chat.answer("hi")))
    assert fork.key is None
    assert (await app.chat(key={"user": 1})).id == chat.id
