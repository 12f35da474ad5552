"""The log in SQLite beside a bare loop over the same SQLite: events a second, CPU an event, and how late a follower is.

    python -m bench.log [--repeat 3]

The bare loops write one row an event with apsw, in the same journal mode, with one and with a hundred events a
transaction. The log's writers are tasks of one loop: `awaited` awaits the append of each event, `pipelined` has up to
64 on the way, `gathered` appends what came while an append was on the way, as a run's writer does. Every event is made
and encoded in all of them. `paced` writers say 50 events a second each, and their latency is that from an append's call
to the moment a follower has the event, in this process and in another.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

import apsw

from bench.measure import Taken, interleaved, medians, percentile, print_table
from runnel.database import Database
from runnel.log import SQLiteLog
from runnel.log.sqlite import MIGRATIONS
from runnel.vocabulary.events import RunEnded, TextDelta
from runnel.vocabulary.messages import Status
from runnel.vocabulary.wire import encode

# How a task writes so many events into a run.
Way = Callable[[SQLiteLog, str, int], Awaitable[None]]

ROOT = Path(__file__).parent.parent
_GATHERED = 4096
_TURN = 0.002


def event() -> TextDelta:
    """What a model says: a token."""
    return TextDelta(" token", at=1234)


def bare(path: Path, count: int, each: int) -> None:
    """Write `count` events, `each` a transaction."""
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "normal")
    connection.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, data BLOB NOT NULL)")
    for first in range(0, count, each):
        connection.execute("BEGIN IMMEDIATE")
        for seq in range(first, first + each):
            connection.execute("INSERT INTO events VALUES (?, ?)", (seq, encode(event())))
        connection.execute("COMMIT")
    connection.close()


async def awaited(log: SQLiteLog, run: str, count: int) -> None:
    """One append an event, each awaited."""
    epoch = await log.claim(run)
    for _ in range(count):
        await log.append(run, [event()], epoch)


async def pipelined(log: SQLiteLog, run: str, count: int) -> None:
    """One append an event, up to 64 on the way."""
    epoch = await log.claim(run)
    going: deque[asyncio.Task[int]] = deque()
    for _ in range(count):
        going.append(asyncio.ensure_future(log.append(run, [event()], epoch)))
        if len(going) >= 64:
            await going.popleft()
    await asyncio.gather(*going)


async def gathered(log: SQLiteLog, run: str, count: int) -> None:
    """Append what came while an append was on the way, from a model that never waits."""
    epoch = await log.claim(run)
    waiting: list[TextDelta] = []
    appending: asyncio.Task[int] | None = None
    turned = time.monotonic()
    for _ in range(count):
        waiting.append(event())
        if time.monotonic() - turned > _TURN or len(waiting) > _GATHERED:
            if appending is None or appending.done() or len(waiting) > _GATHERED:
                if appending is not None:
                    await appending
                batch, waiting = waiting, []
                appending = asyncio.ensure_future(log.append(run, batch, epoch))
            await asyncio.sleep(0)
            turned = time.monotonic()
    if appending is not None:
        await appending
    await log.append(run, waiting, epoch)


async def throughput(folder: Path, repeat: int) -> None:
    """Print events a second of each way."""
    fresh = iter(range(sys.maxsize))
    counts: dict[str, int] = {}

    def loop(each: int, count: int) -> Callable[[], Awaitable[None]]:
        async def way() -> None:
            bare(folder / f"{next(fresh)}.db", count, each)

        return way

    def log(write: Way, writers: int, count: int) -> Callable[[], Awaitable[None]]:
        async def way() -> None:
            database = Database(folder / f"{next(fresh)}.db")
            await database.open(MIGRATIONS)
            events = SQLiteLog(database)
            await asyncio.gather(*[write(events, f"run_{i}", count // writers) for i in range(writers)])
            await database.close()

        return way

    ways: dict[str, Callable[[], Awaitable[object]]] = {}
    for name, count, way in [
        ("bare loop, 1 a transaction", 20_000, loop(1, 20_000)),
        ("bare loop, 100 a transaction", 200_000, loop(100, 200_000)),
        *[
            (f"log, {writers} {write.__name__}", count, log(write, writers, count))
            for write, counted in (
                (awaited, (4_000, 20_000)),
                (pipelined, (20_000, 20_000)),
                (gathered, (400_000,) * 2),
            )
            for writers, count in zip((1, 50), counted, strict=True)
        ],
    ]:
        counts[name], ways[name] = count, way
    taken = medians(await interleaved(ways, repeat))
    base = counts["bare loop, 100 a transaction"] / taken["bare loop, 100 a transaction"].wall
    rows = [
        (
            name,
            f"{count / taken[name].wall:,.0f}",
            f"{taken[name].cpu / count * 1e6:.2f}",
            f"{count / taken[name].wall / base:.2f}×",
        )
        for name, count in counts.items()
    ]
    print_table("Writing", ("", "events/s", "CPU µs an event", "of bare, 100"), rows)


async def paced(
    log: SQLiteLog, run: str, count: int, sent: dict[int, float], ready: asyncio.Barrier, share: float
) -> None:
    """50 events a second, and when each was sent; `share` is where in the fiftieth of a second."""
    epoch = await log.claim(run)
    await ready.wait()
    await ready.wait()
    loop = asyncio.get_running_loop()
    began = loop.time() + share / 50
    for i in range(count):
        await asyncio.sleep(max(0.0, began + i / 50 - loop.time()))
        sent[i + 1] = time.perf_counter()
        await log.append(run, [event()], epoch)
    await log.append(run, [RunEnded(Status.COMPLETED)], epoch)


async def latency(folder: Path, writers: int, elsewhere: bool, count: int = 60) -> tuple[list[float], Taken]:
    """Milliseconds from the append of each event of one run to a follower, while others write too."""
    path = folder / f"latency_{writers}_{elsewhere}_{time.monotonic_ns()}.db"
    database = Database(path)
    await database.open(MIGRATIONS)
    log = SQLiteLog(database)
    sent: list[dict[int, float]] = [{} for _ in range(writers)]
    ready = asyncio.Barrier(writers + 1)  # passed when all have claimed, and when the follower is there
    tasks = [asyncio.ensure_future(paced(log, f"run_{i}", count, sent[i], ready, i / writers)) for i in range(writers)]
    await ready.wait()
    got: dict[int, float] = {}
    cpu, wall = time.process_time(), time.perf_counter()
    if elsewhere:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.log", "--follow", str(path), "run_0"),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        await process.stdout.readline()
        await ready.wait()
        async for line in process.stdout:
            seq, at = line.split()
            got[int(seq)] = float(at)  # the monotonic clock is the machine's
        await process.wait()
    else:
        await ready.wait()
        async for one in log.follow("run_0"):
            got[one.seq] = time.perf_counter()
    await asyncio.gather(*tasks)
    taken = Taken(time.perf_counter() - wall, time.process_time() - cpu)
    await database.close()
    return [(got[seq] - at) * 1000 for seq, at in sent[0].items()], taken


async def follow(path: str, run: str) -> None:
    """Print when each event came: the other process."""
    database = Database(path)
    await database.open(MIGRATIONS)
    print("ready", flush=True)
    async for one in SQLiteLog(database).follow(run):
        print(one.seq, time.perf_counter(), flush=True)
    await database.close()


async def latencies(folder: Path, repeat: int) -> None:
    """Print how late followers are."""
    kinds = [(1, False), (1, True), (50, False), (200, False)]
    found: dict[tuple[int, bool], list[float]] = {kind: [] for kind in kinds}
    cpu: dict[tuple[int, bool], list[float]] = {kind: [] for kind in kinds}
    for _ in range(repeat):
        for writers, elsewhere in kinds:
            late, taken = await latency(folder, writers, elsewhere)
            found[writers, elsewhere] += late
            cpu[writers, elsewhere].append(taken.cpu / (60 * writers) * 1e6)
    rows = [
        (
            f"{writers} paced, follower in {'another' if elsewhere else 'this'} process",
            f"{percentile(found[writers, elsewhere], 50):.2f}",
            f"{percentile(found[writers, elsewhere], 99):.2f}",
            f"{percentile(cpu[writers, elsewhere], 50):.0f}",
        )
        for writers, elsewhere in kinds
    ]
    print_table("From append to follower", ("", "p50 ms", "p99 ms", "CPU µs an event"), rows)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--follow", nargs=2, metavar=("PATH", "RUN"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.follow:
        asyncio.run(follow(*given.follow))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(throughput(Path(folder), given.repeat))
        asyncio.run(latencies(Path(folder), given.repeat))


if __name__ == "__main__":
    main()
