"""Many streams from a server that is killed again and again. Used by `test_chaos.py`, and by `bench/chaos.py` with more
of everything."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import httpx2

from runnel.testing.upstream import Upstream
from runnel.vocabulary.events import RunEnded
from runnel.vocabulary.wire import decode
from tests.apps import text_of

from .processes import Reader, Serving, serving

__all__ = ["Chaos"]


class Chaos:
    """`streams` answers are being followed at each of `kills`. After `run`, `lost` and `repeated` count events over all
    readers, `ends` how runs ended, and `wrong` says what else was not as it should be."""

    def __init__(self, folder: Path, streams: int, kills: int, seed: int = 1) -> None:
        self.folder = folder
        self.streams = streams
        self.kills = kills
        self.lost = 0
        self.repeated = 0
        self.events = 0
        self.returned = 0
        self.ends: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._random = random.Random(seed)

    async def run(self) -> None:
        """Do it all."""
        async with (
            Upstream(tokens=[f" {number}" for number in range(10_000)], delay=0.05) as upstream,
            serving(self.folder, upstream) as server,
            httpx2.AsyncClient(base_url=server.url, timeout=30, limits=httpx2.Limits(max_connections=None)) as client,
        ):
            readers: list[Reader] = []
            for kill in range(self.kills):
                readers.extend(await self._kill(server, client, kill))
            for reader in readers:
                await self._check(client, reader)

    async def _kill(self, server: Serving, client: httpx2.AsyncClient, kill: int) -> list[Reader]:
        """Kill the server while all of its streams are going, and start it again; the readers come back."""
        readers = await asyncio.gather(*[self._ask(client, f"run_{kill}_{number}") for number in range(self.streams)])
        reading = [asyncio.ensure_future(reader.read()) for reader in readers]
        await asyncio.gather(*[reader.going.wait() for reader in readers])
        await asyncio.sleep(self._random.random() / 2)
        early = sum(len(reader.ends) for reader in readers)
        if early:
            self.wrong.append(f"{early} runs had ended before kill {kill}")
        await server.kill()
        await server.start()
        await asyncio.gather(*reading)
        return readers

    async def _ask(self, client: httpx2.AsyncClient, run: str) -> Reader:
        chat = (await client.post("/api/chats", json={})).raise_for_status().json()["id"]
        asked = await client.post(f"/api/chats/{chat}/runs", json={"prompt": "Go"}, headers={"Idempotency-Key": run})
        return Reader(client, asked.raise_for_status().json()["id"])

    async def _check(self, client: httpx2.AsyncClient, reader: Reader) -> None:
        """Compare what a reader got with the log."""
        response = await client.get(f"/api/runs/{reader.run}/events", headers={"Accept": "application/x-ndjson"})
        log = [decode(line) for line in response.content.splitlines()]
        got = Counter(reader.seqs)
        self.events += len(reader.seqs)
        self.returned += reader.returned
        self.lost += len({event.seq for event in log} - got.keys())
        self.repeated += sum(count - 1 for count in got.values())
        ends = [event.status.value for event in log if isinstance(event, RunEnded)]
        self.ends.update(ends)
        if reader.seqs != sorted(reader.seqs) or len(ends) != 1 or reader.ends != ends or reader.text != text_of(log):
            self.wrong.append(f"{reader.run}: ended {reader.ends}, in the log {ends}")
