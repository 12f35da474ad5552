"""A question about documents that were uploaded a moment ago."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from runnel import Chat, Run, Runnel
from runnel.retrieval import Upload
from runnel.vocabulary.events import Event, SourcesFound, StatusLine
from tests.apps import events_of, in_time

LAMP = b"The lamp of the lighthouse turns nine times a minute."
BOAT = b"The boat of the pilots is red."


@asynccontextmanager
async def held_up(app: Runnel) -> AsyncIterator[None]:
    """In it, no document is parsed."""
    workers = app._open.retrieval._workers
    async with AsyncExitStack() as stack:
        for _ in range(workers.count):
            await stack.enter_async_context(workers._free)
        yield


async def uploaded(app: Runnel, **files: bytes) -> tuple[Chat, Run, list[str]]:
    """A chat whose documents are being indexed, by a run; and their ids."""
    ids = [(await app.documents.keep(Upload(f"{name}.txt", data))).id for name, data in files.items()]
    run, _ = await app.index(ids)
    chat = await app.chat(model="excerpts")
    await chat.change(documents=ids)
    return chat, run, ids


def lines(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, StatusLine)]


async def said(run: Run, text: str) -> None:
    """Wait until a status line of the run begins so."""

    async def look() -> None:
        async for event in run.events():
            if isinstance(event, StatusLine) and event.text.startswith(text):
                return
        raise AssertionError(f"it ended without saying {text!r}")

    await in_time(look())


async def test_an_answer_waits_for_documents_that_are_being_indexed_and_says_so(app: Runnel) -> None:
    async with held_up(app):
        chat, _, _ = await uploaded(app, lamp=LAMP, boat=BOAT)
        run = await chat.start("How often does the lamp turn?")
        await said(run, "Waiting until 2 documents can be searched")
    message = await in_time(run.wait())
    assert "nine times a minute" in message.content
    assert lines(await events_of(run))[-1] == "Searching 2 documents"


async def test_a_search_by_the_model_finds_them_too(app: Runnel) -> None:
    async with held_up(app):
        chat, _, ids = await uploaded(app, lamp=LAMP)
        await chat.change(retrieval="tool")
        run = await chat.start("How often does the lamp turn?")
        await said(run, "Waiting until lamp.txt can be searched")
    await in_time(run.wait())
    assert (await app.documents.get(ids[0])).indexed_at is not None


async def test_one_that_waits_can_be_cancelled_and_the_indexing_goes_on(app: Runnel) -> None:
    async with held_up(app):
        chat, indexing, ids = await uploaded(app, lamp=LAMP)
        run = await chat.start("How often does the lamp turn?")
        await said(run, "Waiting")
        assert (await in_time(run.cancel())).status == "cancelled"
    assert (await in_time(indexing.wait())).status == "completed"
    assert len(await app.documents.search("lamp", ids)) == 1


async def test_what_cannot_be_read_is_said_and_the_rest_is_searched(app: Runnel) -> None:
    async with held_up(app):
        chat, _, _ = await uploaded(app, lamp=LAMP, empty=b"  ")
        run = await chat.start("How often does the lamp turn?")
        await said(run, "Waiting")
    message = await in_time(run.wait())
    assert "nine times" in message.content
    assert any(line.startswith("Not searched: ") and "empty.txt" in line for line in lines(await events_of(run)))


async def test_nobody_is_waited_for_where_nobody_indexes(app: Runnel) -> None:
    async with held_up(app):
        chat, indexing, _ = await uploaded(app, lamp=LAMP)
        await in_time(indexing.cancel())
        run = await chat.start("How often does the lamp turn?")
        await in_time(run.wait())
        events = await events_of(run)
    assert lines(events)[0] == "Not searched: lamp.txt has not been indexed"
    assert [event.sources for event in events if isinstance(event, SourcesFound)] == [()]


async def test_many_that_cannot_be_read_take_a_few_lines(app: Runnel) -> None:
    chat, indexing, _ = await uploaded(app, **{f"empty{number}": b" " for number in range(5)})
    await in_time(indexing.wait())
    run = await chat.start("How often does the lamp turn?")
    await in_time(run.wait())
    assert "Not searched: 2 documents more" in lines(await events_of(run))
