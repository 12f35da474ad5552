"""The words that somebody searches for, as each of those who look sees them: FTS5, a title, and who marks a text.

Nothing that people type is syntax: there are words, with spaces between them. In texts a word is found from its
beginning (`inter` finds *interrupted*), unless it ends with a sign (`inter.`), or is one letter: then it is whole. In
titles it is found anywhere. Case and accents make no difference.
"""

import re
from functools import cached_property
from unicodedata import normalize

from ..database.words import LETTERS, UNSPACED, UNSPACED_SIGN, indexable, plain

__all__ = ["Word", "comparable", "folded", "words_of"]

# Of what is searched for, so many code points are read, and so many words.
_READ = 1000
_MOST = 32

_LETTERS = re.compile(LETTERS)
_ACCENTS = re.compile("[\u0300-\u036f]+")
# What may stand between two letters of a word in a text that was written with points and accents for themselves.
_BETWEEN = "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670\u0640]*"


class _Folding(dict[int, str]):
    """For `str.translate`: each character without its case and accents, found when it is first met."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        simple = normalize("NFKC", sign)
        parts = normalize("NFD", simple)
        if _ACCENTS.fullmatch(parts[1:]):
            simple = parts[0]
        found = simple.lower()
        self[code] = found if len(found) == 1 else sign
        return self[code]


_FOLDING = _Folding()


def folded(text: str) -> str:
    """`text` without case and accents, each code point in its place."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


def comparable(text: str) -> str:
    """What titles are compared as: neither case, nor accents, nor vowel points."""
    return text.lower() if text.isascii() else _ACCENTS.sub("", folded(plain(text)))


class Word:
    """One word of a search."""

    def __init__(self, given: str) -> None:
        """`given` is plain, without spaces."""
        self.title = comparable(given) or given
        self._letters = list(_LETTERS.finditer(given))
        self._core = given[: self._letters[-1].end()] if self._letters else ""
        self._open = len(self._core) == len(given) and (len(self._letters) > 1 or len(given) > 1)

    @cached_property
    def phrase(self) -> str | None:
        """As an FTS5 query, in quotes, so that nothing in it is syntax; None where there are no letters."""
        if not self._letters:
            return None
        cut = indexable(self._core).replace('"', " ").replace("\0", " ").rstrip()
        last = self._last_run
        if last > 1:  # what follows the run's last character in the text is not known, so neither is its pair
            return f'"{cut[: cut.rindex(" ")]}"'
        return f'"{cut}"*' if last or self._open else f'"{cut}"'

    @cached_property
    def pattern(self) -> str:
        """A regular expression for it in a folded text, where there are letters."""
        words = [_spelt(one) for one in _LETTERS.findall(comparable(self._core))]
        pattern = r"[\W_]+".join(words)
        if not UNSPACED.match(self._core):
            pattern = rf"(?:(?<![^\W_])|(?<={UNSPACED_SIGN})){pattern}"
        return pattern if self._open or self._last_run else rf"{pattern}(?:(?![^\W_])|(?={UNSPACED_SIGN}))"

    @cached_property
    def title_pattern(self) -> str:
        """A regular expression for it in a folded title."""
        return _spelt(self.title)

    @property
    def _last_run(self) -> int:
        """How many characters without spaces it ends with."""
        *_, last = ["", *UNSPACED.findall(self._core)]
        return len(last) if last and self._core.endswith(last) else 0


def words_of(search: str) -> list[Word]:
    """The words of a search, each once."""
    given = plain(search[:_READ].encode(errors="replace").decode()).split()
    return [Word(one) for one in list(dict.fromkeys(given))[:_MOST]]


def _spelt(word: str) -> str:
    return _BETWEEN.join(map(re.escape, word)) + _BETWEEN
