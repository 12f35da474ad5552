"""Whether the right page is found: questions in other words than the documentation's own, over a real tree of pages.

    python bench/questions.py [folder]        default: PostgreSQL's manual as Debian's postgresql-doc-15 installs it

Two sets of ten were written before any tuning; then chunking and search were tuned on the first, with twenty more so as
not to fit ten questions only. The second is held out: it is only ever reported. A question counts when a
page that answers it is among the sources (what the model is given) and, apart, when it is among the first five.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from runnel.database import Database
from runnel.retrieval import MIGRATIONS, Retrieval

TREE = "/usr/share/doc/postgresql-doc-15/html"

TUNED = {
    "Two sessions are each stuck waiting for a row that the other one has locked. What does the server do about it?": (
        "explicit-locking",
        "runtime-config-locks",
    ),
    "How can I find out which steps the planner picked for a slow query and how long each one really took?": (
        "using-explain",
        "sql-explain",
    ),
    "My table keeps growing on disk although I delete old rows all the time. How do I get the space back?": (
        "routine-vacuuming",
        "sql-vacuum",
    ),
    "Make a second machine keep an up-to-date copy that can answer read-only questions": (
        "hot-standby",
        "warm-standby",
        "high-availability",
    ),
    "Which setting limits how many clients may be logged in at the same time?": ("runtime-config-connection",),
    "Only let each customer see their own records in a shared table": ("ddl-rowsecurity", "sql-createpolicy"),
    "Go back to the state the database was in yesterday at noon, after someone dropped a table by mistake": (
        "continuous-archiving",
    ),
    "Load a big CSV file into a table as fast as possible": ("populate", "sql-copy"),
    "Insert a record, but if the key is there already change the existing one": ("sql-insert", "sql-merge"),
    "How do I search for text regardless of accents?": ("unaccent",),
}

TUNED_TOO = {
    "Which privileges does a role need to read from a table, and how do I hand them out?": ("ddl-priv", "sql-grant"),
    "Change the type of a column that already has data": ("sql-altertable", "ddl-alter"),
    "How do I get the ids of the rows I just inserted?": ("dml-returning", "sql-insert"),
    "Run a function automatically every time a row is changed": (
        "trigger-definition",
        "triggers",
        "sql-createtrigger",
        "plpgsql-trigger",
        "trigger-example",
    ),
    "Use rows of a table on another server as though they were local": (
        "postgres-fdw",
        "ddl-foreign-data",
        "sql-createforeigntable",
        "dblink",
    ),
    "Encrypt traffic between the application and the database": ("ssl-tcp", "libpq-ssl", "encryption-options"),
    "What does the autovacuum daemon do and how do I tune it": ("routine-vacuuming", "runtime-config-autovacuum"),
    "Copy one database into a file and read it in again somewhere else": ("backup-dump", "app-pgdump", "app-pgrestore"),
    "How do I pick random rows from a large table?": (
        "sql-select",
        "tablesample-method",
        "tsm-system-rows",
        "tsm-system-time",
    ),
    "Stop a query that has been running for too long": ("functions-admin", "runtime-config-client"),
    "Numbers that count up by themselves for a primary key": (
        "datatype-numeric",
        "sql-createsequence",
        "sql-createtable",
        "functions-sequence",
    ),
    "What goes wrong when two transactions update the same row under repeatable read?": ("transaction-iso",),
    "Convert a date to a string in a custom format": ("functions-formatting",),
    "Which memory settings should I raise on a machine with lots of RAM?": ("runtime-config-resource",),
    "Find misspelled names, words that sound alike": ("fuzzystrmatch", "pgtrgm"),
    "Write a stored function in Python": ("plpython", "plpython-funcs"),
    "Store a picture or other raw bytes in a column": ("datatype-binary", "largeobjects", "lo-intro", "lo-funcs", "lo"),
    "How do I see who is connected and what they are executing right now?": ("monitoring-stats",),
    "Remove duplicate rows from the result": ("queries-select-lists", "sql-select"),
    "Give a column a value computed from other columns": ("ddl-generated-columns", "sql-createtable"),
}

HELD_OUT = {
    "Split a huge table by month so that old months can be thrown away quickly": ("ddl-partitioning",),
    "What do I need to do to move to a new major version without dumping everything?": ("pgupgrade", "upgrading"),
    "How can two programs tell each other that something happened, through the database?": (
        "sql-notify",
        "sql-listen",
        "libpq-notify",
    ),
    "Compute a running total over the rows ordered by date": ("tutorial-window", "functions-window"),
    "How are passwords kept and checked when a user logs in?": ("auth-password",),
    "Build an index without blocking people who write to the table": ("sql-createindex", "sql-reindex"),
    "How do I look up a key inside a JSON column quickly?": ("datatype-json", "functions-json"),
    "Walk a tree of employees and bosses stored in one table": ("queries-with",),
    "What happens if the machine loses power in the middle of a commit?": (
        "wal-reliability",
        "wal-intro",
        "wal-async-commit",
    ),
    "Keep statistics of the statements that take most time on the server": ("pgstatstatements",),
}


async def ask(retrieval: Retrieval, ids: Sequence[str], questions: dict[str, tuple[str, ...]]) -> tuple[int, int]:
    """Print each question with where its right page came; how many are among the sources, and in the first five."""
    among = first_five = 0
    for question, right in questions.items():
        sources = await retrieval.search(question, ids)
        pages = [Path(str(source.location).partition("#")[0]).stem for source in sources]
        place = next((place for place, page in enumerate(pages, 1) if page in right), None)
        among += place is not None
        first_five += place is not None and place <= 5
        found = f"{place} of {len(pages)}" if place else f"not among {len(pages)}: {', '.join(pages[:4])} …"
        print(f"  {found:>8}  {question}" if place else f"  MISSED    {question}\n            {found}")
    return among, first_five


def main() -> None:
    """Look at the tree, then measure."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", nargs="?", default=TREE)
    folder = Path(arguments.parse_args().folder)
    pages = list(folder.rglob("*.html"))
    megabytes = sum(page.stat().st_size for page in pages) / 1e6
    asyncio.run(measure(folder, megabytes))


