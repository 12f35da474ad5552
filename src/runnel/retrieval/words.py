"""The words of a question, and what the full-text index of documents is asked for them."""

import re

from ..database.words import LETTERS, UNSPACED, pairs, plain
from .parsing.base import words_of
from .synonyms import synonyms

__all__ = ["Question"]

MOST_TERMS = 40
_MOST_READ = 4000

_WORD = re.compile(rf"{LETTERS}(?:[_.'’-]{LETTERS})*")
_ALPHABETIC_NOT_LATIN = re.compile("[\u0370-\u052f]{5,}")

_STOP = words_of(
    "a about after again all also am an and any are aren as at be because been before being both but by can"
    " cannot could couldn did didn do does doesn doing don done each else ever every for from further get gets had"
    " hadn has hasn have haven having he her here hers him his how however i if in into is isn it its itself just"
    " know let ll me might mine more most must my myself no nor not now of off on once one only or other our ours"
    " out over own please re really s same she should shouldn so some such t tell than that the their theirs them"
    " themselves then there these they this those though through to too under until up upon us ve very want was"
    " wasn way we were weren what when where whether which while who whom whose why will with without won would"
    " wouldn you your yours yourself there's explain describe give show need"
)
# Words that speak of the documents themselves: a question of nothing else asks what they are about.
_ABOUT_DOCUMENTS = words_of(
    "summarise summarize summary summarised summarized overview gist tldr outline content contents document"
    " documents file files text texts page pages book paper article report say says said main point points topic"
    " topics subject short brief briefly key whole"
)


class Question:
    """A question's terms, in order, without stop words (unless there is nothing else) and without repetition."""

    def __init__(self, text: str) -> None:
        text = plain(text[:_MOST_READ]).replace("\0", " ")
        words = [word for found in _WORD.findall(text) for word in _parts(found)]
        content = [word for word in words if word.lower() not in _STOP]
        self.words = list(dict.fromkeys(content or words))[:MOST_TERMS]
        self.about_documents = bool(words) and all(word.lower() in _ABOUT_DOCUMENTS for word in content)

    def expression(self) -> str | None:
        """As an FTS5 query: any of the terms, each in quotes, so that nothing in it is syntax. None for no terms."""
        terms: dict[str, None] = {}
        for word in self.words:
            terms.update(dict.fromkeys(_terms(word)))
        return " OR ".join(list(terms)[: 2 * MOST_TERMS]) or None

    def other_words(self) -> str | None:
        """The words that may stand for the terms, as an FTS5 query. None for no words."""
        return " OR ".join([f'"{word}"' for word in synonyms(self.words)]) or None


def _parts(word: str) -> list[str]:
    """`don't` is one of the stop words and a letter; `max_connections` and `pg_dump.exe` stay whole, as phrases."""
    parts = re.split("['’]", word)
    return [part for part in parts if part and (len(parts) == 1 or len(part) > 1)]


def _terms(word: str) -> list[str]:
    terms: list[str] = []
    rest = 0
    for run in UNSPACED.finditer(word):
        if run.start() > rest:
            terms.append(f'"{word[rest : run.start()]}"')
        found = pairs(run[0])
        # A lone character is looked for wherever a pair begins with it.
        terms += [f'"{pair}"' for pair in found[:-1]] or [f'"{found[0]}"*']
        rest = run.end()
    if rest < len(word):
        terms.append(f'"{word[rest:]}"')
        if _ALPHABETIC_NOT_LATIN.fullmatch(word):
            # The stemmer knows English only; Greek's and Cyrillic's endings are cut by hand.
            terms.append(f'"{word[: max(4, len(word) - 2)]}"*')
    return terms
