"""What nobody could read again is not kept; and a run that cannot be read takes nothing else with it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import apsw
import pytest

from runnel import Message, Runnel
from runnel.errors import BadRequest, EventsUnreadable, InternalError
from runnel.models.scripted import Scripted
from runnel.testing.crashes import crash
from runnel.vocabulary.events import (
    ReasoningDelta,
    StatusLine,
    TextDelta,
    TextRetracted,
    ToolCallDelta,
    UsageReported,
)
from runnel.vocabulary.prompt import Delta, Finish, Prompt
from tests.apps import Model, config, ends_once, events_of, in_time, is_partial, text_of, until_said


async def ask(app: Runnel, *script: Any) -> Message:
    """The answer of a model that plays a script."""
    return await in_time((await app.chat(model=Scripted(*script))).answer("go"))


async def ask_model(app: Runnel, stream: Any) -> Message:
    """The answer of a model made of a function."""
    return await in_time((await app.chat(model=Model(stream))).answer("go"))


@pytest.mark.parametrize(
    "wrong",
    [
        TextDelta(3),  # type: ignore[arg-type]
        TextDelta(b"bytes"),  # type: ignore[arg-type]
        TextDelta("x", tokens="y"),  # type: ignore[arg-type]
        ReasoningDelta(None),  # type: ignore[arg-type]
        StatusLine("so far", done="half"),  # type: ignore[arg-type]
        ToolCallDelta(3),  # type: ignore[arg-type]
        UsageReported("many"),  # type: ignore[arg-type]
        Finish(None),  # type: ignore[arg-type]
    ],
)
async def test_a_delta_that_nobody_could_read_again_fails_its_run_and_is_not_kept(file_url: str, wrong: Any) -> None:
    async def stream(_: Prompt) -> AsyncIterator[Any]:
        yield "par"
        yield wrong

    async with Runnel(file_url) as app:
        message = await ask_model(app, stream)
        assert is_partial(message, "failed", "par")
        assert type(message.error) is InternalError
        assert type(wrong).__name__ in str(message.error)
    async with Runnel(file_url) as app:
        ends_once(await events_of(await app.run(message.run.id)), "failed")


async def test_half_of_a_pair_of_surrogates_is_said_as_a_question_mark(app: Runnel) -> None:
    message = await ask(app, "a\ud83d", TextDelta("\ude00b"), ReasoningDelta("\ud83d"), Finish("because \ud83d"))
    assert is_partial(message, "completed", "a??b")
    assert message.finish_reason == "because ?"
    assert text_of(await events_of(message.run)) == "a??b"


async def test_an_error_may_hold_anything(app: Runnel) -> None:
    message = await ask(app, "par", BadRequest("not \ud83d", answer=object(), limit=3))
    assert is_partial(message, "failed", "par")
    assert type(message.error) is BadRequest
    assert (str(message.error), message.error.details["limit"]) == ("not ?", 3)
    message = await ask(app, "par", ValueError("not \ud83d"))
    assert is_partial(message, "failed", "par")


async def test_a_model_may_pass_on_what_another_answer_gives_its_readers(app: Runnel) -> None:
    other = await app.chat(model=Scripted("wrong", TextRetracted(5), "right"))

    async def stream(prompt: Prompt) -> AsyncIterator[Delta]:
        async for chunk in await other.answer(prompt.question, stream=True):
            yield chunk

    assert is_partial(await ask_model(app, stream), "completed", "right")


async def test_a_run_that_cannot_be_read_ends_failed_and_its_chat_goes_on(file_url: str) -> None:
    app = await Runnel(file_url, config=config()).__aenter__()
    chat = await app.chat(model=Scripted("said", asyncio.Event()))
    run = await chat.start("first")
    await until_said(run)
    await crash(app)
    database = apsw.Connection(file_url.removeprefix("sqlite:///"))
    database.execute("UPDATE log_segments SET data = ? WHERE first_seq > 2", (b'{"type":"text.delta","text":3}\n',))
    database.close()

    async with Runnel(file_url, config=config()) as app:
        message = await (await app.run(run.id)).message()
        assert (message.status, type(message.error)) == ("failed", EventsUnreadable)
        chat = await app.get_chat(chat.id, model=Scripted("answered"))
        assert is_partial(await in_time(chat.answer("second")), "completed", "answered")
        assert [one.status for one in await chat.messages()][1::2] == ["failed", "completed"]
        with pytest.raises(EventsUnreadable):
            await in_time(events_of(await app.run(run.id)))
