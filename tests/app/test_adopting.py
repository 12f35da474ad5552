"""What was made before there were users, given to one of them."""

from pathlib import Path

import pytest

from runnel import Runnel
from runnel.errors import Misuse
from runnel.models.scripted import Scripted
from runnel.retrieval import Upload
from tests.apps import in_time

ADA, BEN = "user_ada", "user_ben"


async def test_chats_runs_and_documents_of_nobody_become_theirs_and_no_others(app: Runnel, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("The lamp turns.")
    report = await app.documents.add([tmp_path / "notes.txt", Upload("boat.txt", b"The boat is red.")])
    chat = await app.chat(model=Scripted("yes"), documents=report.ids)
    message = await in_time(chat.answer("who is it?"))
    bens = await app.as_user(BEN).chat(model=Scripted("no"))
    ada = app.as_user(ADA)
    assert await ada.chats() == []
    assert await app.adopt(ADA) == (1, 2)
    assert [one.id for one in await ada.chats()] == [chat.id]
    assert message.run.id in [run.id for run in await ada.runs()]
    assert {document.id for document in await ada.documents.list()} == set(report.ids)
    again = await ada.get_chat(chat.id)
    assert (await in_time(again.answer("and then?"))).content == "yes"
    assert [one.id for one in await app.as_user(BEN).chats()] == [bens.id]
    assert await app.adopt(BEN) == (0, 0)


async def test_the_same_file_stays_the_same_document(app: Runnel, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("The lamp turns.")
    given: list[Path | Upload] = [tmp_path / "notes.txt", Upload("boat.txt", b"The boat is red.")]
    ids = (await app.documents.add(given)).ids
    await app.adopt(ADA)
    assert (await app.as_user(ADA).documents.add(given)).ids == ids


async def test_a_document_and_a_key_that_they_have_already_stay_theirs(app: Runnel) -> None:
    ada = app.as_user(ADA)
    boat = Upload("boat.txt", b"The boat is red.")
    key = {"channel": "harbour"}
    theirs = (await ada.documents.add([boat])).ids
    chat = await ada.chat(key=key, model=Scripted("ada"))
    nobodys = (await app.documents.add([boat])).ids
    other = await app.chat(key=key, model=Scripted("nobody"))
    assert await app.adopt(ADA) == (1, 1)
    assert (await ada.documents.add([boat])).ids == theirs
    assert {one.id for one in await ada.documents.list()} == {*theirs, *nobodys}
    assert (await ada.find_chat(key)).id == chat.id
    assert {one.id for one in await ada.chats()} == {chat.id, other.id}


async def test_a_user_cannot_help_themselves(app: Runnel) -> None:
    with pytest.raises(Misuse):
        await app.as_user(ADA).adopt(ADA)
