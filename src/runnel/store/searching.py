"""Which chats have what somebody searches for: in their titles, and in what was said in them.

Each word must be found in the chat: in its title, or in any message of it. Chats whose titles have all words come
first; within both, the latest used. The messages of all are looked through at once, as `search_index` has their words;
titles are few, and each is looked at.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apsw
import msgspec

from ..vocabulary.chats import Match
from .excerpts import excerpt, marks
from .rows import mine, said
from .wanted import Word, comparable

__all__ = ["find", "matches"]

# The chats in whose messages the word with this number is.
_SAID = (
    "SELECT chat FROM message_words JOIN indexed ON message = message_words.rowid WHERE message_words MATCH :word{0}"
)
# `has` is which words are in the title, a bit for each; `named` whether all of them are.
_FIND = (
    "WITH seen AS MATERIALIZED (SELECT id, updated_at, in_title(title) AS has FROM chats"
    " WHERE deleted_at IS NULL AND unlisted = 0{mine}),"
    " found AS (SELECT has = :all AS named, updated_at, id FROM seen WHERE {where})"
    " SELECT id FROM found WHERE :before IS NULL OR (named, updated_at, id) <"
    " (SELECT has = :all, updated_at, id FROM seen WHERE id = :before)"
    " ORDER BY named DESC, updated_at DESC, id DESC LIMIT :limit"
)
# The messages of `:chats` in which it is.
_WHERE = (
    "SELECT chat, message FROM message_words JOIN indexed ON message = message_words.rowid"
    " WHERE message_words MATCH :word{0} AND chat IN (SELECT value FROM json_each(:chats))"
)


def find(
    connection: apsw.Connection, words: Sequence[Word], user: str | None, limit: int, before: str | None
) -> list[str]:
    """The ids of chats that have all the words: of `user`, or where that is None of all. `before` is the id of the last
    chat of the page before."""
    titles = [word.title for word in words]

    def in_title(*title: Any) -> int:
        text = comparable(*title)
        return sum([1 << number for number, word in enumerate(titles) if word in text])

    phrases = _phrases(words)
    said = [f"(has & {1 << number} OR id IN ({_SAID.format(number)}))" for number in phrases]
    sql = _FIND.format(mine=mine(user), where=" AND ".join(said) or "has = :all")
    values = {"all": (1 << len(words)) - 1, "user": user, "limit": limit, "before": before} | _named(phrases)
    connection.create_scalar_function("in_title", in_title, 1, deterministic=True)
    rows: Any = connection.execute(sql, values).fetchall()
    return [id for (id,) in rows]


def matches(connection: apsw.Connection, words: Sequence[Word], titles: Mapping[str, str]) -> dict[str, Match]:
    """Where each of these chats, whose titles are given by their ids, has the words: in its title, and in the message
    that has most of them, the latest such."""
    best = _best(connection, _phrases(words), titles)
    patterns = [word.title_pattern for word in words]
    found = {}
    for chat, title in titles.items():
        of_title = marks(title, patterns)
        if chat in best:
            id: Any = connection.execute("SELECT id FROM messages WHERE number = ?", (best[chat],)).get
            found[chat] = Match(id, *excerpt(said(connection, best[chat]), words), of_title)
        else:
            found[chat] = Match(title_marks=of_title)
    return found


def _best(connection: apsw.Connection, phrases: Mapping[int, str], chats: Iterable[str]) -> dict[str, int]:
    """By chat, the number of the message that has most of the words."""
    if not phrases:
        return {}
    sql = " UNION ALL ".join([_WHERE.format(number) for number in phrases])
    rows: Any = connection.execute(sql, {"chats": msgspec.json.encode(list(chats)).decode()} | _named(phrases))
    counts = Counter([(chat, message) for chat, message in rows])
    best: dict[str, tuple[int, int]] = {}
    for (chat, message), count in counts.items():
        best[chat] = max(best.get(chat, (0, 0)), (count, message))
    return {chat: message for chat, (_, message) in best.items()}


def _phrases(words: Sequence[Word]) -> dict[int, str]:
    """What the index is asked for, by the word's number: of words that are no letters, nothing."""
    return {number: word.phrase for number, word in enumerate(words) if word.phrase is not None}


def _named(phrases: Mapping[int, str]) -> dict[str, str]:
    return {f"word{number}": phrase for number, phrase in phrases.items()}
