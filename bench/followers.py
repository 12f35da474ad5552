"""What readers cost that only follow: Runnel's server beside a bare Starlette one.

    python -m bench.followers [--idle 2000] [--many 1000] [--repeat 3]

Idle: the memory (the process's own, as the kernel counts it) that each follower adds to a server, following runs that
say nothing, spread over a few of them; each time in fresh servers. Many: one run says 100 tokens, 10 a second, to all
of its followers; the CPU that the server takes for each token that it sends. The bare server makes each frame once,
too, and puts it into a queue for each who follows.
"""

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from bench.measure import print_table
from bench.peers.said import text_of
from bench.serving import Bare, Runnel, Server, alone

KINDS: Sequence[type[Bare | Runnel]] = (Bare, Runnel)
RUNS = 20
TOKENS, DELAY, SILENCE = 100, 0.1, 10  # it says nothing until all of them follow
_LAST = text_of(TOKENS - 1).encode()
_Found: TypeAlias = dict[str, list[float]]


class Follower(asyncio.Protocol):
    """One open connection that only reads."""

    def __init__(self, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.began: asyncio.Future[None] = loop.create_future()
        self.whole: asyncio.Future[None] = loop.create_future()
        self.bytes = 0
        self._request = request
        self._end = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.bytes += len(data)
        self._end = (self._end + data)[-400:]
        if not self.began.done() and b"data:" in self._end:
            self.began.set_result(None)
        if not self.whole.done() and _LAST in self._end:
            self.whole.set_result(None)


async def follow(server: Server, paths: Sequence[str], number: int) -> list[Follower]:
    """So many followers of the streams at `paths`, in turn, once each has been given its first frame."""
    loop = asyncio.get_running_loop()
    followers: list[Follower] = []
    while len(followers) < number:
        some = range(len(followers), min(number, len(followers) + 50))
        new = []
        for index in some:
            request = server.request("GET", paths[index % len(paths)]).encode()
            new.append((await loop.create_connection(lambda r=request: Follower(r), "127.0.0.1", server.port))[1])  # type: ignore[misc]
        await asyncio.wait_for(asyncio.gather(*[one.began for one in new]), 60)
        followers += new
    return followers


def start(server: Server, question: str) -> str:
    """Start a run, and give the path where it is followed."""
    if isinstance(server, Bare):
        server.http("POST", "/start", {"prompt": question})
        return f"/follow/{question.split()[2]}"
    chat = server.http("POST", "/api/chats", {})["id"]
    return str(server.http("POST", f"/api/chats/{chat}/runs", {"prompt": question})["events"])


async def idle(server: Server, number: int) -> float:
    """Bytes that a follower costs."""
    paths = [start(server, f"1 inf idle{run}") for run in range(RUNS)]
    first = await follow(server, paths, 100)  # what is made once
    before = server.memory()
    followers = await follow(server, paths, number)
    took = server.memory() - before
    for one in first + followers:
        one.transport.close()
    return took / number


async def many(server: Server, number: int) -> tuple[float, float]:
    """CPU µs for each token that is sent to each follower, and the bytes of it; of one run."""
    said_at = time.monotonic() + SILENCE
    path = start(server, f"{TOKENS} {DELAY} many {SILENCE}")
    followers = await follow(server, [path], number)
    if time.monotonic() > said_at:
        raise RuntimeError(f"{server.name}: {number} followers took longer than {SILENCE} s to connect")
    cpu = server.cpu()
    await asyncio.wait_for(asyncio.gather(*[one.whole for one in followers]), 120)
    cpu = server.cpu() - cpu
    for one in followers:
        one.transport.close()
    sent = TOKENS * number
    return cpu / sent * 1e6, sum(one.bytes for one in followers) / sent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--idle", type=int, default=2_000)
    parser.add_argument("--many", type=int, default=1_000)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    memory: _Found = {kind.name: [] for kind in KINDS}
    cpu: _Found = {kind.name: [] for kind in KINDS}
    size: _Found = {kind.name: [] for kind in KINDS}
    for _ in range(given.repeat):
        with tempfile.TemporaryDirectory() as folder:
            servers: list[Server] = []
            try:
                for kind in KINDS:
                    servers.append(kind(Path(folder)))
                for server in servers:
                    with alone(server, servers):
                        memory[server.name].append(asyncio.run(idle(server, given.idle)))
                for server in servers:
                    with alone(server, servers):
                        took, bytes = asyncio.run(many(server, given.many))
                    cpu[server.name].append(took)
                    size[server.name].append(bytes)
            finally:
                for server in servers:
                    server.stop()
    _print(f"{given.idle:,} idle followers", "kB a follower", {n: [one / 1024 for one in a] for n, a in memory.items()})
    _print(f"{given.many:,} followers of one run", "CPU µs a token and follower", cpu)
    _print(f"{given.many:,} followers of one run", "bytes a token and follower", size)


def _print(title: str, head: str, found: _Found) -> None:
    middle = {name: statistics.median(all) for name, all in found.items()}
    rows = [(name, f"{one:.1f}", f"{one / middle[Bare.name]:.2f}") for name, one in middle.items()]
    print_table(title, ("", head, "× bare"), rows)


if __name__ == "__main__":
    main()