async def measure(folder: Path, megabytes: float) -> None:
    """Index the tree, index it again unchanged, ask, and print the figures."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "runnel.db"
        database = Database(path)
        await database.open(MIGRATIONS)
        retrieval = Retrieval(database)
        began = time.perf_counter()
        report = await retrieval.add([f"{folder}/**/*.html"])
        took = time.perf_counter() - began
        began = time.perf_counter()
        await retrieval.add([f"{folder}/**/*.html"])
        again = time.perf_counter() - began
        print(f"{len(report.ids)} pages, {megabytes:.1f} MB of HTML, {len(report.failed)} failed")
        print(f"indexed in {took:.2f} s: {len(report.ids) / took:.0f} pages/s, {megabytes / took:.1f} MB/s")
        print(f"again, unchanged: {again:.3f} s")
        for name, questions in (
            ("ten tuned on", TUNED),
            ("twenty tuned on too", TUNED_TOO),
            ("ten held out", HELD_OUT),
        ):
            print(f"\nthe {name}:")
            among, first_five = await ask(retrieval, report.ids, questions)
            print(f"  among the sources {among}/{len(questions)}, in the first five {first_five}/{len(questions)}")
        times = []
        for question in [*TUNED, *TUNED_TOO, *HELD_OUT] * 3:
            began = time.perf_counter()
            await retrieval.search(question, report.ids)
            times.append((time.perf_counter() - began) * 1000)
        await retrieval.close()
        await database.close()
        print(f"\nsearch p50 {statistics.median(times):.1f} ms, database {os.stat(path).st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
