"""What queries, headers and bodies of several subjects have in common."""

from collections.abc import Iterable
from typing import Annotated, TypeAlias

import msgspec

from ...vocabulary.messages import MediaPart

__all__ = ["IdempotencyKey", "Limit", "Medium", "Text", "Title", "parts"]

Limit: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=1000, description="How many there may be on a page.")]
Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
Title: TypeAlias = Annotated[str, msgspec.Meta(max_length=500)]


class IdempotencyKey(msgspec.Struct, rename={"key": "idempotency-key"}):
    """The caller's own id for what it starts: the same key means the same run, however often it is sent."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._:~-]{1,128}$")] | None = None


class Medium(msgspec.Struct, forbid_unknown_fields=True):
    """An image or another medium that comes with a question: base64 `data`, or a `url` that the model is given."""

    media_type: str
    data: str = ""
    url: str | None = None


def parts(media: Iterable[Medium]) -> tuple[MediaPart, ...]:
    """Media as parts of a message."""
    return tuple([MediaPart(medium.media_type, medium.data, medium.url) for medium in media])
