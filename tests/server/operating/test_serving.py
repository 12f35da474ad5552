"""`runnel serve` as a process: it begins, is asked to end, is killed, and is begun again."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect

from runnel.server.operating.serving import bind
from runnel.testing.upstream import Upstream
from tests.apps import LONG, in_time, until_true
from tests.cli.processes import Place
from tests.server.processes import Reader, Serving, serving

# An answer that does not end by itself.
ENDLESS = [f" {number}" for number in range(100_000)]


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream(tokens=ENDLESS, delay=0.01) as upstream:
        yield upstream


@pytest.fixture
async def server(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Serving]:
    async with serving(tmp_path, upstream, RUNNEL_RUNS__DRAIN="0.2") as server:
        yield server


@pytest.fixture
async def client(server: Serving) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.url, timeout=30) as client:
        yield client


async def asked(client: httpx2.AsyncClient) -> Reader:
    """A reader of an answer that has been asked for."""
    chat = (await client.post("/api/chats", json={})).json()["id"]
    run = (await client.post(f"/api/chats/{chat}/runs", json={"prompt": "Go"})).json()["id"]
    return Reader(client, run)


@contextlib.asynccontextmanager
async def being_read(reader: Reader) -> AsyncIterator[asyncio.Task[None]]:
    """While the reader reads; it has got something."""
    reading = asyncio.ensure_future(reader.read())
    try:
        await in_time(reader.going.wait())
        yield reading
    finally:
        reading.cancel()


async def log_of(client: httpx2.AsyncClient, run: str) -> list[dict[str, object]]:
    """The events of a run as they are in the log."""
    response = await client.get(f"/api/runs/{run}/events", headers={"Accept": "application/x-ndjson"})
    return [httpx2.Response(200, content=line).json() for line in response.content.splitlines()]


async def test_it_says_where_it_is_who_answers_and_where_the_database_is(server: Serving) -> None:
    assert server.url in server.welcome
    assert "vendor:any" in server.welcome
    assert str(server.folder / "data" / "runnel.db") in server.welcome


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_asked_to_end_it_keeps_what_was_said_and_ends_with_0(
    server: Serving, client: httpx2.AsyncClient, number: int
) -> None:
    reader = await asked(client)
    async with being_read(reader) as reading:
        server.send(number)
        assert await server.ended() == 0
        await server.start()
        await in_time(reading)
    assert reader.ends == ["interrupted"]
    assert reader.seqs == list(range(1, len(reader.seqs) + 1))
    log = await log_of(client, reader.run)
    assert reader.seqs == [event["seq"] for event in log]
    assert reader.text == "".join([str(event["text"]) for event in log if event["type"] == "text.delta"])


async def test_a_reader_that_comes_back_after_a_kill_gets_the_rest_once(
    server: Serving, client: httpx2.AsyncClient
) -> None:
    reader = await asked(client)
    async with being_read(reader) as reading:
        await server.kill()
        await server.start()
        await in_time(reading)
    assert reader.ends == ["interrupted"]
    assert reader.returned == 1
    assert reader.seqs == list(range(1, len(reader.seqs) + 1))
    assert reader.seqs == [event["seq"] for event in await log_of(client, reader.run)]


async def test_an_answer_that_ends_while_it_drains_is_whole(tmp_path: Path) -> None:
    async with (
        Upstream(tokens=["so", " be", " it"], delay=0.3) as upstream,
        serving(tmp_path, upstream, RUNNEL_RUNS__DRAIN="30") as server,
        httpx2.AsyncClient(base_url=server.url, timeout=30) as client,
    ):
        chat = (await client.post("/api/chats", json={})).json()["id"]
        waiting = asyncio.ensure_future(client.post(f"/api/chats/{chat}/answer", json={"prompt": "Go"}))
        await until_true(lambda: any(asked.path.endswith("/chat/completions") for asked in upstream.requests))
        server.send(signal.SIGTERM)
        answer = (await in_time(waiting)).json()
        assert (answer["status"], "".join([part["text"] for part in answer["parts"]])) == ("completed", "so be it")
        assert await server.ended() == 0


async def test_who_waits_for_an_answer_that_is_interrupted_gets_what_was_said(
    server: Serving, client: httpx2.AsyncClient, upstream: Upstream
) -> None:
    chat = (await client.post("/api/chats", json={})).json()["id"]
    waiting = asyncio.ensure_future(client.post(f"/api/chats/{chat}/answer", json={"prompt": "Go"}))
    await until_true(lambda: any(asked.sent for asked in upstream.requests))
    server.send(signal.SIGTERM)
    answer = await in_time(waiting)
    assert answer.status_code == 200
    assert answer.json()["status"] == "interrupted"
    assert await server.ended() == 0


async def test_a_reader_is_told_when_to_come_back(server: Serving, client: httpx2.AsyncClient) -> None:
    reader = await asked(client)
    async with client.stream("GET", f"/api/runs/{reader.run}/events") as response:
        pieces = response.aiter_bytes()
        said = await anext(pieces)
        server.send(signal.SIGTERM)
        async for piece in pieces:
            said += piece
    assert said.rstrip().rpartition(b"\n")[2].startswith(b"retry:")
    assert b"run.ended" not in said
    assert await server.ended() == 0


async def test_a_second_signal_ends_it_at_once(tmp_path: Path, upstream: Upstream) -> None:
    async with (
        serving(tmp_path, upstream, RUNNEL_RUNS__DRAIN="1000") as server,
        httpx2.AsyncClient(base_url=server.url, timeout=30) as client,
    ):
        reader = await asked(client)
        async with being_read(reader) as reading:
            server.send(signal.SIGTERM)
            async with asyncio.timeout(LONG):
                while await listens(server):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            server.send(signal.SIGTERM)
            assert await server.ended() == -signal.SIGTERM
            await server.start()
            await in_time(reading)
        assert reader.ends == ["interrupted"]


async def listens(server: Serving) -> bool:
    """Whether it takes connections."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.close()
    return True


