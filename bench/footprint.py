"""What Runnel costs before it does anything: the time of a cold `import runnel` beside a bare interpreter's,
and the size of what a base install brings, largest first.

Run it with the interpreter of the environment to measure: `python bench/footprint.py`. It needs the standard
library only, so that it can be copied into a clean environment.
"""

import re
import statistics
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

ROUNDS = 9


def main() -> None:
    """Print both tables."""
    bare = cold_milliseconds("pass")
    ours = cold_milliseconds("import runnel")
    print(f"cold start, median of {ROUNDS}")
    print(f"  python -c pass          {bare:7.0f} ms")
    print(f"  python -c import runnel {ours:7.0f} ms   {ours / bare:.1f}×")
    sizes = {name: installed_bytes(name) for name in closure("runnel")}
    print(f"base install: {len(sizes)} distributions, {sum(sizes.values()) / 1e6:.1f} MB")
    for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:8]:
        print(f"  {name:<24}{size / 1e6:7.1f} MB")


def cold_milliseconds(code: str) -> float:
    """Milliseconds for a fresh interpreter to run `code`: the median, after one to warm the disk."""
    command = [sys.executable, "-c", code]
    subprocess.run(command, check=True)
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(command, check=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def closure(name: str) -> set[str]:
    """The distribution `name` and all installed ones that it needs, extras left out."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if current in found:
            continue
        try:
            requirements = metadata.requires(current) or []
        except metadata.PackageNotFoundError:
            continue  # needed on another platform or Python
        found.add(current)
        waiting += [
            match.group() for line in requirements if "extra ==" not in line and (match := re.match(r"[\w.-]+", line))
        ]
    return found


def installed_bytes(name: str) -> int:
    """Bytes of the files that an installed distribution's record lists, compiled ones included."""
    paths = [Path(str(file.locate())) for file in metadata.files(name) or []]
    return sum(path.stat().st_size for path in paths if path.is_file())


if __name__ == "__main__":
    main()
