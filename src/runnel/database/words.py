"""What is a word to the full-text indexes: the text that they are given is made here, and all have one tokenizer.

FTS5's `unicode61` takes a run of letters for a word, so Chinese, Japanese, Korean and Thai, which write none or few
spaces, would be one word a sentence. Their runs are indexed as overlapping pairs of characters (東京都 → 東京 京都 都),
as Lucene does, in the same table as all else. A second table with the `trigram` tokenizer was measured instead: twice
the size, and it finds no word of two characters, which most words of these languages are.
"""

import re
from unicodedata import normalize

__all__ = ["LETTERS", "POINT", "TOKENIZER", "UNSPACED", "UNSPACED_SIGN", "indexable", "pairs", "plain"]

# Marks (Mn, Mc) are part of words in the scripts of India, where they write vowels.
TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"

# Of scripts that write no spaces, or few: as regular expressions, one character and a run.
UNSPACED_SIGN = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
UNSPACED = re.compile(f"{UNSPACED_SIGN}+")
# Vowel points of Hebrew and Arabic: most texts leave them out.
POINT = "[\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670\u0640]"
_POINTS = re.compile(POINT)
# Marks that are part of a word, though not to Python: accents, the vowel signs of the scripts from Hebrew to Khmer.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711"
    "\u0730-\u074a\u07a6-\u07b0\u0816-\u085b\u08d3-\u0963\u0966-\u0df3\u0e31-\u0e4e\u0eb1-\u0ecd\u0f18-\u0fbc"
    "\u102b-\u109d\u17b4-\u17d3"
)
# A regular expression for a run of what the tokenizer takes for letters.
LETTERS = rf"(?:[^\W_]|[{_MARKS}])+"


def plain(text: str) -> str:
    """`text` with compatible characters made one (ﬁ → fi, full width → ASCII), without vowel points."""
    return text if text.isascii() else _POINTS.sub("", normalize("NFKC", text))


def indexable(text: str) -> str:
    """`text` made plain, and unspaced scripts cut into pairs."""
    if text.isascii():
        return text
    return UNSPACED.sub(lambda run: " ".join(["", *pairs(run[0]), ""]), plain(text))


def pairs(run: str) -> list[str]:
    """Each character with the next one; the last alone."""
    return [run[place : place + 2] for place in range(len(run))]
