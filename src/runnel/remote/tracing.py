"""The trace that this program is in, for the server that it asks."""

import sys

__all__ = ["caller_trace"]


def caller_trace() -> dict[str, str]:
    """The headers of W3C Trace Context of the current span, in a program that uses OpenTelemetry; else none."""
    if "opentelemetry.trace" not in sys.modules:
        return {}
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    headers: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(headers)
    return headers
