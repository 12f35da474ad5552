"""A long answer at its pace, from its first token to its last: what a token costs as it grows, stretch by stretch.

It goes on for minutes, too long for a trace: what Chromium counts of the page is looked at between the stretches.
"""

import time
from itertools import pairwise
from typing import NamedTuple

from playwright.sync_api import Browser

from bench.measure import print_table
from bench.page.chromium import Tab
from bench.page.pages import Ours, wait

__all__ = ["whole"]

_STRETCHES = 10
_LONG = """() => {
    window.long = [];
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.long.push(duration);
    }).observe({ type: "longtask" });
}"""


class _Moment(NamedTuple):
    tokens: int
    took: tuple[float, float, float]
    long: list[float]


def whole(browser: Browser, shown: Ours, count: int, delay: float) -> None:
    """Stream it, and print what each stretch took."""
    with Tab(browser) as tab:
        shown.ready(tab, count, delay)
        tab.page.evaluate(_LONG)
        tab.settle()
        shown.ask(tab)
        moments = [_moment(tab, shown)]
        while not shown.over():
            time.sleep(1)
            if shown.said() >= len(moments) * count / _STRETCHES:
                moments.append(_moment(tab, shown))
        wait(shown)
        tab.settle()
        moments.append(_moment(tab, shown))
        shown.check(tab)
        rows = []
        for before, now in pairwise(moments):
            took = [1e6 * (all - had) for all, had in zip(now.took, before.took, strict=True)]
            said = now.tokens - before.tokens
            each = [f"{one / said:.0f}" if said else f"{one / 1e3:.0f} ms" for one in took]
            long = now.long[len(before.long) :]
            longest = f"{max(long):.0f}" if long else ""
            rows.append([f"to token {now.tokens:,}" if said else "what comes after", *each, len(long), longest])
        heads = ["", "script µs a token", "style, layout", "CPU of the thread", "tasks over 50 ms", "longest"]
        print_table(f"{count:,} tokens, {1 / delay:.0f} a second", heads, rows)
        print(f"  heap {tab.heap()[0]:.1f} MB, {tab.heap()[1]:,} nodes")


def _moment(tab: Tab, shown: Ours) -> _Moment:
    found = tab.metrics()
    layout = found["LayoutDuration"] + found["RecalcStyleDuration"]
    long = tab.page.evaluate("window.long")
    return _Moment(shown.said(), (found["ScriptDuration"], layout, found["ThreadTime"]), long)
