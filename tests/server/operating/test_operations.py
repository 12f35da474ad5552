"""What operators see: health, metrics, the access log."""

import asyncio
import json
import logging
import signal
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import apsw
import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount

from runnel import Runnel
from runnel.config import Config, ServerConfig
from runnel.models.scripted import Pause, Scripted
from runnel.server import create_app
from runnel.server.operating.access_log import configure
from runnel.testing.upstream import Upstream
from tests.apps import LONG, config, events_of, in_time, until_said
from tests.server.live.sockets import live_at
from tests.server.processes import serving
from tests.server.serving import client_of, served


async def values(client: httpx2.AsyncClient, **headers: str) -> dict[str, float]:
    """The metrics: each with its labels' values."""
    response = await client.get("/metrics", headers=headers)
    assert response.status_code == 200, response.text
    found = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            found[" ".join([sample.name, *sample.labels.values()])] = sample.value
    return found


# Health


async def test_it_lives_and_is_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "alive"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_one_that_is_about_to_end_lives_and_is_not_ready(runnel: Runnel) -> None:
    app = create_app(runnel)
    async with client_of(app) as client:
        app.state.server.draining.set()
        response = await client.get("/readyz")
        assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
        assert response.headers["retry-after"] == "1"
        assert (await client.get("/healthz")).status_code == 200


async def test_one_that_cannot_write_is_not_ready(runnel: Runnel, client: httpx2.AsyncClient, tmp_path: Path) -> None:
    await runnel._open.database.write(lambda connection: connection.set_busy_timeout(10))
    other = apsw.Connection(str(tmp_path / "runnel.db"))
    other.execute("BEGIN IMMEDIATE")
    response = await client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "log.locked")
    other.execute("ROLLBACK")
    other.close()
    assert (await client.get("/readyz")).status_code == 200


# Metrics


