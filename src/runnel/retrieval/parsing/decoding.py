"""From bytes to text when nobody says how it was encoded: a byte order mark, then UTF-8, then a guess."""

import codecs
import re

from ...errors import DocumentUnsupported

__all__ = ["decode", "is_binary"]

_MARKS = (  # the longer first: UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 65536
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?([a-zA-Z0-9_.:-]+)|^<\?xml[^>]*encoding=[\"']([a-zA-Z0-9_.:-]+)")
# A whole sequence of UTF-8 above ASCII, and a byte above ASCII: their numbers tell a UTF-8 text with a few bad bytes.
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")


def decode(data: bytes, name: str, markup: bool = False) -> str:
    """The text of `data`. `markup` where a declaration at the top (`<meta charset>`) may be asked, after UTF-8.

    Raises DocumentUnsupported for what is no text in any encoding.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and "\0" not in text:
        return text
    wide = _wide(data)
    if wide:
        return data.decode(wide, "replace")
    if b"\0" in data:
        raise DocumentUnsupported(f"{name} is a binary file, which no parser takes", document=name)
    declared = _declared(data) if markup else None
    return data.decode(declared or _guess(data), "replace")


def is_binary(data: bytes) -> bool:
    """Whether the beginning of a file says that it is no text."""
    head = data[:8192]
    if any(head.startswith(mark) for mark, _ in _MARKS):
        return False
    return b"\0" in head and not _wide(head)


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark, seen by where its NULs are: in text that is mostly Latin, all on one side."""
    head = data[:_SAMPLE]
    if len(data) % 2 or len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    for encoding, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros > half // 2 and others <= half // 100:
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                return None
            return encoding if sum(not (c.isprintable() or c.isspace()) for c in text[:1000]) <= 10 else None
    return None


def _declared(data: bytes) -> str | None:
    found = _DECLARED.search(data[:2048])
    if found is None:
        return None
    try:
        return codecs.lookup((found[1] or found[2]).decode("ascii")).name
    except LookupError:
        return None


def _guess(data: bytes) -> str:
    sample = data[:_SAMPLE]
    whole = _SEQUENCE.findall(sample)
    if len(whole) > 10 * (len(_HIGH.findall(sample)) - sum(map(len, whole))):
        return "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best is not None else "cp1252"
