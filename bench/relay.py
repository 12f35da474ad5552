"""What durable streams over HTTP cost: Runnel's server, on SQLite, beside a bare Starlette one that persists nothing,
and beside pydantic-ai's, langgraph's and ragna's; all on asyncio's loop and httptools, one process each.

    python -m bench.relay [--repeat 5] [--peers FOLDER] [--peer-repeat 1] [--scenario NAME]

`--peers` is where bench/peers/setup.sh has made the peers' environments; without it Runnel is measured beside the bare
server alone. One stream, 20 and 200, of 1,000 tokens, as fast as they go; and 200 at 50 tokens a second each. The
reader is another process, which takes the streams apart afterwards; every answer has to be whole. The servers take
turns, the others standing still; medians are compared. CPU is the server's, of all its threads. Bytes are all that the
socket gives, headers too. What is added to a token is how much longer than the bare server's it takes from the model to
the reader, at the middle and at the 99th percentile.
"""

import argparse
import statistics
import subprocess
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import NamedTuple

from bench.load import Plan
from bench.measure import print_table
from bench.serving import PEERS, Bare, Runnel, Server, alone, load

TOKENS = 1_000
RATE = 50
_keys = count()


class Scenario(NamedTuple):
    """So many streams at a time, `rounds` times; each token `delay` seconds after the one before."""

    name: str
    streams: int
    rounds: int
    delay: float = 0.0


SCENARIOS = (
    Scenario("1 stream", 1, 20),
    Scenario("20 streams", 20, 3),
    Scenario("200 streams", 200, 1),
    Scenario(f"200 streams at {RATE} tokens/s", 200, 1, 1 / RATE),
)


class Figures(NamedTuple):
    """Of one measurement: tokens a second, bytes and CPU µs a token, ms to the first token, and of a token's way (at
    the middle and the 99th percentile, where it is known); how busy the reader was."""

    rate: float
    bytes: float
    cpu: float
    first: float
    late: float
    latest: float
    reader: float


class Unable(Exception):
    """A server did not do what it was asked to."""


def measure(server: Server, scenario: Scenario, limit: float) -> Figures:
    """One scenario with one server."""
    number = scenario.streams * scenario.rounds
    keys = [f"{server.form}{next(_keys)}" for _ in range(number)]
    plan = Plan(
        port=server.port,
        form=server.form,
        requests=[server.question(f"{TOKENS} {scenario.delay} {key}") for key in keys],
        keys=keys,
        tokens=TOKENS,
        at_once=scenario.streams,
        spread=1.0 if scenario.delay else 0.0,
        times=str(server.times) if scenario.delay else None,
        limit=limit,
    )
    cpu = server.cpu()
    found = load(plan)
    cpu = server.cpu() - cpu
    if found.wrong:
        raise Unable(found.wrong)
    late, latest = found.late or (0.0, 0.0)
    tokens = found.tokens
    return Figures(
        tokens / found.wall,
        found.bytes / tokens,
        cpu / tokens * 1e6,
        found.first[0],
        late,
        latest,
        found.cpu / found.wall,
    )


def version(server: Server, peers: Path) -> str:
    """What a peer's environment has of it."""
    package, name = {
        "pydantic-ai AG-UI": ("pydantic-ai-slim", "pydantic_ai"),
        "langgraph dev": ("langgraph-api", "langgraph"),
        "ragna": ("ragna", "ragna"),
    }[server.name]
    say = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([server.python(name), "-c", say], capture_output=True, text=True, check=True)
    return f"{server.name} {done.stdout.strip()}"


def table(scenario: Scenario, found: dict[str, list[Figures]], unable: dict[str, str]) -> None:
    """Print medians, beside the bare server's."""
    middle = {name: Figures(*map(statistics.median, zip(*all, strict=True))) for name, all in found.items() if all}
    bare = middle[Bare.name]
    heads = ["", "tokens/s", "× bare", "bytes a token", "CPU µs a token", "× bare", "first ms", "added", "reader busy"]
    heads += ["token's way ms", "added p50", "p99", "added p99"] if scenario.delay else []
    rows: list[list[str]] = []
    for name, one in middle.items():
        row = [name, f"{one.rate:,.0f}", f"{one.rate / bare.rate:.2f}", f"{one.bytes:.1f}", f"{one.cpu:.1f}"]
        row += [f"{one.cpu / bare.cpu:.2f}", f"{one.first:.1f}", f"{one.first - bare.first:+.1f}"]
        row += [f"{one.reader:.0%}"]
        if scenario.delay:
            row += [f"{one.late:.2f}", f"{one.late - bare.late:+.2f}"]
            row += [f"{one.latest:.1f}", f"{one.latest - bare.latest:+.1f}"]
        rows.append(row)
    print_table(f"{scenario.name}, {TOKENS:,} tokens each", heads, rows)
    for name, why in unable.items():
        print(f"  {name} could not: {why}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--peer-repeat", type=int, default=1)
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which a server was not able to")
    parser.add_argument("--scenario", action="append", choices=[scenario.name for scenario in SCENARIOS])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as after:
        servers: list[Server] = []
        kinds: list[type[Server]] = [Bare, Runnel, *(PEERS if given.peers else ())]
        for kind in kinds:
            server = kind(Path(folder), given.peers)
            after.callback(server.stop)
            servers.append(server)
        names = {
            server: version(server, given.peers) if isinstance(server, PEERS) else server.name for server in servers
        }
        for server in servers:
            with alone(server, servers):  # what is imported or made with the first answers
                measure(server, Scenario("", 2, 2), given.limit)
        for scenario in SCENARIOS:
            if given.scenario and scenario.name not in given.scenario:
                continue
            found: dict[str, list[Figures]] = {name: [] for name in names.values()}
            unable: dict[str, str] = {}
            for number in range(given.repeat):
                for server, name in names.items():
                    if name in unable or (isinstance(server, PEERS) and number >= given.peer_repeat):
                        continue
                    try:
                        with alone(server, servers):
                            found[name].append(measure(server, scenario, given.limit))
                    except Unable as error:
                        unable[name] = str(error)
            table(scenario, found, unable)


if __name__ == "__main__":
    main()
