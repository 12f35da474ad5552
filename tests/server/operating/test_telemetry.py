"""Spans of runs, as OpenTelemetry's own library has them."""

import gzip
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runnel import Runnel
from runnel.errors import ModelError
from runnel.log import Segment
from runnel.models.scripted import Scripted
from runnel.server.operating.telemetry import Telemetry
from runnel.testing.upstream import Upstream
from runnel.vocabulary.events import RunEnded, ToolCallDelta
from runnel.vocabulary.messages import Status
from tests.agents.helpers import steps
from tests.apps import config, in_time, until_said
from tests.server.processes import serving
from tests.server.serving import served


@pytest.fixture
async def app() -> AsyncIterator[Runnel]:
    async with Runnel("sqlite://", config=config()) as app:
        yield app


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def add(a: int, b: int) -> str:
    """Add two numbers."""
    return str(a + b)


# A model that calls a tool, then answers.
CALLING = steps([ToolCallDelta("call_1", '{"a": 2, "b": 3}', "add")], ["it is 5"])


async def told(app: Runnel, provider: TracerProvider, content: bool = False) -> str:
    """Have a run with a call told of; returns its id."""
    telemetry = Telemetry(app, provider, content=content)
    app.observe(telemetry.observe)
    chat = await app.chat(model=CALLING, tools=[add])
    message = await in_time(chat.answer("What is 2 + 3?"))
    assert message.content == "it is 5"
    await telemetry.close()
    return message.run.id


async def test_a_run_its_model_calls_and_its_tools_are_spans_of_one_trace(
    app: Runnel, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    run = await told(app, provider)
    spans = exporter.get_finished_spans()
    assert sorted(span.name for span in spans) == [
        "chat script",
        "chat script",
        "execute_tool add",
        "invoke_agent",
        "queue",
    ]
    root = by_name(exporter)["invoke_agent"]
    assert root.parent is None
    assert root.attributes is not None
    assert root.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert root.attributes["runnel.run.id"] == run
    assert root.attributes["runnel.run.status"] == "completed"
    assert str(root.attributes["gen_ai.conversation.id"]).startswith("chat_")
    assert root.status.status_code is StatusCode.UNSET
    for span in spans:
        assert span.context is not None
        assert root.context is not None
        assert span.context.trace_id == root.context.trace_id
        assert span is root or (span.parent is not None and span.parent.span_id == root.context.span_id)
        assert root.start_time is not None
        assert root.end_time is not None
        assert span.start_time is not None
        assert span.end_time is not None
        assert root.start_time <= span.start_time <= span.end_time <= root.end_time
    chat = by_name(exporter)["chat script"]
    assert chat.kind is SpanKind.CLIENT
    assert chat.attributes is not None
    assert chat.attributes["gen_ai.operation.name"] == "chat"
    assert chat.attributes["gen_ai.request.model"] == "script"
    tool = by_name(exporter)["execute_tool add"]
    assert tool.attributes == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "add",
        "gen_ai.tool.call.id": "call_1",
        "gen_ai.tool.type": "function",
    }


async def test_what_was_said_is_told_only_where_that_is_asked_for(
    app: Runnel, provider: TracerProvider, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All of it in one millisecond: what a call was given and what it gave are both told.
    monkeypatch.setattr("runnel.runs.writer.time", SimpleNamespace(monotonic=lambda: 0.0, time=time.time))
    await told(app, provider)
    assert "2 + 3" not in str([span.to_json() for span in exporter.get_finished_spans()])
    exporter.clear()
    await told(app, provider, content=True)
    spans = by_name(exporter)
    root, tool = spans["invoke_agent"].attributes, spans["execute_tool add"].attributes
    assert root is not None
    assert tool is not None
    question = '[{"role":"user","parts":[{"type":"text","content":"What is 2 + 3?"}]}]'
    assert root["gen_ai.input.messages"] == question
    assert '"content":"it is 5"' in str(root["gen_ai.output.messages"])
    assert tool["gen_ai.tool.call.arguments"] == '{"a":2,"b":3}'
    assert tool["gen_ai.tool.call.result"] == "5"


async def test_a_run_that_fails_is_an_error_and_one_that_is_cancelled_is_none(
    app: Runnel, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    telemetry = Telemetry(app, provider)
    app.observe(telemetry.observe)
    chat = await app.chat(model=Scripted(["so", ModelError("no more")]))
    await in_time(chat.answer("go"))
    await telemetry.close()
    failed = by_name(exporter)
    for name in ("invoke_agent", "chat script"):
        assert failed[name].status.status_code is StatusCode.ERROR
        assert failed[name].status.description == "no more"
        assert (failed[name].attributes or {})["error.type"] == "model.error"
    exporter.clear()
    run = await (await app.chat(model=Scripted(*["a"] * 1000, delay=0.01))).start("go")
    await until_said(run)
    await in_time(run.cancel())
    await telemetry.close()
    cancelled = by_name(exporter)["invoke_agent"]
    assert cancelled.status.status_code is StatusCode.UNSET
    assert (cancelled.attributes or {})["runnel.run.status"] == "cancelled"


async def test_a_run_that_was_deleted_meanwhile_is_not_told(
    app: Runnel, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    telemetry = Telemetry(app, provider)
    telemetry.observe("run_none", Segment(1, 1, b"", [RunEnded(Status.COMPLETED)]), 0.0)
    await telemetry.close()
    assert not exporter.get_finished_spans()


async def test_a_server_sends_its_spans_to_the_collector_that_the_variables_name(tmp_path: Path) -> None:
    received: list[bytes] = []

    async def collect(request: Request) -> Response:
        received.append(await request.body())
        return Response(b"", media_type="application/x-protobuf")

    collector = Starlette(routes=[Route("/v1/traces", collect, methods=["POST"])])
    async with served(collector) as url, Upstream(tokens=["so", " be", " it"]) as upstream:
        variables = {"RUNNEL_SERVER__TRACES": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": url}
        async with (
            serving(tmp_path, upstream, "any", **variables) as server,
            httpx2.AsyncClient(base_url=server.url, timeout=30) as client,
        ):
            chat = (await client.post("/api/chats", json={})).json()["id"]
            run = (await client.post(f"/api/chats/{chat}/answer", json={"prompt": "Go"})).json()["run"]
            server.send(signal.SIGTERM)
            assert await server.ended() == 0
    sent = b"".join([gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body for body in received])
    assert b"chat any" in sent
    assert b"invoke_agent" in sent
    assert run.encode() in sent
    assert b"so be it" not in sent


async def test_a_collector_that_is_not_there_does_not_keep_a_server_from_ending(tmp_path: Path) -> None:
    variables = {"RUNNEL_SERVER__TRACES": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    async with (
        Upstream(tokens=["so", " be", " it"]) as upstream,
        serving(tmp_path, upstream, "any", **variables) as server,
        httpx2.AsyncClient(base_url=server.url, timeout=30) as client,
    ):
        chat = (await client.post("/api/chats", json={})).json()["id"]
        await client.post(f"/api/chats/{chat}/answer", json={"prompt": "Go"})
        server.send(signal.SIGTERM)
        assert await server.ended() == 0
