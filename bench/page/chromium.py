"""A tab of Chromium, and what it has taken: times by kind, its heap, its tasks."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

__all__ = ["Cost", "Longest", "Tab", "chromium"]

_HERE = Path(__file__).parent
_QUIET = 5.0  # ms of work in half a second, of a page that has nothing to do
_TRACED = ["toplevel", "disabled-by-default-devtools.timeline"]
_TASK = "RunTask"


class Cost(NamedTuple):
    """What the page's main thread took, in ms: in scripts and in layout (by the clock), and in all (of CPU time)."""

    script: float
    layout: float
    all: float

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(*[mine - its for mine, its in zip(self, other, strict=True)])


class Longest(NamedTuple):
    """The longest task of the main thread, in ms: by its CPU time, and by the clock."""

    cpu: float
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

    def cost(self) -> Cost:
        """What it has taken so far."""
        found = self.metrics()
        layout = found["LayoutDuration"] + found["RecalcStyleDuration"]
        return Cost(*[1e3 * took for took in (found["ScriptDuration"], layout, found["ThreadTime"])])

    def settle(self, limit: float = 120.0) -> None:
        """Wait until it has nothing to do."""
        until = time.monotonic() + limit
        calm, before = 0, self.cost().all
        while calm < 2:
            time.sleep(0.5)
            now = self.cost().all
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
    def traced(self, found: list[Longest]) -> Iterator[None]:
        """Trace what happens meanwhile: its longest task is added to `found`. That takes time of its own."""
        self.browser.start_tracing(page=self.page, categories=_TRACED)
        try:
            yield
        finally:
            found.append(_longest(self.browser.stop_tracing()))


def _longest(trace: bytes) -> Longest:
    """That of the main thread that worked most."""
    tasks: dict[tuple[int, int], list[Longest]] = {}
    mains = set()
    for event in json.loads(trace)["traceEvents"]:
        thread = (event["pid"], event["tid"])
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain":
            mains.add(thread)
        elif event["name"] == _TASK and event["ph"] == "X":
            tasks.setdefault(thread, []).append(Longest(event.get("tdur", 0) / 1e3, event["dur"] / 1e3))
    all = max((tasks.get(thread, []) for thread in mains), key=lambda one: sum(task.clock for task in one), default=[])
    return Longest(max((task.cpu for task in all), default=0.0), max((task.clock for task in all), default=0.0))
