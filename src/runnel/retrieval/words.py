"""The words of a question and of a text, as the full-text index sees them.

FTS5's `unicode61` takes a run of letters for a word, so Chinese, Japanese, Korean and Thai, which write none or few
spaces, would be one word a sentence. Their runs are indexed as overlapping pairs of characters (東京都 → 東京 京都 都),
as Lucene does, in the same table as all else. A second table with the `trigram` tokenizer was measured instead: twice
the size, and it finds no word of two characters, which most words of these languages are.
"""

import re
from unicodedata import normalize

from .parsing.base import words_of
from .synonyms import synonyms

__all__ = ["Question", "indexable"]

MOST_TERMS = 40
_MOST_READ = 4000

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
# Vowel points of Hebrew and Arabic: most texts leave them out.
_POINTS = re.compile("[\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670\u0640]")
# Marks that are part of a word, though not to Python: accents, the vowel signs of the scripts from Hebrew to Khmer.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711"
    "\u0730-\u074a\u07a6-\u07b0\u0816-\u085b\u08d3-\u0963\u0966-\u0df3\u0e31-\u0e4e\u0eb1-\u0ecd\u0f18-\u0fbc"
    "\u102b-\u109d\u17b4-\u17d3"
)
_LETTERS = rf"(?:[^\W_]|[{_MARKS}])+"
_WORD = re.compile(rf"{_LETTERS}(?:[_.'’-]{_LETTERS})*")
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


def indexable(text: str) -> str:
    """`text` with compatible characters made one (ﬁ → fi, full width → ASCII) and unspaced scripts cut into pairs."""
    if text.isascii():
        return text
    text = _POINTS.sub("", normalize("NFKC", text))
    return _UNSPACED.sub(lambda run: " ".join(["", *_pairs(run[0]), ""]), text)


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run))]


class Question:
    """A question's terms, in order, without stop words (unless there is nothing else) and without repetition."""

    def __init__(self, text: str) -> None:
        text = _POINTS.sub("", normalize("NFKC", text[:_MOST_READ])).replace("\0", " ")
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
    for run in _UNSPACED.finditer(word):
        if run.start() > rest:
            terms.append(f'"{word[rest : run.start()]}"')
        pairs = _pairs(run[0])
        # A lone character is looked for wherever a pair begins with it.
        terms += [f'"{pair}"' for pair in pairs[:-1]] or [f'"{pairs[0]}"*']
        rest = run.end()
    if rest < len(word):
        terms.append(f'"{word[rest:]}"')
        if _ALPHABETIC_NOT_LATIN.fullmatch(word):
            # The stemmer knows English only; Greek's and Cyrillic's endings are cut by hand.
            terms.append(f'"{word[: max(4, len(word) - 2)]}"*')
    return terms
