"""A reader that resumes after any `seq`, at any moment, gets every later event once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from runnel import Run, Runnel
from runnel.models.scripted import Scripted
from runnel.vocabulary.events import Event
from runnel.vocabulary.prompt import Delta, Prompt
from tests.apps import Model, config, ends_once, events_of, in_time, text_of
from tests.runs.processes import child, line

CUTS = 100


async def cut_at(run: Run, seq: int) -> list[Event]:
    """Read to `seq`, leave, and come back from there."""
    seen: list[Event] = []
    async for event in run.events():
        seen.append(event)
        if event.seq >= seq:
            break
    return seen + await events_of(run, after=seen[-1].seq)


async def resume_everywhere(writing: Run, reading: Run) -> None:
    """A reader cut at each of the first events, while the run goes on; then again from the log alone."""
    cut = await in_time(asyncio.gather(*[cut_at(reading, seq) for seq in range(1, CUTS + 1)]))
    whole = await events_of(writing)
    ends_once(whole, "completed")
    assert len(whole) > CUTS
    for events in cut:
        assert events == whole
    for after in range(CUTS + 1):
        assert [event.seq for event in await events_of(reading, after)] == list(range(after + 1, len(whole) + 1))


@pytest.mark.parametrize("delay", [0, 0.001], ids=["full speed", "1 ms a token"])
async def test_nothing_is_lost_or_doubled_in_process(app: Runnel, delay: float) -> None:
    async def stream(_: Prompt) -> AsyncIterator[Delta]:
        for number in range(150):
            yield f"{number} "
            await asyncio.sleep(delay)

    run = await (await app.chat(model=Model(stream))).start("go")
    await resume_everywhere(run, await app.run(run.id))


@pytest.mark.parametrize("delay", [0, 0.001], ids=["full speed", "1 ms a token"])
async def test_nothing_is_lost_or_doubled_between_two_that_share_a_file(file_url: str, delay: float) -> None:
    async with Runnel(file_url, config=config()) as owner, Runnel(file_url, config=config()) as other:
        model = Scripted([f"{number} " for number in range(150)], delay=delay)
        run = await (await owner.chat(model=model)).start("go")
        await resume_everywhere(run, await other.run(run.id))


@pytest.mark.parametrize("delay", ["0", "0.001"], ids=["full speed", "1 ms a token"])
async def test_nothing_is_lost_or_doubled_from_another_process(file_url: str, delay: str) -> None:
    async with Runnel(file_url, config=config()) as app, child("answer", file_url, "theirs", "150", delay) as other:
        await line(other)
        run = await app.run("theirs")
        await resume_everywhere(run, run)
        assert text_of(await events_of(run)) == "".join([f"{number} " for number in range(150)])
        assert await line(other) == "ended"


async def test_a_reader_may_be_cut_again_and_again(app: Runnel) -> None:
    async def stream(_: Prompt) -> AsyncIterator[Delta]:
        for number in range(200):
            yield f"{number} "
            await asyncio.sleep(0)

    run = await (await app.chat(model=Model(stream))).start("go")
    seen: list[Event] = []
    while not seen or seen[-1].type != "run.ended":
        async for event in run.events(after=len(seen)):
            seen.append(event)
            if event.seq % 7 == 0:
                break
    ends_once(seen, "completed")
    assert seen == await events_of(run)
