"""What it costs to find chats by what was said in them, as somebody types: by a letter, a few, common words and rare
ones, beside the list without a search; and what an old database costs that has no index yet: to open it, to index it
meanwhile, to search it before that is done.

    python -m bench.search [--chats 10000] [--messages 10]

Words are as frequent as in a language (Zipf); questions have 15 of them, answers 250. Times are of this process,
medians of interleaved repetitions.
"""

import argparse
import asyncio
import functools
import itertools
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import apsw
import msgspec

from bench.measure import interleaved, medians, print_table
from runnel import Chat, Runnel
from runnel.database import Database, Migrations
from runnel.store import MIGRATIONS
from runnel.vocabulary.messages import MessageValue, Part, Role, Status, TextPart

WORDS = 30_000
REPEAT = 7
# How typed, and which the word is by how often it is said.
SEARCHES = (
    ("two letters", lambda said: said[40][:2]),
    ("three letters", lambda said: said[400][:3]),
    ("the commonest word", lambda said: said[0]),
    ("three common words", lambda said: " ".join(said[:3])),
    ("a common word and a rare one", lambda said: f"{said[1]} {said[9_000]}"),
    ("a rare word", lambda said: said[9_000]),
    ("a word that nobody said", lambda _: "unsaid"),
    ("a letter", lambda said: said[40][:1]),
)


def language() -> list[str]:
    """Words, the commonest first."""
    chance = random.Random(1)
    words = {
        "".join(chance.choices("etaoinshrdlucmfw", k=chance.choice((2, 3, 4, 5, 6, 7, 8, 9)))) for _ in range(WORDS * 2)
    }
    return sorted(words, key=lambda word: (len(word) + chance.random() * 4, word))[:WORDS]


def rows(said: list[str], chats: int, messages: int) -> Iterator[tuple[MessageValue, str]]:
    """Messages of each chat, and the chat's title."""
    chance = random.Random(2)
    frequency = list(itertools.accumulate([1 / (n + 1) for n in range(len(said))]))
    for chat in range(chats):
        title = " ".join(chance.choices(said, cum_weights=frequency, k=6))
        for n in range(messages):
            text = " ".join(chance.choices(said, cum_weights=frequency, k=250 if n % 2 else 15))
            role: Role = "assistant" if n % 2 else "user"
            yield (
                MessageValue(f"m{chat}.{n}", role, Status.COMPLETED, f"chat_{chat:024}", parts=(TextPart(text),)),
                title,
            )


def fill(some: list[tuple[MessageValue, str]], connection: apsw.Connection) -> None:
    """Write messages as they were written before there was an index."""
    for value, title in some:
        connection.execute(
            "INSERT OR IGNORE INTO chats (id, title, settings, created_at, updated_at) VALUES (?, ?, '{}', 1, ?)",
            (value.chat, title, len(title)),
        )
        body = msgspec.json.encode(msgspec.structs.replace(value, parts=()))
        connection.execute(
            "INSERT INTO messages (id, chat, status, body) VALUES (?, ?, ?, ?)",
            (value.id, value.chat, "completed", body),
        )
        number = connection.last_insert_rowid()
        parts: tuple[Part, ...] = value.parts
        for n, part in enumerate(parts):
            connection.execute("INSERT INTO parts VALUES (?, ?, 0, 'text', ?)", (number, n, msgspec.json.encode(part)))


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--chats", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=10)
    options = parser.parse_args()
    said = language()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        old = Database(path)
        before = next(number for number, step in enumerate(MIGRATIONS.steps) if "message_words" in step)
        await old.open(Migrations("store", MIGRATIONS.steps[:before]))
        written = rows(said, options.chats, options.messages)
        while some := list(itertools.islice(written, 1000)):
            await old.write(functools.partial(fill, some))
        await old.close()
        size = path.stat().st_size

        began, cpu = time.perf_counter(), time.process_time()
        async with Runnel(f"sqlite:///{path}") as app:
            opened = time.perf_counter()
            many = options.chats * options.messages
            print(f"{many:,} messages of {size / 1e6:.0f} MB: opened in {opened - began:.2f} s")
            database = app._open.database
            worst = 0.0
            while await database.read(lambda connection: connection.execute("SELECT 1 FROM unindexed LIMIT 1").get):
                asked = time.perf_counter()
                await app.chats(search=said[9_000])
                worst = max(worst, time.perf_counter() - asked)
                await asyncio.sleep(1)
            print(
                f"indexed after {time.perf_counter() - opened:.1f} s, {time.process_time() - cpu:.1f} s of CPU, beside"
                f" searches of {worst * 1e3:.0f} ms at most; the file has {path.stat().st_size / size:.2f} of its size"
            )

            def searched(words: str | None) -> Callable[[], Awaitable[list[Chat]]]:
                return lambda: app.chats(search=words)

            ways = {"the list": searched(None)} | {name: searched(make(said)) for name, make in SEARCHES}
            found = {name: len(await way()) for name, way in ways.items()}
            taken = medians(await interleaved(ways, REPEAT))
            base = taken["the list"].cpu
            print_table(
                "a page of fifty chats",
                ("", "found", "ms", "ms of CPU", "of the list's"),
                [
                    (name, found[name], f"{one.wall * 1e3:.1f}", f"{one.cpu * 1e3:.1f}", f"{one.cpu / base:.1f}")
                    for name, one in taken.items()
                ],
            )


if __name__ == "__main__":
    asyncio.run(main())
