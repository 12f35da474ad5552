"""What the programs here share: time that was taken, medians of interleaved repetitions, and tables.

Machines are noisy, so what is compared is measured in turn, again and again in one process, and medians and their
ratios are what counts.
"""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

__all__ = ["Taken", "interleaved", "medians", "percentile", "print_table"]


class Taken(NamedTuple):
    """Seconds on the clock, and seconds of this process's CPUs (all of its threads)."""

    wall: float
    cpu: float


async def interleaved(ways: Mapping[str, Callable[[], Awaitable[object]]], repeat: int) -> dict[str, list[Taken]]:
    """Do every way once, in turn, `repeat` times over; what each took."""
    taken: dict[str, list[Taken]] = {name: [] for name in ways}
    for _ in range(repeat):
        for name, way in ways.items():
            gc.collect()
            cpu, wall = time.process_time(), time.perf_counter()
            await way()
            taken[name].append(Taken(time.perf_counter() - wall, time.process_time() - cpu))
    return taken


def medians(taken: Mapping[str, Sequence[Taken]]) -> dict[str, Taken]:
    """The median of each."""
    return {
        name: Taken(statistics.median(one.wall for one in all), statistics.median(one.cpu for one in all))
        for name, all in taken.items()
    }


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of `values` lie, the nearest that occurs."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def print_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their heads: the first column to the left, the others to the right."""
    cells = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    print(f"\n{title}")
    for row in cells:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  " + "  ".join([first.strip().ljust(widths[0]), *rest]))
