"""A process that answers is killed at any moment: what was followed is kept, and the run ends once, as `interrupted`.

RUNNEL_KILLS says how often (50).
"""

import asyncio
import os
import random

from runnel import Run, Runnel
from runnel.errors import ProcessDied
from runnel.vocabulary.events import Event
from tests.apps import LONG, config, ends_once, text_of
from tests.runs.processes import child, line

KILLS = int(os.environ.get("RUNNEL_KILLS", "50"))
AT_ONCE = 4


async def test_a_killed_process_loses_nothing_that_was_followed(file_url: str) -> None:
    """Two `Runnel`s follow each run, so that two find the dead owner at once."""
    room = asyncio.Semaphore(AT_ONCE)
    async with Runnel(file_url, config=config()) as one, Runnel(file_url, config=config()) as other:

        async def kill(number: int) -> str:
            async with room:
                return await kill_one(file_url, one, other, f"run_{number}")

        killed = await asyncio.gather(*[kill(number) for number in range(KILLS)])
    # Whoever opens the file next finds the same.
    async with Runnel(file_url, config=config()) as app:
        for number, text in enumerate(killed):
            message = await (await app.run(f"run_{number}")).message()
            assert (message.status, message.content) == ("interrupted", text)
            assert message.chat_id is not None
            branch = await (await app.get_chat(message.chat_id)).messages()
            assert [(one.role, one.content) for one in branch] == [("user", "count"), ("assistant", text)]
            assert branch[-1].id == message.id
        assert await app._open.runner.runs.going() == []


async def kill_one(url: str, one: Runnel, other: Runnel, id: str) -> str:
    """Kill a process at a random moment of its answer; returns what it had said."""
    async with child("answer", url, id, "100000000", random.choice(["0", "0.001", "0.001", "0.002"])) as process:
        await line(process)
        runs = [await app.run(id) for app in (one, other)]
        seen: list[list[Event]] = [[], []]
        # Its third event says that it runs: one that was killed while it was queued is not interrupted, but goes on.
        moment = random.randrange(2, 150)
        due = asyncio.Event()

        async def follow(run: Run, into: list[Event]) -> None:
            async for event in run.events():
                into.append(event)
                if len(into) > moment:
                    due.set()

        following = [asyncio.ensure_future(follow(run, into)) for run, into in zip(runs, seen, strict=True)]
        waiting = asyncio.ensure_future(runs[0].wait())
        async with asyncio.timeout(LONG):
            await due.wait()
            process.kill()
            followed = [list(into) for into in seen]
            message = await waiting
            await asyncio.gather(*following)
    for before, whole in zip(followed, seen, strict=True):
        assert whole[: len(before)] == before
    assert seen[0] == seen[1] == [event async for event in runs[1].events()]
    end = ends_once(seen[0], "interrupted")
    assert end.usage is not None
    assert end.usage.estimated
    text = text_of(seen[0])
    assert text == "".join([f"{number} " for number in range(len(text.split()))])
    assert (message.status, message.content) == ("interrupted", text)
    assert type(message.error) is ProcessDied
    return text
