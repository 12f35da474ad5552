"""What could not be read again is refused before it is stored: it would keep all else from being shown."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runnel import Chat, Runnel
from runnel.chats.given import asked_question
from runnel.errors import Misuse, UnknownChat, UnknownRun
from runnel.models.scripted import Scripted
from runnel.vocabulary.chats import ChatSettings
from tests.apps import in_time

HALF = "a\ud83d"
TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"if_busy": "maybe"},
        {"steering": "never"},
        {"retrieval": "sometimes"},
        {"history": "all"},
        {"system": 3},
        {"system": HALF},
        {"title": 3},
        {"title": HALF},
        {"key": {"room": HALF}},
        {"limits": {"steps": "three"}},
        {"sampling": {"temperature": "hot"}},
        {"output": {"type": object()}},
    ],
    ids=map(str, range(12)),
)
async def test_settings_that_are_none_make_no_chat(app: Runnel, wrong: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        await app.chat(model="scripted", **wrong)
    assert await app.chats() == []
    chat = await app.chat(model="scripted:yes")
    if "key" not in wrong:
        with pytest.raises(Misuse):
            await chat.change(**wrong)
    assert [one.id for one in await app.chats()] == [chat.id]
    assert str(await in_time(chat.answer("Well?"))) == "yes"


@pytest.mark.parametrize(
    "ask",
    [
        lambda chat: chat.start(3),
        lambda chat: chat.start(b"bytes"),
        lambda chat: chat.start(None),
        lambda chat: chat.start(HALF),
        lambda chat: chat.start("go", id=HALF),
        lambda chat: chat.start("go", id=3),
        lambda chat: chat.start("go", media=["picture"]),
        lambda chat: chat.start("go", if_busy="maybe"),
        lambda chat: chat.start("go", at=TOMORROW, media=["picture"]),
        lambda chat: chat.start(HALF, at=TOMORROW),
        lambda chat: chat.start_from([asked_question("", "go", ())], settings=ChatSettings(system=3)),  # type: ignore[arg-type]
    ],
    ids=map(str, range(11)),
)
async def test_a_question_that_is_none_is_not_asked(
    app: Runnel, ask: Callable[[Chat], Coroutine[Any, Any, object]]
) -> None:
    chat = await app.chat(model=Scripted("yes"))
    with pytest.raises(Misuse):
        await ask(chat)
    assert (await app.runs(), await chat.messages(), await chat.schedules()) == ([], [], [])
    assert str(await in_time(chat.answer("Well?"))) == "yes"


async def test_what_cannot_be_an_id_is_looked_for_in_vain(app: Runnel) -> None:
    for kind, look in ((UnknownRun, app.run), (UnknownChat, app.get_chat)):
        with pytest.raises((kind, Misuse)):
            await look(HALF)


async def test_a_word_that_is_none_is_not_said_to_a_run(app: Runnel) -> None:
    chat = await app.chat(model="scripted:one two three?delay=0.01")
    run = await chat.start("go")
    for word in (3, HALF):
        with pytest.raises(Misuse):
            await run.steer(word)  # type: ignore[arg-type]
    assert (await in_time(run.wait())).status == "completed"
