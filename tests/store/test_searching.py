"""What a search finds is what a plain scan of all titles and messages finds, in whatever script, and in order."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from unicodedata import combining, normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from runnel.database import Database
from runnel.database.connection import connect
from runnel.store import MIGRATIONS, Chats, RunRow, Runs, RunSpec
from runnel.store.excerpts import excerpt, marks
from runnel.store.wanted import words_of
from runnel.vocabulary.chats import ChatSettings, ChatValue
from runnel.vocabulary.messages import MessageValue, Status, SteeredPart, TextPart, ToolPart

SIGNS = [*"aabbcé", "e\u0301", *"AßИи12 東京都한국   _-'\"*.,%:^()!\n"]
TEXT = st.lists(st.sampled_from(SIGNS), max_size=30).map("".join)
UNSPACED = "東京都한국"


class Piece(NamedTuple):
    """A word of a text, or a character of a script without spaces, which may be joined to the one before."""

    text: str
    joined: bool = False

    @property
    def unspaced(self) -> bool:
        return self.text in UNSPACED


class Said(NamedTuple):
    """A chat of the model: whose it is, whether it is listed, its title, and what was said in it."""

    title: str
    texts: list[str]
    user: str | None = None
    unlisted: bool = False


def plain(text: str) -> str:
    return normalize("NFC", "".join([sign for sign in normalize("NFD", text.lower()) if not combining(sign)]))


def pieces(text: str) -> list[Piece]:
    found = []
    for word in re.finditer(f"[{UNSPACED}]|[^\\W_{UNSPACED}]+", plain(text)):
        before = word.string[word.start() - 1 : word.start()]
        found.append(Piece(word[0], word[0] in UNSPACED and before != "" and before in UNSPACED))
    return found


def has(text: str, word: str) -> bool:
    """Whether a text has a word: its pieces one after the other, the last as it begins."""
    wanted, there = pieces(word), pieces(text)
    whole = len(plain(word)) == 1 or not plain(word)[-1].isalnum()
    for start in range(len(there) - len(wanted) + 1):
        for n, piece in enumerate(wanted):
            other = there[start + n]
            last = n == len(wanted) - 1
            begins = last and not whole and not piece.unspaced
            if not (other.text.startswith(piece.text) if begins else other.text == piece.text):
                break
            if n and piece.unspaced and wanted[n - 1].unspaced and piece.joined != other.joined:
                break
            follows = there[start + n + 1] if start + n + 1 < len(there) else Piece("")
            if not last and piece.unspaced and not wanted[n + 1].joined and follows.joined:
                break
        else:
            return True
    return False


def scan(chats: Iterable[Said], search: str, user: str | None) -> list[int]:
    """The numbers of the chats that are found, the first in the list first. The last made is the last used."""
    words = search.split()
    named, told = [], []
    for number, chat in enumerate(chats):
        if chat.unlisted or (user is not None and chat.user != user):
            continue
        in_title = [plain(word) in plain(chat.title) for word in words]
        in_texts = [bool(pieces(word)) and any(has(text, word) for text in chat.texts) for word in words]
        if all(in_title):
            named.append(number)
        elif any(map(pieces, words)) and all(
            a or b for a, b, word in zip(in_title, in_texts, words, strict=True) if pieces(word)
        ):
            told.append(number)
    return named[::-1] + told[::-1]


@asynccontextmanager
async def opened() -> AsyncIterator[Database]:
    database = Database()
    await database.open(MIGRATIONS)
    yield database
    await database.close()


async def store(database: Database, chats: Iterable[Said], first: int = 0) -> None:
    """Write the chats of a model: what is said in turn by the user and the assistant."""
    runs = Runs(database)
    for number, chat in enumerate(chats, first):
        id = f"c{number}"
        await Chats(database).add(
            ChatValue(id, ChatSettings("m"), number, number, chat.title, user=chat.user, unlisted=chat.unlisted)
        )
        for n, text in enumerate(chat.texts):
            question = MessageValue(f"{id}q{n}", "user", Status.COMPLETED, chat=id, parts=(TextPart(text),))
            answer = MessageValue(f"{id}a{n}", "assistant", Status.QUEUED, chat=id, parent=question.id, run=f"{id}r{n}")
            row = RunRow(f"{id}r{n}", "answer", id, answer.id, Status.QUEUED, "o", False, number, RunSpec("answer"))
            new = (question, answer) if n % 2 == 0 else (answer,)
            await runs.begin(row, new)
            parts = (TextPart(text),) if n % 2 else ()
            await runs.end(row, Status.COMPLETED, structs.replace(answer, status=Status.COMPLETED, parts=parts))
    await database.write(lambda connection: connection.execute("UPDATE chats SET updated_at = created_at"))


SAID = st.lists(
    st.builds(
        Said,
        TEXT,
        st.lists(TEXT, max_size=3),
        st.sampled_from([None, "ada", "bob"]),
        st.sampled_from([False, False, True]),
    ),
    max_size=5,
)


@st.composite
def searched(draw: st.DrawFn) -> tuple[list[Said], list[str]]:
    """Chats, and searches: pieces of what is said in them, and others."""
    chats = draw(SAID)
    said = [text for chat in chats for text in (chat.title, *chat.texts) if text.strip()]
    searches = draw(st.lists(TEXT, max_size=2))
    for text in draw(st.lists(st.sampled_from(said), max_size=6)) if said else []:
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, min(len(text), start + 8)))
        searches.append(draw(st.sampled_from(["", "", "a ", "東 "])) + text[start:end])
    return chats, [search for search in searches if search.strip()]


@settings(max_examples=200, deadline=None)
@given(searched())
@example(([Said("", ["東-京都"]), Said("", ["東京"])], ["東-京", "東京", "京", "京都 東"]))
@example(([Said("it's", ["don't max_connections"])], ["don't", "don", "max_conn", "max", "connect", "t"]))
async def test_what_is_found_is_what_a_plain_scan_finds(given: tuple[list[Said], list[str]]) -> None:
    chats, searches = given
    async with opened() as database:
        titled = [chat._replace(title=chat.title or "-") for chat in chats]
        await store(database, titled)
        for user in (None, "ada"):
            seen = Chats(database) if user is None else Chats(database).as_user(user)
            for search in searches:
                found: list[str] = []
                while page := await seen.search(search, 2, found[-1] if found else None):
                    found += [value.id for value, _ in page]
                assert found == [f"c{number}" for number in scan(titled, search, user)], search


WORDS = st.sampled_from(["OR", "AND", "NOT", "NEAR(", "inter", '"', "(", ")", "*", "text:", "^", "-", "\0", "\ud800"])


@settings(max_examples=200, deadline=None)
@given(searches=st.lists(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=20).map(" ".join)), max_size=10))
@example(
    searches=['"', "*", "a*b", '"a" OR', "\0", "\ud800", "a\0b", "x" * 2000, "a " * 2000, "\u0301", "🎉", "{a} : b"]
)
async def test_nothing_that_people_type_is_syntax(searches: list[str]) -> None:
    async with opened() as database:
        await store(database, [Said("Rivers", ["interrupted, or not near"])])
        for search in searches:
            await Chats(database).search(search)


@pytest.mark.parametrize(
    ("search", "text", "shown"),
    [
        ("inter", "It was\n\n*interrupted*.", "It was *[inter]rupted*."),
        ("x max", "# Sizes\n\n**max**: `x`\n## 2**3 C# x", "Sizes [max]: [x] 2**3 C# [x]"),
        ("cafe STRASS", "Café, Cafe\u0301 and strass", "[Café], [Cafe\u0301] and [strass]"),
        ("max_con don't", "don’t: max_connections; don't", "[don’t]: [max_con]nections; [don't]"),
        ("don", "don't, donate", "[don]'t, [don]ate"),
        ("don,", "don't, donate", "[don]'t, donate"),
        ("京都", "東京都に行く", "東[京都]に行く"),
        ("GPT東", "GPT東京", "[GPT東]京"),
        ("river black", "The black river. " + "x" * 200, "The [black] [river]. " + "x" * 143 + "…"),
        ("end", "word " * 50 + "the end", "…word word the [end]"),
        ("both here", "here " + "word " * 60 + "both here", "…word word word [both] [here]"),
        ("🎉 party", "🎉🎉 party", "🎉🎉 [party]"),
        ("מים", "הַמַּיִם מַיִם", "הַמַּיִם [מַיִם]"),
    ],
)
def test_an_excerpt_is_a_line_with_what_was_found_marked(search: str, text: str, shown: str) -> None:
    line, places = excerpt(text, words_of(search))
    for start, end in reversed(places):
        line = f"{line[:start]}[{line[start:end]}]{line[end:]}"
    assert line == shown


@given(text=st.text(max_size=400), search=st.text(max_size=20))
def test_marks_lie_within_the_line_in_order_and_apart(text: str, search: str) -> None:
    words = words_of(search)
    for line, places in (excerpt(text, words), (text, marks(text, [word.title_pattern for word in words]))):
        ends = [0, *[place for span in places for place in span], len(line)]
        assert ends == sorted(ends)
        assert all(start < end for start, end in places)


async def test_what_the_user_said_meanwhile_is_found_and_what_tools_said_is_not() -> None:
    async with opened() as database:
        await store(database, [Said("Rivers", [])])
        parts = (TextPart("one"), SteeredPart("faster"), TextPart("two"), ToolPart("c", "look", "{}", result="secret"))
        answer = MessageValue("a", "assistant", Status.QUEUED, chat="c0", run="r")
        row = RunRow("r", "answer", "c0", "a", Status.QUEUED, "o", False, 1, RunSpec("answer"))
        await Runs(database).begin(row, [answer])
        await Runs(database).end(row, Status.COMPLETED, structs.replace(answer, status=Status.COMPLETED, parts=parts))
        found = {word: len(await Chats(database).search(word)) for word in ("one", "two", "faster", "onetwo", "secret")}
        assert found == {"one": 1, "two": 1, "faster": 1, "onetwo": 0, "secret": 0}


async def test_while_another_program_writes_what_was_indexed_before_is_found(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.db", busy_timeout=0.01)
    await database.open(MIGRATIONS)
    await store(database, [Said("Rivers", ["black water"])])
    assert len(await Chats(database).search("water")) == 1
    await store(database, [Said("Tides", ["blue water"])], 1)
    other = connect(str(tmp_path / "store.db"))
    other.execute("BEGIN IMMEDIATE")
    assert [value.title for value, _ in await Chats(database).search("water")] == ["Rivers"]
    other.execute("ROLLBACK")
    assert [value.title for value, _ in await Chats(database).search("water")] == ["Tides", "Rivers"]
    other.close()
    await database.close()


async def test_titles_come_first_and_then_the_latest_used() -> None:
    async with opened() as database:
        await store(
            database,
            [Said("Rivers", ["x"]), Said("Tides", ["the river"]), Said("A river", ["x"]), Said("Lakes", ["rivers"])],
        )
        found = await Chats(database).search("river")
        assert [value.title for value, _ in found] == ["A river", "Rivers", "Lakes", "Tides"]
        assert [(match.message, match.title_marks) for _, match in found if match is not None] == [
            (None, ((2, 7),)),
            (None, ((0, 5),)),
            ("c3q0", ()),
            ("c1q0", ()),
        ]


async def test_the_words_of_a_search_may_lie_in_different_messages_and_the_one_with_most_is_shown() -> None:
    async with opened() as database:
        await store(
            database, [Said("Rivers", ["black water", "deep and cold black water", "deep"]), Said("R", ["water"])]
        )
        ((_, match),) = await Chats(database).search("deep water rivers")
        assert match is not None
        assert (match.message, match.text, match.marks) == ("c0a1", "deep and cold black water", ((0, 4), (20, 25)))
