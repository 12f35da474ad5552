"""What an answer costs the browser that shows it: Runnel's page on `runnel serve`, with a model served over the wire,
beside a page that makes HTML of the whole Markdown at each chunk (of the same stream), and Panel's ChatFeed.

    python -m bench.page [--repeat 3] [--peers FOLDER] [--only TEXT]
    python -m bench.page --whole

It needs Debian's Chromium, the modules in frontend/node_modules, and for Panel what bench/peers/setup.sh makes in
FOLDER. Times are those of the page's main thread, as Chromium counts them: µs a token, over those of an answer of one
token, which are printed by themselves. Tasks are taken from a trace, nodes and frames from what watches the page, each
in a run of its own. Medians are printed; of the longest tasks too.

Of an answer of 50,000 tokens at 100 a second, 49,000 come at once and a thousand at that pace; `--whole` streams all of
them so, which takes more than eight minutes.
"""

import argparse
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser

from bench.measure import print_table
from bench.page.cases import Alone, Answer, Case, Chats, End, Open, Reload, Stretch
from bench.page.chromium import Cost, Longest, Tab, chromium
from bench.page.pages import Naive, Ours, Panel, Shown
from bench.page.servers import PanelServer, RunnelServe, Vendor
from bench.page.whole import whole

PACE = 0.01
MOST = 50_000
NAIVE_MOST = 2_000


@dataclass(eq=False)
class Row:
    """A case, and what its repetitions gave; of the last: how many nodes were touched, frames drawn and dropped, MB of
    heap and nodes at the end, and what a naive page was given."""

    page: str
    name: str
    case: Case
    fixed: "Row | None" = None
    costs: list[Cost] = field(default_factory=list)
    longest: list[Longest] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    touched: int = 0
    frames: tuple[int, int] = (0, 0)
    heap: tuple[float, int] = (0.0, 0)
    chunks: int = 0

    @property
    def cost(self) -> Cost:
        """The medians, in ms."""
        return Cost(*map(statistics.median, zip(*self.costs, strict=True)))

    @property
    def is_of_tokens(self) -> bool:
        """Whether it is measured by the token."""
        return self.fixed is not None or not self.case.settles

    @property
    def token(self) -> list[float]:
        """µs a token: of scripts, of layout, and in all."""
        took = self.cost - self.fixed.cost if self.fixed else self.cost
        return [1e3 * one / self.case.tokens for one in took]

    def measure(self, browser: Browser, repeat: int) -> None:
        """All of it."""
        for _ in range(repeat):
            with Tab(browser) as tab:
                self._prepare(tab)
                with tab.traced(self.longest):
                    self.case.act(tab)
                    self._settle(tab)
                self.case.check(tab)
            with Tab(browser) as tab:
                self._prepare(tab)
                before = tab.cost()
                self.case.act(tab)
                self._settle(tab)
                after = tab.cost()  # a page that was loaded anew may be counted anew
                self.costs.append(after if self.case.loads and after.script < before.script else after - before)
                if self.case.seconds is not None:
                    self.seconds.append(self.case.seconds)
                self.case.check(tab)
                self.heap = tab.heap()
        shown = getattr(self.case, "shown", None)
        self.chunks = shown.chunks if isinstance(shown, Naive) else 0
        # What watches the page is in Panel's way.
        if not isinstance(self.case, Alone) and not isinstance(shown, Panel):
            self._watch(browser)

    def _watch(self, browser: Browser) -> None:
        with Tab(browser, watched=True) as tab:
            self._prepare(tab)
            before = tab.watched()
            tab.page.evaluate("look(true)")
            self.case.act(tab)
            tab.page.evaluate("look(false)")
            self._settle(tab)
            found = tab.watched()
            if not self.case.loads:
                found.subtract(before)
            self.touched = found["added"] + found["removed"] + found["changed"]
            self.frames = found["frames"], found["dropped"]
            self.case.check(tab)

    def _prepare(self, tab: Tab) -> None:
        self.case.prepare(tab)
        self._settle(tab)

    def _settle(self, tab: Tab) -> None:
        if self.case.settles:
            tab.settle()


def rows_of(shown: Shown, sizes: Sequence[tuple[int, float]]) -> list[Row]:
    """Whole answers of one page, after the one by which the others are measured."""
    fixed = Row(shown.name, "1 token", Answer(shown, 1))
    found = [fixed]
    for size, delay in sizes:
        found.append(Row(shown.name, f"{size:,} tokens{paced(delay)}", Answer(shown, size, delay), fixed))
    return found


def paced(delay: float) -> str:
    """What a row says of the pace."""
    return f", {1 / delay:.0f} a second" if delay else ""


