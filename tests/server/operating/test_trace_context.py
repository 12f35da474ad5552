"""Runs in the traces of those who asked for them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.types import ASGIApp, Receive, Scope, Send

from runnel import Runnel
from runnel.config import Config, RunsConfig, ServerConfig
from runnel.models.scripted import Scripted
from runnel.server import create_app
from runnel.server.operating.telemetry import Telemetry
from runnel.tools import ToolContext
from runnel.vocabulary.events import InputRequested, ToolCallDelta
from tests.agents.helpers import Doing, first, steps
from tests.apps import in_time
from tests.server.serving import client_of, served

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "vendor=1,other=2"}
AG_UI = {"threadId": "t1", "runId": "r1", "messages": [{"id": "m1", "role": "user", "content": "Go"}]}
ASKED = {
    "/api/chats/{chat}/answer": {"prompt": "Go"},
    "/api/chats/{chat}/runs": {"prompt": "Go"},
    "/v1/chat/completions": {"model": "scripted:hi", "messages": [{"role": "user", "content": "Go"}]},
    "/v1/responses": {"model": "scripted:hi", "input": "Go"},
    "/agui": {**AG_UI, "tools": [], "context": [], "state": {}, "forwardedProps": {}},
    "/ai-sdk/chat": {"id": "c1", "messages": [{"id": "m1", "role": "user", "parts": [{"type": "text", "text": "Go"}]}]},
}


@asynccontextmanager
async def telling(provider: TracerProvider | None, url: str = "sqlite://") -> AsyncIterator[tuple[Runnel, ASGIApp]]:
    """A served app that makes spans with `provider`, or none."""
    settings = Config(
        model="scripted:hi", runs=RunsConfig(drain=0.05, close=0.2, model_wait=20), server=ServerConfig(models=("*",))
    )
    async with Runnel(url, config=settings) as app:
        asgi = create_app(app)
        if provider is not None:
            asgi.state.server.telemetry = telemetry = Telemetry(app, provider)
            app.observe(telemetry.observe, telemetry.origin)
        yield app, asgi


async def ended(app: Runnel, asgi: Any) -> None:
    """Wait until all runs have ended, and are told of."""
    for run in await app.runs():
        await in_time(run.wait())
    await asgi.state.server.telemetry.close()


def root(exporter: InMemorySpanExporter) -> ReadableSpan:
    (found,) = [span for span in exporter.get_finished_spans() if span.name == "invoke_agent"]
    return found


def is_child(span: ReadableSpan, parent: str = SPAN, of: str = TRACE) -> bool:
    assert span.context is not None
    assert span.parent is not None
    return (f"{span.parent.span_id:016x}", f"{span.context.trace_id:032x}") == (parent, of)


@pytest.mark.parametrize("path", ASKED)
async def test_a_run_is_a_span_of_the_trace_that_the_request_is_in(
    path: str, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    async with telling(provider) as (app, asgi), client_of(asgi) as client:
        chat = (await client.post("/api/chats", json={})).json()["id"]
        response = await client.post(path.format(chat=chat), json=ASKED[path], headers=PARENT)
        assert response.is_success, response.text
        await ended(app, asgi)
    span = root(exporter)
    assert is_child(span)
    assert span.context is not None
    assert span.context.trace_state.to_header() == "vendor=1,other=2"
    assert {one.context.trace_id for one in exporter.get_finished_spans() if one.context} == {span.context.trace_id}


@pytest.mark.parametrize(
    "headers",
    [
        [("traceparent", "nonsense")],
        [("traceparent", f"00-{'0' * 32}-{SPAN}-01")],
        [("traceparent", f"ff-{TRACE}-{SPAN}-01")],
        [("traceparent", f"00-{TRACE}-{SPAN}-01"), ("traceparent", f"00-{TRACE}-{SPAN}-01")],
        [("traceparent", "0" * 5000)],
        [("tracestate", "vendor=1")],
    ],
)
async def test_headers_that_are_wrong_are_ignored(
    headers: list[tuple[str, str]], provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    async with telling(provider) as (app, asgi), client_of(asgi) as client:
        chat = (await client.post("/api/chats", json={})).json()["id"]
        response = await client.post(f"/api/chats/{chat}/answer", json={"prompt": "Go"}, headers=headers)
        assert response.json()["status"] == "completed"
        await ended(app, asgi)
    assert root(exporter).parent is None


async def test_a_run_that_a_program_asks_for_is_a_child_of_its_current_span(
    provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    async with telling(provider) as (app, asgi):
        with provider.get_tracer("test").start_as_current_span("mine") as mine:
            await in_time((await app.chat(model=Scripted("so"))).answer("Go"))
        await ended(app, asgi)
    context = mine.get_span_context()
    assert is_child(root(exporter), f"{context.span_id:016x}", f"{context.trace_id:032x}")


async def test_a_run_that_is_asked_of_a_server_is_a_child_of_the_programs_current_span(
    provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    async with telling(provider) as (here, asgi), served(asgi) as url, Runnel(url) as app:
        chat = await app.chat()
        with provider.get_tracer("test").start_as_current_span("mine") as mine:
            await in_time(chat.answer("Go"))
        await ended(here, asgi)
    context = mine.get_span_context()
    assert is_child(root(exporter), f"{context.span_id:016x}", f"{context.trace_id:032x}")


async def test_the_span_that_was_made_for_a_request_comes_before_what_its_headers_say(
    provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    made: list[trace.Span] = []

    async with telling(provider) as (app, asgi):

        async def instrumented(scope: Scope, receive: Receive, send: Send) -> None:
            with provider.get_tracer("test").start_as_current_span("request") as span:
                made.append(span)
                await asgi(scope, receive, send)

        async with client_of(instrumented) as client:
            chat = (await client.post("/api/chats", json={})).json()["id"]
            await client.post(f"/api/chats/{chat}/answer", json={"prompt": "Go"}, headers=PARENT)
        await ended(app, asgi)
    context = made[-1].get_span_context()
    assert is_child(root(exporter), f"{context.span_id:016x}", f"{context.trace_id:032x}")


async def test_a_run_that_another_process_ends_stays_in_the_trace_of_who_asked(
    tmp_path: Path, provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    async def ask(arguments: dict[str, Any], context: ToolContext) -> str:
        return await context.ask("Sure?")

    url, model = f"sqlite:///{tmp_path}/runnel.db", steps([ToolCallDelta("call_1", "{}", "ask")], ["done"])
    async with telling(provider, url) as (app, asgi), client_of(asgi) as client:
        chat = await app.chat(model=model, tools=[Doing("ask", ask, idempotent=True)])
        started = await client.post(f"/api/chats/{chat.id}/runs", json={"prompt": "Go"}, headers=PARENT)
        asked = await first(await app.run(started.json()["id"]), InputRequested)
    exporter.clear()
    async with telling(provider, url) as (app, asgi):
        await app.get_chat(chat.id, model=model, tools=[Doing("ask", ask, idempotent=True)])
        run = await app.run(started.json()["id"])
        await run.reply(asked.id, "yes")
        assert (await in_time(run.wait())).status == "completed"
        await ended(app, asgi)
    assert is_child(root(exporter))


async def test_what_a_schedule_asks_is_a_trace_of_its_own_that_refers_to_who_made_it(
    provider: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    async with telling(provider) as (app, asgi), client_of(asgi) as client:
        chat = (await client.post("/api/chats", json={})).json()["id"]
        body = {"prompt": "Go", "at": round(datetime.now(UTC).timestamp() * 1000)}
        response = await client.post(f"/api/chats/{chat}/schedules", json=body, headers=PARENT)
        assert response.is_success, response.text
        async for change in (await app.get_chat(chat)).events():
            if change.type == "run.started":
                break
        await ended(app, asgi)
    span = root(exporter)
    assert span.parent is None
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [TRACE]


async def test_nothing_of_a_trace_is_kept_where_no_spans_are_made() -> None:
    async with telling(None) as (app, asgi), client_of(asgi) as client:
        chat = (await client.post("/api/chats", json={})).json()["id"]
        await client.post(f"/api/chats/{chat}/answer", json={"prompt": "Go"}, headers=PARENT)
        (run,) = await app.runs()
        assert run.value.trace is None
