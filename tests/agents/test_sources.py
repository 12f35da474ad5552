"""The search of a chat's documents as a tool: what it found are the answer's sources, by the numbers that are cited."""

from pathlib import Path
from typing import Any

import pytest

from runnel import Runnel
from runnel.models.scripted import tool_call
from tests.agents.helpers import accepts_another_turn, calls_of, results_of, steps
from tests.apps import config, in_time


@pytest.fixture
def documents(tmp_path: Path) -> list[Path]:
    places = [tmp_path / "rivers.txt", tmp_path / "hills.txt"]
    places[0].write_text("The Rhine is a river that flows through Basel.")
    places[1].write_text("The Brocken is a hill in the Harz.")
    return places


async def test_the_model_searches_and_the_answer_has_the_sources(app: Runnel, documents: list[Path]) -> None:
    model = steps(
        [tool_call("search_documents", question="river Rhine")],
        [tool_call("search_documents", question="hill Brocken"), tool_call("search_documents", question="Rhine")],
        ["The Rhine [1] and the Brocken [2]."],
    )
    chat = await app.chat(model=model, documents=documents, retrieval="tool")
    message = await in_time(chat.answer("What is where?"))
    assert [source.title for source in message.sources][:1] == ["rivers.txt"]
    assert sorted(source.title for source in message.sources) == ["hills.txt", "rivers.txt"]
    first, *others = [part.result or "" for part in calls_of(message)]
    assert first.startswith("[1] rivers.txt\nThe Rhine")
    assert any("[2] hills.txt" in result for result in others)
    assert any("[1] rivers.txt" in result for result in others)
    assert all(prompt.sources == () for prompt in model.prompts)
    assert [tool.name for tool in model.prompts[0].tools] == ["search_documents"]
    assert (await app.message(message.id)).sources == message.sources
    await accepts_another_turn(chat)


@pytest.mark.parametrize("arguments", [{}, {"question": 1}, {"question": "x", "more": 1}])
async def test_a_search_that_is_not_asked_right_says_how(
    app: Runnel, documents: list[Path], arguments: dict[str, Any]
) -> None:
    model = steps([tool_call("search_documents", **arguments)], ["Sorry."])
    message = await in_time((await app.chat(model=model, documents=documents, retrieval="tool")).answer("go"))
    assert results_of(message) == [("search_documents", "error", "The one argument is `question`, a text.")]
    assert message.sources == ()


async def test_nothing_found_is_told(app: Runnel, documents: list[Path]) -> None:
    model = steps([tool_call("search_documents", question="xylophone")], ["Sorry."])
    message = await in_time((await app.chat(model=model, documents=documents, retrieval="tool")).answer("go"))
    assert (results_of(message)[0][2], message.sources) == ("Nothing was found.", ())


async def test_a_chat_without_documents_has_no_search(app: Runnel) -> None:
    model = steps(["x"])
    await in_time((await app.chat(model=model, retrieval="tool")).answer("go"))
    assert model.prompts[0].tools == ()


async def test_the_search_is_there_in_another_process(file_url: str, documents: list[Path]) -> None:
    async with Runnel(file_url, config=config()) as app:
        chat = await app.chat(model=steps(["x"]), documents=documents, retrieval="tool")
    async with Runnel(file_url, config=config()) as app:
        model = steps([tool_call("search_documents", question="Rhine")], ["x"])
        chat = await app.get_chat(chat.id, model=model)
        assert [one.title for one in (await in_time(chat.answer("go"))).sources] == ["rivers.txt"]
