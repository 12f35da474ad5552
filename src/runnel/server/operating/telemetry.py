"""Spans of OpenTelemetry, by its conventions for generative models: made of a run's log once the run has ended.

So nothing is measured twice, nothing is called while an answer comes, and a run that outlived its process has one
trace: its caller's, where the caller was in one, by the headers of W3C Trace Context or as the current span. Where the
spans go is the tracer provider's matter. Needs the extra `runnel[otel]`.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import msgspec
from starlette.datastructures import Headers

from ...app import Runnel
from ...errors import ConfigError, RunnelError
from ...log import Segment
from ...vocabulary.events import Event, RunEnded, RunStarted, ToolCalled, ToolReturned
from ...vocabulary.fold import fold_message
from ...vocabulary.messages import MessageValue, TextPart, Usage
from ...vocabulary.runs import TraceContext
from ...vocabulary.trace import Span, fold_trace

try:
    from opentelemetry import context, trace
    from opentelemetry.trace import Link, SpanKind, Status, StatusCode, Tracer, TracerProvider
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError:
    raise ConfigError("`server.traces` needs more than is installed: pip install 'runnel[otel]'") from None

__all__ = ["Telemetry", "record_to_collector"]

logger = logging.getLogger("runnel.server")

_FAILED = frozenset({"failed", "interrupted", "error"})
# What the conventions call a provider, where that is not the name it has here.
_PROVIDERS = {"gemini": "gcp.gemini", "mistral": "mistral_ai", "xai": "x_ai"}
# How long the last spans may take to be told, in seconds, once the server ends.
_LAST = 3.0

_PROPAGATOR = TraceContextTextMapPropagator()

Attributes = dict[str, str | int | float | bool | Sequence[str]]


class Telemetry:
    """Tells of the runs that end in this process, as spans of `provider`, or of the program's own. With `content`, also
    what was asked, said, and given to tools."""

    def __init__(self, runnel: Runnel, provider: TracerProvider | None = None, *, content: bool = False) -> None:
        self._runnel = runnel
        self._tracer = trace.get_tracer("runnel", version("runnel"), provider)
        self._content = content
        self._telling: set[asyncio.Task[None]] = set()

    def observe(self, run: str, segment: Segment, seconds: float) -> None:
        """See `runnel.log.Observer`."""
        if isinstance(segment.events[-1], RunEnded):
            telling = asyncio.ensure_future(self._tell(run))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    @contextmanager
    def called(self, headers: Headers) -> Iterator[None]:
        """While in it, the current span is the one that the headers of a request name; one that is there already was
        made for the request, and is left. Headers that are wrong name none."""
        parents = headers.getlist("traceparent")
        if len(parents) != 1 or trace.get_current_span().get_span_context().is_valid:
            yield
            return
        carrier = {"traceparent": parents, "tracestate": headers.getlist("tracestate")}
        token = context.attach(_PROPAGATOR.extract(carrier, context.get_current()))
        try:
            yield
        finally:
            context.detach(token)

    def origin(self) -> TraceContext | None:
        """The current span, where there is one."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return TraceContext(carrier["traceparent"], carrier.get("tracestate", "")) if carrier else None

    async def close(self) -> None:
        """Wait until what has ended is told of. To be called before the `Runnel` is closed."""
        if self._telling:
            await asyncio.wait(self._telling, timeout=_LAST)

    async def _tell(self, id: str) -> None:
        try:
            run = await self._runnel.run(id)
            events = [event async for event in run.events()]
            asked = await self._asked(events) if self._content else None
        except RunnelError as error:  # it was deleted, or the database is closed
            logger.info("no trace of run %s: %s", id, error)
            return
        _Trace(self._tracer, events, asked, run.value.trace).tell(id, run.chat_id)

    async def _asked(self, events: Sequence[Event]) -> MessageValue | None:
        started = events[0]
        if not isinstance(started, RunStarted) or started.message is None or started.message.parent is None:
            return None
        return (await self._runnel.message(started.message.parent)).value


