"""What is stored comes back as it was, and costs what is asked for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runnel.database import Database
from runnel.errors import RunInProgress, UnknownChat, UnknownMessage, UnknownRun
from runnel.store import MIGRATIONS, Chats, RunRow, Runs, RunSpec
from runnel.vocabulary.chats import ChatSettings, ChatValue
from runnel.vocabulary.messages import (
    MediaPart,
    MessageValue,
    ReasoningPart,
    Source,
    Status,
    TextPart,
    ToolPart,
    Usage,
)


@pytest.fixture(params=["memory", "file"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(None if request.param == "memory" else tmp_path / "store.db")
    await database.open(MIGRATIONS)
    yield database
    await database.close()


def chat(id: str = "c1", used_at: int = 1) -> ChatValue:
    return ChatValue(id, ChatSettings("model"), used_at, used_at)


def row(id: str, message: MessageValue, *, queued_behind: bool = False) -> RunRow:
    spec = RunSpec("answer", question=message.parent, queued_behind=queued_behind)
    return RunRow(id, "answer", "c1", message.id, Status.QUEUED, "owner_1", False, 1, spec)


def turn(number: int, run: str) -> tuple[MessageValue, MessageValue]:
    question = MessageValue(f"q{number}", "user", Status.COMPLETED, chat="c1", parts=(TextPart(f"q{number}"),))
    return question, MessageValue(f"a{number}", "assistant", Status.QUEUED, chat="c1", parent=f"q{number}", run=run)


async def test_a_message_comes_back_as_it_was(database: Database) -> None:
    chats, runs = Chats(database), Runs(database)
    await chats.add(chat())
    question, answer = turn(1, "r1")
    await runs.begin(row("r1", answer), (question, answer))
    whole = MessageValue(
        answer.id,
        "assistant",
        Status.COMPLETED,
        chat="c1",
        parent="q1",
        run="r1",
        model="model",
        parts=(
            ReasoningPart("r" * 200_000),
            TextPart("ü𝄞\0" * 70_000),
            ToolPart("c", "tool", '{"a": 1}', True, "ok", "1"),
            MediaPart("image/png", data="aGk="),
            TextPart("end"),
        ),
        sources=(Source("s", "d", "t", "x", page=3, heading=("a", "b")),),
        usage=Usage(1, 2, estimated=True),
    )
    await runs.end(await runs.get("r1"), Status.COMPLETED, whole)
    assert await chats.message("a1") == whole
    assert await chats.branch("a1") == [question, whole]
    only = await chats.branch("a1", kinds={"tool"})
    assert [message.parts for message in only] == [(), whole.parts[2:3]]
    assert only[1].sources == whole.sources


async def test_a_branch_is_read_from_its_end(database: Database) -> None:
    chats, runs = Chats(database), Runs(database)
    await chats.add(chat())
    for number in range(40):
        question, answer = turn(number, f"r{number}")
        await runs.begin(row(f"r{number}", answer), (question, answer))
        await runs.end(await runs.get(f"r{number}"), Status.COMPLETED, answer)
    head = (await chats.get("c1")).head
    assert [message.id for message in await chats.branch(head, 3)] == ["a38", "q39", "a39"]
    assert len(await chats.branch(head)) == 80
    assert [message.id for message in await chats.branch("a0")] == ["q0", "a0"]
    assert await chats.branch(None) == []
    assert await chats.branch("nobody") == []


async def test_what_is_unknown_is_named(database: Database) -> None:
    for ask, error in (
        (Chats(database).get, UnknownChat),
        (Chats(database).message, UnknownMessage),
        (Runs(database).get, UnknownRun),
    ):
        with pytest.raises(error, match="nobody"):
            await ask("nobody")


async def test_a_run_that_is_going_keeps_others_out_but_those_that_queue(database: Database) -> None:
    chats, runs = Chats(database), Runs(database)
    await chats.add(chat())
    one, two, three = turn(1, "r1"), turn(2, "r2"), turn(3, "r3")
    await runs.begin(row("r1", one[1]), one)
    with pytest.raises(RunInProgress):
        await runs.begin(row("r2", two[1]), two)
    await runs.begin(row("r3", three[1], queued_behind=True), three)
    assert [going.id for going in await runs.going("c1")] == ["r1", "r3"]
    assert (await chats.get("c1")).head == "a1"
    await runs.end(await runs.get("r1"), Status.FAILED, one[1])
    await runs.take_turn("r3")
    assert [message.id for message in await chats.branch((await chats.get("c1")).head)] == ["q1", "a1", "q3", "a3"]


async def test_only_one_of_many_adopts_a_run(database: Database) -> None:
    chats, runs = Chats(database), Runs(database)
    await chats.add(chat())
    one = turn(1, "r1")
    await runs.begin(row("r1", one[1]), one)
    assert [await runs.adopt("r1", "owner_1", f"owner_{n}") for n in (2, 3, 4)] == [True, False, False]
    await runs.end(await runs.get("r1"), Status.INTERRUPTED, one[1])
    assert not await runs.adopt("r1", "owner_2", "owner_5")


async def test_a_run_ends_once_and_its_status_stays(database: Database) -> None:
    chats, runs = Chats(database), Runs(database)
    await chats.add(chat())
    one = turn(1, "r1")
    began = await runs.begin(row("r1", one[1]), one)
    ended = MessageValue("a1", "assistant", Status.CANCELLED, chat="c1", parent="q1", run="r1")
    await runs.end(began, Status.CANCELLED, ended)
    await runs.end(began, Status.COMPLETED, MessageValue("a1", "assistant", Status.COMPLETED))
    await runs.change_status(began, Status.RUNNING)
    assert (await runs.get("r1")).status == "cancelled"
    assert await chats.message("a1") == ended


async def test_chats_are_listed_by_their_last_use_by_pages(database: Database) -> None:
    chats = Chats(database)
    for number in range(5):
        await chats.add(chat(f"c{number}", used_at=10 + number))
    first = await chats.by_use(limit=2)
    assert [one.id for one in first] == ["c4", "c3"]
    assert [one.id for one in await chats.by_use(2, before=first[-1].id)] == ["c2", "c1"]