async def test_what_runs_did_is_counted(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    chat = await runnel.chat(model=Scripted("so", " be", " it"))
    await in_time(chat.answer("go"))
    going = await (await runnel.chat(model=Scripted(*["a"] * 1000, delay=0.01))).start("go")
    await until_said(going, "aaa")
    found = await values(client)
    assert found["runnel_runs running"] == 1
    assert found["runnel_runs_ended_total completed"] == 1
    assert found["runnel_first_token_seconds_count"] == 2
    assert found["runnel_tokens_total output"] > 0
    assert found["runnel_log_lag_seconds_count"] > 0
    await in_time(going.cancel())
    found = await values(client)
    assert found["runnel_runs running"] == 0
    assert found["runnel_runs_ended_total cancelled"] == 1
    assert found["runnel_between_tokens_seconds_count"] > 0
    assert found["runnel_documents"] == 0
    assert found["process_open_fds"] > 0


async def test_followers_are_counted_by_their_kind_while_they_follow(
    runnel: Runnel, client: httpx2.AsyncClient
) -> None:
    run = await (await runnel.chat(model=Scripted(*["a"] * 1000, delay=0.01))).start("go")
    url = f"/api/runs/{run.id}/events"
    async with (
        client.stream("GET", url) as one,
        client.stream("GET", url, headers={"Accept": "application/x-ndjson"}) as two,
    ):
        reading = one.aiter_bytes(), two.aiter_bytes()
        for pieces in reading:
            await anext(pieces)
        found = await values(client)
        assert (found["runnel_followers sse"], found["runnel_followers ndjson"]) == (1, 1)
    await in_time(run.cancel())
    async with asyncio.timeout(10):
        while (await values(client))["runnel_followers sse"]:
            pass
    assert (await values(client))["runnel_requests_total run_events 200"] == 2


async def test_requests_are_counted_by_operation_and_status(client: httpx2.AsyncClient) -> None:
    await client.post("/api/chats", json={})
    await client.get("/api/chats/chat_none")
    await client.get("/nowhere/at/all")
    found = await values(client)
    assert found["runnel_requests_total create_chat 201"] == 1
    assert found["runnel_requests_total none 404"] == 1
    assert not [name for name in found if "chat_none" in name or "nowhere" in name]


async def test_openmetrics_is_given_to_those_who_ask_for_it(client: httpx2.AsyncClient) -> None:
    response = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")


async def test_metrics_take_the_token_that_is_set() -> None:
    settings = Config(runs=config().runs, server=ServerConfig(metrics_token=SecretStr("secret")))
    async with Runnel("sqlite://", config=settings) as runnel, client_of(create_app(runnel)) as client:
        assert (await client.get("/metrics")).status_code == 401
        assert (await client.get("/metrics", headers={"Authorization": "Bearer wrong"})).status_code == 401
        assert await values(client, Authorization="Bearer secret")


async def test_with_users_metrics_are_for_the_operator_alone(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    await runnel.users.add("ada")
    _, secret = await runnel.users.add_token("ada")
    assert (await client.get("/metrics")).status_code == 401
    response = await client.get("/metrics", headers={"Authorization": f"Bearer {secret}"})
    assert response.status_code == 403
    assert "server.metrics_token" in response.json()["detail"]


async def test_runs_that_a_process_that_died_has_left_are_counted_as_they_end(tmp_path: Path) -> None:
    async with (
        Upstream(tokens=["a"] * 10_000, delay=0.01) as upstream,
        serving(tmp_path, upstream) as server,
        httpx2.AsyncClient(base_url=server.url, timeout=30) as client,
    ):
        chat = (await client.post("/api/chats", json={})).json()["id"]
        await client.post(f"/api/chats/{chat}/runs", json={"prompt": "Go"})
        async with asyncio.timeout(LONG):
            while (await values(client))["runnel_first_token_seconds_count"] == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await server.kill()
        await server.start()
        assert (await values(client))["runnel_runs_ended_total interrupted"] == 1


# The access log


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    """The fields of what is logged of requests."""
    caplog.set_level(logging.INFO, "runnel.access")
    found: list[dict[str, Any]] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.fields)  # type: ignore[attr-defined]

    keeper = Keeper()
    logger = logging.getLogger("runnel.access")
    logger.addHandler(keeper)
    yield found
    logger.removeHandler(keeper)


async def test_a_request_is_a_line_without_what_was_asked(
    client: httpx2.AsyncClient, lines: list[dict[str, Any]]
) -> None:
    chat = (await client.post("/api/chats?a=secret", json={"title": "secret"})).json()["id"]
    await client.get("/healthz")
    await client.get(f"/api/chats/{chat}/messages?limit=7", headers={"Authorization": "Bearer secret"})
    await client.get("/secret%0AGET%20/forged")
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/api/chats", 201),
        ("GET", "/api/chats/{chat}/messages", 200),
        ("GET", "-", 404),
    ]
    assert all(line["ms"] >= 0 and line["bytes"] > 0 for line in lines)
    assert "secret" not in str(lines)


async def test_a_stream_is_a_line_at_its_end_with_how_many_events_were_sent_and_why_it_ended(
    runnel: Runnel, client: httpx2.AsyncClient, lines: list[dict[str, Any]]
) -> None:
    chat = await runnel.chat(model=Scripted("so", " be", " it"))
    run = await chat.start("go")
    count = len(await events_of(run))
    await client.get(f"/api/runs/{run.id}/events?after=2")
    going = await (await runnel.chat(model=Scripted(*["a"] * 1000, delay=0.01))).start("go")
    async with client.stream("GET", f"/api/runs/{going.id}/events") as response:
        await anext(response.aiter_bytes())
        assert len(lines) == 1
    async with asyncio.timeout(10):
        while len(lines) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await in_time(going.cancel())
    whole, left = lines
    assert (whole["run"], whole["stream"], whole["events"], whole["ended"]) == (run.id, "sse", count - 2, "whole")
    assert (left["run"], left["ended"]) == (going.id, "left")


async def test_a_line_names_the_run_that_a_request_began(
    runnel: Runnel, client: httpx2.AsyncClient, lines: list[dict[str, Any]]
) -> None:
    chat = await runnel.chat(model=Scripted("x"))
    started = (await client.post(f"/api/chats/{chat.id}/runs", json={"prompt": "Go"})).json()["id"]
    await in_time((await runnel.run(started)).wait())
    answer = (await client.post(f"/api/chats/{chat.id}/answer", json={"prompt": "Go"})).json()["run"]
    assert [line["run"] for line in lines] == [started, answer]