class _Trace:
    """The spans of one run. `asked` is the question where content is to be told, `caller` the trace of who asked."""

    def __init__(
        self, tracer: Tracer, events: Sequence[Event], asked: MessageValue | None, caller: TraceContext | None
    ) -> None:
        started = events[0]
        assert isinstance(started, RunStarted)
        self._tracer = tracer
        self._started = started
        self._events = events
        self._asked = asked
        self._parent, self._links = _placed(caller)
        self._said: Sequence[ToolCalled | ToolReturned] = ()
        if asked is not None:
            self._said = [one for one in events if isinstance(one, ToolCalled | ToolReturned)]

    def tell(self, id: str, chat: str | None) -> None:
        """Make all of its spans."""
        root = fold_trace(self._events)
        attributes: Attributes = {"runnel.run.id": id, "runnel.run.status": root.status or ""}
        if chat is not None:
            attributes["gen_ai.conversation.id"] = chat
        if self._asked is not None:
            message = fold_message(self._events)
            attributes["gen_ai.input.messages"] = _messages(self._asked)
            attributes["gen_ai.output.messages"] = _messages(message, message.finish_reason or "")
        self._make(root, None, attributes)

    def _make(self, span: Span, parent: trace.Span | None, more: Attributes) -> None:
        if span.kind == "step":  # its attempts and calls say all there is to it
            for inner in span.spans:
                self._make(inner, parent, {})
            return
        name, attributes = self._described(span)
        until = span.at if span.until is None else span.until
        made = self._tracer.start_span(
            name,
            self._parent if parent is None else trace.set_span_in_context(parent),
            SpanKind.CLIENT if span.kind == "attempt" else SpanKind.INTERNAL,
            {**attributes, **more},
            self._links if parent is None else (),
            start_time=self._nanoseconds(span.at),
        )
        if span.status in _FAILED:
            made.set_attribute("error.type", span.error.code if span.error is not None else str(span.status))
            made.set_status(Status(StatusCode.ERROR, span.error.message if span.error is not None else None))
        for inner in span.spans:
            self._make(inner, made, {})
        made.end(self._nanoseconds(until))

    def _nanoseconds(self, at: int) -> int:
        return (self._started.began_at + at) * 1_000_000

    def _described(self, span: Span) -> tuple[str, Attributes]:
        match span.kind:
            case "run" if self._started.message is not None:
                return "invoke_agent", _operation("invoke_agent", span.name) | _usage(span.usage)
            case "attempt":
                attributes = _operation("chat", span.name) | _usage(span.usage)
                if span.first_at is not None:
                    attributes["gen_ai.response.time_to_first_chunk"] = (span.first_at - span.at) / 1000
                return f"chat {attributes['gen_ai.request.model']}", attributes
            case "call":
                return f"execute_tool {span.name}", self._call(span)
            case "retrieval":
                found: Attributes = {"gen_ai.operation.name": "retrieval", "runnel.sources": span.sources or 0}
                if self._asked is not None and span.name:
                    found["gen_ai.retrieval.query.text"] = span.name
                return "retrieval", found
        return span.kind, {}

    def _call(self, span: Span) -> Attributes:
        attributes: Attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": span.name,
            "gen_ai.tool.call.id": span.call or "",
            "gen_ai.tool.type": "function",
        }
        for one in self._said:
            # A vendor may use an id again in a later step: the time tells which call it was.
            if one.call == span.call and span.at <= one.at <= (one.at if span.until is None else span.until):
                if isinstance(one, ToolCalled):
                    attributes["gen_ai.tool.call.arguments"] = msgspec.json.encode(one.arguments).decode()
                else:
                    attributes["gen_ai.tool.call.result"] = one.result
        return attributes


def _placed(caller: TraceContext | None) -> tuple[context.Context, Sequence[Link]]:
    """Where a run's span belongs: what it is a child of, and what it refers to."""
    alone = context.Context()  # not what happens to be current where it is told
    if caller is None:
        return alone, ()
    asked = _PROPAGATOR.extract({"traceparent": caller.traceparent, "tracestate": caller.tracestate}, alone)
    return (alone, [Link(trace.get_current_span(asked).get_span_context())]) if caller.linked else (asked, ())


def _operation(name: str, model: str) -> Attributes:
    provider, colon, rest = model.partition(":")
    return {
        "gen_ai.operation.name": name,
        "gen_ai.provider.name": _PROVIDERS.get(provider, provider),
        "gen_ai.request.model": rest if colon else model,
    }


def _usage(usage: Usage | None) -> Attributes:
    if usage is None:
        return {}
    counted: Attributes = {
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
    }
    if usage.cached_tokens:
        counted["gen_ai.usage.cache_read.input_tokens"] = usage.cached_tokens
    if usage.reasoning_tokens:
        counted["gen_ai.usage.reasoning.output_tokens"] = usage.reasoning_tokens
    return counted


def _messages(message: MessageValue, finish_reason: str | None = None) -> str:
    """A message in the form of the conventions, as JSON."""
    parts = [{"type": "text", "content": part.text} for part in message.parts if isinstance(part, TextPart)]
    made: dict[str, Any] = {"role": message.role, "parts": parts}
    if finish_reason is not None:
        made["finish_reason"] = finish_reason
    return msgspec.json.encode([made]).decode()


class record_to_collector:
    """While in it, the program's tracer provider sends spans to a collector, as the `OTEL_…` variables say."""

    def __enter__(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        name = os.environ.get("OTEL_SERVICE_NAME", "runnel")
        resource = Resource.create({"service.name": name, "service.version": version("runnel")})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._exporter = OTLPSpanExporter()
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        trace.set_tracer_provider(self._provider)

    def __exit__(self, *_: object) -> None:
        # Sends what is left; a collector that is not there is tried again and again, unless that is ended.
        enough = threading.Timer(_LAST, self._exporter.shutdown)
        enough.start()
        self._provider.shutdown()
        enough.cancel()
