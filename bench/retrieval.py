"""What the index costs beside the bare thing under it: chunks a second going in, milliseconds a search, as ratios.

    python bench/retrieval.py [chunks]        default 20,000, in documents of about twenty chunks

The bare baseline is one FTS5 table that holds the same texts: one transaction for all, one OR query of the same words,
no places, no documents, no merging. Both in one process, one after the other, on the same machine.
"""

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import apsw

from runnel.database import Database
from runnel.retrieval import MIGRATIONS, Retrieval, Upload
from runnel.retrieval.words import Question

A_DOCUMENT = 20
WORDS = 20_000
SEARCHES = 200
_SEARCH = "SELECT text FROM words WHERE words MATCH ? ORDER BY rank LIMIT 10"


def texts(chunks: int) -> list[str]:
    """Documents of words that are as unequally common as those of a language (Zipf), the same each time."""
    chance = random.Random(1)
    weights = [1 / rank for rank in range(1, WORDS + 1)]
    words = [f"{chance.choice('bcdfgklmnprst')}{chance.choice('aeiou')}{number:x}o" for number in range(WORDS)]
    found = []
    for _ in range(chunks // A_DOCUMENT):
        drawn = chance.choices(words, weights, k=A_DOCUMENT * 90)
        found.append("\n\n".join(" ".join(drawn[place : place + 90]) + "." for place in range(0, len(drawn), 90)))
    return found


def questions(documents: list[str]) -> list[str]:
    """Six words of some document, each."""
    chance = random.Random(2)
    return [" ".join(chance.sample(chance.choice(documents).split(), 6)) for _ in range(SEARCHES)]


def bare(path: Path, documents: list[str], asked: list[str]) -> tuple[float, list[float]]:
    """Seconds to index, and milliseconds of each search."""
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    connection.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize='porter unicode61')")
    rows = [(chunk,) for document in documents for chunk in document.split("\n\n")]
    began = time.perf_counter()
    with connection:
        connection.executemany("INSERT INTO words VALUES (?)", rows)
    indexed = time.perf_counter() - began
    times = []
    for question in asked:
        expression = Question(question).expression()
        began = time.perf_counter()
        connection.execute(
            "SELECT text FROM words WHERE words MATCH ? ORDER BY rank LIMIT 10", (expression,)
        ).fetchall()
        times.append((time.perf_counter() - began) * 1000)
    connection.close()
    return indexed, times


async def ours(path: Path, documents: list[str], asked: list[str]) -> tuple[float, float, list[float], int]:
    """Seconds to index, seconds to see that nothing changed, milliseconds of each search, chunks."""
    database = Database(path)
    await database.open(MIGRATIONS)
    retrieval = Retrieval(database)
    uploads = [Upload(f"{number}.txt", document.encode()) for number, document in enumerate(documents)]
    kept = [(await retrieval.keep(upload)).id for upload in uploads]
    began = time.perf_counter()
    report = await retrieval.add(kept)
    indexed = time.perf_counter() - began
    began = time.perf_counter()
    await retrieval.add(kept)
    again = time.perf_counter() - began
    times = []
    for question in asked:
        began = time.perf_counter()
        await retrieval.search(question, report.ids)
        times.append((time.perf_counter() - began) * 1000)
    chunks = sum([(await retrieval.get(id)).chunks or 0 for id in report.ids])
    await retrieval.close()
    await database.close()
    return indexed, again, times, chunks


def main() -> None:
    """Measure both and print."""
    documents = texts(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    asked = questions(documents)
    size = sum(map(len, documents)) / 1e6
    with tempfile.TemporaryDirectory() as place:
        bare_path, our_path = Path(place) / "bare.db", Path(place) / "runnel.db"
        bare_indexed, bare_times = bare(bare_path, documents, asked)
        indexed, again, times, chunks = asyncio.run(ours(our_path, documents, asked))
        bare_chunks = len(documents) * A_DOCUMENT
        print(f"{len(documents)} documents, {size:.1f} MB of text, {os.cpu_count()} cores")
        print(f"{'':22}{'bare FTS5':>12}{'Runnel':>12}{'ratio':>8}")
        rows = [
            ("chunks indexed a second", bare_chunks / bare_indexed, chunks / indexed),
            ("search p50, ms", statistics.median(bare_times), statistics.median(times)),
            ("search p95, ms", statistics.quantiles(bare_times, n=20)[-1], statistics.quantiles(times, n=20)[-1]),
            ("database, MB", os.stat(bare_path).st_size / 1e6, os.stat(our_path).st_size / 1e6),
        ]
        for name, without, with_runnel in rows:
            print(f"{name:<24}{without:>10.1f}{with_runnel:>12.1f}{with_runnel / without:>8.2f}")
        print(f"nothing changed: {again * 1000:.0f} ms for {len(documents)} documents")


if __name__ == "__main__":
    main()
