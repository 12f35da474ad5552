"""Opening a `Runnel`, and finding chats, runs and messages in it."""

from pathlib import Path
from typing import Any

import pytest

from runnel import Runnel
from runnel.errors import ConfigError, Misuse, ModelUnknown, UnknownChat, UnknownMessage, UnknownRun
from runnel.models.scripted import Scripted
from tests.apps import config, in_time


@pytest.mark.parametrize("url", ["", "runnel.db", "sqlite:runnel.db", "sqlite:///", "mysql://host/db"])
def test_a_url_that_names_no_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="sqlite:///"):
        Runnel(url)


async def test_without_a_url_it_is_a_file_in_the_users_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNEL_DATA", str(tmp_path / "data"))
    async with Runnel(config=config()) as app:
        chat = await app.chat(model=Scripted("x"))
    assert (tmp_path / "data" / "runnel.db").exists()
    async with Runnel(f"sqlite:///{tmp_path}/data/runnel.db", config=config()) as app:
        assert (await app.get_chat(chat.id)).id == chat.id


async def test_a_relative_path_is_where_the_program_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNNEL_DATA", "data")
    for app in (Runnel("sqlite:///mine.db", config=config()), Runnel(config=config())):
        async with app:
            monkeypatch.chdir(tmp_path / "elsewhere")
            chat = await app.chat(model=Scripted("yes"))
            assert str(await in_time(chat.answer("go"))) == "yes"
            assert [one.id for one in await app.chats()] == [chat.id]
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (tmp_path / "mine.db").exists()
    assert (tmp_path / "data" / "runnel.db").exists()


@pytest.mark.parametrize(
    "wrong", [{"documents": "notes.md"}, {"documents": Path("notes.md")}, {"tools": "toolbox:add"}]
)
async def test_what_is_given_as_a_list_is_no_single_text(app: Runnel, wrong: dict[str, Any]) -> None:
    with pytest.raises(Misuse, match=f"{next(iter(wrong))} are given as a list"):
        await app.chat(model="scripted", **wrong)


@pytest.mark.parametrize("wrong", [3, Scripted, object()])
async def test_what_is_no_model_is_told(app: Runnel, wrong: Any) -> None:
    with pytest.raises(ModelUnknown, match="is no model"):
        await app.chat(model=wrong)


async def test_a_database_in_memory_is_gone_when_it_is_closed() -> None:
    app = Runnel("sqlite://", config=config())
    async with app:
        chat = await app.chat(model=Scripted("x"))
    async with app:
        with pytest.raises(UnknownChat):
            await app.get_chat(chat.id)


async def test_what_is_unknown_is_an_error_that_names_it(app: Runnel) -> None:
    for ask, error in ((app.get_chat, UnknownChat), (app.run, UnknownRun), (app.message, UnknownMessage)):
        with pytest.raises(error, match="nobody_here") as caught:
            await ask("nobody_here")
        assert isinstance(caught.value, RuntimeError)
        assert "nobody_here" in caught.value.details.values()
    with pytest.raises(ModelUnknown, match="no-such-model"):
        await app.chat(model="no-such-model")


async def test_chats_runs_and_messages_are_found_by_their_ids(app: Runnel) -> None:
    async with app.chat(model=Scripted("x"), title="mine", system="be brief") as chat:
        message = await in_time(chat.answer("go"))
    found = await app.get_chat(chat.id)
    assert (found.title, found.settings) == ("mine", chat.settings)
    assert (await app.message(message.id)).value == message.value
    run = await app.run(message.run.id)
    assert (run.chat_id, run.message_id) == (chat.id, message.id)
    assert [one.id for one in await app.runs()] == [run.id]
    assert [one.id for one in await app.chats()] == [chat.id]


async def test_a_file_may_be_opened_twice_at_once(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as one, Runnel(file_url, config=config()) as other:
        chat = await one.chat(model=Scripted("x"))
        theirs = await other.get_chat(chat.id, model=Scripted("y"))
        await in_time(chat.answer("one"))
        await in_time(theirs.answer("two"))
        assert [message.content for message in await chat.messages()] == ["one", "x", "two", "y"]


async def test_an_owner_leaves_no_lock_behind(tmp_path: Path, file_url: str) -> None:
    async with Runnel(file_url, config=config()):
        assert len(list((tmp_path / "runnel.db-owners").iterdir())) == 1
    assert list((tmp_path / "runnel.db-owners").iterdir()) == []
