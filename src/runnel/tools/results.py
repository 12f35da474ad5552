"""From what a tool gives to what the model is told: any value as text and media, pieces as one result, and not too
much of it."""

import base64
from collections import Counter
from typing import Any

import msgspec

from ..errors import ToolError
from ..vocabulary.failures import ErrorValue
from ..vocabulary.messages import MediaPart, Source
from ..vocabulary.plain import plain_text
from .base import ToolResult

__all__ = ["Gathered", "failed", "result_of", "told", "trimmed"]

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def result_of(value: Any) -> ToolResult:
    """A tool's value as a result: text as it is, images and other bytes as media, all else as JSON. A list or tuple
    that has media in it is text and media."""
    match value:
        case ToolResult():
            return value
        case None:
            return ToolResult()
        case str():
            return ToolResult(value)
        case MediaPart():
            return ToolResult(media=(value,))
        case bytes() | bytearray() | memoryview():
            return _of_bytes(bytes(value))
        case list() | tuple() if any(isinstance(one, MediaPart | bytes) for one in value):
            gathered = Gathered()
            for one in value:
                gathered.add(one)
            return gathered.result()
        case _:
            return ToolResult(as_json(value))


def failed(error: ToolError, before: ToolResult | None = None) -> ToolResult:
    """What the model is told of an error, with what the tool gave `before` it."""
    text = error.message
    if before is not None and before.text.strip():
        text = f"{text}\n\nBefore that it gave:\n{before.text}"
    media, sources = (before.media, before.sources) if before is not None else ((), ())
    return ToolResult(text, media, error=True, failure=ErrorValue.of(error), sources=sources)


def trimmed(result: ToolResult, limit: int) -> ToolResult:
    """The result with at most `limit` characters of text: its head and its tail, and between them how many were left
    out. What cannot be written as UTF-8 is replaced."""
    text = plain_text(result.text)
    if len(text) > limit:
        room = max(0, limit - len(_mark(len(text), len(text))))  # as long as the mark can get
        head = room * 2 // 3
        tail = room - head
        mark = _mark(len(text) - room, len(text))
        text = f"{text[:head]}{mark}{text[len(text) - tail :]}" if room else text[:limit]
    return result if text is result.text else msgspec.structs.replace(result, text=text)


def told(result: ToolResult) -> str:
    """What the model is told of a result: its text, and of media, which it is not shown, that they are there."""
    kinds = Counter(part.media_type[:100] for part in result.media)
    unseen = [
        f"({count} attachment{'s' if count > 1 else ''} of the type {kind}, which cannot be shown here)"
        for kind, count in kinds.items()
    ]
    return "\n\n".join([*([result.text] if result.text.strip() or not unseen else []), *unseen])


def _mark(left_out: int, length: int) -> str:
    return f"\n[… {left_out:,} of {length:,} characters left out …]\n"


class Gathered:
    """What a call has given so far."""

    def __init__(self) -> None:
        self._whole: ToolResult | None = None
        self._text: list[str] = []
        self._media: list[MediaPart] = []
        self._sources: list[Source] = []

    def add(self, output: Any) -> None:
        """Take what a tool gave; values that are no `Output` as `result_of` has them."""
        if isinstance(output, str):
            self._text.append(output)
        elif isinstance(output, ToolResult):
            self._whole = output
        else:
            piece = result_of(output)
            self._text.append(piece.text)
            self._media.extend(piece.media)
            self._sources.extend(piece.sources)

    def result(self) -> ToolResult:
        """All of it, as one result."""
        if self._whole is not None:
            return self._whole
        return ToolResult("".join(self._text), tuple(self._media), sources=tuple(self._sources))


def as_json(value: Any) -> str:
    """Any value as JSON text; what JSON has no word for, as its `str`."""
    import pydantic_core  # a second of nothing for programs that have no tools

    return pydantic_core.to_json(value, fallback=_plain, serialize_unknown=True).decode()


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, enc_hook=str) if isinstance(value, msgspec.Struct) else str(value)


def _of_bytes(data: bytes) -> ToolResult:
    media_type = next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)
    if media_type is None and data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        media_type = "image/webp"
    if media_type is None:
        try:
            return ToolResult(data.decode())
        except UnicodeDecodeError:
            media_type = "application/octet-stream"
    return ToolResult(media=(MediaPart(media_type, base64.b64encode(data).decode()),))
