"""What a test does to a process that it cannot kill, since it is its own: the `Runnel` is dropped as if it had died."""

import asyncio

from ..app import Runnel

__all__ = ["crash"]


async def crash(app: Runnel) -> None:
    """Leave `app` as a kill would: nothing more is written, no run is ended, its owner's lock is free."""
    rooms, app._rooms = app._open, None
    runner = rooms.runner
    runner._closed = True
    tasks: list[asyncio.Task[str]] = []
    for task in list(runner._going.values()):
        task.leave()
        if task._body is not None:
            tasks.append(task._body)
    rooms.owner.release()
    for working in (
        rooms.deaths._task,
        rooms.search_index._task,
        rooms.scheduler._task,
        rooms.notifier._task,
        *rooms.notifier._telling.values(),
    ):
        if working is not None:
            working.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=1)
    if runner._listening is not None:
        runner._listening.cancel()
    await rooms.database.close()