async def test_what_a_socket_does_to_runs_are_lines_that_name_them(runnel: Runnel, lines: list[dict[str, Any]]) -> None:
    async with served(create_app(runnel)) as url:
        chat = await runnel.chat(model=Scripted("so", " be", " it"))
        whole = await chat.start("secret")
        count = len(await events_of(whole))
        going = await (await runnel.chat(model=Scripted("so", Pause(inf)))).start("go")
        left = await (await runnel.chat(model=Scripted("so", Pause(inf)))).start("go")
        async with live_at(url) as live:
            for run in (whole, going, left):
                assert (await live.ask(do="subscribe", run=run.id, after=1))["ok"]
            await live.until("run.ended", run=whole.id)
            assert (await live.ask(do="follow_chat", chat=chat.id))["ok"]
            await live.ask(do="steer", run=whole.id, text="secret")
            await live.ask(do="unsubscribe", run=left.id)
            await live.ask(do="cancel", run=going.id)
            await live.until("run.ended", run=going.id)
            await live.ask(do="cancel", run="secret")
            await live.say(do="secret")
            await live.hear()
        async with asyncio.timeout(LONG):
            while lines[-1].get("do"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        for run in (whole, left):
            await in_time(run.cancel())
    done = [(line["do"], line.get("run") or line.get("chat"), line["status"]) for line in lines[:-1]]
    for expected in (
        ("open", None, 101),
        ("subscribe", whole.id, 200),
        ("follow", whole.id, 200),
        ("follow_chat", chat.id, 200),
        ("steer", whole.id, 409),
        ("unsubscribe", left.id, 200),
        ("cancel", going.id, 200),
        ("cancel", None, 404),
    ):
        assert expected in done
    followed = {line.get("run") or line.get("chat"): line for line in lines if line.get("do") == "follow"}
    assert {id: line["ended"] for id, line in followed.items()} == {
        whole.id: "whole",
        left.id: "left",
        going.id: "whole",
        chat.id: "left",
    }
    assert followed[whole.id]["events"] == count - 1
    assert (lines[-1]["path"], lines[-1]["stream"], lines[-1]["ended"]) == ("/api/live", "websocket", "left")
    assert "secret" not in str(lines)


async def test_no_line_break_of_a_strangers_gets_into_the_log(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "runnel.access")
    await client.get("/api/runs/run%0AGET%20/forged")
    assert all("\n" not in record.getMessage() for record in caplog.records)


async def test_as_json_each_line_is_an_object(tmp_path: Path) -> None:
    async with Upstream(tokens=["x"]) as upstream, serving(tmp_path, upstream, "any", "--log", "json") as server:
        async with httpx2.AsyncClient(base_url=server.url, timeout=30) as client:
            chat = (await client.post("/api/chats", json={})).json()["id"]
            await client.post(f"/api/chats/{chat}/answer", json={"prompt": "tell nobody"})
        server.send(signal.SIGTERM)
        await server.ended()  # a line is written when all of the answer has been sent
        lines = [json.loads(line) for line in server.errors.read_text().splitlines() if line.startswith("{")]
    assert [(line["path"], line["status"], line["logger"]) for line in lines] == [
        ("/api/chats", 201, "runnel.access"),
        ("/api/chats/{chat}/answer", 200, "runnel.access"),
    ]
    assert "tell nobody" not in str(lines)


async def test_what_fails_is_logged_as_json_with_its_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(root, "handlers", [])
    configure("json")
    try:
        try:
            raise ValueError("a\nreason")
        except ValueError:
            logging.getLogger("runnel.server").exception("%s failed", "this")
    finally:
        root.handlers, root.level = handlers, level
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["logger"], line["message"]) == ("error", "runnel.server", "this failed")
    assert "ValueError: a\nreason" in line["error"]


async def test_a_server_that_is_mounted_below_another_has_all_of_it_there(runnel: Runnel) -> None:
    app = Starlette(routes=[Mount("/below", create_app(runnel))])
    async with served(app) as url, httpx2.AsyncClient(base_url=f"{url}/below", timeout=30) as client:
        assert (await client.get("/readyz")).json() == {"status": "ready"}
        chat = await client.post("/api/chats", json={})
        assert chat.status_code == 201
