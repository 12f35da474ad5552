"""The history that a model is given: whole turns, the last of them, as many as were asked for and as fit."""

import asyncio
from math import inf
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runnel import Runnel
from runnel.chats.history import read_history
from runnel.models.scripted import Pause, Scripted
from runnel.vocabulary.messages import MessageValue, Status, TextPart, ToolPart
from runnel.vocabulary.prompt import Sampling
from runnel.vocabulary.usage import estimate_tokens
from tests.apps import in_time, until_said


def echo(**attributes: Any) -> Scripted:
    return Scripted(answers=lambda prompt: ["to ", prompt.question], **attributes)


async def told(app: Runnel, history: bool | int, count: int = 4, **attributes: Any) -> list[str]:
    """What a model is told before the last of `count` questions."""
    model = echo(**attributes)
    chat = await app.chat(model=model, history=history)
    for number in range(count):
        await in_time(chat.answer(f"q{number}"))
    return [message.content for message in model.prompts[-1].history]


async def test_history_true_is_all_that_was_said_before(app: Runnel) -> None:
    assert await told(app, True) == ["q0", "to q0", "q1", "to q1", "q2", "to q2"]


async def test_history_false_is_nothing(app: Runnel) -> None:
    assert await told(app, False) == []


async def test_history_of_a_number_is_so_many_turns(app: Runnel) -> None:
    assert await told(app, 2) == ["q1", "to q1", "q2", "to q2"]
    assert await told(app, 1) == ["q2", "to q2"]
    assert len(await told(app, 100)) == 6


async def test_history_is_trimmed_to_the_models_window_by_whole_turns(app: Runnel) -> None:
    assert await told(app, True, context_window=12) == ["q1", "to q1", "q2", "to q2"]
    assert await told(app, True, context_window=1) == []


async def test_room_is_left_for_the_answer_the_question_and_the_system_prompt(app: Runnel) -> None:
    model = echo(context_window=40)
    chat = await app.chat(model=model, system="s" * 40, sampling=Sampling(max_tokens=20))
    for number in range(6):
        await in_time(chat.answer(f"{number}" * 20))
    given = model.prompts[-1]
    code_points = sum(len(message.content) for message in given.history)
    assert estimate_tokens(code_points) <= 40 - 20 - 10 - 5
    assert given.system == "s" * 40


async def test_history_has_cancelled_and_empty_answers_but_not_the_question_itself(app: Runnel) -> None:
    def script(prompt: Any) -> list[Any]:
        return {"cut": ["part", Pause(inf)], "empty": []}.get(prompt.question, ["to ", prompt.question])

    model = Scripted(answers=script)
    chat = await app.chat(model=model, system="be brief")
    run = await chat.start("cut")
    await until_said(run)
    await in_time(run.cancel())
    await in_time(chat.answer("empty"))
    await in_time(chat.answer("last"))
    prompt = model.prompts[-1]
    assert [(one.role, one.content, one.status) for one in prompt.history] == [
        ("user", "cut", "completed"),
        ("assistant", "part", "cancelled"),
        ("user", "empty", "completed"),
        ("assistant", "", "completed"),
    ]
    assert (prompt.question, prompt.system) == ("last", "be brief")


async def test_the_setting_may_change_between_questions(app: Runnel) -> None:
    model = echo()
    chat = await app.chat(model=model)
    await in_time(chat.answer("one"))
    await chat.change(history=False, system="anew")
    await in_time(chat.answer("two"))
    assert (model.prompts[-1].history, model.prompts[-1].system) == ((), "anew")


# read_history by itself


@st.composite
def branches(draw: st.DrawFn) -> list[MessageValue]:
    """A branch of turns; each a question, and answers of any number, length and status."""
    branch: list[MessageValue] = []

    def add(role: Any, status: Status, *parts: Any) -> None:
        parent = branch[-1].id if branch else None
        branch.append(MessageValue(f"m{len(branch)}", role, status, parent=parent, parts=parts))

    for _ in range(draw(st.integers(0, 80))):
        add("user", Status.COMPLETED, TextPart("q" * draw(st.integers(0, 40))))
        for _ in range(draw(st.integers(0, 2))):
            call = ToolPart("c", "tool", "a" * draw(st.integers(0, 20)), result="r" * draw(st.integers(0, 20)))
            status = draw(st.sampled_from([Status.COMPLETED, Status.CANCELLED, Status.RUNNING]))
            add("assistant", status, TextPart("a" * draw(st.integers(0, 40))), call)
    return branch


def tokens(messages: Any) -> int:
    """About how many tokens messages make."""
    return sum(
        estimate_tokens(
            len(message.content)
            + sum(len(part.arguments) + len(part.result or "") for part in message.parts if isinstance(part, ToolPart))
        )
        for message in messages
    )


@given(branches(), st.one_of(st.booleans(), st.integers(0, 90)), st.integers(-10, 3000))
def test_history_is_a_suffix_of_whole_turns_that_fits_and_is_as_long_as_it_can_be(
    branch: list[MessageValue], history: bool | int, room: int
) -> None:
    asked: list[int] = []

    async def read(head: str, limit: int) -> list[MessageValue]:
        asked.append(limit)
        end = int(head[1:]) + 1
        return branch[max(0, end - limit) : end]

    head = branch[-1].id if branch else None
    taken = asyncio.run(read_history(read, head, history, room))
    ended = [message for message in branch if message.status.ended]
    assert list(taken) == ended[len(ended) - len(taken) :]
    assert tokens(taken) <= max(room, 0)
    assert not taken or taken[0].role == "user"
    turns = sum(message.role == "user" for message in taken)
    most = len(branch) if history is True else int(history)
    assert turns <= most
    rest = ended[: len(ended) - len(taken)]
    if rest and turns < most:
        begins = max(n for n, message in enumerate(rest) if message.role == "user")
        assert tokens(rest[begins:]) + tokens(taken) > room
    assert sum(asked) <= 2 * len(taken) + 64 + 3 * 64, "no more is read than is used, but for a page"
