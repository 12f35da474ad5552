"""In which trace of its caller's a run is asked for, where somebody makes spans of runs: it is kept with the run, so it
survives what the run survives."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

import msgspec

from ..store import RunSpec
from ..vocabulary.runs import TraceContext

__all__ = ["Origin", "asked_in", "traced"]

# Says in which trace the code that calls it is, if it is in one.
Origin: TypeAlias = Callable[[], TraceContext | None]

_asked: ContextVar[TraceContext | None] = ContextVar("runnel.asked_in", default=None)


@contextmanager
def asked_in(trace: TraceContext | None) -> Iterator[None]:
    """What is asked within belongs to this trace, whatever the trace that asks is."""
    token = _asked.set(trace)
    try:
        yield
    finally:
        _asked.reset(token)


def traced(spec: RunSpec, origin: Origin | None) -> RunSpec:
    """What a run is to do, with the trace in which it is asked for now."""
    trace = _asked.get() or (None if origin is None else origin())
    return spec if trace is None else msgspec.structs.replace(spec, trace=trace)
