"""Streams over HTTP: a reader that begins anywhere, at any moment, gets each later event once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from runnel import Run, Runnel
from runnel.errors import LogError
from runnel.models.scripted import Pause, Scripted
from runnel.server import create_app
from runnel.vocabulary.events import ReasoningDelta, TextDelta
from runnel.vocabulary.fold import MessageFold
from runnel.vocabulary.tokens import Token
from runnel.vocabulary.wire import decode
from tests.apps import events_of, in_time, until_said, until_true
from tests.server.serving import client_of, served
from tests.server.streaming.sse import Frame, contiguous, events_in, frames_in, parse

NDJSON = {"Accept": "application/x-ndjson"}


@pytest.fixture
def app(runnel: Runnel) -> Starlette:
    return create_app(runnel)


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def started(runnel: Runnel, *items: Any, **options: Any) -> Run:
    return await (await runnel.chat(model=Scripted(*items, **options))).start("Hello?")


@asynccontextmanager
async def reading(client: httpx2.AsyncClient, run: Run, **options: Any) -> AsyncIterator[AsyncIterator[Frame]]:
    """The frames of a run, as they come."""
    async with client.stream("GET", f"/api/runs/{run.id}/events", **options) as response:
        assert response.status_code == 200
        yield frames_in(response.aiter_lines())


async def frames_of(client: httpx2.AsyncClient, run: Run, **options: Any) -> list[Frame]:
    """All the frames of a run, to its end."""
    response = await client.get(f"/api/runs/{run.id}/events", **options)
    assert response.status_code == 200, response.text
    return await parse(response.text)


def folded(events: list[Any]) -> Any:
    fold = MessageFold()
    fold.apply_all(events)
    return fold.value()


# What is sent


async def test_ndjson_is_the_log(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    run = await started(runnel, *"some words")
    response = await client.get(f"/api/runs/{run.id}/events", headers=NDJSON)
    assert response.headers["content-type"] == "application/x-ndjson"
    assert [decode(line) for line in response.content.splitlines()] == await in_time(events_of(run))


async def test_deltas_that_are_visible_together_are_one_frame(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    run = await started(runnel, *"some words")
    end = (await in_time(events_of(run)))[-1]
    response = await client.get(f"/api/runs/{run.id}/events?after=5")
    assert response.headers["content-type"] == "text/event-stream"
    assert response.text.startswith(f"retry:1000\n\nid:{end.seq - 1}\nevent:text.delta\ndata:{{")
    assert [frame.event for frame in await parse(response.text)] == ["text.delta", "run.ended"]


async def test_a_token_that_comes_alone_takes_seventy_bytes_at_most(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    gates = [asyncio.Event() for _ in range(10)]
    run = await started(runnel, *[item for gate in gates for item in (gate, " word")])
    had, tokens = b"", 0
    async with client.stream("GET", f"/api/runs/{run.id}/events") as response:
        gates[0].set()
        async for chunk in response.aiter_raw():
            had += chunk
            while had.count(b"event:text.delta") > tokens:
                tokens += 1
                if tokens < len(gates):
                    gates[tokens].set()
    frames = [frame + b"\n\n" for frame in had.split(b"\n\n") if b"event:text.delta" in frame]
    assert len(frames) == 10
    assert all(len(frame) + len(f"{len(frame):x}\r\n\r\n") <= 70 for frame in frames)


async def test_proxies_are_told_to_let_it_through(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    run = await started(runnel, "Hello")
    await in_time(run.wait())
    for method in ("GET", "HEAD"):
        response = await client.request(method, f"/api/runs/{run.id}/events", headers={"Accept-Encoding": "gzip"})
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in response.headers


async def test_all_readers_get_the_same_bytes(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    run = await started(runnel, *[Token(" word", -0.5).text] * 20, delay=0.002)
    path = f"/api/runs/{run.id}/events"
    streams = await asyncio.gather(*[client.get(path, headers=NDJSON) for _ in range(5)])
    assert len({stream.content for stream in streams}) == 1


async def test_the_message_is_whole_in_the_first_frame_and_never_again(
    runnel: Runnel, client: httpx2.AsyncClient
) -> None:
    run = await started(runnel, "Hello")
    first, *others = await frames_of(client, run)
    assert first.event == "run.started"
    assert first.json["message"]["id"] == run.message_id
    assert not [frame for frame in others if "message" in frame.json]


# Beginning anywhere


@pytest.mark.parametrize("delay", [0.0, 0.001])
async def test_a_reader_may_begin_after_each_event_at_any_moment(
    runnel: Runnel, client: httpx2.AsyncClient, delay: float
) -> None:
    run = await started(runnel, ReasoningDelta("Hm"), ReasoningDelta("m", signature="s"), *"words", delay=delay)
    going = await asyncio.gather(*[frames_of(client, run) for _ in range(3)])
    events = await in_time(events_of(run))
    for frames in going:
        assert contiguous(frames)
        assert folded(events_in(frames)) == folded(events)
    for after in range(len(events)):
        for options in ({"params": {"after": after}}, {"headers": {"Last-Event-ID": str(after)}}):
            frames = await frames_of(client, run, **options)
            assert contiguous(frames, after)
            assert folded([*events[:after], *events_in(frames)]) == folded(events)


async def test_a_reader_that_leaves_and_comes_back_all_the_time_gets_each_event_once(
    runnel: Runnel, client: httpx2.AsyncClient
) -> None:
    run = await started(runnel, *[f"{number} " for number in range(60)], delay=0.001)
    found: list[Frame] = []
    while not found or found[-1].event != "run.ended":
        headers = {"Last-Event-ID": found[-1].id} if found else {}
        async with reading(client, run, headers=headers) as frames:
            for _ in range(len(found) % 4 + 1):
                frame = await in_time(anext(frames, None))
                if frame is None:
                    break
                found.append(frame)
    assert contiguous(found)
    assert folded(events_in(found)) == folded(await in_time(events_of(run)))


async def test_what_a_browser_says_it_had_counts_more_than_the_url(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    run = await started(runnel, "Hello")
    await in_time(run.wait())
    assert contiguous(await frames_of(client, run, params={"after": 1}, headers={"Last-Event-ID": "3"}), 3)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    script=st.lists(
        st.text(min_size=1, max_size=5).map(TextDelta)
        | st.text(min_size=1, max_size=5).map(lambda text: TextDelta(text, (Token(text, -1.0),)))
        | st.builds(ReasoningDelta, st.text(min_size=1, max_size=3), signature=st.none() | st.just("s")),
        max_size=12,
    ),
    data=st.data(),
)
async def test_frames_from_anywhere_say_what_the_log_says(
    runnel: Runnel, client: httpx2.AsyncClient, script: list[Any], data: st.DataObject
) -> None:
    run = await started(runnel, *script)
    events = await in_time(events_of(run))
    cut = data.draw(st.integers(0, len(events) - 1))
    frames = await frames_of(client, run, params={"after": cut})
    assert contiguous(frames, cut)
    assert folded([*events[:cut], *events_in(frames)]) == folded(events)
    tokens = [token for frame in frames for token in frame.json.get("tokens", ())]
    assert tokens == [
        json.loads(json.dumps({"text": token.text, "logprob": token.logprob}))
        for event in events[cut:]
        if isinstance(event, TextDelta)
        for token in event.tokens or ()
    ]


async def test_after_the_end_there_is_nothing_to_come_back_for(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    run = await started(runnel, "Hello")
    last = len(await in_time(events_of(run)))
    for after in (last, last + 1, 10_000):
        response = await client.get(f"/api/runs/{run.id}/events", params={"after": after})
        assert (response.status_code, response.content) == (204, b"")


async def test_a_going_run_says_that_it_has_not_come_so_far(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    run = await started(runnel, "Hel", Pause(60))
    response = await client.get(f"/api/runs/{run.id}/events", params={"after": 1000})
    assert (response.status_code, response.json()["code"]) == (400, "misuse.invalid_request")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cursor=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
    | st.integers().map(str)
    | st.sampled_from(["4294967295", "4294967296", "9" * 400, "-1", "+1", "1.0", "1e3", "0x1", "01", "\u0661"])
)
async def test_any_cursor_is_understood_or_refused(runnel: Runnel, client: httpx2.AsyncClient, cursor: str) -> None:
    run = await started(runnel, "Hello")
    await in_time(run.wait())
    path = f"/api/runs/{run.id}/events"
    answers = [await client.get(path, params={"after": cursor})]
    if cursor.isascii() and cursor.strip() == cursor:  # others are no values of a header
        answers.append(await client.get(path, headers={"Last-Event-ID": cursor}))
    for response in answers:
        assert response.status_code in (200, 204, 400)
        if response.status_code == 200:
            assert contiguous(await parse(response.text), int(float(cursor or 0)))


# Leaving, and being left alone


async def test_leaving_stops_nothing(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    gate = asyncio.Event()
    run = await started(runnel, "Hel", gate, "lo")
    async with reading(client, run) as frames:
        async for frame in frames:
            if frame.event == "text.delta":
                break
    gate.set()
    assert str(await in_time(run.wait())) == "Hello"


@pytest.mark.parametrize(("leaving", "status"), [("detach", "completed"), ("cancel", "cancelled")])
async def test_who_leaves_an_answer_says_what_that_means(
    runnel: Runnel, client: httpx2.AsyncClient, app: Starlette, leaving: str, status: str
) -> None:
    gate = asyncio.Event()
    chat = await runnel.chat(model=Scripted("Hel", gate, "lo"))
    asked = {"prompt": "Hello?", "stream": True, "on_disconnect": leaving}
    async with client.stream("POST", f"/api/chats/{chat.id}/answer", json=asked) as response:
        async for frame in frames_in(response.aiter_lines()):
            if frame.event == "text.delta":
                break
    run = (await runnel.runs())[0]
    await until_true(lambda: not len(app.state.server.followers))  # nothing was sent meanwhile
    if leaving == "detach":
        gate.set()
    assert (await in_time(run.wait())).status == status


async def test_a_reader_is_shown_that_the_stream_is_alive(
    runnel: Runnel, client: httpx2.AsyncClient, app: Starlette
) -> None:
    app.state.server.followers.heartbeat = 0.02
    gate = asyncio.Event()
    run = await started(runnel, "Hel", gate, "lo")
    await until_said(run)
    after = {"after": await run.last_seq()}
    for headers, silence in (({}, b"retry:1000\n\n: \n\n: \n\n"), (NDJSON, b"\n\n")):
        async with client.stream("GET", f"/api/runs/{run.id}/events", params=after, headers=headers) as response:
            had = b""
            async for chunk in response.aiter_raw():
                had += chunk
                if len(had) >= len(silence):
                    break
            assert had == silence


async def test_a_reader_that_does_not_read_holds_nobody_up_and_gets_all_later(runnel: Runnel, app: Starlette) -> None:
    async with served(app) as url, httpx2.AsyncClient(base_url=url, timeout=30) as client:
        run = await started(runnel, *["x" * 1000] * 4000)
        reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port, limit=1 << 12)
        writer.write(f"GET /api/runs/{run.id}/events HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n".encode())
        writer.write(b"Accept: application/x-ndjson\r\nConnection: close\r\n\r\n")
        assert len((await in_time(run.wait())).content) == 4_000_000
        frames = await frames_of(client, run)
        assert contiguous(frames)
        slow = await in_time(reader.read(-1))
        assert slow.count(b'"type":"text.delta"') == 4000
        assert slow.endswith(b"0\r\n\r\n")
        writer.close()


# Ends


async def test_a_server_that_ends_tells_its_readers_to_come_back(
    runnel: Runnel, client: httpx2.AsyncClient, app: Starlette
) -> None:
    run = await started(runnel, "Hel", Pause(60))
    async with client.stream("GET", f"/api/runs/{run.id}/events") as response:
        had = b""
        async for chunk in response.aiter_raw():
            had += chunk
            if b"text.delta" in had:
                app.state.server.draining.set()
    last = had.rpartition(b"\n\nretry:")[2]
    assert 1000 <= int(last.strip()) <= 3000


async def test_a_run_that_is_deleted_while_it_is_followed_is_told_as_a_problem(
    runnel: Runnel, client: httpx2.AsyncClient
) -> None:
    run = await started(runnel, "Hel", Pause(60))
    frames: list[Frame] = []
    async with reading(client, run) as stream:
        async for frame in stream:
            frames.append(frame)
            if frame.event == "text.delta":
                await runnel._open.runner.log.forget(run.id)
    assert frames[-1].event == "error"
    assert frames[-1].json["status"] == 404
    assert frames[-1].id == frames[-2].id


async def test_a_log_that_fails_is_told_as_a_problem(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    run = await started(runnel, "Hel", Pause(60))
    for headers in ({}, NDJSON):
        async with client.stream("GET", f"/api/runs/{run.id}/events", headers=headers) as response:
            had = ""
            async for text in response.aiter_text():
                had += text
                if "text.delta" in had and "problem" not in had:
                    tail = runnel._open.runner.log.tail(run.id)
                    assert tail is not None
                    tail.fail(LogError("the disk is gone"))
        assert '"detail":"the disk is gone"' in had
        assert "run.ended" not in had


# Sources


@pytest.mark.parametrize("headers", [{}, NDJSON])
async def test_sources_come_first_or_last_or_not_at_all(
    runnel: Runnel, client: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    gate = asyncio.Event()
    chat = await runnel.chat(model=Scripted("Hel", gate, "lo"), documents=[b"Ragna is a tool that answers."])
    run = await chat.start("What is Ragna?")
    path = f"/api/runs/{run.id}/events"

    async def read(sources: str) -> list[Any]:
        response = await client.get(path, params={"sources": sources}, headers=headers)
        if headers:
            return [json.loads(line) for line in response.text.splitlines()]
        return [{"type": frame.event, **frame.json} for frame in await parse(response.text)]

    going = [asyncio.ensure_future(read(sources)) for sources in ("first", "last", "none")]
    await until_said(run)
    gate.set()
    first, last, none = await in_time(asyncio.gather(*going))
    found = next(event["sources"] for event in first if event["type"] == "sources.found")
    assert [source["text"] for source in found] == ["Ragna is a tool that answers."]
    for events, end in ((first, None), (last, found), (none, None)):
        assert events[-1].get("sources") == end
        assert ("sources.found" in [event["type"] for event in events]) is (events is first)
    assert [await read(sources) for sources in ("last", "none")] == [last, none] or not headers
    assert (await client.get(path, params={"sources": "both"})).status_code == 400
