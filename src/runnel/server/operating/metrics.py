"""What the server counts, and how Prometheus is told.

Nothing is done for each token: the log tells of each segment that has become visible, and a segment's events are
looked at one by one only until the first one that says something. The times between tokens are the mean over a
segment, counted as often as it has events; a segment is what was written together, so where tokens come slowly it holds
one of them.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ...log import Segment
from ...vocabulary.events import Event, ReasoningDelta, RunEnded, StateChanged, TextDelta
from ...vocabulary.messages import Status

__all__ = ["Histogram", "Metrics"]

_FIRST = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_BETWEEN = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_LAG = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_SAYING = (TextDelta, ReasoningDelta)


class Histogram:
    """How many values came up to each of `bounds`."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float, times: int = 1) -> None:
        """A value was measured, so many times."""
        self.counts[bisect_left(self.bounds, value)] += times
        self.sum += value * times

    def buckets(self) -> list[tuple[str, float]]:
        """Each bound with how many values were at most that, as Prometheus has it."""
        total = 0
        found: list[tuple[str, float]] = []
        for bound, count in zip([*map(str, self.bounds), "+Inf"], self.counts, strict=True):
            total += count
            found.append((bound, total))
        return found


class _Going:
    """A run that is being written. Times are ms since it began; `said` is when it last said something, None where
    something else came since."""

    __slots__ = ("began", "said", "silent")

    def __init__(self) -> None:
        self.began = 0
        self.silent = True
        self.said: int | None = None


class Metrics:
    """The counts of one server. `requests` by operation and status; `followers` are open streams by kind."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.followers: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()
        self.events = 0
        self.first_token = Histogram(_FIRST)
        self.between_tokens = Histogram(_BETWEEN)
        self.lag = Histogram(_LAG)
        self._going: dict[str, _Going] = {}

    def observe(self, run: str, segment: Segment, seconds: float) -> None:
        """See `runnel.log.Observer`."""
        events = segment.events
        count = len(events)
        self.events += count
        self.lag.add(seconds)
        going = self._going.get(run)
        if going is None:
            going = self._going[run] = _Going()
        if going.silent:
            self._begin(going, events)
        last = events[-1]
        if isinstance(last, _SAYING):
            if going.said is not None:
                self.between_tokens.add((last.at - going.said) / count / 1000, count)
            going.said = last.at
        elif isinstance(last, RunEnded):
            self._end(run, last)
        else:
            going.said = None

    def _begin(self, going: _Going, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, _SAYING):
                going.silent = False
                self.first_token.add((event.at - going.began) / 1000)
                return
            if isinstance(event, StateChanged) and event.status is Status.RUNNING:
                going.began = event.at

    def _end(self, run: str, last: RunEnded) -> None:
        del self._going[run]
        self.ended[last.status.value] += 1
        if last.usage is not None:
            self.tokens["input"] += last.usage.input_tokens or 0
            self.tokens["output"] += last.usage.output_tokens or 0

    def exposition(self, accept: str, going: dict[str, int], documents: int) -> tuple[bytes, str]:
        """All of it in the format that `accept` asks for, and that format's media type. `going` are runs that have not
        ended, by status."""
        # Imported by the first that asks: a twentieth of a second.
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.exposition import choose_encoder
        from prometheus_client.registry import Collector

        metrics = self

        class Told(Collector):
            def collect(self) -> Iterator[Any]:
                return metrics._families(going, documents)

        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(Told())
        encode, media_type = choose_encoder(accept)
        return encode(registry), media_type

    def _families(self, going: dict[str, int], documents: int) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        runs = GaugeMetricFamily("runnel_runs", "Runs that have not ended.", labels=["status"])
        for status in ("queued", "running", "waiting"):
            runs.add_metric([status], going.get(status, 0))
        yield runs
        ended = CounterMetricFamily("runnel_runs_ended", "Runs that ended here.", labels=["status"])
        for status in ("completed", "cancelled", "failed", "interrupted", "incomplete"):
            ended.add_metric([status], self.ended[status])
        yield ended
        tokens = CounterMetricFamily("runnel_tokens", "Tokens of the runs that ended here.", labels=["direction"])
        for direction in ("input", "output"):
            tokens.add_metric([direction], self.tokens[direction])
        yield tokens
        yield CounterMetricFamily("runnel_events", "Events that were written in logs here.", value=self.events)
        for name, what, histogram in (
            ("first_token", "From when a run began to run to its first word.", self.first_token),
            ("between_tokens", "From one piece of text to the next.", self.between_tokens),
            ("log_lag", "From when events were appended until readers could see them.", self.lag),
        ):
            yield HistogramMetricFamily(
                f"runnel_{name}_seconds", what, buckets=histogram.buckets(), sum_value=histogram.sum
            )
        followers = GaugeMetricFamily("runnel_followers", "Streams and sockets that are open.", labels=["kind"])
        for kind in ("sse", "ndjson", "websocket"):
            followers.add_metric([kind], self.followers[kind])
        yield followers
        requests = CounterMetricFamily("runnel_requests", "Requests that are over.", labels=["operation", "status"])
        for (operation, code), count in self.requests.items():
            requests.add_metric([operation, str(code)], count)
        yield requests
        yield GaugeMetricFamily("runnel_documents", "Documents that are indexed.", value=documents)