def rows(server: RunnelServe, panel: PanelServer | None) -> list[Row]:
    """All that is measured."""
    ours, naive = Ours(server), Naive(server)
    both = [(1_000, 0.0), (NAIVE_MOST, 0.0), (1_000, PACE), (NAIVE_MOST, PACE)]
    found = rows_of(ours, [*both, (10_000, 0.0), (MOST, 0.0)])
    stored = MOST - 1_000
    late = (MOST, PACE, stored, MOST - 150)
    found += [
        Row(ours.name, "tokens 100 to 900, 100 a second", Stretch(ours, 1_000, PACE, 100, 900)),
        Row(ours.name, "tokens 1,800 to 2,000, 100 a second", Stretch(ours, NAIVE_MOST, PACE, 1_800, 1_990)),
        Row(ours.name, f"the last 1,000 of {MOST:,}, 100 a second", Stretch(ours, *late, stored=True)),
        Row(ours.name, f"the end of {MOST:,}", End(ours, MOST, PACE, MOST - 100, MOST, stored=True)),
        Row(ours.name, f"{MOST:,} tokens opened", Open(Ours(server), MOST)),
        Row(ours.name, f"{MOST:,} tokens loaded anew", Open(Ours(server), MOST, loads=True)),
        Row(ours.name, f"loaded anew in the middle, at {stored:,}", Reload(ours, *late, stored=True)),
        Row(ours.name, "200 messages opened", Open(Ours(server), 200, questions=100)),
        Row(ours.name, "5,000 chats", Chats(ours, 5_000)),
    ]
    alone = f"each of {NAIVE_MOST:,} tokens by itself, Markdown alone"
    found += [Row(ours.name, alone, Alone(ours, NAIVE_MOST)), *rows_of(naive, both)]
    found += [Row(naive.name, alone, Alone(naive, NAIVE_MOST))]
    found += [Row(naive.name, "tokens 1,800 to 2,000, 100 a second", Stretch(naive, NAIVE_MOST, PACE, 1_800, 1_990))]
    if panel is not None:
        found += rows_of(Panel(panel), both[2:3])  # faster than that, or longer, it takes minutes
    return found


HEADS = ["", "script µs a token", "style, layout", "CPU in all", "longest task, CPU ms", "by the clock"]
HEADS += ["nodes a token", "frames dropped", "heap MB", "nodes", "seconds"]


def line(row: Row) -> list[str]:
    """A row as it is printed; in ms where it is not of tokens."""
    each = [f"{took:,.1f}" for took in row.token] if row.is_of_tokens else [f"{took:,.1f} ms" for took in row.cost]
    drawn, dropped = row.frames
    return [
        f"{row.page}: {row.name}" + (f" (in {row.chunks:,} chunks)" if row.chunks else ""),
        *each,
        f"{statistics.median(task.cpu for task in row.longest):.1f}",
        f"{statistics.median(task.clock for task in row.longest):.1f}",
        f"{row.touched / row.case.tokens:.1f}" if row.is_of_tokens else f"{row.touched:,} in all",
        f"{dropped} of {drawn + dropped}" if drawn else "",
        f"{row.heap[0]:.1f}",
        f"{row.heap[1]:,}",
        f"{statistics.median(row.seconds):.2f}" if row.seconds else "",
    ]


def ratios(rows: Sequence[Row]) -> None:
    """How much more each page takes than Runnel's for the same."""
    own = {row.name: row for row in rows if row.page == Ours.name and row.is_of_tokens}
    lines = []
    for row in rows:
        if row.page != Ours.name and row.name in own:
            each = zip(row.token, own[row.name].token, strict=True)
            lines.append([f"{row.page}: {row.name}", *[f"{its / ours:.1f}" for its, ours in each]])
    if lines:
        print_table("Times what Runnel's takes", HEADS[:4], lines)


def version(python: str) -> str:
    """Panel's, in an environment."""
    say = "from importlib.metadata import version; print(version('panel'))"
    return subprocess.run([python, "-c", say], capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--only", default="", help="rows that have this in their names, and what they are measured by")
    parser.add_argument("--whole", action="store_true", help=f"{MOST:,} tokens at 100 a second, and no more")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as after:
        vendor = Vendor(Path(folder))
        after.callback(vendor.stop)
        server = RunnelServe(Path(folder), vendor)
        after.callback(server.stop)
        panel = None
        if given.peers:
            panel = PanelServer(Path(folder), given.peers)
            after.callback(panel.stop)
        browser = after.enter_context(chromium())
        if given.whole:
            whole(browser, Ours(server), MOST, PACE)
            return
        all = rows(server, panel)
        wanted = [row for row in all if given.only in f"{row.page}: {row.name}"]
        fixed = [row.fixed for row in wanted if row.fixed]
        chosen = [row for row in all if row in wanted or row in fixed]
        for row in chosen:
            row.measure(browser, given.repeat)
            print("  ".join(line(row)), flush=True)
        peer = [f"Panel {version(panel.python('panel'))}"] if panel else []
        print_table(", ".join([f"Chromium {browser.version}", *peer]), HEADS, [line(row) for row in chosen])
        ratios(chosen)


if __name__ == "__main__":
    main()
