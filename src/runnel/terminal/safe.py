"""Text of others (a model's, a document's, a file's name) as it may be sent to a terminal."""

import re

__all__ = ["one_line", "safe"]

# A terminal obeys these: an answer could move the cursor, rename the window or type for its reader.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """`text` without control characters, but for line feeds and tabs."""
    return _CONTROL.sub("", text)


def one_line(text: str, width: int) -> str:
    """The beginning of `text` on one line of at most `width` code points."""
    line = " ".join(safe(text[: 4 * width]).split())
    return line if len(line) <= width else line[: max(1, width - 1)].rstrip() + "…"
