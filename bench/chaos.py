"""Streams from a server that is killed (SIGKILL) and started again, over and over; their readers come back with
`Last-Event-ID`. A run that was running when its process died ends `interrupted`, so new ones are begun for each kill.

python -m bench.chaos [--streams 100] [--kills 10] [--seed 1]
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.server.chaos import Chaos


def main() -> int:
    """Run, and print what happened; 1 where anything was lost or repeated."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(Path(folder), options.streams, options.kills, options.seed)
        asyncio.run(chaos.run())
    runs = sum(chaos.ends.values())
    print(
        f"{options.kills} kills with {options.streams} streams each, {time.perf_counter() - began:.0f} s:"
        f" {runs} runs, {chaos.events} events read, readers came back {chaos.returned} times"
    )
    print(f"{chaos.lost} events lost, {chaos.repeated} repeated; each run ended once: {not chaos.wrong}")
    print("  " + "   ".join([f"{name} {number}" for name, number in sorted(chaos.ends.items())]))
    print("\n".join(chaos.wrong))
    return bool(chaos.lost or chaos.repeated or chaos.wrong)


if __name__ == "__main__":
    sys.exit(main())
