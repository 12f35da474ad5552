"""Going on from a partial answer, answering again, branching: siblings, and nothing is copied."""

from math import inf
from typing import Any

import pytest

from runnel import Chat, Message, Runnel
from runnel.errors import BadRequest, CannotContinue, UnknownMessage
from runnel.models.scripted import Item, Pause, Scripted
from runnel.vocabulary.events import TextDelta
from runnel.vocabulary.prompt import Finish
from tests.apps import events_of, in_time, is_partial, shape, until_said

WHOLE = ["one ", "two ", "three ", "four"]


async def cut(app: Runnel, **model: Any) -> tuple[Chat, Message, Scripted]:
    """A chat whose answer was cut after two words, and a model that would say all four."""
    script = Scripted(answers=[[*WHOLE[:2], Pause(inf)], WHOLE], **model)
    chat = await app.chat(model=script)
    run = await chat.start("count")
    await until_said(run, "two")
    return chat, await in_time(run.cancel()), script


async def test_a_continuation_is_a_sibling_whose_first_delta_is_the_partial(app: Runnel) -> None:
    chat, partial, model = await cut(app, prefill=True)
    whole = await in_time(chat.continue_message(partial))
    assert is_partial(whole, "completed", "one two three four")
    assert whole.id != partial.id
    assert whole.parent_id == partial.parent_id
    deltas = [event.text for event in await events_of(whole.run) if isinstance(event, TextDelta)]
    assert deltas == ["one two ", "three ", "four"]
    assert model.prompts[-1].prefill == "one two "
    assert is_partial(await app.message(partial.id), "cancelled", "one two ")
    assert await shape(chat) == [("user", "completed", "count"), ("assistant", "completed", "one two three four")]


async def test_a_continuation_can_be_streamed_and_cut_and_continued(app: Runnel) -> None:
    scripts: list[list[Item]] = [[*WHOLE[:2], Pause(inf)], [*WHOLE[:3], Pause(inf)], [*WHOLE]]
    chat = await app.chat(model=Scripted(answers=scripts, prefill=True))
    run = await chat.start("count")
    await until_said(run, "two")
    first = await in_time(run.cancel())
    second = await chat.continue_message(first.id, stream=True)
    await until_said(second.run, "three")
    second = await in_time(second.run.cancel())
    assert second.content == "one two three "
    third = await chat.continue_message(second, stream=True)
    assert [chunk async for chunk in third] == ["one two three ", "four"]


@pytest.mark.parametrize("end", [BadRequest("busy"), Finish("length")], ids=["failed", "incomplete"])
async def test_what_failed_or_stopped_short_can_be_continued(app: Runnel, end: Any) -> None:
    chat = await app.chat(model=Scripted(answers=[["one ", end], WHOLE], prefill=True))
    partial = await in_time(chat.answer("count"))
    assert is_partial(await in_time(chat.continue_message(partial)), "completed", "one two three four")


async def test_a_model_without_prefill_cannot_continue(app: Runnel) -> None:
    chat, partial, model = await cut(app)
    with pytest.raises(CannotContinue, match="script"):
        await chat.continue_message(partial)
    assert len(model.calls) == 1
    assert await chat.runs() == []


async def test_only_what_was_cut_and_has_text_can_be_continued(app: Runnel) -> None:
    chat = await app.chat(model=Scripted(answers=[["whole"], [BadRequest("no")]], prefill=True))
    whole = await in_time(chat.answer("count"))
    with pytest.raises(CannotContinue, match="completed"):
        await chat.continue_message(whole)
    empty = await in_time(chat.answer("count"))
    with pytest.raises(CannotContinue, match="retry"):
        await chat.continue_message(empty)
    question = (await chat.messages())[0]
    with pytest.raises(UnknownMessage, match="user"):
        await chat.continue_message(question)
    with pytest.raises(UnknownMessage, match="msg_nobody"):
        await chat.continue_message("msg_nobody")


async def test_what_is_going_cannot_be_continued(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("one ", Pause(inf), prefill=True))
    run = await chat.start("count")
    await until_said(run)
    with pytest.raises(CannotContinue, match="running"):
        await chat.continue_message(str(run.message_id))
    await in_time(run.cancel())


async def test_asking_on_gives_the_model_what_was_cut(app: Runnel) -> None:
    chat, partial, model = await cut(app)
    await in_time(chat.answer("go on"))
    history = model.prompts[-1].history
    assert [(one.role, one.content, one.status) for one in history] == [
        ("user", "count", "completed"),
        ("assistant", partial.content, "cancelled"),
    ]


async def test_retry_answers_the_same_question_as_a_sibling(app: Runnel) -> None:
    chat = await app.chat(model=Scripted(answers=[["first"], ["second"], ["third"]]))
    one = await in_time(chat.answer("q"))
    two = await in_time(chat.retry())
    three = await in_time(chat.retry(one, stream=True))
    assert await three.read() == "third"
    assert one.parent_id == two.parent_id == three.parent_id
    assert await shape(chat) == [("user", "completed", "q"), ("assistant", "completed", "third")]
    assert (await app.message(two.id)).content == "second"


async def test_retry_needs_something_to_answer(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"))
    with pytest.raises(UnknownMessage, match="no messages"):
        await chat.retry()


async def test_a_fork_shares_what_came_before_and_copies_nothing(app: Runnel) -> None:
    model = Scripted(answers=lambda prompt: ["to ", prompt.question])
    chat = await app.chat(model=model)
    first = await in_time(chat.answer("one"))
    await in_time(chat.answer("two"))

    async def count() -> int:
        return int(str(await app._open.database.read(lambda c: c.execute("SELECT count(*) FROM messages").get)))

    before = await count()
    fork = await chat.fork(first)
    assert await count() == before
    assert await shape(fork) == [("user", "completed", "one"), ("assistant", "completed", "to one")]
    assert [one.id for one in await fork.messages()] == [one.id for one in (await chat.messages())[:2]]
    await in_time(fork.answer("other"))
    assert await count() == before + 2
    assert [content for _, _, content in await shape(fork)] == ["one", "to one", "other", "to other"]
    assert [content for _, _, content in await shape(chat)] == ["one", "to one", "two", "to two"]
    assert [one.content for one in model.prompts[-1].history] == ["one", "to one"]


async def test_a_fork_from_an_answer_that_is_going_leaves_that_out_of_its_history(app: Runnel) -> None:
    def script(prompt: Any) -> list[Any]:
        return ["part", Pause(inf)] if prompt.question == "slow" else ["quick"]

    model = Scripted(answers=script)
    chat = await app.chat(model=model)
    run = await chat.start("slow")
    await until_said(run)
    fork = await chat.fork(str(run.message_id))
    assert is_partial(await in_time(fork.answer("meanwhile")), "completed", "quick")
    assert [one.content for one in model.prompts[-1].history] == ["slow"]
    assert [content for _, _, content in await shape(fork)] == ["slow", "part", "meanwhile", "quick"]
    await in_time(run.cancel())
