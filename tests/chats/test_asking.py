"""Asking by the caller's own id, looking at what was said, and the chat's own feed."""

import asyncio
from collections.abc import AsyncIterator
from math import inf

import pytest

from runnel import Chat, Runnel
from runnel.errors import KeyConflict, ModelMissing, RunInProgress
from runnel.models.scripted import Pause, Scripted, tool_call
from runnel.vocabulary.chats import ChatChange, title_of
from runnel.vocabulary.events import ReasoningDelta
from runnel.vocabulary.messages import MediaPart
from tests.apps import config, ends_once, events_of, in_time, is_partial, until_said
from tests.runs.processes import child, lines

# The caller's own id


async def test_the_same_id_means_the_same_run(app: Runnel) -> None:
    model = Scripted("once")
    chat = await app.chat(model=model)
    first = await chat.start("go", id="mine")
    again = await chat.start("go", id="mine")
    assert (again.id, again.message_id) == (first.id, first.message_id) == ("mine", first.message_id)
    await in_time(first.wait())
    after_the_end = await chat.answer("go", id="mine")
    assert is_partial(after_the_end, "completed", "once")
    assert len(await chat.messages()) == 2
    assert len(model.calls) == 1


async def test_the_same_id_at_once_makes_one_run(app: Runnel) -> None:
    model = Scripted("once", Pause(0.01))
    chat = await app.chat(model=model)
    messages = await in_time(asyncio.gather(*[chat.answer("go", id="mine") for _ in range(20)]))
    assert {message.id for message in messages} == {messages[0].id}
    assert {message.content for message in messages} == {"once"}
    assert len(model.calls) == 1
    ends_once(await events_of(messages[0].run), "completed")


@pytest.mark.parametrize("policy", ["reject", "enqueue", "interrupt", "rollback"])
async def test_the_same_id_is_no_new_question_to_a_busy_chat(app: Runnel, policy: str) -> None:
    chat = await app.chat(model=Scripted("part", Pause(inf)))
    run = await chat.start("go", id="mine")
    await until_said(run)
    again = await chat.start("go", id="mine", if_busy=policy)  # type: ignore[call-overload]
    assert (await again.message()).status == "running"
    await in_time(run.cancel())


async def test_an_id_used_for_something_else_is_a_conflict(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"))
    await in_time(chat.answer("go", id="mine"))
    with pytest.raises(KeyConflict, match="mine"):
        await chat.start("something else", id="mine")
    other = await app.chat(model=Scripted("x"))
    with pytest.raises(KeyConflict, match="mine"):
        await other.start("go", id="mine")
    assert await other.messages() == []


async def test_a_question_may_bring_media(app: Runnel) -> None:
    model = Scripted("a cat")
    picture = MediaPart("image/png", data="aGk=")
    chat = await app.chat(model=model)
    await in_time(chat.answer("what is this?", media=[picture]))
    assert model.prompts[0].media == (picture,)
    assert (await chat.messages())[0].parts[1] == picture


# Looking


async def test_messages_are_filtered_by_kind_and_limited_in_the_store(app: Runnel) -> None:
    model = Scripted(ReasoningDelta("hm"), "text", tool_call("add", "c", a=1))
    chat = await app.chat(model=model)
    for question in ("one", "two"):
        await in_time(chat.answer(question))
    kinds = [[part.kind for part in message.parts] for message in await chat.messages()]
    assert kinds == [["text"], ["reasoning", "text", "tool"]] * 2
    only = await chat.messages(kinds={"text", "tool"})
    assert [[part.kind for part in message.parts] for message in only] == [["text"], ["text", "tool"]] * 2
    assert [message.parts for message in await chat.messages(kinds=())] == [()] * 4
    assert [message.content for message in await chat.messages(limit=3)] == ["text", "two", "text"]
    assert await chat.messages(limit=0) == []


async def test_kinds_hold_for_an_answer_that_is_going_too(app: Runnel) -> None:
    chat = await app.chat(model=Scripted(ReasoningDelta("hm"), "text", Pause(inf)))
    run = await chat.start("go")
    await until_said(run)
    assert [part.kind for part in (await chat.messages(kinds={"reasoning"}))[-1].parts] == ["reasoning"]
    await in_time(run.cancel())


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("  What is Ragna?\n\nIn ten words.", "What is Ragna?"),
        (
            "What becomes of an answer, when the server is killed in the middle?",
            "What becomes of an answer, when the server is killed in the…",
        ),
        ("word " * 11 + "and, more of it", "word " * 11 + "and…"),
        ("長" * 100, "長" * 59 + "…"),
        ("x" * 60, "x" * 60),
    ],
)
def test_a_long_question_is_cut_between_words_to_be_a_title(question: str, title: str) -> None:
    assert title_of(question) == title


