"""Answers that call tools while people and processes do everything to them; see tests/agents/chaos.py.

python -m bench.agents_chaos [--runs 1000] [--seed 1]
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from tests.agents.chaos import Chaos


def main() -> None:
    """Run, and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(Path(folder), options.runs, options.seed)
        asyncio.run(chaos.run())
    print(
        f"{sum(chaos.ends.values())} answers in {time.perf_counter() - began:.0f} s: each ended once, none acted twice"
    )
    for counted in (chaos.ends, chaos.did):
        print("  " + "   ".join([f"{name} {number}" for name, number in sorted(counted.items())]))


if __name__ == "__main__":
    main()
