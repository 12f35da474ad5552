"""Leaving, cancelling and deleting are three things, by the word of the vendor: a server in a process of its own, whose
log says when its connection was closed."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.apps import LONG
from tests.runs.processes import Process, child, line
from tests.server.processes import serving

TOKENS = 120


class Vendor:
    """The vendor's log."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def next(self) -> dict[str, Any]:
        """What it says next of an answer."""
        while True:
            said: dict[str, Any] = json.loads(await line(self._process))
            if said["path"].endswith("/chat/completions"):
                return said


@pytest.fixture
async def vendor(tmp_path: Path) -> AsyncIterator[tuple[Vendor, httpx2.AsyncClient]]:
    """The vendor, and a client of a server whose model is the vendor's."""
    async with (
        child("--log", of="runnel.testing.upstream") as process,
        serving(tmp_path, await line(process), f"any?tokens={TOKENS}&delay=0.02") as server,
        httpx2.AsyncClient(base_url=server.url, timeout=LONG) as client,
    ):
        yield Vendor(process), client


async def asked(client: httpx2.AsyncClient, vendor: Vendor) -> tuple[str, str]:
    """A chat and its run, whose answer is on its way to a reader, who then leaves."""
    chat = (await client.post("/api/chats", json={})).json()["id"]
    run = (await client.post(f"/api/chats/{chat}/runs", json={"prompt": "Go"})).json()["id"]
    async with client.stream("GET", f"/api/runs/{run}/events") as response:
        said = b""
        async for piece in response.aiter_bytes():
            said += piece
            if b"event:text.delta" in said:
                break
    assert (await vendor.next())["what"] == "began"
    return chat, run


async def test_when_a_reader_leaves_the_vendor_goes_on_to_the_end(
    vendor: tuple[Vendor, httpx2.AsyncClient],
) -> None:
    log, client = vendor
    _, run = await asked(client, log)
    over = await log.next()
    assert (over["what"], over["sent"]) == ("ended", TOKENS)
    await until_status(client, run, "completed")


async def test_when_a_run_is_cancelled_the_vendor_is_hung_up_on(vendor: tuple[Vendor, httpx2.AsyncClient]) -> None:
    log, client = vendor
    _, run = await asked(client, log)
    message = (await client.post(f"/api/runs/{run}/cancel")).json()
    assert message["status"] == "cancelled"
    assert message["parts"][0]["text"]
    over = await log.next()
    assert over["what"] == "closed"
    assert over["sent"] < TOKENS


async def test_when_a_chat_is_deleted_the_vendor_is_hung_up_on_and_all_is_gone(
    vendor: tuple[Vendor, httpx2.AsyncClient],
) -> None:
    log, client = vendor
    chat, run = await asked(client, log)
    assert (await client.delete(f"/api/chats/{chat}")).status_code == 204
    over = await log.next()
    assert over["what"] == "closed"
    assert over["sent"] < TOKENS
    assert (await client.get(f"/api/chats/{chat}")).status_code == 404
    assert (await client.get(f"/api/runs/{run}")).status_code == 404
    assert (await client.get(f"/api/runs/{run}/events")).status_code == 404


async def until_status(client: httpx2.AsyncClient, run: str, status: str) -> None:
    """Wait until a run is in a status."""
    async with asyncio.timeout(LONG):
        while (await client.get(f"/api/runs/{run}")).json()["status"] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
