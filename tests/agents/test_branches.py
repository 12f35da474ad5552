"""Branches of a chat whose answers call tools: edits, alternatives, walks between them, comparisons and forks."""

from math import inf

import pytest

from runnel import Runnel
from runnel.errors import RunInProgress, UnknownMessage
from runnel.models.scripted import Pause, Scripted, tool_call
from tests.agents.helpers import Doing, accepts_another_turn, results_of, steps
from tests.apps import in_time, shape, until_said


async def test_an_edit_is_a_branch_of_its_own(app: Runnel) -> None:
    model = steps([tool_call("act")], ["x"])
    chat = await app.chat(model=model, tools=[Doing("act")])
    await in_time(chat.answer("one"))
    await in_time(chat.answer("two"))
    question = (await chat.messages())[2]
    other = await in_time(chat.edit(question, "two, otherwise"))
    assert results_of(other) == [("act", "ok", "done")]
    contents = ["one", "x", "two, otherwise", "x"]
    assert [content for _, _, content in await shape(chat)] == contents
    assert [one.content for one in await chat.alternatives(question)] == ["two", "two, otherwise"]
    assert [message.content for message in model.prompts[-1].history] == ["one", "x"]
    with pytest.raises(UnknownMessage, match="not by the user"):
        await chat.edit(other, "no")
    await accepts_another_turn(chat)


async def test_the_first_question_may_be_edited(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"))
    await in_time(chat.answer("one"))
    question = (await chat.messages())[0]
    await in_time(chat.edit(question, "another", stream=False))
    assert [content for _, _, content in await shape(chat)] == ["another", "x"]
    assert [one.content for one in await chat.alternatives(question)] == ["one", "another"]


async def test_alternatives_of_many_messages_are_those_of_each(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"))
    first = await in_time(chat.answer("one"))
    await in_time(chat.answer("two"))
    again = await in_time(chat.retry(first))
    await in_time(chat.answer("three"))
    question = (await chat.messages())[0]
    await in_time(chat.edit(question, "another"))
    await chat.switch(again)
    branch = await chat.messages()
    each = {one.id: tuple([other.id for other in await chat.alternatives(one)]) for one in branch}
    found = await chat.alternatives_of([*branch, "msg_none"])
    assert found == {message: others for message, others in each.items() if len(others) > 1}
    assert [len(others) for others in found.values()] == [2, 2]
    assert set(found) == {question.id, again.id}


async def test_walking_between_alternatives_leads_to_their_newest_end(app: Runnel) -> None:
    chat = await app.chat(model=Scripted(answers=[["a"], ["b"], ["c"]]))
    first = await in_time(chat.answer("one"))
    await in_time(chat.answer("two"))
    second = await in_time(chat.retry(first))
    assert [content for _, _, content in await shape(chat)] == ["one", "c"]
    await chat.switch(first)
    assert [content for _, _, content in await shape(chat)] == ["one", "a", "two", "b"]
    assert [one.id for one in await chat.alternatives(second)] == [first.id, second.id]
    await chat.switch(second)
    assert [content for _, _, content in await shape(chat)] == ["one", "c"]
    with pytest.raises(UnknownMessage):
        await chat.switch("msg_of_nobody")
    other = await app.chat(model=Scripted("other"))
    (question, *_) = await chat.messages()
    for refused in (other.switch(first), other.retry(first), other.edit(question, "what?"), other.fork(first)):
        with pytest.raises(UnknownMessage, match=f"in chat {other.id}"):
            await refused
    assert await other.messages() == []


async def test_the_branch_stays_while_the_chat_answers(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("x"))
    first = await in_time(chat.answer("one"))
    await chat.change(model=Scripted("y", Pause(inf)))
    run = await chat.start("two")
    await until_said(run)
    with pytest.raises(RunInProgress):
        await chat.switch(first)
    with pytest.raises(RunInProgress):
        await chat.edit((await chat.messages())[0], "no")
    await in_time(run.cancel())


async def test_two_branches_side_by_side(app: Runnel) -> None:
    chat = await app.chat(model=Scripted(answers=[["a"], ["b"], ["c"]]))
    await in_time(chat.answer("one"))
    left = await in_time(chat.answer("two"))
    right = await in_time(chat.edit((await chat.messages())[2], "three"))
    compared = await chat.compare(left, right)
    assert [[one.content for one in side] for side in (compared.common, compared.left, compared.right)] == [
        ["one", "a"],
        ["two", "b"],
        ["three", "c"],
    ]
    same = await chat.compare(left, left)
    assert (len(same.common), same.left, same.right) == (4, (), ())


async def test_a_fork_has_the_tools_and_goes_its_own_way(app: Runnel) -> None:
    act = Doing("act")
    chat = await app.chat(model=steps([tool_call("act")], ["x"]), tools=[act])
    message = await in_time(chat.answer("one"))
    fork = await chat.fork(message)
    assert fork.settings == chat.settings
    assert results_of(await in_time(fork.answer("two"))) == [("act", "ok", "done")]
    assert (len(await fork.messages()), len(await chat.messages()), len(act.calls)) == (4, 2, 2)
    await accepts_another_turn(fork)


async def test_what_a_fork_makes_is_no_alternative_in_the_chat_that_it_was_made_from(app: Runnel) -> None:
    chat = await app.chat(model="scripted")
    message = await in_time(chat.answer("one"))
    fork, other = await chat.fork(message), await chat.fork(message)
    await in_time(fork.answer("two in the fork"))
    await in_time(other.answer("two in another"))
    await in_time(chat.answer("two here"))
    for each, said in ((chat, "two here"), (fork, "two in the fork"), (other, "two in another")):
        messages = await each.messages()
        assert [str(one) for one in messages][2] == said
        assert await each.alternatives_of(messages) == {}
        assert [str(one) for one in await each.alternatives(messages[2])] == [said]
        await each.switch(message)  # to the newest end of its own
        assert [str(one) for one in await each.messages()][2] == said


async def test_an_answer_that_is_shared_is_made_again_in_the_fork_alone(app: Runnel) -> None:
    chat = await app.chat(model=Scripted(answers=[["first"], ["again"]]))
    message = await in_time(chat.answer("one"))
    fork = await chat.fork(message)
    again = await in_time(fork.retry(message))
    assert [str(one) for one in await fork.messages()] == ["one", "again"]
    assert [str(one) for one in await chat.messages()] == ["one", "first"]
    assert await fork.alternatives_of([again]) == {again.id: (message.id, again.id)}
    assert await chat.alternatives_of([message]) == {}
    await fork.switch(message)
    assert [str(one) for one in await fork.messages()] == ["one", "first"]


async def test_a_fork_of_an_answer_that_was_cut_goes_on(app: Runnel) -> None:
    chat = await app.chat(model=Scripted("half ", tool_call("act"), Pause(inf)), tools=[Doing("act")])
    run = await chat.start("one")
    await until_said(run)
    message = await in_time(run.cancel())
    await accepts_another_turn(await chat.fork(message))