async def test_a_client_that_reads_nothing_does_not_keep_it_from_ending(
    server: Serving, client: httpx2.AsyncClient, upstream: Upstream
) -> None:
    reader = await asked(client)
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        stuck.connect((host, int(port)))
        stuck.sendall(f"GET /api/runs/{reader.run}/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        async with being_read(reader):
            server.send(signal.SIGTERM)
            assert await server.ended() == 0


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_port_that_is_taken_is_told(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = place.run("serve", "--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"cannot serve at 127.0.0.1:{port}: another program listens there" in done.stderr


def test_an_address_of_others_is_told(place: Place) -> None:
    done = place.run("serve", "--host", "203.0.113.7")
    assert done.returncode == 2
    assert "this machine has no such address" in done.stderr


def test_a_server_for_other_machines_needs_users(place: Place) -> None:
    done = place.run("serve", "--host", "0.0.0.0", "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no users" in done.stderr


def test_a_model_that_is_not_there_is_told_before_anything_is_served(place: Place) -> None:
    done = place.run("serve", "--port", "0", "--model", "nobody:nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert "`runnel models`" in done.stderr


def test_a_data_directory_that_cannot_be_written_is_told(place: Place) -> None:
    place.write("data", "a file, not a folder")
    done = place.run("serve", "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot make the folder of the database" in done.stderr


async def test_another_asgi_server_can_serve_it(tmp_path: Path) -> None:
    place = Place(tmp_path)
    command = [sys.executable, "-m", "uvicorn", "--factory", "runnel.server:create_app", "--port", "0"]
    with (tmp_path / "log.txt").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *[*command, "--timeout-graceful-shutdown", "1"],
            env={**place.environment, "PYTHONUNBUFFERED": "1"},
            cwd=tmp_path,
            stderr=log,
        )
    try:
        async with asyncio.timeout(60):
            while "running on" not in (said := (tmp_path / "log.txt").read_text()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        url = said.partition("running on ")[2].partition(" ")[0]
        async with httpx2.AsyncClient(base_url=url, timeout=30) as client:
            assert (await client.get("/readyz")).json() == {"status": "ready"}
            chat = (await client.post("/api/chats", json={"model": "excerpts"})).json()["id"]
            run = (await client.post(f"/api/chats/{chat}/answer", json={"prompt": "Go"})).json()["run"]
            async with client.stream("GET", f"/api/runs/{run}/events") as response:
                assert b"run.ended" in await response.aread()
        process.terminate()
        assert await in_time(process.wait()) in (0, -signal.SIGTERM)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        process._transport.close()  # type: ignore[attr-defined]


async def test_a_web_socket_is_closed_as_one_that_restarts(server: Serving) -> None:
    async with connect(server.url.replace("http", "ws") + "/api/live") as live:
        server.send(signal.SIGTERM)
        await in_time(live.wait_closed())
        assert live.close_code == 1012
    assert await server.ended() == 0


async def test_no_token_waits_until_the_one_before_is_acknowledged() -> None:
    """Nagle's algorithm is off on every connection: asyncio sees to it where it is told that a socket is TCP's."""
    connected: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda _, writer: connected.set_result(writer), sock=bind("127.0.0.1", 0))
    async with server:
        host, port = server.sockets[0].getsockname()
        _, theirs = await asyncio.open_connection(host, port)
        ours = await in_time(connected)
        assert ours.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for writer in (theirs, ours):
            writer.close()
