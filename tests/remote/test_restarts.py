"""A server that is killed and started again while it is asked and followed: nothing is lost, nothing comes twice."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runnel import Chat, Runnel
from runnel.errors import ServerUnreachable, Unauthenticated, UnknownChat, UnknownRun
from runnel.remote.connection import Connection
from runnel.runs.handles import Run
from runnel.testing.upstream import Upstream
from runnel.vocabulary.events import Event, RunEnded
from runnel.vocabulary.messages import Status
from tests.server.processes import Serving, serving

ENDLESS = ["one "] * 100_000


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Serving]:
    async with Upstream(tokens=ENDLESS, delay=0.005) as upstream, serving(tmp_path, upstream) as server:
        yield server


@pytest.fixture
async def app(server: Serving) -> AsyncIterator[Runnel]:
    async with Runnel(server.url) as app:
        yield app


async def said(run: Run, count: int = 20) -> None:
    """Wait until there is so much of a run."""
    async for event in run.events():
        if event.seq >= count:
            return


async def again(server: Serving) -> None:
    await server.kill()
    await server.start()


async def test_every_event_comes_once_and_the_run_ends_interrupted(server: Serving, app: Runnel) -> None:
    run = await (await app.chat()).start("Go")
    events: list[Event] = []
    async for event in run.events():
        events.append(event)
        if event.seq == 20:
            await again(server)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.status for event in events if isinstance(event, RunEnded)] == ["interrupted"]
    assert [event async for event in run.events()] == events


async def test_chunks_go_on_to_the_text_that_was_kept(server: Serving, app: Runnel) -> None:
    message = await (await app.chat()).answer("Go", stream=True)
    chunks: list[str] = []
    async for chunk in message:
        chunks.append(chunk)
        if len(chunks) == 20:
            await again(server)
    assert (message.status, message.content) == ("interrupted", "".join(chunks))


async def test_who_waits_and_who_asks_gets_the_partial_answer(server: Serving, app: Runnel) -> None:
    first, second = await app.chat(), await app.chat()
    run = await first.start("Go")
    waiting = asyncio.ensure_future(run.wait())
    asking = asyncio.ensure_future(second.answer("Go", id="mine"))
    async for change in second.events():
        if change.run_id is not None:
            break
    await said(run)
    await said(await app.run("mine"))
    await again(server)
    for message in (await waiting, await asking):
        assert message.status == "interrupted"
        assert message.content.startswith("one one ")
    assert len(await app.runs()) == 2


async def test_a_feed_goes_on_where_it_was(server: Serving, app: Runnel) -> None:
    chat = await app.chat()
    run = await chat.start("Go")
    await said(run)
    seqs: list[int] = []
    async for change in chat.events():
        seqs.append(change.seq)
        if len(seqs) == 1:
            await again(server)
        if change.status == "interrupted":
            break
    assert seqs == list(range(1, len(seqs) + 1))
    assert (await chat.messages())[-1].status == "interrupted"


async def test_a_server_that_stays_away_is_unreachable_and_what_runs_there_goes_on(server: Serving) -> None:
    async with Runnel(server.url, patience=0.2) as app:
        run = await (await app.chat()).start("Go")
        await said(run)
        await server.kill()
        with pytest.raises(ServerUnreachable, match="what runs there goes on"):
            await anext(run.events())
        with pytest.raises(ServerUnreachable):
            await run.wait()
        await server.start()
        assert (await run.wait()).status == "interrupted"


async def test_where_nobody_serves_is_told_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ServerUnreachable, match="no server answers"):
            async with Runnel(f"http://127.0.0.1:{taken.getsockname()[1]}", patience=3600):
                pass


async def test_a_chat_that_is_deleted_ends_its_readers(app: Runnel) -> None:
    chat = await app.chat()
    run = await chat.start("Go")
    await said(run)

    async def follow(chat: Chat) -> None:
        async for _ in chat.events():
            begun.set()

    begun = asyncio.Event()
    following = asyncio.ensure_future(follow(chat))
    await begun.wait()
    await chat.delete()
    await following
    with pytest.raises(UnknownChat):
        await follow(chat)
    with pytest.raises(UnknownRun):
        await run.wait()


async def test_a_token_that_is_revoked_ends_its_readers(server: Serving) -> None:
    await server.kill()
    async with Runnel(f"sqlite:///{server.folder}/data/runnel.db", go_on=False) as here:
        await here.users.add("ada")
        token, secret = await here.users.add_token("ada")
        await server.start()
        async with Runnel(server.url, token=secret) as ada:
            run = await (await ada.chat()).start("Go")
            waiting = asyncio.ensure_future(run.wait())
            await said(run)
            await here.users.revoke("ada", token.id)
            with pytest.raises(Unauthenticated):
                await waiting


class Breaks:
    """A server that hears each request, and answers none but those after the first `times`."""

    def __init__(self, times: int, answer: bytes = b"null") -> None:
        self.heard: list[str] = []
        self._times = times
        self._answer = answer

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append((await reader.readuntil(b"\r\n\r\n")).decode().partition(" HTTP")[0])
        if len(self.heard) > self._times:
            head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(self._answer)
            writer.write(head + self._answer)
            await writer.drain()
        writer.close()

    async def __aenter__(self) -> Connection:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.connection = Connection(f"http://127.0.0.1:{port}", None, patience=60)
        self.connection.open()
        return self.connection

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()
        self._server.close()
        await self._server.wait_closed()


async def test_what_may_be_done_twice_is_asked_again() -> None:
    async with (server := Breaks(2)) as connection:
        await connection.ask(type(None), "GET", "/x")
    assert server.heard == ["GET /x"] * 3


async def test_what_must_be_done_once_is_not_asked_again_where_it_was_heard() -> None:
    async with (server := Breaks(1)) as connection:
        with pytest.raises(ServerUnreachable, match="may have been done"):
            await connection.ask(type(None), "POST", "/x", once=True)
    assert server.heard == ["POST /x"]


async def test_what_is_no_runnel_is_said_to_be_none() -> None:
    async with Breaks(0, b"<html>hello") as connection:
        with pytest.raises(ServerUnreachable, match="is no Runnel"):
            await connection.ask(Status, "GET", "/x")
