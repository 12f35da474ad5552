"""A tab of Chromium, and what it has taken: times by kind, its heap, its tasks."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

__all__ = ["Cost", "Tab", "chromium"]

_HERE = Path(__file__).parent
_QUIET = 5.0  # ms of work in half a second, of a page that has nothing to do
_TRACED = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "v8"]
_TASK = "RunTask"
_SCRIPT = {
    "v8.callFunction",
    "v8.run",
    "v8.compile",
    "v8.evaluateModule",
    "FunctionCall",
    "EvaluateScript",
    "TimerFire",
}
_SCRIPT |= {"RunMicrotasks", "BlinkScheduler_PerformMicrotaskCheckpoint", "EventDispatch", "FireIdleCallback"}
_SCRIPT |= {"FireAnimationFrame", "MinorGC", "MajorGC"}
_LAYOUT = {"UpdateLayoutTree", "Layout"}


class Cost(NamedTuple):
    """CPU time of the page's main thread, in ms: in scripts, in styles and layout (those that scripts asked for, too),
    and in all its tasks; the longest of these, by its CPU time, and by the clock."""

    script: float
    layout: float
    tasks: float
    longest: float
    clock: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """A tab of its own, in a context of its own."""

    def __init__(self, browser: Browser, *, watched: bool = False) -> None:
        self.browser = browser
        self._context = browser.new_context(viewport={"width": 1280, "height": 800})
        self.page: Page = self._context.new_page()
        if watched:
            self.page.add_init_script(path=_HERE / "watch.js")
        self._session: CDPSession = self._context.new_cdp_session(self.page)
        self._session.send("Performance.enable", {"timeDomain": "timeTicks"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._context.close()

    def metrics(self) -> dict[str, float]:
        """What Chromium has counted for the page so far."""
        return {one["name"]: one["value"] for one in self._session.send("Performance.getMetrics")["metrics"]}

    def busy(self) -> float:
        """How many ms of work it has done so far."""
        return 1e3 * self.metrics()["ThreadTime"]

    def settle(self, limit: float = 120.0) -> None:
        """Wait until it has nothing to do."""
        until = time.monotonic() + limit
        calm, before = 0, self.busy()
        while calm < 2:
            time.sleep(0.5)
            now = self.busy()
            calm = calm + 1 if now - before < _QUIET else 0
            before = now
            if time.monotonic() > until:
                raise TimeoutError("the page does not come to rest")

    def heap(self) -> tuple[float, int]:
        """MB of JavaScript's heap and the number of nodes, after what is garbage is gone."""
        self._session.send("HeapProfiler.enable")
        for _ in range(2):
            self._session.send("HeapProfiler.collectGarbage")
        found = self.metrics()
        self._session.send("HeapProfiler.disable")
        return found["JSHeapUsedSize"] / 1e6, int(found["Nodes"])

    def watched(self) -> Counter[str]:
        """What watch.js has counted."""
        return Counter(self.page.evaluate("window.watched"))

    @contextmanager
    def traced(self, found: list[Cost]) -> Iterator[None]:
        """Trace what happens meanwhile; what it took is added to `found`."""
        self.browser.start_tracing(page=self.page, categories=_TRACED)
        try:
            yield
        finally:
            found.append(_cost(self.browser.stop_tracing()))


def _cost(trace: bytes) -> Cost:
    """What the main thread took that worked most."""
    threads: dict[tuple[int, int], list[Any]] = {}
    mains = set()
    for event in json.loads(trace)["traceEvents"]:
        thread = (event["pid"], event["tid"])
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain":
            mains.add(thread)
        elif event["ph"] == "X" and "tdur" in event:
            threads.setdefault(thread, []).append(event)
    tasks: dict[tuple[int, int], list[Any]] = {
        thread: [event for event in threads.get(thread, []) if event["name"] == _TASK] for thread in mains
    }
    main = max(mains, key=lambda thread: sum(event["tdur"] for event in tasks[thread]))
    script = layout = 0.0
    in_script = in_layout = 0.0  # until when
    for event in sorted(threads.get(main, []), key=lambda event: (event["ts"], -event["dur"])):
        began, ended = event["ts"], event["ts"] + event["dur"]
        if event["name"] in _LAYOUT and began >= in_layout:
            in_layout = ended
            layout += event["tdur"]
            if began < in_script:
                script -= event["tdur"]
        elif event["name"] in _SCRIPT and began >= max(in_script, in_layout):
            in_script = ended
            script += event["tdur"]
    longest = max((event["tdur"] for event in tasks[main]), default=0)
    clock = max((event["dur"] for event in tasks[main]), default=0)
    return Cost(*[took / 1e3 for took in (script, layout, sum(event["tdur"] for event in tasks[main]), longest, clock)])
