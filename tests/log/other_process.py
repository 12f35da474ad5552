"""A process beside the tests' own: `python -m tests.log.other_process write|follow|crowd PATH RUN`.

`write` claims the run and appends text deltas "1", "2", "3" … one at a time, for ever. `follow` prints the `seq` of
each event as it comes, and `end` when the run is over. `crowd` writes eight runs, RUN_0 to RUN_7, at once.
"""

import asyncio
import sys

from runnel.database import Database
from runnel.log import SQLiteLog
from runnel.log.sqlite import MIGRATIONS
from runnel.vocabulary.events import TextDelta


async def write(log: SQLiteLog, run: str) -> None:
    epoch = await log.claim(run)
    last = await log.last_seq(run)
    while True:
        last = await log.append(run, [TextDelta(str(last + 1))], epoch)


async def follow(log: SQLiteLog, run: str) -> None:
    print("ready", flush=True)
    async for event in log.follow(run):
        print(event.seq, flush=True)
    print("end", flush=True)


async def crowd(log: SQLiteLog, run: str) -> None:
    epochs = {f"{run}_{i}": await log.claim(f"{run}_{i}") for i in range(8)}
    print("ready", flush=True)
    last = 0
    while True:
        last += 1
        await asyncio.gather(*[log.append(run, [TextDelta(str(last))], epoch) for run, epoch in epochs.items()])


async def main(what: str, path: str, run: str) -> None:
    database = Database(path)
    await database.open(MIGRATIONS)
    await {"write": write, "follow": follow, "crowd": crowd}[what](SQLiteLog(database), run)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