async def test_the_title_is_the_beginning_of_the_first_question_until_it_is_changed(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"))
    assert chat.title == ""
    await in_time(chat.answer("  What is Ragna?\nTell me all."))
    await in_time(chat.answer("And now?"))
    assert (await app.get_chat(chat.id)).title == "What is Ragna?"
    await chat.change(title="Ragna")
    assert (await app.get_chat(chat.id)).title == "Ragna"


# The chat's feed


async def changes_until(chat: Chat, status: str, count: int = 1, after: int = 0) -> list[ChatChange]:
    """The chat's changes until `count` runs have come to a status."""
    seen: list[ChatChange] = []

    async def read() -> None:
        async for change in chat.events(after):
            seen.append(change)
            if sum(one.type == "run.changed" and one.status == status for one in seen) == count:
                return

    await in_time(read())
    return seen


async def test_the_feed_tells_of_messages_and_runs_as_they_come_and_change(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"))
    reading = asyncio.ensure_future(changes_until(chat, "completed"))
    message = await in_time(chat.answer("go"))
    changes = [change for change in await reading if change.type != "chat.changed"]
    assert [(change.type, change.status) for change in changes] == [
        ("message.added", "completed"),
        ("message.added", "queued"),
        ("run.started", "queued"),
        ("run.changed", "running"),
        ("message.changed", "completed"),
        ("run.changed", "completed"),
    ]
    assert {change.run_id for change in changes if change.run_id} == {message.run.id}
    assert changes[-2].message_id == message.id


async def test_the_feed_has_no_gap_and_can_be_resumed_anywhere(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"))
    for number in range(5):
        await in_time(chat.answer(f"{number}"))
    whole = await changes_until(chat, "completed", 5)
    assert [change.seq for change in whole] == list(range(1, len(whole) + 1))
    for after in range(len(whole)):
        feed: AsyncIterator[ChatChange] = chat.events(after)
        assert [await anext(feed) for _ in range(len(whole) - after)] == whole[after:]


async def test_the_feed_is_followed_while_another_process_asks(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        chat = await app.chat(model=Scripted("x"))
        reading = asyncio.ensure_future(changes_until(chat, "completed", 3))
        async with child("ask", file_url, chat.id, "3") as other:
            await lines(other)
        changes = await in_time(reading)
        assert [change.seq for change in changes] == list(range(1, len(changes) + 1))
        assert len({change.run_id for change in changes if change.run_id}) == 3


# The chat's model


async def test_a_chat_whose_model_is_not_there_opens_and_says_so_when_asked(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as app:
        chat = await app.chat(model=Scripted("before", name="my own"))
        await in_time(chat.answer("go"))
    async with Runnel(file_url, config=config()) as app:
        found = await app.get_chat(chat.id)
        assert [message.content for message in await found.messages()] == ["go", "before"]
        for ask in (lambda: found.start("again"), found.retry):
            with pytest.raises(ModelMissing, match=r"my own.*get_chat"):
                await ask()
        assert len(await found.messages()) == 2
        given = await app.get_chat(chat.id, model=Scripted("after", name="my own"))
        assert (await in_time(given.answer("again"))).content == "after"
        assert (await in_time(found.answer("again"))).content == "after"


async def test_a_given_model_may_be_another_one(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("first", name="one"))
    other = await app.get_chat(chat.id, model=Scripted("second", name="two"))
    message = await in_time(other.answer("go"))
    assert (message.content, message.model) == ("second", "two")
    await chat.change(model=Scripted("third", name="three"))
    assert (await in_time(chat.answer("go"))).content == "third"


async def test_a_fork_has_its_model_too(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"))
    fork = await chat.fork(await in_time(chat.answer("go")))
    assert (await in_time(fork.answer("go"))).content == "x"


async def test_a_busy_chat_is_busy_for_every_process(file_url: str) -> None:
    async with Runnel(file_url, config=config()) as one, Runnel(file_url, config=config()) as other:
        chat = await one.chat(model=Scripted("part", Pause(inf)))
        run = await chat.start("go")
        await until_said(run)
        theirs = await other.get_chat(chat.id, model=Scripted("theirs"))
        with pytest.raises(RunInProgress):
            await theirs.start("me too")
        assert (await in_time(theirs.answer("now", if_busy="interrupt"))).content == "theirs"
        assert is_partial(await in_time(run.wait()), "cancelled", "part")


# Answers by a schema


async def test_a_chats_schema_of_answers_reaches_the_model(app: Runnel) -> None:
    schema = {"type": "object", "properties": {"river": {"type": "string"}}, "required": ["river"]}
    model = Scripted('{"river": "Elbe"}')
    chat = await app.chat(model=model, output=schema)
    assert (await in_time(chat.answer("name one"))).content == '{"river": "Elbe"}'
    await chat.change(output=None)
    await in_time(chat.answer("and another, in your own words"))
    assert [prompt.output for prompt in model.prompts] == [schema, None]
