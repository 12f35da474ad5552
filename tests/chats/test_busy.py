"""A question that comes while a run is going: reject, enqueue, interrupt, rollback."""

import asyncio
from itertools import pairwise
from math import inf
from typing import Any

import pytest

from runnel import Chat, Run, Runnel
from runnel.errors import RunInProgress
from runnel.models.scripted import Pause, Scripted
from runnel.vocabulary.prompt import Prompt
from tests.apps import ends_once, events_of, in_time, is_partial, shape, until_said


def patient() -> Scripted:
    """A model that never comes to the end of an answer to a `slow` question, and answers others at once."""

    def script(prompt: Prompt) -> list[Any]:
        return ["part", Pause(inf)] if prompt.question.startswith("slow") else ["to ", prompt.question]

    return Scripted(answers=script)


async def busy(app: Runnel, **settings: Any) -> tuple[Chat, Run, Scripted]:
    """A chat with a turn behind it that is answering a slow question."""
    model = patient()
    chat = await app.chat(model=model, **settings)
    await in_time(chat.answer("zero"))
    run = await chat.start("slow")
    await until_said(run)
    return chat, run, model


async def test_reject_is_a_clear_error_and_stores_nothing(app: Runnel) -> None:
    chat, going, _ = await busy(app)
    before = await shape(chat)
    with pytest.raises(RunInProgress, match="if_busy") as caught:
        await chat.start("two")
    assert caught.value.details == {"chat": chat.id, "run": going.id}
    with pytest.raises(RunInProgress):
        await chat.retry()
    with pytest.raises(RunInProgress):
        await chat.answer("two", stream=True)
    assert await shape(chat) == before
    await in_time(going.cancel())
    assert is_partial(await in_time(chat.answer("two")), "completed", "to two")


async def test_enqueue_answers_in_the_order_of_asking(app: Runnel) -> None:
    chat, going, model = await busy(app)
    queued = [await chat.start(question, if_busy="enqueue") for question in ("one", "two", "three")]
    assert [run.id for run in await chat.runs()] == [going.id, *[run.id for run in queued]]
    assert (await shape(chat))[-1] == ("assistant", "running", "part"), "a queued question has no place yet"
    assert (await queued[0].message()).status == "queued"
    await in_time(going.cancel())
    for run in queued:
        await in_time(run.wait())
    assert await shape(chat) == [
        ("user", "completed", "zero"),
        ("assistant", "completed", "to zero"),
        ("user", "completed", "slow"),
        ("assistant", "cancelled", "part"),
        ("user", "completed", "one"),
        ("assistant", "completed", "to one"),
        ("user", "completed", "two"),
        ("assistant", "completed", "to two"),
        ("user", "completed", "three"),
        ("assistant", "completed", "to three"),
    ]
    assert [message.content for message in model.prompts[-1].history[2:6]] == ["slow", "part", "one", "to one"]
    messages = await chat.messages()
    for before, after in pairwise(messages):
        assert after.parent_id == before.id


async def test_one_in_the_middle_of_the_queue_is_cancelled_and_the_rest_go_on(app: Runnel) -> None:
    chat, going, model = await busy(app)
    queued = [await chat.start(question, if_busy="enqueue") for question in ("one", "two", "three")]
    dropped = await in_time(queued[1].cancel())
    assert is_partial(dropped, "cancelled", "")
    await in_time(going.cancel())
    assert is_partial(await in_time(queued[2].wait()), "completed", "to three")
    assert [content for _, _, content in await shape(chat)][4:] == ["one", "to one", "three", "to three"]
    assert "two" not in [prompt.question for prompt in model.prompts]
    question = await app.message(str(dropped.parent_id))
    assert question.content == "two", "what was asked stays, off the branch"
    for run in queued:
        ends_once(await events_of(run), "cancelled" if run is queued[1] else "completed")


async def test_interrupt_keeps_the_partial_and_goes_on_from_there(app: Runnel) -> None:
    chat, going, model = await busy(app)
    message = await in_time(chat.answer("new", if_busy="interrupt"))
    assert is_partial(message, "completed", "to new")
    assert is_partial(await in_time(going.wait()), "cancelled", "part")
    assert [content for _, _, content in await shape(chat)] == ["zero", "to zero", "slow", "part", "new", "to new"]
    assert [one.status for one in model.prompts[-1].history] == ["completed"] * 3 + ["cancelled"]
    assert model.calls[1].ended == "cancelled"


async def test_rollback_branches_from_before_the_question_and_deletes_nothing(app: Runnel) -> None:
    chat, going, model = await busy(app)
    message = await in_time(chat.answer("better", if_busy="rollback"))
    assert is_partial(message, "completed", "to better")
    assert [content for _, _, content in await shape(chat)] == ["zero", "to zero", "better", "to better"]
    assert [one.content for one in model.prompts[-1].history] == ["zero", "to zero"]
    dropped = await in_time(going.wait())
    assert is_partial(dropped, "cancelled", "part")
    assert (await app.message(str(dropped.parent_id))).content == "slow"
    slow, better = await app.message(str(dropped.parent_id)), await app.message(str(message.parent_id))
    assert slow.parent_id == better.parent_id


async def test_rollback_with_a_queue_branches_from_before_what_was_going(app: Runnel) -> None:
    chat, going, _ = await busy(app)
    queued = await chat.start("queued", if_busy="enqueue")
    message = await in_time(chat.answer("better", if_busy="rollback"))
    assert is_partial(message, "completed", "to better")
    assert [content for _, _, content in await shape(chat)] == ["zero", "to zero", "better", "to better"]
    for run in (going, queued):
        assert (await in_time(run.wait())).status == "cancelled"


async def test_a_rollback_of_the_first_turn_begins_anew(app: Runnel) -> None:
    chat = await app.chat(model=patient(), if_busy="rollback")
    await until_said(await chat.start("slow"))
    await in_time(chat.answer("anew"))
    assert [content for _, _, content in await shape(chat)] == ["anew", "to anew"]


async def test_a_call_overrides_the_chats_setting(app: Runnel) -> None:
    chat, going, _ = await busy(app, if_busy="interrupt")
    with pytest.raises(RunInProgress):
        await chat.start("no", if_busy="reject")
    assert (await in_time(chat.answer("yes"))).content == "to yes"
    assert (await in_time(going.wait())).status == "cancelled"


async def test_many_that_interrupt_at_once_all_come_to_an_end(app: Runnel) -> None:
    chat, _, _ = await busy(app)
    runs = await in_time(asyncio.gather(*[chat.start(f"{n}", if_busy="interrupt") for n in range(10)]))
    messages = await in_time(asyncio.gather(*[run.wait() for run in runs]))
    assert {str(message.status) for message in messages} <= {"completed", "cancelled"}
    assert await chat.runs() == []
    assert is_partial(await in_time(chat.answer("last")), "completed", "to last")


async def test_one_chats_run_does_not_keep_another_chat_waiting(app: Runnel) -> None:
    _, going, model = await busy(app)
    assert is_partial(await in_time((await app.chat(model=model)).answer("x")), "completed", "to x")
    assert (await going.message()).status == "running"
