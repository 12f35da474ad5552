"""The words that somebody searches for, as each of those who look sees them: FTS5, a title, and who marks a text.

Nothing that people type is syntax: there are words, with spaces between them. In texts a word is found from its
beginning (`inter` finds *interrupted*), unless it ends with a sign (`inter.`), or is one letter: then it is whole. In
titles it is found anywhere. Case and accents make no difference.
"""

import re
from functools import cached_property
from unicodedata import normalize

from ..database.words import LETTERS, POINT, UNSPACED, UNSPACED_SIGN, indexable, plain

__all__ = ["Word", "comparable", "folded", "words_of"]

# Of what is searched for, so many code points are read, and so many words.
_READ = 1000
_MOST = 32

_LETTERS = re.compile(LETTERS)
_LETTER = re.compile(r"[^\W_]")
_ACCENTS = re.compile("[\u0300-\u036f]+")
# What may stand between two letters of a word in a text that was written with points and accents for themselves.
_MARK = f"(?:[\u0300-\u036f]|{POINT})"
# Before a word there is no letter, unless it is of a script without spaces; after a whole one, too.
_BEGINS = rf"(?:(?<![^\W_])(?<!{_MARK})|(?<={UNSPACED_SIGN}))"
_ENDS = rf"(?:(?![^\W_])|(?={UNSPACED_SIGN}))"


# Characters that are rarer are looked at each time.
_REMEMBERED = 0x10000


class _Folding(dict[int, str]):
    """For `str.translate`: each character without its case and accents, found when it is first met."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        simple = normalize("NFKC", sign)
        parts = normalize("NFD", simple)
        if _ACCENTS.fullmatch(parts[1:]):
            simple = parts[0]
        found = simple.lower()
        if len(found) != 1:
            found = sign
        if code < _REMEMBERED:
            self[code] = found
        return found


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
        self.title = comparable(given)
        runs = list(_LETTERS.finditer(given))
        self._core = given[: runs[-1].end()] if runs else ""
        is_open = len(self._core) == len(given) > 1
        # Such a run ends anywhere: what its last character is paired with begins with that.
        self._whole = not is_open and not UNSPACED.search(self._core[-1:])

    @cached_property
    def phrase(self) -> str | None:
        """As an FTS5 query, in quotes, so that nothing in it is syntax; None where there are no letters."""
        if not _LETTER.search(self._core):
            return None
        words = indexable(self._core).replace('"', " ").replace("\0", " ")
        return f'"{words}"' if self._whole else f'"{words}"*'

    @cached_property
    def pattern(self) -> str:
        """A regular expression for it in a folded text, where there are letters."""
        pattern = r"[\W_]+".join([_spelt(one) for one in _LETTERS.findall(comparable(self._core))])
        if not UNSPACED.match(self._core):
            pattern = _BEGINS + pattern
        return pattern + _ENDS if self._whole else pattern

    @cached_property
    def title_pattern(self) -> str:
        """A regular expression for it in a folded title."""
        return _spelt(self.title)


def words_of(search: str) -> list[Word]:
    """The words of a search, each once."""
    given = _ACCENTS.sub("", plain(search[:_READ].encode(errors="replace").decode())).split()
    return [Word(one) for one in list(dict.fromkeys(given))[:_MOST]]


def _spelt(word: str) -> str:
    return "".join([f"{re.escape(letter)}{_MARK}*" for letter in word])
