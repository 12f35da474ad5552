"""A run that is found again may be cancelled before it has begun to go on."""

import asyncio

import pytest

from runnel import Runnel
from runnel.models.scripted import Scripted
from runnel.testing.crashes import crash
from runnel.vocabulary.events import StateChanged, TextDelta
from tests.apps import config, ends_once, events_of, in_time, until_true


async def test_a_cancel_before_it_goes_on_asks_no_model(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = await Runnel(file_url, config=config()).__aenter__()
    chat = await app.chat(model=Scripted("one", asyncio.Event()))
    await chat.start("first")
    queued = await chat.start("second", if_busy="enqueue")
    await crash(app)
    gate = asyncio.Event()
    read = "runnel.store.Inputs.of"

    async def slowly(self: object, run: str) -> list[object]:
        await gate.wait()
        return []

    monkeypatch.setattr(read, slowly)
    app = await Runnel(file_url, config=config(model_wait=20), go_on=False).__aenter__()
    runner = app._open.runner
    settling = asyncio.ensure_future(runner.settle(await runner.runs.get(queued.id)))
    await until_true(lambda: runner.task(queued.id) is not None)
    model = Scripted("never said")
    cancelling = asyncio.ensure_future(runner.cancel(queued.id))
    await asyncio.sleep(0)
    gate.set()
    await in_time(settling)
    await in_time(cancelling)
    await app.get_chat(chat.id, model=model)
    run = await app.run(queued.id)
    events = await events_of(run)
    ends_once(events, "cancelled")
    assert "running" not in [event.status for event in events if isinstance(event, StateChanged)]
    assert model.calls == []
    await app.close()


async def test_what_ran_is_not_begun_again_though_its_row_had_not_got_so_far(
    file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_stored(runs: object, row: object, status: object) -> asyncio.Future[bool]:
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        stored.set_result(False)
        return stored

    with monkeypatch.context() as patched:
        patched.setattr("runnel.store.Runs.change_status", nothing_stored)
        app = await Runnel(file_url, config=config()).__aenter__()
        chat = await app.chat(model=Scripted("one", asyncio.Event()))
        run = await chat.start("first")
        async for event in run.events():
            if isinstance(event, TextDelta):
                break
        await crash(app)
    async with Runnel(file_url, config=config()) as app:
        assert (await app._open.runner.runs.get(run.id)).status == "interrupted"
        found = await app.run(run.id)
        ends_once(await events_of(found), "interrupted")
        assert (await found.message()).content == "one"
